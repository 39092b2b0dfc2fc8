# SPDX-License-Identifier: GPL-2.0-or-later
"""A folder of nasty messages arrives on the other side byte by byte."""

import os
import shutil

import pytest

import blink
from conftest import lf, message
from maildirbox import MaildirBox
from scripted import Scripted

HEAD = b"From: a@example.org\r\nSubject: %s\r\n"

# As IMAP carries them.
NASTY = {
    "no body": HEAD % b"x" + b"\r\n",
    "no end of the header": HEAD % b"x",
    "no final newline": HEAD % b"x" + b"\r\nbody",
    "one newline": b"\r\n",
    "one letter": b"X",
    "only a body": b"\r\nbody\r\n",
    "eight bits": HEAD % "h\xe4\xdf".encode("latin-1") +
    b"\r\n" + bytes(range(0x80, 0x100)) + b"\r\n",
    "utf-8": HEAD % "äß家族".encode() + "\r\nТест\r\n".encode(),
    "lone LF": HEAD % b"x" + b"\r\nunix\nlines\nhere\r\n",
    "lone CR": HEAD % b"x" + b"\r\nmac\rlines\rhere\r\n",
    "CR CR LF": HEAD % b"x" + b"\r\na\r\r\nb\r\n",
    "LF CR": HEAD % b"x" + b"\r\na\n\rb\n\r\r\n",
    "CR at the end": HEAD % b"x" + b"\r\nlast\r",
    "long line": HEAD % b"x" + b"\r\n" + b"l" * 200000 + b"\r\n",
    "long header": HEAD % (b"h" * 100000) + b"\r\n\r\n",
    "From lines": HEAD % b"x" + b"\r\nFrom here on\r\n>From there\r\n.\r\n",
    "many headers": b"".join(b"X-%d: y\r\n" % n for n in range(10000)) +
    b"\r\nbody\r\n",
    "dates": HEAD % b"x" + b"Date: Fri, 31 Dec 9999 23:59:59 +0000\r\n"
    b"Date: Mon, 1 Jan 1900 00:00:00 -2359\r\n\r\nbody\r\n",
    "forged": HEAD % b"x" + b"X-OfflineIMAP: 1-2-3\r\nX-TUID: abcdefghijkl"
    b"\r\nMessage-ID: <1@test>\r\n\r\nbody\r\n",
    "same id": HEAD % b"y" + b"Message-ID: <1@test>\r\n\r\nother\r\n",
    "escapes": HEAD % b"\x1b]0;pwned\x07" + b"\r\n\x1b[2J%s%n\r\n",
    "two newlines": b"\r\n\r\n",
    "big": HEAD % b"x" + b"\r\n" + os.urandom(3 << 20).translate(None, b"\0\r\n") +
    b"\r\n",
}


def check(case, count):
    case.equal()
    assert len(case.imap.uids()) == len(case.maildir.list()) == count
    case.settled()


def test_down(make_case, storage, extensions):
    case = make_case(storage=storage, extensions=extensions)
    for data in NASTY.values():
        case.imap.append(data)
    case.imap.append(NASTY["forged"])  # the same bytes are another message
    case.sync()
    check(case, len(NASTY) + 1)


# Dovecot does not keep these as they are sent.
ALTERED = ("lone LF", "CR CR LF", "LF CR", "CR at the end")


def test_up(make_case, storage, extensions):
    """As a mail reader leaves them: with LF where that is the same message,
    with CRLF as other programs do."""
    case = make_case(storage=storage, extensions=extensions)
    case.maildir.create("INBOX")
    n = 0
    for name, data in NASTY.items():
        if name in ALTERED:
            continue
        case.maildir.write(data)
        n += 1
        if b"\r" not in lf(data) and b"\n" not in data.replace(b"\r\n", b""):
            case.maildir.write(lf(data), flags="S")
            n += 1
    r = case.sync()
    assert r.of("warning") == []
    check(case, n)


@pytest.mark.parametrize("name", ALTERED)
def test_up_altered(case, name):
    """What the server does to the ends of lines happens there alone, once,
    and with a word about it."""
    case.maildir.create("INBOX")
    case.maildir.write(NASTY[name])
    case.maildir.write(lf(message(1)))
    case.sync()
    for _ in range(2):
        assert len(case.imap.uids()) == 2
        assert sorted(f.raw for f in case.maildir.list()) == \
            sorted([NASTY[name], lf(message(1))])
        assert case.sync().ops() == []
    there = {m.data.replace(b"\r", b"") for m in case.imap.list().values()}
    assert there == {NASTY[name].replace(b"\r", b""), lf(message(1))}


