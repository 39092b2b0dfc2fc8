# SPDX-License-Identifier: GPL-2.0-or-later
"""The first run on a Maildir that another program filled: what both sides have
is paired, whatever that program changed in it."""

import hashlib
import os
import re
import shutil
import subprocess

import pytest

import dovecot
from conftest import lf, message
from test_hostile import make  # noqa: F401

N = 30
FMD5 = hashlib.md5(b"INBOX").hexdigest()

MBSYNC = """
IMAPStore far
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

MaildirStore near
Path {mail}/
Inbox {mail}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
"""
OFFLINEIMAP = """
[general]
accounts = a
metadata = {home}/meta
[Account a]
localrepository = l
remoterepository = r
[Repository l]
type = Maildir
localfolders = {mail}
[Repository r]
type = IMAP
remotehost = 127.0.0.1
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = no
starttls = no
"""
PROGRAMS = {"mbsync": (MBSYNC, ["mbsync", "-q", "-a", "-c"]),
            "offlineimap": (OFFLINEIMAP,
                            ["offlineimap", "-o", "-u", "quiet", "-c"])}


def odd(n):
    """What OfflineIMAP writes in another way, and things that may be alike."""
    kind = n % 6
    if kind == 0:
        return message(n)
    if kind == 1:
        return message(n).replace(b"Subject: ", b"Subject:\t").replace(
            b"Message-ID: ", b"Message-ID:").replace(
            b"\r\nTo", b"\r\nReceived: from a by b;\r\n\tsome day\r\nTo", 1)
    if kind == 2:
        return message(n, body="K\u00f6rper\r\nFrom me\r\n\r\n\r\n")
    if kind == 3:
        return message("long " * 40 + str(n), body="no end of line")
    if kind == 4:
        return b"From: ann@example.org\r\nSubject: none\r\nX-N: %d\r\n\r\n" \
            b"no id\r\n" % n
    return (b"From: ann@example.org\r\nMessage-ID: <%d@x>\r\nMIME-Version: 1.0"
            b"\r\nContent-Type: multipart/mixed;\r\n boundary=\"xyz\"\r\n\r\n"
            b"--xyz\r\nContent-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\n"
            b"Hello.\r\n--xyz--\r\n" % n)


def fill(case, program):
    """Has the program fill the Maildir."""
    if shutil.which(program) is None:
        pytest.skip(program + " is not installed")
    text, command = PROGRAMS[program]
    conf = os.path.join(case.tmp, program)
    with open(conf, "w", encoding="utf-8") as f:
        f.write(text.format(port=case.server.port, user=case.user,
                            password=dovecot.PASSWORD, home=case.tmp,
                            mail=case.maildir.root))
    os.chmod(conf, 0o600)
    os.makedirs(case.maildir.root, 0o700, exist_ok=True)
    r = subprocess.run(command + [conf], timeout=60,
                       env=dict(os.environ, HOME=case.tmp),
                       stdin=subprocess.DEVNULL, capture_output=True,
                       text=True)
    assert r.returncode == 0, r


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_program(make_case, program):
    case = make_case()
    for n in range(N):
        case.imap.append(odd(n), flags=("\\Seen",) if n % 2 else ())
    # The same message twice is two messages.
    case.imap.append(odd(2))
    case.imap.append(odd(7))
    case.imap.unselect()
    fill(case, program)
    assert len(case.maildir.list()) == N + 2
    r = case.sync()
    assert r.ops("copy") == [] and len(r.ops("adopt")) == N + 2, r
    r = case.sync()
    assert r.ops() == [] and r.of("warning") == [], r
    # A pair is a pair: flags and deletions travel, both ways.
    f = case.maildir.find(b"<6@test>")
    case.maildir.set_flags(f, "FS")
    case.maildir.delete(case.maildir.find(b"<12@test>"))
    (there,) = [m for m in case.imap.list().values() if b"<18@test>" in m.data]
    case.imap.delete(there.uid)
    case.sync()
    case.sync()
    texts = [m.data for m in case.imap.list().values()]
    assert len(texts) == len(case.maildir.list()) == N
    assert not any(b"<12@test>" in t for t in texts)
    assert "\\Flagged" in next(m for m in case.imap.list().values()
                               if b"<6@test>" in m.data).flags


def refold(data):
    return data.replace(b"Subject: ", b"Subject:\n ").replace(b"Date: ",
                                                              b"Date:")


def mbox(data):
    head, _, body = data.partition(b"\n\n")
    return (b"From ann@example.org Mon Feb  6 10:00:00 2023\n" + head +
            b"\nStatus: RO\nX-Status: A\nX-UID: 17\nContent-Length: 99\n\n" +
            body.replace(b"\nFrom ", b"\n>From ") + b"\n")


