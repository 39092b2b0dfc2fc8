# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of the machine: limits, files that cannot be read, directories that
change, a clock that was wrong. Each has its own words, and once it is mended
all goes on by itself."""

import os
import resource
import shutil
import sqlite3
import time

import pytest

import blink
from conftest import message
from maildirbox import MaildirBox
from scripted import Scripted

YEARS = 10 * 365 * 86400


class Case:
    def __init__(self, tmp, server):
        self.server = server
        self.maildir = MaildirBox(os.path.join(tmp, "Mail"), "/")
        self.blink = blink.Blink(tmp)
        self.blink.account(
            "a", {"type": "imap", "host": "127.0.0.1", "port": server.port,
                  "user": "u", "pass": "p", "tls": "no"},
            {"type": "maildir", "path": self.maildir.root, "sep": "/"})

    def run(self, rc=0, *args, **popen):
        p = self.blink.start("-o", *args, **popen)
        out, err, peak = blink.collect(p, 60)
        r = blink.Result(p.returncode, out.decode(), err.decode(), 0, peak)
        assert r.rc == rc, r
        return r

    def equal(self):
        for name, box in self.server.boxes.items():
            assert sorted(f.data for f in self.maildir.list(name)) == \
                sorted(m[1] for m in box.messages.values()), name
        assert self.maildir.tmp() == []

    def mended(self):
        self.run()
        self.equal()
        assert self.run().ops() == []

    def status(self, sql):
        db = sqlite3.connect(os.path.join(self.blink.metadata, "a",
                                          "status.db"))
        with db:
            rows = db.execute(sql).fetchall()
        db.close()
        return rows


@pytest.fixture
def case(tmp):
    boxes = {"INBOX": [message(n) for n in range(1, 6)],
             "Work": [message(n) for n in range(11, 16)]}
    with Scripted(boxes) as s:
        yield Case(tmp, s)


def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (500000, 500000))


def test_limit_for_the_size_of_files(case):
    case.run()
    case.server.boxes["INBOX"].add(message(6, ("x" * 78 + "\r\n") * 10000))
    case.server.boxes["INBOX"].add(message(7))
    r = case.run(rc=1, preexec_fn=small_files)
    (e,) = r.of("error")
    assert "File too large" in e["text"] and e["folder"] == "INBOX", e
    assert len(case.maildir.list()) == 6
    case.mended()


def test_clock_was_wrong(case):
    """What was written while the clock was ten years ahead is not believed."""
    case.run()
    case.maildir.write(b"From: x\n\nnot today\n")
    case.server.on["APPEND"] = lambda c, tag, arg: (
        c.literal(arg.encode("latin-1")), c.file.readline(), "NO not today"
    )[-1]
    case.run(rc=1)
    (tried,) = case.status("SELECT next_try FROM skipped")
    ahead = time.time() + YEARS
    case.status("UPDATE skipped SET next_try = %d" % ahead)
    case.status("UPDATE folder SET scanned_at = %d" % ahead)
    case.server.on.clear()
    case.mended()
    assert all(at < time.time() + 60 for at, in
               case.status("SELECT scanned_at FROM folder"))
