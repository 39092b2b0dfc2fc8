# SPDX-License-Identifier: GPL-2.0-or-later
"""Every line of the decision table, in both directions."""

import glob
import os

import pytest

import blink
from conftest import lf, message


@pytest.fixture(params=["sdbox", "maildir", "cyrus", "courier"])
def storage(request):
    return request.param


def test_new_on_remote(case):
    for n in range(1, 4):
        case.imap.append(message(n), flags=["\\Seen"] if n == 2 else [])
    r = case.sync()
    assert len(r.ops("copy", "local")) == len(r.ops()) == 3
    files = case.maildir.list()
    assert sorted(f.sub for f in files) == ["cur", "new", "new"]
    assert sorted(f.uid for f in files) == [1, 2, 3]
    case.settled()


def test_new_on_local(case):
    case.sync()
    for n in range(1, 4):
        case.maildir.write(lf(message(n)), flags="FS" if n == 2 else "")
    r = case.sync()
    assert len(r.ops("copy", "remote")) == len(r.ops()) == 3
    uids = case.imap.uids()
    assert sorted(f.uid for f in case.maildir.list()) == uids
    case.settled()


def test_new_on_both_sides_at_once(case):
    case.imap.append(message(1))
    case.sync()
    case.imap.append(message(2))
    case.maildir.write(lf(message(3)))
    r = case.sync()
    assert len(r.ops("copy")) == 2
    assert len(case.imap.uids()) == 3
    case.settled()


def test_same_bytes_twice_are_two_messages(case):
    case.imap.append(message(1))
    case.imap.append(message(1))
    case.sync()
    assert len(case.maildir.list()) == 2
    case.maildir.write(lf(message(2)))
    case.maildir.write(lf(message(2)))
    case.sync()
    assert len(case.imap.uids()) == 4
    case.settled()


def test_there_on_both_sides_without_status_is_adopted(synced):
    synced.imap.store(2, "+", ["\\Flagged"])
    synced.maildir.set_flags(synced.maildir.find("<3@test>"), "S")
    synced.imap.store(4, "+", ["\\Answered", "todo"])
    synced.maildir.set_flags(synced.maildir.find("<4@test>"), "FS")
    removed = glob.glob(os.path.join(synced.blink.metadata, "test",
                                     "status.db*"))
    assert removed
    for path in removed:
        os.unlink(path)
    r = synced.sync()
    assert len(r.ops("adopt")) == 5
    assert {o["op"] for o in r.ops()} == {"adopt", "flags"}, r.ops()
    assert len(synced.maildir.list()) == len(synced.imap.uids()) == 5
    assert synced.imap.list()[2].flags == {"\\Flagged"}
    assert synced.imap.list()[3].flags == {"\\Seen"}
    assert synced.imap.list()[4].flags == {"\\Answered", "\\Flagged",
                                           "\\Seen", "todo"}
    synced.settled()


def test_gone_from_local(synced):
    synced.maildir.delete(synced.maildir.find("<3@test>"))
    r = synced.sync()
    assert [o["op"] for o in r.ops()] == ["expunge"]
    assert r.ops()[0]["side"] == "remote"
    assert synced.imap.uids() == [1, 2, 4, 5]
    synced.settled()


def test_gone_from_remote(synced):
    synced.imap.delete(3)
    r = synced.sync()
    assert [o["op"] for o in r.ops()] == ["expunge"]
    assert r.ops()[0]["side"] == "local"
    assert len(synced.maildir.list()) == 4
    synced.settled()


def test_gone_from_both(synced):
    synced.imap.delete(3)
    synced.maildir.delete(synced.maildir.find("<3@test>"))
    r = synced.sync()
    assert r.ops("copy") == r.ops("expunge") == []
    synced.settled()


@pytest.mark.parametrize("side", ["local", "remote"])
def test_deletions_that_do_not_travel(make_case, storage, extensions, side):
    case = make_case(storage=storage, extensions=extensions,
                     **{side: {"sync_deletes": False}})
    for n in range(1, 4):
        case.imap.append(message(n))
    case.sync()
    if side == "local":
        case.maildir.delete(case.maildir.find("<2@test>"))
    else:
        case.imap.delete(2)
    r = case.sync()
    assert r.ops("expunge") == []
    left = (len(case.maildir.list()), len(case.imap.uids()))
    assert left == ((2, 3) if side == "local" else (3, 2))
    assert case.sync().ops() == []


