# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that say little of UIDs, or hand out the highest ones."""

import pytest

import blink
from conftest import lf, message
from scripted import Box, Scripted
from test_hostile import PASS, make  # noqa: F401


def select_without_uidnext(c, tag, arg):
    out = []
    send, c.send = c.send, out.append
    try:
        answer = c.do_select(tag, arg)
    finally:
        c.send = send
    for line in "".join(out).splitlines(True):
        if "UIDNEXT" not in line:
            c.send(line)
    return answer


def silent_append(c, tag, arg):
    c.do_append(tag, arg)
    return "OK done"


@pytest.mark.parametrize("before", [0, 3])
def test_no_uidnext_no_uidplus(make, before):
    """Copies are found among what was not listed before."""
    case = make({"INBOX": [message(n) for n in range(before)]},
                capability="IMAP4rev1")
    case.server.on["SELECT"] = select_without_uidnext
    case.server.on["EXAMINE"] = select_without_uidnext
    case.server.on["STATUS"] = lambda c, tag, arg: c.send(
        b'* STATUS %s (MESSAGES %d UIDVALIDITY 4711)\r\n' % (
            arg.rpartition(" (")[0].encode(),
            len(c.server.boxes["INBOX"].messages)))
    case.server.on["APPEND"] = silent_append
    case.maildir.create("INBOX")
    case.run(rc=0)
    # Equal to one that has its pair.
    for n in (7, 8, 0):
        case.maildir.write(lf(message(n)))
    case.run(rc=0)
    for _ in range(2):
        r = case.run(rc=0)
        assert [o for o in r.ops() if o["account"] == "bad"] == []
    there = sorted(m[1] for m in case.server.boxes["INBOX"].messages.values())
    assert there == sorted(f.data for f in case.maildir.list())
    assert len(there) == before + 3


@pytest.mark.parametrize("plus", [True, False])
@pytest.mark.parametrize("left", [0, 1, 5])
def test_highest_uids(make, plus, left):
    """The last two UIDs below 2^32 but so many."""
    box = Box([])
    box.next = 2 ** 32 - 4 - left
    box.add(message(1))
    case = make({"INBOX": box},
                capability="IMAP4rev1" + (" UIDPLUS" if plus else ""))
    if not plus:
        case.server.on["APPEND"] = silent_append
    case.run(rc=0)
    for n in (7, 8):
        case.maildir.write(lf(message(n)))
    case.run(rc=0)
    case.run(rc=0)
    assert max(box.messages) == 2 ** 32 - 2 - left
    assert len(box.messages) == len(case.maildir.list()) == 3


def test_unread_copy_holds_its_removal(tmp):
    """Between two servers: a message was moved and cannot be read at its new
    place. Its copy at the old place of the other server stays."""
    bodies = [message(n) for n in (1, 2)]
    with Scripted({"INBOX": list(bodies), "Work": []}) as a, \
            Scripted({"INBOX": [], "Work": []}) as b:
        for s in (a, b):
            s.boxes["Work"].validity = 12
        program = blink.Blink(tmp)
        program.account("two", *(
            {"type": "imap", "host": "127.0.0.1", "port": s.port, "user": "u",
             "pass": PASS, "tls": "no"} for s in (a, b)))
        r = program.run("-o")
        assert r.rc == 0 and len(b.boxes["INBOX"].messages) == 2
        a.boxes["INBOX"].messages.pop(2)
        a.boxes["Work"].add(bodies[1])
        a.on["UID FETCH"] = lambda c, tag, arg: (
            "NO cannot be read" if "BODY.PEEK[]" in arg
            else c.do_uid_fetch(tag, arg))
        b.on["UID COPY"] = lambda c, tag, arg: "NO not now"
        r = program.run("-o")
        assert r.rc == 1
        assert sorted(b.boxes["INBOX"].messages) == [1, 2]
