# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of the machine: limits, files that cannot be read, directories that
change, a clock that was wrong. Each has its own words, and once it is mended
all goes on by itself."""

import ctypes
import os
import resource
import shutil
import socket
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


def without_override():
    """Root, too, is refused what the mode refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.parametrize("names", ["ours", "others"])
def test_unreadable_and_status_lost(case, names):
    """What cannot be read is not absent: it is not fetched again."""
    case.run()
    if names == "others":
        for f in case.maildir.list():
            os.rename(f.path, os.path.join(case.maildir.path(), "cur",
                                           "%d.x.host:2,S" % f.uid))
            case.server.boxes["INBOX"].messages[f.uid][0].add("\\Seen")
    shutil.rmtree(case.blink.metadata)
    shut = case.maildir.list()[:3]
    for f in shut:
        os.chmod(f.path, 0)
    case.server.boxes["INBOX"].add(message(6))
    for _ in range(2):
        r = case.run(rc=1, preexec_fn=without_override)
        errors = [e["text"] for e in r.of("error")]
        assert len(errors) == 3, r
        assert all("Permission denied" in e for e in errors)
        assert len(case.server.boxes["INBOX"].messages) == 6
        left = os.listdir(case.maildir.path() + "/cur") + \
            os.listdir(case.maildir.path() + "/new")
        assert len(left) <= 6
    for f in shut:
        os.chmod(f.path, 0o600)
    case.mended()


def link_for_cur(path):
    os.rename(path + "/cur", path + "/aside")
    os.symlink("/nowhere", path + "/cur")

    def mend():
        os.unlink(path + "/cur")
        os.rename(path + "/aside", path + "/cur")
    return mend


def file_for_cur(path):
    os.rename(path + "/cur", path + "/aside")
    open(path + "/cur", "w").close()

    def mend():
        os.unlink(path + "/cur")
        os.rename(path + "/aside", path + "/cur")
    return mend


def empty_disk(path):
    aside = os.path.dirname(os.path.dirname(path)) + "/aside"
    os.rename(path, aside)
    os.mkdir(path)

    def mend():
        os.rmdir(path)
        os.rename(aside, path)
    return mend


def read_only(path):
    for sub in ("/cur", "/new", "/tmp"):
        os.chmod(path + sub, 0o500)

    def mend():
        for sub in ("/cur", "/new", "/tmp"):
            os.chmod(path + sub, 0o700)
    return mend


@pytest.mark.parametrize("fault,text", [
    (link_for_cur, "symbolic link"), (file_for_cur, "not a directory"),
    (empty_disk, "gone from the local side"),
    (read_only, "Permission denied")])
def test_broken_directory(case, fault, text):
    case.run()
    before = {n: dict(b.messages) for n, b in case.server.boxes.items()}
    mend = fault(case.maildir.path())
    case.server.boxes["INBOX"].add(message(6))
    case.server.boxes["Work"].add(message(16))
    for _ in range(2):
        r = case.run(rc=1, preexec_fn=without_override)
        errors = [e for e in r.of("error") if e.get("folder") == "INBOX"]
        assert errors and any(text in e["text"] for e in errors), r
        for name, messages in before.items():
            assert messages.items() <= \
                case.server.boxes[name].messages.items()
    assert len(case.maildir.list("Work")) == 6
    mend()
    case.mended()


def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (500000, 500000))


def test_limit_for_the_size_of_files(case):
    case.run()
    case.server.boxes["INBOX"].add(message(6, ("x" * 78 + "\r\n") * 10000))
    case.server.boxes["Work"].add(message(16))
    r = case.run(rc=1, preexec_fn=small_files)
    (e,) = r.of("error")
    assert len(case.maildir.list("Work")) == 6
    assert "File too large" in e["text"] and e["folder"] == "INBOX", e
    assert len(case.maildir.list()) == 5 and case.maildir.tmp() == []
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


@pytest.mark.parametrize("tls", ["starttls", "no"])
def test_no_greeting(tmp, tls):
    """A server that waits for TLS to begin: it is waited for once, for
    socktimeout, and the setting is named."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        case = blink.Blink(tmp)
        case.general["socktimeout"] = 2
        case.account("a", {"type": "imap", "host": "127.0.0.1", "tls": tls,
                           "port": listener.getsockname()[1], "user": "u",
                           "pass": "p"},
                     {"type": "maildir", "path": tmp + "/Mail"})
        r = case.run("-o")
    assert r.rc == 1 and r.seconds < 4, r
    assert "wants tls = \"yes\"" in r.err


def test_a_home_that_cannot_be_written(tmp):
    with open(tmp + "/file", "w", encoding="utf-8"):
        pass
    case = blink.Blink(tmp)
    case.general["metadata"] = tmp + "/file/a/b"
    case.account("a", {"type": "maildir", "path": tmp + "/1"},
                 {"type": "maildir", "path": tmp + "/2"})
    r = case.run("-o")
    assert r.rc == 1
    assert "cannot make the directory %s/file/a: Not a directory; " \
        "general.metadata says" % tmp in r.err


def test_a_path_that_is_gone(make_case):
    case = make_case()
    case.imap.append(message(1))
    case.sync()
    os.rename(case.maildir.root, case.maildir.root + ".away")
    r = case.sync(rc=1)
    assert "is it mounted? Else mend path" in r.err
    # To begin anew, as it says: all comes again, and nothing is deleted.
    shutil.rmtree(os.path.join(case.blink.metadata, "test"))
    case.sync()
    case.equal()
