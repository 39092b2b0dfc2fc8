# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that store another form of what they are given, or that keep each
message once: nothing is sent twice, and nothing comes back as new mail."""

import re

import pytest

from conftest import lf, message
from test_hostile import make  # noqa: F401


def added(data):
    return b"Return-Path: <ann@example.org>\r\n" + data.replace(
        b"\r\n\r\n", b"\r\nX-Server-Says: yes\r\n\r\n", 1)


def renamed(data):
    """As long as it was."""
    return data.replace(b"Message-ID:", b"Message-Id:")


def storing(how, plus=True, cut=lambda: False):
    def append(c, tag, arg):
        data = how(c.literal(arg.encode("latin-1")))
        c.file.readline()
        box = c.server.boxes["INBOX"]
        uid = box.add(data)
        c.server.stored += 1
        if cut():
            c.close()
            return ""
        return "OK [APPENDUID %d %d] done" % (box.validity, uid) if plus \
            else "OK done"
    return append


@pytest.mark.parametrize("plus", [True, False])
@pytest.mark.parametrize("how", [added, renamed])
def test_header(make, how, plus):
    case = make({"INBOX": [message(1), message(2)]},
                capability="IMAP4rev1" + (" UIDPLUS" if plus else ""))
    case.server.stored = 0
    case.server.on["APPEND"] = storing(how, plus)
    if not plus:
        case.server.on["UID SEARCH"] = lambda c, tag, arg: c.send(
            "* SEARCH %s\r\n" % " ".join(
                str(u) for u, m in sorted(c.box.messages.items())
                if "\\Deleted" in m[0]))
        case.server.on["EXPUNGE"] = lambda c, tag, arg: \
            c.do_uid_expunge(tag, "1:*")
    case.run(rc=0)
    for n in (7, 8):
        case.maildir.write(lf(message(n)))
    case.run(rc=0)
    for _ in range(3):
        r = case.run(rc=0)
        assert [o for o in r.ops() if o["account"] == "bad"] == []
    assert case.server.stored == 2
    assert len(case.maildir.list()) == 4
    # Both ways, a deletion is one of the pair.
    box = case.server.boxes["INBOX"]
    del box.messages[next(u for u, m in box.messages.items()
                          if b"<7@test>" in m[1])]
    case.maildir.delete(case.maildir.find(b"<8@test>"))
    case.run(rc=0)
    case.run(rc=0)
    assert sorted(box.messages) == [1, 2]
    assert len(case.maildir.list()) == 2


@pytest.mark.parametrize("how", [added, renamed])
def test_answer_lost(make, how):
    """Stored in another form, and then the connection is gone."""
    case = make({"INBOX": [message(1)]})
    cuts = iter([True])
    case.server.stored = 0
    case.server.on["APPEND"] = storing(how, True, lambda: next(cuts, False))
    case.run(rc=0)
    case.maildir.write(lf(message(7)))
    case.run(rc=0)
    case.run(rc=0)
    assert case.server.stored == 1
    assert len(case.maildir.list()) == 2
    assert len(case.server.boxes["INBOX"].messages) == 2


def test_kept_once(make):
    """The server answers with the UID of the copy that it has already."""
    case = make({"INBOX": [message(1), message(2)]})
    box = case.server.boxes["INBOX"]
    sent = []

    def append(c, tag, arg):
        data = c.literal(arg.encode("latin-1"))
        c.file.readline()
        sent.append(data)
        uid = next((u for u, m in box.messages.items() if m[1] == data), None)
        uid = uid or box.add(data)
        return "OK [APPENDUID %d %d] done" % (box.validity, uid)
    case.server.on["APPEND"] = append
    case.server.on["UID COPY"] = lambda c, tag, arg: "NO I keep them once"
    case.run(rc=0)
    case.maildir.write(lf(message(2)))
    r = case.run(rc=0)
    (w,) = [e for e in r.of("warning") if e["account"] == "bad"]
    assert "UID 2" in w["text"] and "once" in w["text"]
    for _ in range(3):
        r = case.run(rc=0)
        assert [e for e in r.of("warning") if e["account"] == "bad"] == []
    assert len(sent) == 1
    assert len(case.maildir.list()) == 3 and len(box.messages) == 2
    # When the server's copy is gone with its file, this one is sent.
    del box.messages[2]
    case.run(rc=0)
    case.run(rc=0)
    assert len(sent) == 2
    assert sorted(m[1] for m in box.messages.values()) == [
        message(1), message(2)]
    assert len(case.maildir.list()) == 2


def wrong_sizes(c, tag, arg):
    which, _, what = arg.partition(" ")
    for n, uid in list(c.chosen(which)):
        c.send(re.sub(rb"RFC822\.SIZE (\d+)", lambda m: b"RFC822.SIZE %d" % (
            int(m.group(1)) - 29), c.fetched(n, uid, what), count=1))


def test_size_is_an_estimate(make):
    case = make({"INBOX": [message(n) for n in range(1, 6)]})
    case.server.on["UID FETCH"] = wrong_sizes
    case.run(rc=0)
    case.maildir.write(lf(message(7)))
    case.run(rc=0)
    for n in (2, 7):
        case.maildir.delete(case.maildir.find(b"<%d@test>" % n))
    del case.server.boxes["INBOX"].messages[4]
    for _ in range(2):
        case.run(rc=0)
    assert sorted(case.server.boxes["INBOX"].messages) == [1, 3, 5]
    assert len(case.maildir.list()) == 3


def test_another_message_has_the_uid(make):
    """Sizes are compared with what this server said before: another message
    under the same UID is not removed."""
    case = make({"INBOX": [message(n) for n in range(1, 4)]})
    case.server.on["UID FETCH"] = wrong_sizes
    case.run(rc=0)
    box = case.server.boxes["INBOX"]
    box.messages[2][1] = message(20, body="Another one.\r\n")
    case.maildir.delete(case.maildir.find(b"<2@test>"))
    case.run(rc=1)
    assert box.messages[2][1] == message(20, body="Another one.\r\n")
