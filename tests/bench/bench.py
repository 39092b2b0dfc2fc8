# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast blinkmail is, beside a raw fetch of the same folder and beside
mbsync and (when asked for) OfflineIMAP. Called by "make bench".

    bench.py [--quick] [--offlineimap] [--only NAME,...] BUILD-DIRECTORY

Each time is the best of three. Ratios are to the raw fetch and to mbsync.
"""

import argparse
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import dovecot
from imapbox import ImapBox
from peak import Peak

DELAY = 25  # milliseconds each way: a round trip of 50
WORDS = [bytes(w, "ascii") for w in (
    "lamp tower keeper north rope storm tide glass chart signal wind ship "
    "bell fog harbour watch oil night log light").split()]


class Size:
    def __init__(self, quick):
        self.big = 2000 if quick else 20000     # messages, 12.5 kB each
        self.folders = 10 if quick else 50
        self.small = 200 if quick else 2000     # messages, 1 kB each
        self.upload = 200 if quick else 1000
        self.repeat = 2 if quick else 3


def text(rng, size):
    lines = [b" ".join(rng.choices(WORDS, k=11)) for _ in range(64)]
    out = []
    while size > 0:
        line = rng.choice(lines)
        out.append(line)
        size -= len(line) + 2
    return b"\r\n".join(out) + b"\r\n"


def messages(seed, count, mean):
    """Sizes as in a mailbox: most are small, a few are large."""
    rng = random.Random(seed)
    for n in range(count):
        size = int(min(rng.lognormvariate(0, 1.2) / 2.05, 40) * mean)
        yield (b"From: Ann <ann@example.org>\r\nTo: bob@example.org\r\n"
               b"Subject: message %d of %s\r\n"
               b"Date: Mon, 6 Feb 2023 10:00:00 +0000\r\n"
               b"Message-ID: <%d.%s@bench.example.org>\r\n\r\n" % (
                   n, seed.encode(), n, seed.encode())) + text(rng, size)


def fill(server, user, folder, source):
    """Appends pipelined, with LITERAL+; much faster than imaplib."""
    s = socket.create_connection(("127.0.0.1", server.port))
    answers = s.makefile("rb")
    answers.readline()
    s.sendall(b"a LOGIN %s %s\r\n" % (user.encode(),
                                      dovecot.PASSWORD.encode()))
    assert b" OK" in answers.readline()
    if folder != "INBOX":
        s.sendall(b'b CREATE "%s"\r\n' % folder.encode())
        assert b" OK" in answers.readline()
    bad = []

    def read():
        for line in answers:
            if line.startswith(b"z "):
                return
            if not line.startswith((b"* ", b"c OK")):
                bad.append(line)
    t = threading.Thread(target=read)
    t.start()
    for data in source:
        s.sendall(b'c APPEND "%s" () " 6-Feb-2023 10:00:00 +0000" {%d+}\r\n'
                  b"%s\r\n" % (folder.encode(), len(data), data))
    s.sendall(b"z LOGOUT\r\n")
    t.join()
    s.close()
    assert not bad, bad[:3]


def run(command, env):
    """(seconds, peak bytes) of one command, which must succeed."""
    begin = time.monotonic()
    p = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    peak = Peak(p.pid)
    out = p.stdout.read()
    p.wait()
    seconds = time.monotonic() - begin
    peak.stop()
    if p.returncode != 0:
        raise RuntimeError("%s: status %d\n%s" % (
            " ".join(command), p.returncode, out[-2000:].decode("utf-8",
                                                          "replace")))
    return seconds, peak.bytes


class Tool:
    """A synchroniser with a home directory of its own."""

    def __init__(self, where, user):
        self.dir = os.path.join(where, self.name)
        self.user = user
        self.old = 0

    def clean(self):
        """Moves away what was there. Removed only in the end: ext4 looks at
        each inode freed in the last seconds before it takes another, which
        would be measured, too."""
        if os.path.isdir(self.dir):
            self.old += 1
            os.rename(self.dir, "%s.old%d" % (self.dir, self.old))
        os.makedirs(self.dir, 0o700)

    def env(self):
        return dict(os.environ, HOME=self.dir, XDG_STATE_HOME=self.dir,
                    XDG_CONFIG_HOME=self.dir)

    def file(self, name, content):
        path = os.path.join(self.dir, name)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w") as f:
            f.write(content)
        return path

    def mail(self, folder="INBOX"):
        return os.path.join(self.dir, "Mail", folder)


class Blinkmail(Tool):
    name = "blinkmail"
    binary = None

    def command(self, port):
        conf = self.file("conf", """
