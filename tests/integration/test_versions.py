# SPDX-License-Identifier: GPL-2.0-or-later
"""Two versions of a draft, with one header and one size, are two messages."""

import pytest

from conftest import lf, message
from test_hostile import make  # noqa: F401

LONG = "x" * 70 + "\r\n"
BODIES = {
    "short": ("Version 1.\r\n", "Version 2.\r\n"),
    "beginning": ("a\r\n" + 90 * LONG, "b\r\n" + 90 * LONG),
}


def lines(case):
    return [f.data for f in case.maildir.list()]


@pytest.mark.parametrize("which", BODIES)
def test_first_run(make, which):
    """Found on both sides, they are not taken for one."""
    here, there = (message(7, body=b) for b in BODIES[which])
    case = make({"INBOX": [message(1), there]})
    case.maildir.create("INBOX")
    case.maildir.write(lf(message(1)))
    case.maildir.write(lf(here))
    r = case.run(rc=0)
    assert len([o for o in r.of("op") if o["op"] == "adopt"]) == 1
    case.run(rc=0)
    box = case.server.boxes["INBOX"]
    assert sorted(m[1] for m in box.messages.values()) == sorted(lines(case))
    assert len(box.messages) == 3
    # What is deleted is that version, in both directions.
    case.maildir.delete([f for f in case.maildir.list() if f.data == here][0])
    case.run(rc=0)
    assert sorted(m[1] for m in box.messages.values()) == [
        message(1), there]
    del box.messages[2]
    case.run(rc=0)
    assert lines(case) == [message(1)]


def test_compared_before_removal(make):
    """They differ far behind: paired, and told apart before one is removed."""
    here, there = (message(7, body=90 * LONG + end) for end in "12")
    case = make({"INBOX": [message(1), there]})
    case.maildir.create("INBOX")
    case.maildir.write(lf(message(1)))
    case.maildir.write(lf(here))
    case.run(rc=0)
    box = case.server.boxes["INBOX"]
    assert len(box.messages) == 2
    case.maildir.delete(case.maildir.find(b"<7@test>"))
    r = case.run(rc=0)
    assert box.messages[2][1] == there
    (w,) = [e for e in r.of("warning") if e["account"] == "bad"]
    assert w["uid"] == 2 and "another body" in w["text"]
    case.run(rc=0)
    assert sorted(lines(case)) == [message(1), there]


def test_removed_when_it_is_the_same(make):
    case = make({"INBOX": [message(1), message(7, body=90 * LONG)]})
    case.maildir.create("INBOX")
    for data in [m[1] for m in case.server.boxes["INBOX"].messages.values()]:
        case.maildir.write(lf(data))
    case.run(rc=0)
    case.maildir.delete(case.maildir.find(b"<7@test>"))
    case.run(rc=0)
    assert sorted(case.server.boxes["INBOX"].messages) == [1]