CHANGES = {
    "X-TUID": lambda d: d.replace(b"\n\n", b"\nX-TUID: 8yXp0qTzKw4x\n\n", 1),
    "X-OfflineIMAP": lambda d: b"X-OfflineIMAP: 17-42\n" + d,
    "refolded": refold,
    "delivered": lambda d: b"Return-Path: <ann@example.org>\nDelivered-To: "
    b"bob\nReceived: from a by b\n\tfor bob; some day\n" + d,
    "mbox": mbox,
    "CRLF": lambda d: d.replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("how", list(CHANGES))
def test_changed(make, how):
    mails = [message(n, body="Hello.\r\nFrom me\r\n" + "x" * n)
             for n in range(1, N + 1)]
    case = make({"INBOX": mails})
    case.maildir.create("INBOX")
    for m in mails:
        case.maildir.write(CHANGES[how](lf(m)), flags="S")
    before = sorted(f.raw for f in case.maildir.list())
    r = case.run(rc=0)
    assert r.ops("copy", folder="INBOX") == [] or \
        {o["account"] for o in r.ops("copy")} == {"good"}
    assert sorted(f.raw for f in case.maildir.list()) == before
    assert len(case.server.boxes["INBOX"].messages) == N
    assert [o for o in case.run(rc=0).ops() if o["account"] == "bad"] == []
    # New UIDs under another UIDVALIDITY: found again, and nothing is sent.
    box = case.server.boxes["INBOX"]
    box.validity += 1
    box.messages = {u + 100: m for u, m in box.messages.items()}
    box.next += 100
    r = case.run(rc=0)
    assert [o for o in r.ops() if o["account"] == "bad" and
            o["op"] != "adopt"] == []
    case.maildir.delete(case.maildir.find(b"<7@test>"))
    case.run(rc=0)
    assert len(box.messages) == N - 1
    assert not any(b"<7@test>" in m[1] for m in box.messages.values())


def test_alike(make):
    """The same Message-ID: told by the body, and by the rest of the header."""
    mails = [message(1, body="One.\r\n"), message(1, body="Two.\r\n"),
             message(2), message(2).replace(b"To: ", b"List-Id: <l>\r\nTo: "),
             message(3), message(3), message(3)]
    case = make({"INBOX": mails})
    case.maildir.create("INBOX")
    for m in reversed(mails[:-1]):
        case.maildir.write(CHANGES["X-TUID"](lf(m)), flags="S")
    case.run(rc=0)
    box = case.server.boxes["INBOX"]
    assert len(box.messages) == 7 and len(case.maildir.list()) == 7
    case.maildir.delete(case.maildir.find(b"Two."))
    case.maildir.delete(case.maildir.find(b"List-Id"))
    case.run(rc=0)
    assert sorted(m[1] for m in box.messages.values()) == sorted(
        m for m in mails if b"Two." not in m and b"List-Id" not in m)


def test_other_end(make):
    """Paired by how it begins: compared as a whole before it is removed."""
    long = "x" * 70 + "\r\n"
    mail = message(1, body=long * 40 + "This end.\r\n")
    case = make({"INBOX": [message(2), mail]})
    case.maildir.create("INBOX")
    other = CHANGES["X-TUID"](lf(mail)).replace(b"This", b"That")
    case.maildir.write(other, flags="S")
    case.run(rc=0)
    case.run(rc=0)
    assert len(case.maildir.list()) == 2
    case.maildir.delete(case.maildir.find(b"That end."))
    r = case.run(rc=0)
    assert [e for e in r.of("warning") if "not removed" in e["text"]] != []
    case.run(rc=0)
    assert len(case.server.boxes["INBOX"].messages) == 2
    assert case.maildir.find(b"This end.")


def wrong_sizes(c, tag, arg):
    which, _, what = arg.partition(" ")
    for n, uid in list(c.chosen(which)):
        c.send(re.sub(rb"RFC822\.SIZE (\d+)", lambda m: b"RFC822.SIZE %d" % (
            int(m.group(1)) + 97), c.fetched(n, uid, what), count=1))


@pytest.mark.parametrize("how", ["as it is", "X-TUID"])
def test_size_is_an_estimate(make, how):
    mails = [message(n) for n in range(1, N + 1)]
    case = make({"INBOX": mails})
    case.server.on["UID FETCH"] = wrong_sizes
    case.maildir.create("INBOX")
    for m in mails:
        case.maildir.write(CHANGES.get(how, lambda d: d)(lf(m)), flags="S")
    r = case.run(rc=0)
    assert len(case.maildir.list()) == N
    assert len(case.server.boxes["INBOX"].messages) == N
    assert (r.of("warning") == []) == (how == "as it is")
    assert [o for o in case.run(rc=0).ops() if o["account"] == "bad"] == []
    # A message that is moved is copied by the server.
    case.server.boxes["Kept"] = type(case.server.boxes["INBOX"])([])
    case.run(rc=0)
    case.maildir.move(case.maildir.find(b"<7@test>"), "Kept")
    case.run(rc=0)
    case.run(rc=0)
    assert "UID COPY" in case.server.seen
    assert "APPEND" not in case.server.seen
    assert len(case.server.boxes["INBOX"].messages) == N - 1
    assert [m[1] for m in case.server.boxes["Kept"].messages.values()] == [
        message(7)]
    assert len(case.maildir.list("Kept")) == 1


def test_strangers(make):
    """Both sides have mail, and little of it is the same."""
    there = [message("there %d" % n) for n in range(N)]
    case = make({"INBOX": there + [message(1)]})
    case.maildir.create("INBOX")
    for n in range(N):
        case.maildir.write(lf(message("here %d" % n)), flags="S")
    case.maildir.write(lf(message(1)), flags="S")
    for args in ([], [], ["-n"]):
        r = case.blink.run("-o", *args)
        assert r.rc == 4
        (held,) = r.of("held")
        assert "--force-delete" in held["text"] and held["folder"] == "INBOX"
        shown = [w["text"] for w in r.of("warning")]
        for side in ("here", "there"):
            assert sum("message %s " % side in t and "ann@" in t
                       for t in shown) == 3
        assert len(case.maildir.list()) == N + 1
        assert len(case.server.boxes["INBOX"].messages) == N + 1
    r = case.blink.run("-o", ui="quiet")
    assert r.rc == 4 and "--force-delete" in r.err
    case.blink.run("-o", "--force-delete")
    assert len(case.maildir.list()) == 2 * N + 1
    assert len(case.server.boxes["INBOX"].messages) == 2 * N + 1
    assert case.run(rc=0).ops() == []


def test_one_side_only(make):
    """Much on one side, little on the other: nothing to ask."""
    case = make({"INBOX": [message("there %d" % n) for n in range(N)]})
    case.maildir.create("INBOX")
    for n in range(10):
        case.maildir.write(lf(message("here %d" % n)), flags="S")
    case.run(rc=0)
    assert len(case.maildir.list()) == N + 10


@pytest.mark.parametrize("sep", ":!;")
@pytest.mark.parametrize("set_to", [None, "!"])
def test_separator(make, sep, set_to):
    """The flags in a name are understood with each separator that programs
    write; ours is written when they change."""
    case = make({"INBOX": [message(1), message(2)]})
    if set_to is not None:
        case.blink.accounts[0]["local"]["infosep"] = set_to
    case.maildir.create("INBOX")
    cur = os.path.join(case.maildir.path(), "cur")
    for n in (1, 2):
        with open(os.path.join(cur, "17%d.host,U=%d%s2,S" % (n, n, sep)),
                  "wb") as f:
            f.write(lf(message(n)))
    case.run(rc=0)
    box = case.server.boxes["INBOX"]
    assert [m[0] for m in box.messages.values()] == [{"\\Seen"}] * 2
    assert len(os.listdir(cur)) == 2
    box.messages[1][0].add("\\Flagged")
    case.run(rc=0)
    case.run(rc=0)
    assert sorted(os.listdir(cur)) == [
        "171.host,U=1%s2,FS" % (set_to or ":"), "172.host,U=2%s2,S" % sep]
    assert len(box.messages) == 2


NAMES = ["Entw\u00fcrfe", "R&D", "\u65e5\u672c/\u8a9e", "a &- b", "Plain"]


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_names_in_utf7(make_case, program):
    """Directories in modified UTF-7 are the folders that they stand for."""
    case = make_case(sep="/", local={"sep": "/"})
    for name in NAMES:
        case.imap.create(name)
        case.imap.append(message(1), name)
    case.imap.append(message(1))
    case.imap.unselect()
    fill(case, program)
    before = case.maildir.folders()
    assert "Entw&APw-rfe" in before if program == "mbsync" else \
        any("&APw-" in f for f in before)
    there = case.imap.folders()
    case.account["local"]["sep"] = "/" if program == "mbsync" else "."
    for _ in range(2):
        r = case.sync()
        assert r.ops("copy") == []
        assert case.maildir.folders() == before
        assert case.imap.folders() == there
    # What is new goes where the rest is.
    case.imap.append(message(2), "Entw\u00fcrfe")
    case.imap.create("Entw\u00fcrfe/neu \u00fc")
    case.sync()
    assert len(os.listdir(os.path.join(
        case.maildir.root, "Entw&APw-rfe", "new"))) + len(os.listdir(
            os.path.join(case.maildir.root, "Entw&APw-rfe", "cur"))) == 2
    assert case.sync().ops() == []
    assert len(case.maildir.folders()) == len(before) + 1


def test_names_that_look_so(make_case):
    """Names that are another one in modified UTF-7 come back as they are."""
    case = make_case(sep="/")
    names = ["R&-D", "Entw&APw-rfe", "Entw\u00fcrfe", "R&D", "&", "x&-", "a&b"]
    for n, name in enumerate(names):
        case.imap.create(name)
        case.imap.append(message(n), name)
    there = case.imap.folders()
    case.sync()
    here = case.maildir.folders()
    assert case.sync().ops() == []
    assert case.imap.folders() == there and case.maildir.folders() == here
    assert len(here) == len(names) + 1