general = {{ metadata = "{dir}/meta"; fsync = true; }};
accounts = ( {{ name = "bench";
  remote = {{ type = "imap"; host = "127.0.0.1"; port = {port};
    user = "{user}"; pass = "{password}"; tls = "no"; }};
  local = {{ type = "maildir"; path = "{dir}/Mail"; sep = "/"; }}; }} );
""".format(dir=self.dir, port=port, user=self.user,
           password=dovecot.PASSWORD))
        return [self.binary, "-c", conf, "-u", "quiet", "-o"]


class Mbsync(Tool):
    name = "mbsync"

    def command(self, port):
        os.makedirs(os.path.join(self.dir, "Mail"), 0o700, exist_ok=True)
        conf = self.file("conf", """
IMAPStore far
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

MaildirStore near
Path {dir}/Mail/
Inbox {dir}/Mail/INBOX
SubFolders Verbatim

Channel bench
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
""".format(dir=self.dir, port=port, user=self.user,
           password=dovecot.PASSWORD))
        return ["mbsync", "-q", "-c", conf, "-a"]


class OfflineImap(Tool):
    name = "offlineimap"

    def command(self, port):
        conf = self.file("conf", """
[general]
accounts = bench
metadata = {dir}/meta
[Account bench]
localrepository = l
remoterepository = r
[Repository l]
type = Maildir
localfolders = {dir}/Mail
sep = /
[Repository r]
type = IMAP
remotehost = 127.0.0.1
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = no
starttls = no
maxconnections = 3
""".format(dir=self.dir, port=port, user=self.user,
           password=dovecot.PASSWORD))
        return ["offlineimap", "-c", conf, "-u", "quiet", "-o"]


class Bench:
    def __init__(self, args, server, where):
        self.size = Size(args.quick)
        self.build = args.build
        self.server = server
        self.where = where
        self.tools = [Mbsync]
        Blinkmail.binary = os.path.join(args.build, "blinkmail")
        if not args.without_blinkmail:
            self.tools.insert(0, Blinkmail)
        if args.offlineimap:
            self.tools.append(OfflineImap)
        self.raw = None
        self.users = 0

    def best(self, tool, port, before=None):
        times, peak = [], 0
        for _ in range(self.size.repeat):
            if before:
                before(tool)
            os.sync()
            seconds, rss = run(tool.command(port), tool.env())
            times.append(seconds)
            peak = max(peak, rss)
        return min(times), peak

    def row(self, what, results, goal=""):
        """results: tool name -> (seconds, peak)"""
        base = results.get("mbsync", (None, 0))[0]
        for name, (seconds, peak) in results.items():
            print("%-44s %-12s %8.3f s %7s %7s %7.1f MB  %s" % (
                what, name, seconds,
                "%.2f" % (seconds / self.raw) if self.raw else "-",
                "%.2f" % (seconds / base) if base else "-",
                peak / 1e6, goal if name == "blinkmail" else ""),
                flush=True)
            what = ""

    def tools_for(self, user):
        return [t(os.path.join(self.where, user), user) for t in self.tools]

    def big(self):
        n = self.size.big
        fill(self.server, "big", "INBOX", messages("big", n, 12500))
        rawfetch = [os.path.join(self.build, "tests/bench/rawfetch"),
                    str(self.server.port), "big", dovecot.PASSWORD]
        times, size = [], 0
        for _ in range(self.size.repeat):
            out = subprocess.run(rawfetch, check=True, capture_output=True)
            seconds, size = out.stdout.split()
            times.append(float(seconds))
        self.raw = min(times)
        self.row("%d messages, %.0f MB: raw fetch" % (n, int(size) / 1e6),
                 {"rawfetch": (self.raw, 0)})
        tools = self.tools_for("big")
        first = {t.name: self.best(t, self.server.port, Tool.clean)
                 for t in tools}
        self.row("first sync, %d messages" % n, first,
                 "<= 1.5 raw, <= 0.33 mbsync, <= %.0f MB" %
                 ((64 * n + 16e6) / 1e6))
        again = {t.name: self.best(t, self.server.port) for t in tools}
        self.row("second sync, nothing changed", again, "<= 1 mbsync")
        self.row("the same files by cp and sync",
                 {"cp": (self.copied(tools[0].mail()), 0)})

    def copied(self, folder):
        """What this machine's disk needs for the files alone."""
        times = []
        for n in range(self.size.repeat):
            to = "%s.copy%d" % (folder, n)
            os.sync()
            begin = time.monotonic()
            subprocess.run(["cp", "-r", "--preserve=timestamps",
                            folder, to], check=True)
            subprocess.run(["sync", "-f", to], check=True)
            times.append(time.monotonic() - begin)
        return min(times)

    def many(self):
        for i in range(self.size.folders):
            fill(self.server, "many", "Box%02d" % i,
                 messages("many%d" % i, self.size.small, 700))
        tools = self.tools_for("many")
        for t in tools:
            t.clean()
            run(t.command(self.server.port), t.env())
        what = "%d folders of %d, nothing changed" % (self.size.folders,
                                                      self.size.small)
        self.row(what, {t.name: self.best(t, self.server.port)
                        for t in tools}, "<= 1 mbsync")
        with Relay(self.build, self.server.port) as port:
            self.row("the same at 50 ms round trip",
                     {t.name: self.best(t, port) for t in tools}, "<= 1 s")

    def upload(self):
        n = self.size.upload
        results = {}
        data = [m.replace(b"\r\n", b"\n")
                for m in messages("up", n, 3000)]
        with Relay(self.build, self.server.port) as port:
            for kind in self.tools:
                best = (1e9, 0)
                for _ in range(self.size.repeat):
                    self.users += 1
                    user = "up%d" % self.users
                    t = kind(os.path.join(self.where, user), user)
                    t.clean()
                    run(t.command(port), t.env())
                    deliver(t.mail(), data)
                    best = min(best, run(t.command(port), t.env()))
                    box = ImapBox(self.server.port, user, dovecot.PASSWORD)
                    there = box.status("INBOX", "MESSAGES")
                    box.close()
                    assert there == n, (kind.name, there)
                results[kind.name] = best
        self.row("upload of %d messages at 50 ms" % n, results,
                 "<= 1 mbsync")


