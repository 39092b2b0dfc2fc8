# SPDX-License-Identifier: GPL-2.0-or-later
"""How soon a change on one side is on the other, while blinkmail runs with
autorefresh and push. Called by "make bench".

    push.py [--quick] BUILD-DIRECTORY

The server tells of news when it likes: Dovecot gathers them for half a second
in IDLE (mailbox_idle_notify_interval), which is measured, too.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import dovecot
from blink import Blink
from conftest import message
from imapbox import ImapBox
from maildirbox import MaildirBox

PATIENCE = 30  # seconds


class Pair:
    def __init__(self, build, server, way, where):
        self.imap = ImapBox(server.port, "push-" + way, dovecot.PASSWORD)
        self.imap.create("Work")
        self.maildir = MaildirBox(os.path.join(where, way, "Mail"), "/")
        self.blink = Blink(os.path.join(where, way),
                           os.path.join(build, "blinkmail"))
        self.blink.general["fsync"] = True
        off = {"IDLE": ["NOTIFY"], "NOTIFY": []}[way]
        self.blink.account(
            "bench", {"host": "127.0.0.1", "port": server.port,
                      "user": "push-" + way, "pass": dovecot.PASSWORD,
                      "tls": "no", "disable_extensions": off},
            {"path": self.maildir.root, "sep": "/"}, autorefresh=600.0)
        self.p = self.blink.start(ui="quiet")
        until(lambda: os.path.isdir(self.maildir.path("INBOX")))
        time.sleep(2)  # the watches begin

    def stop(self):
        self.p.terminate()
        self.p.wait()
        self.imap.close()


def until(what):
    begin = time.monotonic()
    while not what():
        if time.monotonic() > begin + PATIENCE:
            raise RuntimeError("nothing happens")
        time.sleep(0.002)
    return time.monotonic() - begin


def new_mail(pair, n, folder):
    have = len(pair.maildir.list(folder))
    pair.imap.append(message(n), folder)
    pair.imap.unselect()
    return until(lambda: len(pair.maildir.list(folder)) > have)


def local_flag(pair, n):
    f = pair.maildir.list("INBOX")[0]
    letters = "F" if "\\Flagged" not in f.flags else ""

    def there():
        (m,) = (m for m in pair.imap.list(bodies=False).values()
                if m.uid == f.uid)
        pair.imap.unselect()
        return ("\\Flagged" in m.flags) == (letters == "F")
    pair.maildir.set_flags(f, letters)
    return until(there)


def row(what, times):
    print("%-44s %8.3f s  (%.3f to %.3f, %d times)" % (
        what, statistics.median(times), min(times), max(times), len(times)),
        flush=True)


def measure(pair, way, repeat):
    for folder in ("INBOX",) if way == "IDLE" else ("INBOX", "Work"):
        times = []
        for n in range(repeat):
            times.append(new_mail(pair, n, folder))
            time.sleep(1)  # what was told of it is looked at, too
        row("new mail in %s, by %s" % (folder, way), times)
    times = []
    for n in range(repeat):
        times.append(local_flag(pair, n))
        time.sleep(1)
    row("a flag set here, beside %s" % way, times)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--quick", action="store_true")
    p.add_argument("build")
    args = p.parse_args()
    why = dovecot.available()
    if why:
        sys.exit("bench: " + why)
    where = tempfile.mkdtemp(prefix="bmp-", dir=os.environ.get("TMPDIR",
                                                               "/tmp"))
    print("%-44s %10s" % ("from a change to the other side", "median"))
    try:
        with dovecot.Dovecot() as server:
            for way in ("IDLE", "NOTIFY"):
                pair = Pair(args.build, server, way, where)
                try:
                    measure(pair, way, 3 if args.quick else 10)
                finally:
                    pair.stop()
    finally:
        shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    main()
