# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs blinkmail with a home, a configuration and a time limit of its own."""

import base64
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

from patience import limit
from peak import Peak

# The exit status of a program in which a sanitizer found something; no other
# of blinkmail's, and none that a test accepts.
FOUND = 99

BINARY = os.path.abspath(os.environ.get("BLINKMAIL", "./blinkmail"))
# The same program with marks at which it can be killed (src/base/step.h). Its
# memory is not hidden from its own user, who may trace it.
STEPS = os.environ.get("BLINKMAIL_STEPS") or os.path.join(
    os.path.dirname(BINARY), "blinkmail-steps")
needs_steps = pytest.mark.skipif(not os.access(STEPS, os.X_OK),
                                 reason="blinkmail-steps is not built")


def needs_strace(test):
    return needs_steps(pytest.mark.skipif(
        shutil.which("strace") is None,
        reason="strace is not installed")(test))


TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def extensions():
    """Every extension that disable_extensions knows."""
    with open(os.path.join(TOP, "src/net/imap_extension.c"),
              encoding="utf-8") as f:
        return re.findall(r'^\t\[EXT_\w+\] = \{ "([^"]+)"', f.read(), re.M)


EXTENSIONS = extensions()


def quoted(s):
    out = []
    for c in s:
        if c in '"\\':
            out.append("\\" + c)
        elif c == "\n":
            out.append("\\n")
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def value(v):
    """A Python value in libconfig's syntax."""
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, (int, float)):
        return repr(v)
    if isinstance(v, str):
        return quoted(v)
    if isinstance(v, dict):
        return "{ %s }" % " ".join(
            "%s = %s;" % (k, value(x)) for k, x in v.items())
    if isinstance(v, list):
        if any(isinstance(x, (dict, tuple)) for x in v):
            return "( %s )" % ", ".join(map(value, v))
        return "[ %s ]" % ", ".join(map(value, v))
    if isinstance(v, tuple):
        return "( %s )" % ", ".join(map(value, v))
    raise TypeError(type(v))


class Result:
    def __init__(self, rc, out, err, seconds, peak):
        self.rc = rc
        self.out = out
        self.err = err
        self.seconds = seconds
        self.peak = peak  # bytes of resident memory at most
        self.events = []
        for line in out.splitlines():
            if line.startswith("{"):
                self.events.append(json.loads(line))

    def of(self, kind):
        return [e for e in self.events if e.get("type") == kind]

    def ops(self, op=None, side=None, folder=None):
        """What was done (or planned) to messages; not what was left alone
        or merely found to be the same on both sides."""
        return [e for e in self.of("op")
                if e["op"] not in ("skip", "held") and
                (op is None or e["op"] == op) and
                (side is None or e["side"] == side) and
                (folder is None or e["folder"] == folder)]

    def transfers(self):
        """Operations that carried a body over the network."""
        return self.ops("copy")

    def text(self):
        return "%s\n%s" % (self.out[-6000:], self.err[-6000:])

    def __repr__(self):
        return "<exit %s after %.2f s\n%s>" % (self.rc, self.seconds,
                                              self.text())