def deliver(folder, data):
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(folder, sub), 0o700, exist_ok=True)
    for n, m in enumerate(data):
        with open(os.path.join(folder, "new", "17000.R%d.bench" % n),
                  "wb") as f:
            f.write(m)


class Relay:
    def __init__(self, build, port):
        self.command = [os.path.join(build, "tests/bench/relay"), str(port),
                        str(DELAY)]

    def __enter__(self):
        self.p = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        return int(self.p.stdout.readline())

    def __exit__(self, *_):
        self.p.kill()
        self.p.wait()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--quick", action="store_true")
    p.add_argument("--offlineimap", action="store_true")
    p.add_argument("--without-blinkmail", action="store_true")
    p.add_argument("--only", default="big,many,upload")
    p.add_argument("build")
    args = p.parse_args()
    why = dovecot.available()
    if why:
        sys.exit("bench: " + why)
    if shutil.which("mbsync") is None:
        sys.exit("bench: mbsync is needed to compare with (package isync)")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    where = tempfile.mkdtemp(prefix="bmb-", dir=os.environ.get("TMPDIR",
                                                               "/tmp"))
    print("%-44s %-12s %10s %7s %7s %10s  %s" % (
        "", "", "best", "/raw", "/mbsync", "peak", "goal"))
    try:
        with dovecot.Dovecot() as server:
            b = Bench(args, server, where)
            for name in args.only.split(","):
                getattr(b, name)()
    finally:
        shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    main()
