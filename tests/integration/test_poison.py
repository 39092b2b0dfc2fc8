# SPDX-License-Identifier: GPL-2.0-or-later
"""One message breaks the connection each time it is copied: it is named and
put off, and all others come through in the same run."""

import re
import socket
import struct

import pytest

from conftest import lf, message
from test_hostile import make  # noqa: F401

BAD = {4, 5, 17}


def ids(text):
    for part in text.split(","):
        a, _, b = part.partition(":")
        yield from range(int(a), int(b or a) + 1)


def is_whole(arg):
    return "BODY.PEEK[]" in arg


def half(c, n, uid, what):
    """Dies in the middle of the body."""
    c.send(c.fetched(n, uid, what)[:-40])
    c.close()


def silent(c, n, uid, what):
    """Dies without a word about it."""
    c.close()


def rubbish(c, n, uid, what):
    """The framing breaks."""
    c.send(b"* %d FETCH (UID %d FLAGS () {99999999999999999999}\r\n" % (
        n, uid))


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("how", [half, silent, rubbish])
def test_body(make, how, lost):
    """lost: the answers to what was asked for with it, too."""
    case = make({"INBOX": [message(n) for n in range(1, 31)],
                 "Zoo": [message(n) for n in range(41, 44)]})

    def fetch(c, tag, arg):
        which, _, what = arg.partition(" ")
        found = [(n, u) for n, u in c.chosen(which)]
        inbox = c.box is c.server.boxes["INBOX"] and is_whole(arg)
        if lost and inbox and BAD & {u for _, u in found}:
            found = [f for f in found if f[1] in BAD]
        for n, uid in found:
            if inbox and uid in BAD:
                how(c, n, uid, what)
                return ""
            c.send(c.fetched(n, uid, what))
        return None
    case.server.on["UID FETCH"] = fetch
    r = case.run()
    assert len(case.maildir.list("Zoo")) == 3
    have = {int(re.search(rb"Message-ID: <(\d+)@", f.raw).group(1))
            for f in case.maildir.list()}
    assert have == set(range(1, 31)) - BAD
    named = {e["uid"]: e["text"] for e in case.errors(r)}
    assert set(named) == BAD
    for uid, text in named.items():
        assert "Subject: " in text and "breaks" in text, text
    # It is asked for once in the next run, and then not for a while.
    case.server.seen.clear()
    r = case.run()
    assert {e.get("uid") for e in case.errors(r)} == BAD
    asked = []
    case.server.on["UID FETCH"] = lambda c, tag, arg: (
        asked.extend(ids(arg.partition(" ")[0])) if is_whole(arg) else None,
        fetch(c, tag, arg))[1]
    case.run()
    assert asked == []


def untagged(c, tag, big):
    c.send("* BAD command line limit exceeded\r\n")
    return ""


def bye(c, tag, big):
    c.send("* BYE Connection closed. 14\r\n")
    c.close()
    return ""


def reset(c, tag, big):
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                      struct.pack("ii", 1, 0))
    c.close()
    return ""


def refused(c, tag, big):
    return "NO I never take this one"


@pytest.mark.parametrize("literals", ["", " LITERAL+"])
@pytest.mark.parametrize("how", [untagged, bye, reset, refused])
def test_append(make, how, literals):
    case = make({"INBOX": [message(1)], "Work": [message(2)]},
                capability="IMAP4rev1 UIDPLUS" + literals)
    case.run(rc=0)
    sent = []

    def append(c, tag, arg):
        data = c.literal(arg.encode("latin-1"))
        c.file.readline()
        if b"<50@test>" in data:
            sent.append(arg)
            return how(c, tag, data)
        box = c.server.boxes[arg.split(" ")[0].strip('"')]
        uid = box.add(data)
        return "OK [APPENDUID %d %d] done" % (box.validity, uid)
    case.server.on["APPEND"] = append
    for n in (49, 50, 51):
        case.maildir.write(lf(message(n)))
    case.maildir.write(lf(message(52)), "Work")
    for _ in range(4):
        r = case.run()
        assert len(case.errors(r)) == 1, case.errors(r)
        (e,) = case.errors(r)
    for box, n in (("INBOX", 3), ("Work", 2)):
        assert len(case.server.boxes[box].messages) == n
    assert len(case.maildir.list()) == 4
    assert len(sent) <= 3  # twice in the first run, once in the second
    if how is not refused:
        assert "Subject: " in e["text"]