class Blink:
    """One user of blinkmail: home, configuration, metadata."""

    def __init__(self, base, binary=None):
        self.base = str(base)
        self.binary = binary or BINARY
        self.home = os.path.join(self.base, "home")
        self.metadata = os.path.join(self.base, "meta")
        self.config = os.path.join(self.base, "blinkmail.conf")
        self.general = {"metadata": self.metadata, "fsync": False,
                        "socktimeout": 20}
        self.accounts = []
        self.extra = ""
        os.makedirs(self.home, 0o700, exist_ok=True)

    def account(self, name, remote, local, **more):
        a = {"name": name, **more, "remote": remote, "local": local}
        self.accounts.append(a)
        return a

    def write_config(self):
        text = "general = %s;\naccounts = (\n%s\n);\n%s\n" % (
            value(self.general), ",\n".join(map(value, self.accounts)),
            self.extra)
        self.write_text(text)

    def write_text(self, text):
        fd = os.open(self.config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                     0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as f:
            f.write(text)

    def environment(self, **more):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("XDG_", "BLINKMAIL"))}
        env.update(HOME=self.home, TZ="UTC", LC_ALL="C.UTF-8", TERM="dumb")
        for k in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            env[k] = os.path.join(self.home, k.lower())
        env.update(sanitizer_options(self.base))
        env.update(more)
        return env

    def start(self, *args, ui="json", env=None, **popen):
        self.write_config()
        command = [self.binary, "-c", self.config]
        if ui:
            command += ["-u", ui]
        return subprocess.Popen(
            command + list(args), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment(**(env or {})), umask=0o022,
            start_new_session=True, **popen)

    def run(self, *args, ui="json", timeout=60, env=None):
        """Runs to the end; a run that outlasts the limit is a failure."""
        begin = time.monotonic()
        p = self.start(*args, ui=ui, env=env)
        out, err, peak = collect(p, limit(timeout))
        r = Result(p.returncode, out.decode("utf-8", "replace"),
                   err.decode("utf-8", "replace"),
                   time.monotonic() - begin, peak)
        if r.rc is not None and r.rc < 0:
            raise AssertionError("blinkmail died of signal %d:\n%s" %
                                 (-r.rc, r.text()))
        self.sound(p.returncode, out, err)
        return r

    def traced(self, *options, args=("-o",), ui="json", follow=True,
               binary=STEPS):
        """A run under strace: (exit status, what strace wrote)."""
        self.write_config()
        trace = os.path.join(self.base, "trace")
        p = subprocess.run(
            ["strace", *(["-f"] if follow else []), "-qq", "-o", trace,
             *options, binary, "-c", self.config, "-u", ui, *args],
            # Leaks cannot be looked for in a traced process.
            env=self.environment(LSAN_OPTIONS="detect_leaks=0"),
            capture_output=True, timeout=limit(60), stdin=subprocess.DEVNULL)
        self.sound(p.returncode, p.stdout, p.stderr)
        with open(trace, errors="replace") as f:
            return p.returncode, f.read()

    def sound(self, rc, *texts):
        """No sanitizer found anything, whatever the exit status is."""
        refuse_reports(self.base)
        for text in texts:
            assert b"runtime error" not in text and \
                b"Sanitizer" not in text, text.decode("utf-8", "replace")
        assert rc != FOUND, texts

    def sync(self, *args, rc=0, **more):
        r = self.run("-o", *args, **more)
        assert rc is None or r.rc == rc, r
        return r


def disguises(secret):
    """The text, and what base64 makes of it wherever it stands in it."""
    out = [secret]
    for before in range(3):
        text = base64.b64encode(b"x" * before + secret.encode()).decode()
        out.append(text[4 * (before > 0):
                        4 * ((before + len(secret.encode())) // 3)])
    return out


def has_sanitizer(name="(asan|ubsan|tsan)"):
    with open(BINARY, "rb") as f:
        return re.search(b"__%s_" % name.encode(), f.read()) is not None


def sanitizer_options(where):
    """For the environment: reports go to files in that directory, since not
    every program that a test starts has a stderr that it reads."""
    text = "exitcode=%d:log_path=%s/sanitizer" % (FOUND, where)
    out = {}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                 "LSAN_OPTIONS"):
        given = os.environ.get(name)
        out[name] = text if not given else given + ":" + text
    out["UBSAN_OPTIONS"] += ":print_stacktrace=1"
    return out


def refuse_reports(where):
    for path in glob.glob(os.path.join(where, "**", "sanitizer.*"),
                          recursive=True):
        with open(path, errors="replace") as f:
            text = f.read()
        os.unlink(path)
        raise AssertionError("%s:\n%s" % (path, text))


def collect(p, timeout):
    """(stdout, stderr, peak bytes); kills what does not end in time."""
    parts = [[], []]

    def drain(stream, into):
        for block in iter(lambda: stream.read1(65536), b""):
            into.append(block)
    threads = [threading.Thread(target=drain, args=a, daemon=True)
               for a in ((p.stdout, parts[0]), (p.stderr, parts[1]))]
    for t in threads:
        t.start()
    late = threading.Event()

    def end():
        late.set()
        p.send_signal(signal.SIGKILL)
    timer = threading.Timer(timeout, end)
    timer.start()
    peak = Peak(p.pid)
    p.wait()
    timer.cancel()
    peak.stop()
    for t in threads:
        t.join(5)
    out, err = (b"".join(x) for x in parts)
    if late.is_set():
        raise AssertionError("not done after %s s:\n%s\n%s" % (
            timeout, out[-4000:].decode("utf-8", "replace"),
            err[-4000:].decode("utf-8", "replace")))
    return out, err, peak.bytes
