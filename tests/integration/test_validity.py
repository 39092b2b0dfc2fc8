# SPDX-License-Identifier: GPL-2.0-or-later
"""A folder whose UIDs the server handed out anew."""

import pytest

from conftest import message


@pytest.fixture(params=["sdbox", "maildir"])
def storage(request):
    return request.param


def start(case):
    case.imap.create("Box")
    for n in range(1, 8):
        case.imap.append(message(n), "Box",
                         flags=["\\Seen"] if n % 2 else ["todo"])
    case.sync()
    case.equal("Box")


def again(case, numbers):
    """The folder, made anew with these messages."""
    before = case.imap.uidvalidity("Box")
    case.imap.delete_folder("Box")
    case.imap.create("Box")
    for n in numbers:
        case.imap.append(message(n), "Box",
                         flags=["\\Seen"] if n % 2 else ["todo"])
    assert case.imap.uidvalidity("Box") != before


@pytest.mark.parametrize("numbers", [range(1, 8), range(7, 0, -1)])
def test_same_messages_are_paired_again(case, numbers):
    start(case)
    again(case, numbers)
    r = case.sync()
    assert r.ops() == [], r
    case.settled("Box")
    # And the pairs are right: a change goes to the right message.
    case.maildir.set_flags(case.maildir.find("<3@test>", "Box"), "FS")
    case.sync()
    (m,) = (m for m in case.imap.list("Box").values()
            if m.data == message(3))
    assert m.flags == {"\\Flagged", "\\Seen"}
    case.settled("Box")


def test_more_messages_than_before(case):
    start(case)
    again(case, [*range(1, 8), 20, 21])
    r = case.sync()
    assert len(r.ops()) == len(r.ops("copy", "local")) == 2
    case.settled("Box")


@pytest.mark.parametrize("numbers", [[], [1, 2, 3], [20, 21]])
def test_held_when_one_is_missing(case, numbers):
    start(case)
    again(case, numbers)
    case.imap.append(message(50))
    local = case.local_state("Box")
    r = case.sync(rc=4)
    assert len(r.of("held")) == 1
    assert r.of("held")[0]["folder"] == "Box"
    assert case.local_state("Box") == local
    assert len(case.imap.uids("Box")) == len(numbers)
    # All else goes on.
    assert len(case.maildir.list("INBOX")) == 1
    assert case.sync(rc=4).ops() == []
    # And when the missing ones are back, the folder goes on as well.
    for n in range(1, 8):
        if n not in numbers:
            case.imap.append(message(n), "Box",
                             flags=["\\Seen"] if n % 2 else ["todo"])
    case.sync()
    case.settled("Box")


def test_deleted_here_meanwhile(case):
    """What was deleted here before comes back rather than vanish there."""
    start(case)
    case.maildir.delete(case.maildir.find("<2@test>", "Box"))
    again(case, range(1, 8))
    case.sync()
    case.sync()
    assert len(case.imap.uids("Box")) in (6, 7)
    case.settled("Box")