# What no client appends to a Dovecot, and other servers have.
ODD_LINES = {
    **NASTY,
    "LF first": b"A: 1\nB: 2\r\n\r\nbody\n",
    "LF at the header's end": HEAD % b"x" + b"\nbody\r\nmore\n\r\n",
    "only the last header line": b"A: 1\nB: 2\r\n\nbody\n",
    "NUL and LF": HEAD % b"x" + b"\r\nn\0l\nline\r\n",
}


def other_names(box, where, to):
    """A mail reader that moves files and names them anew."""
    for f in box.list(where):
        box.write(f.raw, to, flags="S")
        box.delete(f)


@pytest.mark.parametrize("how", ["kept name", "new name", "status lost"])
def test_moved_by_hand(tmp, how):
    """Whoever moved a file, what is uploaded is what the server had; and
    a file without its pair is known by its bytes."""
    with Scripted({"INBOX": list(ODD_LINES.values()), "Box": []}) as s:
        case = blink.Blink(tmp)
        box = MaildirBox(tmp + "/Mail", "/")
        case.account("a", {"type": "imap", "host": "127.0.0.1", "tls": "no",
                           "port": s.port, "user": "u", "pass": "p"},
                     {"type": "maildir", "path": box.root, "sep": "/"})
        case.sync()
        raw = sorted(f.raw for f in box.list())
        if how == "kept name":
            for f in box.list():
                box.move(f, "Box")
        else:
            other_names(box, "INBOX", "Box")
        if how == "status lost":
            shutil.rmtree(case.metadata)
            for uid, (flags, data) in s.boxes["INBOX"].messages.items():
                flags.add("\\Seen")
            s.boxes["Box"], s.boxes["INBOX"] = s.boxes["INBOX"], s.boxes["Box"]
        case.sync("--force-delete")
        for _ in range(2):
            assert sorted(data for _, data in
                          s.boxes["Box"].messages.values()) == \
                sorted(ODD_LINES.values())
            assert sorted(f.raw for f in box.list("Box")) == raw
            assert s.boxes["INBOX"].messages == {} and box.list() == []
            assert case.sync().ops() == []
        if how == "status lost":
            assert "APPEND" not in s.seen and "UID COPY" not in s.seen


@pytest.fixture(params=["sdbox", "maildir"])
def storage(request):
    return request.param


def test_down_with_nul(make_case, extensions):
    """A server that has a NUL in a message sends something for it; what it
    sends is what is kept, and one like that stops nothing."""
    case = make_case(storage="maildir", extensions=extensions)
    case.imap.append(message(1))
    case.imap.append(message(2))
    case.imap.unselect()
    home = case.server.home(case.user)
    cur = [os.path.join(d, f) for d, _, files in os.walk(home) for f in files
           if os.path.basename(d) in ("cur", "new")]
    with open(cur[0], "rb") as f:
        data = f.read()
    with open(cur[0], "wb") as f:  # of the same size: Dovecot has noted it
        f.write(data.replace(b"Hello.", b"He\0lo."))
    case.sync()
    assert len(case.maildir.list()) == 2
    case.settled()


def test_up_with_nul(case):
    case.maildir.create("INBOX")
    case.maildir.write(lf(message(1)))
    case.maildir.write(lf(message(2)).replace(b"Hello", b"He\0lo"))
    r = case.sync(rc=None)
    assert len(case.imap.uids()) >= 1
    left = [f for f in case.maildir.list() if b"\0" in f.raw]
    assert len(left) == 1
    if r.rc != 0:  # not every server takes it; that one is named
        assert len(r.of("error")) == 1, r
        assert r.of("error")[0]["folder"] == "INBOX"
        assert len(case.imap.uids()) == 1
    else:
        assert len(case.imap.uids()) == 2


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu",
                                  "America/New_York"])