def test_delete_leaves_what_others_marked(synced, extensions):
    """Only what we delete is expunged, never another client's \\Deleted."""
    synced.imap.store(1, "+", ["\\Deleted"])
    synced.maildir.delete(synced.maildir.find("<3@test>"))
    if extensions == "none":  # then all that is marked would go
        r = synced.sync(rc=1)
        assert [e["uid"] for e in r.of("error")] == [3]
        assert synced.imap.list()[3].flags == {"\\Deleted"}
        synced.imap.store(1, "-", ["\\Deleted"])
    synced.sync()
    assert synced.imap.uids() == [1, 2, 4, 5]
    synced.settled()


def test_marked_only(make_case, storage, extensions):
    """expunge = false: what was deleted here does not come back."""
    case = make_case(storage=storage, extensions=extensions,
                     remote={"expunge": False})
    for n in range(1, 5):
        case.imap.append(message(n))
    case.sync()
    case.maildir.delete(case.maildir.find("<2@test>"))
    case.sync()
    assert case.imap.list()[2].flags == {"\\Deleted"}
    for _ in range(2):
        assert case.sync().ops() == []
        assert sorted(f.uid for f in case.maildir.list()) == [1, 3, 4]
    case.imap.store(2, "-", ["\\Deleted"])
    case.sync()
    assert len(case.maildir.list()) == 4
    case.settled()


def test_another_message_has_the_uid(synced):
    """It is neither removed nor left to be removed for ever."""
    import sqlite3
    db = sqlite3.connect(os.path.join(synced.blink.metadata, "test",
                                      "status.db"))
    db.execute("UPDATE pair SET date = date - 1, header = header + 1"
               " WHERE remote = 3")
    db.commit()
    db.close()
    synced.maildir.delete(synced.maildir.find("<3@test>"))
    synced.maildir.delete(synced.maildir.find("<4@test>"))
    r = synced.sync(rc=1)
    assert [e["uid"] for e in r.of("error")] == [3]
    assert [o["uid"] for o in r.ops()] == [4]
    assert synced.imap.uids() == [1, 2, 3, 5]
    r = synced.sync()
    assert [(o["op"], o["uid"]) for o in r.ops()] == [("copy", 3)]
    synced.settled()


@pytest.mark.parametrize("letter,flag", [
    ("S", "\\Seen"), ("R", "\\Answered"), ("F", "\\Flagged"),
    ("T", "\\Deleted"), ("D", "\\Draft"), ("P", "$Forwarded")])
def test_flag_travels_both_ways(synced, letter, flag):
    synced.imap.store(1, "+", [flag])
    synced.maildir.set_flags(synced.maildir.find("<2@test>"), letter)
    synced.sync()
    assert synced.maildir.find("<1@test>").letters == letter
    assert synced.imap.list()[2].flags == {flag}
    synced.equal()
    synced.imap.store(1, "-", [flag])
    synced.maildir.set_flags(synced.maildir.find("<2@test>"), "")
    synced.sync()
    assert synced.maildir.find("<1@test>").letters == ""
    assert synced.imap.list()[2].flags == frozenset()
    synced.settled()


def test_flags_merge_three_ways(synced):
    synced.imap.store([1, 2, 3], "+", ["\\Seen", "\\Answered"])
    synced.sync()
    synced.imap.store(1, "-", ["\\Seen"])
    synced.imap.store(1, "+", ["\\Flagged"])
    synced.maildir.set_flags(synced.maildir.find("<1@test>"), "DS")
    synced.imap.store(2, "-", ["\\Answered"])
    synced.maildir.set_flags(synced.maildir.find("<2@test>"), "S")
    r = synced.sync()
    assert synced.imap.list()[1].flags == {"\\Flagged", "\\Draft"}
    assert synced.imap.list()[2].flags == {"\\Seen"}
    assert [o for o in r.ops() if o["uid"] == 2 and
            o["op"] == "flags"] == []
    synced.settled()


