# SPDX-License-Identifier: GPL-2.0-or-later
"""A blinkmail that goes on, and what it says meanwhile."""

import os
import re
import shutil
import signal
import subprocess
import threading

from patience import limit, until


class Service:
    def __init__(self, blink, *args, ui="quiet", env=None):
        self.blink = blink
        self.log_path = os.path.join(blink.base, "service.log")
        self.p = blink.start("-l", self.log_path, *args, ui=ui, env=env)
        # The test may spoil the other one.
        self.config = os.path.join(blink.base, "ctl.conf")
        shutil.copy(blink.config, self.config)
        self.said = {"out": "", "err": ""}
        self.readers = [
            threading.Thread(target=self._read, args=("out", self.p.stdout)),
            threading.Thread(target=self._read, args=("err", self.p.stderr))]
        for t in self.readers:
            t.start()

    def _read(self, which, stream):
        for line in stream:
            self.said[which] += line.decode("utf-8", "replace")

    def log(self):
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, encoding="utf-8") as f:
            return f.read()

    def wait(self, pattern, times=1, where="log", seconds=20):
        """Until the log, or "out" or "err", has it so many times."""
        def found():
            ended = self.p.poll() is not None
            text = self.log() if where == "log" else self.said[where]
            found = re.findall(pattern, text, re.MULTILINE)
            if len(found) < times:
                assert not ended, "it has ended\n" + self.report()
                return None
            return found
        return until(found, seconds, lambda: "%r is not there %d times\n%s" %
                     (pattern, times, self.report()))

    def runs(self, n, account="test"):
        """Until the account was synchronised so many times."""
        self.wait(r"\*\*\* Finished account '%s'" % re.escape(account), n)

    def sync(self, rc=0):
        """A synchronisation of all accounts, from now on to its end."""
        self.ctl("sync", "--wait", rc=rc)

    def signal(self, number):
        self.p.send_signal(number)

    def ends(self, rc=0, seconds=20):
        assert self.p.wait(limit(seconds)) == rc, self.report()
        for t in self.readers:
            t.join()
        return self

    def stop(self, rc=0):
        self.signal(signal.SIGTERM)
        return self.ends(rc)

    def close(self):
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()
        for t in self.readers:
            t.join()

    def ctl(self, *words, options=(), rc=0):
        """blinkmail [options] ctl ...; stdout."""
        r = subprocess.run([self.blink.binary, "-c", self.config, *options,
                            "ctl", *words], env=self.blink.environment(), text=True,
                           stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=limit(60))
        assert r.returncode == rc, (r, self.report())
        self.ctl_err = r.stderr
        return r.stdout

    def report(self):
        return "stdout:\n%s\nstderr:\n%s\nlog:\n%s" % (
            self.said["out"][-2000:], self.said["err"][-2000:],
            self.log()[-2000:])


def logged(path, pattern, times=1, seconds=20):
    """What the file has of it, as soon as that is so many times."""
    def text():
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as f:
            return f.read()

    def enough():
        found = re.findall(pattern, text())
        return found if len(found) >= times else None
    return until(enough, seconds, lambda: "%r is not there %d times\n%s" % (
        pattern, times, text()[-2000:]))


def recorder(case, name):
    """A command that appends what it is told to a file."""
    path = os.path.join(case.tmp, name)
    return ("env | grep -E '^(BLINKMAIL_|OFFLINEIMAP|NOTIFY|WATCHDOG)' | "
            "LC_ALL=C sort >>%s; echo >>%s" % (path, path)), path


def records(path):
    """[{name: value}], one for each call."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        calls = f.read().split("\n\n")[:-1]
    return [dict(x.split("=", 1) for x in c.split("\n")) for c in calls]