def test_dates_in_any_zone(case, zone):
    dates = [86400, 981173106, 1143333000, 1667107800, 1700000000]
    for n, date in enumerate(dates):
        case.imap.append(message(n), date=date)
        case.maildir.create("INBOX") if n == 0 else None
        case.maildir.write(lf(message(100 + n)), mtime=date)
    case.sync(env={"TZ": zone})
    for n, date in enumerate(dates):
        assert case.maildir.find("<%d@test>" % n).mtime == date
    there = {m.data.split(b"Message-ID: <")[1].split(b"@")[0]: m.date
             for m in case.imap.list().values()}
    for n, date in enumerate(dates):
        assert there[b"%d" % (100 + n)] == date
    assert case.sync(env={"TZ": "UTC"}).ops() == []


def test_dates_far_away(case):
    """Dovecot answers dates before 1970 one way now and another way later,
    and not at all beyond 2106; the mail gets through and can be deleted."""
    dates = [-1, -86400, -34560000, 0, 1, 2**31 - 1, 2**31, 2**32 + 5]
    case.maildir.create("INBOX")
    for n, date in enumerate(dates):
        case.maildir.write(lf(message(n)), mtime=date)
    case.imap.append(message(50), date='"01-Jan-1960 00:00:00 +0000"')
    case.imap.append(message(51), date='"31-Dec-9999 23:59:59 -2359"')
    case.sync()
    for n, date in enumerate(dates):
        assert case.maildir.find("<%d@test>" % n).mtime == date
    check(case, len(dates) + 2)
    for n in list(range(len(dates))) + [50]:
        case.maildir.delete(case.maildir.find("<%d@test>" % n))
    case.sync("--force-delete")
    assert case.maildir.find("<51@test>")
    check(case, 1)


def test_empty_message(case):
    """Dovecot does not take one; that stops nothing else."""
    case.maildir.create("INBOX")
    case.maildir.write(b"")
    case.maildir.write(b"\n")
    case.maildir.write(lf(message(1)))
    for _ in range(2):
        r = case.sync(rc=1)
        (e,) = r.of("error")
        assert (e["account"], e["folder"], e["side"], e["scope"]) == \
            ("test", "INBOX", "remote", "message")
        assert e["lid"] > 0 and "uid" not in e and "file" not in e
        assert e["text"].startswith("APPEND: "), e
        assert "test: ERROR: INBOX: local message %d: %s\n" % (
            e["lid"], e["text"]) in r.err
        assert sorted(m.data for m in case.imap.list().values()) == \
            [b"\r\n", message(1)]
        assert sorted(f.raw for f in case.maildir.list()) == \
            [b"", b"\n", lf(message(1))]


FILES = {
    "empty": b"",
    "crlf": message(1),
    "lf": lf(message(2)),
    "mixed": b"a: b\r\nc: d\n\r\nbody\n.\r\nFrom x\n",
    "lone CR": b"a: b\n\nmac\rlines\r\rhere\n\r",
    "no end": b"a: b\n\nbody",
    "no header end": b"a: b\nc",
    "nul": b"a: b\n\nx\0y\0\n",
    "bytes": bytes(range(1, 256)) * 300,
    "newlines": b"\n" * 1000,
}


def test_down_from_files(make_case, extensions):
    """What a server's Maildir may hold, and no client ever appended."""
    case = make_case(storage="maildir", extensions=extensions)
    case.imap.create("Box")
    home = case.server.home(case.user)
    (new,) = [os.path.join(d, "new") for d, subs, _ in os.walk(home)
              if os.path.basename(d) == "Box" and "new" in subs]
    for n, data in enumerate(FILES.values()):
        path = os.path.join(new, "%d.M%d.host" % (1000000000 + n, n))
        with open(path, "wb") as f:
            f.write(data)
        case.server.own(path)
    case.sync()
    case.equal("Box")
    assert len(case.imap.uids("Box")) == len(FILES)
    case.settled("Box")


def test_names_of_files(case):
    """What other programs gave their files is left alone."""
    case.maildir.create("INBOX")
    cur = os.path.join(case.maildir.path(), "cur")
    names = ["1.a.host", "2.b.host:2,", "3.c.host:2,S", "4.d,S=99,W=103:2,F",
             "5 with space:2,S", "6.ünicode:2,", "7.e.host:1,exp", "x",
             "-rf:2,S"]
    for n, name in enumerate(names):
        with open(os.path.join(cur, name), "wb") as f:
            f.write(lf(message(n)))
    case.sync()
    assert len(case.imap.uids()) == len(names)
    case.settled()