def test_keywords_travel_both_ways(synced):
    synced.imap.store(1, "+", ["work", "$Label1"])
    synced.sync()
    words = synced.maildir.keywords()
    assert set(words.values()) >= {"work", "$Label1"}
    letter = {v: k for k, v in words.items()}["work"]
    assert synced.maildir.find("<1@test>").flags == {"work", "$Label1"}
    synced.maildir.set_flags(synced.maildir.find("<2@test>"), letter)
    synced.maildir.set_flags(synced.maildir.find("<1@test>"), "")
    synced.sync()
    assert synced.imap.list()[2].flags == {"work"}
    assert synced.imap.list()[1].flags == frozenset()
    synced.settled()


def test_unknown_letters_survive(synced):
    """A letter that no keyword stands for stays where it is."""
    synced.maildir.set_flags(synced.maildir.find("<1@test>"), "Sz")
    synced.sync()
    assert synced.imap.list()[1].flags == {"\\Seen"}
    assert synced.maildir.find("<1@test>").letters == "Sz"
    assert synced.sync().ops() == []


def test_deletion_wins_over_flags(synced):
    synced.imap.delete(1)
    synced.maildir.set_flags(synced.maildir.find("<1@test>"), "RS")
    synced.maildir.delete(synced.maildir.find("<2@test>"))
    synced.imap.store(2, "+", ["\\Seen"])
    synced.sync()
    assert synced.imap.uids() == [3, 4, 5]
    synced.settled()


def test_newly_flagged_wins_over_deletion(synced):
    synced.imap.delete(1)
    synced.maildir.set_flags(synced.maildir.find("<1@test>"), "FS")
    synced.maildir.delete(synced.maildir.find("<2@test>"))
    synced.imap.store(2, "+", ["\\Flagged"])
    synced.sync()
    assert synced.maildir.find("<1@test>").flags == {"\\Flagged", "\\Seen"}
    assert synced.maildir.find("<2@test>").flags == {"\\Flagged"}
    assert len(synced.imap.uids()) == 5
    synced.settled()


def test_flagged_long_ago_is_no_reason_to_keep(synced):
    synced.imap.store(1, "+", ["\\Flagged"])
    synced.sync()
    synced.maildir.delete(synced.maildir.find("<1@test>"))
    synced.sync()
    assert 1 not in synced.imap.uids()
    synced.settled()


def test_dates_travel(case):
    case.imap.append(message(1), date=981173106)
    case.sync()
    assert case.maildir.find("<1@test>").mtime == 981173106
    case.maildir.write(lf(message(2)), mtime=1234567890)
    case.sync()
    assert case.imap.list()[2].date == 1234567890
    case.settled()


def test_readonly_remote(make_case, storage, extensions):
    case = make_case(storage=storage, extensions=extensions,
                     remote={"readonly": True})
    for n in range(1, 4):
        case.imap.append(message(n))
    case.sync()
    case.maildir.delete(case.maildir.find("<1@test>"))
    case.maildir.set_flags(case.maildir.find("<2@test>"), "S")
    case.maildir.write(lf(message(4)))
    before = case.remote_state()
    r = case.sync()
    assert r.ops(side="remote") == []
    assert case.remote_state() == before


def test_readonly_local(make_case, storage, extensions):
    case = make_case(storage=storage, extensions=extensions,
                     local={"readonly": True})
    case.maildir.create("INBOX")
    case.imap.append(message(1))
    case.maildir.write(lf(message(2)))
    case.sync()
    assert [f.raw for f in case.maildir.list()] == [lf(message(2))]
    assert len(case.imap.uids()) == 2


def test_second_sync_does_nothing(synced):
    r = synced.sync()
    assert r.ops() == []
    assert r.of("error") == r.of("warning") == []


def test_many_messages(case):
    for n in range(1, 301):
        case.imap.append(message(n, "x" * (n * 7 % 4000) + "\r\n"))
    r = case.sync()
    assert len(r.ops("copy", "local")) == 300
    for n in range(301, 601):
        case.maildir.write(lf(message(n, "y" * (n * 5 % 4000) + "\r\n")))
    r = case.sync()
    assert len(r.ops("copy", "remote")) == 300
    case.settled()


def test_binary_is_there():
    assert os.access(blink.BINARY, os.X_OK)
