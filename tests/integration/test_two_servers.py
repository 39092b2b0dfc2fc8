# SPDX-License-Identifier: GPL-2.0-or-later
"""IMAP on both sides: two users of one server, and two servers that store
otherwise and name folders otherwise. What holds for all pairs of kinds is in
test_pairs.py."""

import pytest
from conftest import message
from pairs import (DATE, SIDES, adopted, both, fill, find, moves, numbers,
                   other, status)
from test_bytes import NASTY
from test_push import settle, until


@pytest.fixture(params=["sdbox", "maildir++"])
def storage(request):
    """Of the local side: the same server, or another."""
    return request.param


@pytest.fixture
def extensions(storage):
    """With all of them, and with none: two places are enough for a minute."""
    return "all" if storage == "sdbox" else "none"


@pytest.fixture
def pair(make_pair, storage, extensions):
    return make_pair(storage, extensions=extensions)


@pytest.fixture(params=SIDES)
def side(request):
    return request.param


@pytest.fixture
def synced(pair):
    """Messages 1 to 5 on both sides, and a folder Work."""
    fill(pair.there, range(1, 6))
    pair.there.create("Work")
    pair.sync()
    pair.equal("INBOX", "Work")
    return pair


def test_name_that_only_one_can_have(synced):
    """Where "." separates, no name has one: that is told, and the others go
    on."""
    possible = synced.here.separator != "."
    fill(synced.there, [7])
    synced.there.create("a.b")
    r = synced.sync(rc=0 if possible else 1)
    assert [e["folder"] for e in r.of("error")] == ([] if possible
                                                    else ["a.b"])
    assert len(synced.here.uids()) == len(synced.there.uids())
    assert ("a.b" in synced.here.folders()) == possible


def test_nasty_messages(pair):
    """Every byte arrives as the server gives it. Each has a field of its own:
    some are alike but for their line ends, and would be one message."""
    for n, data in enumerate(NASTY.values()):
        pair.boxes[SIDES[n % 2]].append(b"X-Number: %d\r\n" % n + data)
    fill(pair.here, [1])
    r = pair.sync()
    assert len(r.ops("copy")) == len(NASTY) + 1
    pair.settled()


@pytest.fixture
def strict(servers):
    """A server that takes no message of more than 10 kB."""
    return servers.get(plugins="zlib imap_zlib quota", extra="""
plugin {
  quota = count:User
  quota_vsizes = yes
  quota_max_mail_size = 10k
}
""")


@pytest.mark.parametrize("size", [20_000, 2_000_000])
def test_one_is_refused(strict, make_pair, extensions, side, size):
    """It is named, and the others go on."""
    pair = make_pair(extensions=extensions,
                     **{"there" if side == "remote" else "here": strict})
    box, there = pair.boxes[side], pair.boxes[other(side)]
    fill(there, [1, 2])
    uid = there.append(message(3, "a line\r\n" * (size // 8)))
    fill(there, [4])
    fill(box, [5])
    for _ in range(2):
        r = pair.sync(rc=1)
        (e,) = r.of("error")
        assert e["scope"] == "message", e
        assert e["uid" if side == "local" else "lid"] == uid
        assert "larger than the maximum" in e["text"]
        assert numbers(box) == [1, 2, 4, 5]
    assert numbers(there) == [1, 2, 3, 4, 5]
    assert r.ops() == []


def test_without_expunge(make_pair, storage, side):
    pair = make_pair(storage, **{side: {"expunge": False}})
    box, there = pair.boxes[side], pair.boxes[other(side)]
    fill(pair.there, range(1, 4))
    pair.sync()
    there.delete(find(there, 2).uid)
    r = pair.sync()
    assert numbers(box) == [1, 2, 3]
    assert numbers(there) == [1, 3]
    assert find(box, 2).flags == {"\\Deleted"}
    assert pair.sync().ops() == [], r


def test_moved_away_and_back(pair, side):
    """They have other UIDs afterwards, and are still the same messages."""
    box, there = pair.boxes[side], pair.boxes[other(side)]
    adopted(pair, [1, 2, 3])
    fill(pair.there, [4, 5, 6, 7])
    pair.sync()
    box.create("Away")
    for n in range(1, 7):
        box.move(find(box, n).uid, "INBOX", "Away")
        box.move(find(box, n, "Away").uid, "Away", "INBOX")
        if n % 3 > 0:
            there.store(find(there, n).uid, "+",
                        ["\\Flagged" if n % 3 == 1 else "\\Seen"])
    pair.sync()
    both(pair, range(1, 8))
    for n in (1, 4):
        assert find(box, n).flags == {"\\Flagged"}
    pair.settled()
    # And each side knows the other's UIDs.
    for n in (1, 2, 3, 4):
        there.delete(find(there, n).uid)
    pair.sync()
    both(pair, [5, 6, 7])
    pair.settled()


def test_dates_that_differ(pair, side):
    """Two servers may have given one message two dates; neither is a reason
    to keep it when it was deleted."""
    adopted(pair, range(1, 4), (DATE, DATE + 86400))
    box = pair.boxes[side]
    box.delete(find(box, 2).uid)
    assert moves(pair.sync()) == [("expunge", other(side))]
    both(pair, [1, 3])
    assert pair.sync().ops() == []


def test_another_message_has_the_uid(synced, side):
    """It is neither removed nor left to be removed for ever."""
    import sqlite3
    db = sqlite3.connect(status(synced))
    db.execute("UPDATE pair SET remote_told = remote_told + 1,"
               " local_told = local_told + 1 WHERE remote = %d" %
               find(synced.there, 3).uid)
    db.commit()
    db.close()
    box = synced.boxes[side]
    box.delete([find(box, 3).uid, find(box, 4).uid])
    r = synced.sync(rc=1)
    assert len(r.of("error")) == 1
    assert moves(r) == [("expunge", other(side))]
    r = synced.sync()
    assert moves(r) == [("copy", side)]
    both(synced, [1, 2, 3, 5])
    synced.settled()


@pytest.mark.parametrize("again", [range(7, 0, -1), [1, 2]])
def test_uidvalidity(synced, side, again):
    box = synced.boxes[side]
    there = synced.boxes[other(side)]
    fill(there, range(1, 8), "Work", flags=["blue"])
    synced.sync()
    box.delete_folder("Work")
    box.create("Work")
    fill(box, again, "Work", flags=["blue"], date=DATE + 60)
    fill(there, [9])
    all_there = len(again) == 7
    r = synced.sync(rc=0 if all_there else 4)
    assert moves(r) == [("copy", side)]  # of what is new elsewhere
    assert numbers(there, "Work") == list(range(1, 8))
    if not all_there:
        assert r.of("held")[0]["folder"] == "Work"
        fill(box, range(3, 8), "Work", flags=["blue"], date=DATE + 60)
        assert synced.sync().ops() == []
    there.store(find(there, 3, "Work").uid, "+", ["\\Flagged"], "Work")
    box.delete(find(box, 4, "Work").uid, "Work")
    synced.sync()
    assert find(box, 3, "Work").flags == {"blue", "\\Flagged"}
    both(synced, [1, 2, 3, 5, 6, 7], "Work")


def test_several_connections(make_pair, storage):
    """Folders side by side, and a large one in several rounds."""
    pair = make_pair(storage, remote={"maxconnections": 3},
                     local={"maxconnections": 3})
    names = ["INBOX"] + ["F%d" % n for n in range(6)]
    for n, name in enumerate(names):
        box = pair.boxes[SIDES[n % 2]]
        if name != "INBOX":
            box.create(name)
        fill(box, range(100 * n, 100 * n + 10), name)
    for _ in range(6):
        pair.there.copy("1:*", "INBOX", "INBOX")
    r = pair.sync()
    assert 4 <= len(r.of("connecting")) <= 6
    assert len(r.ops("copy")) == 10 * (len(names) - 1) + 640
    pair.settled(*names)


@pytest.mark.parametrize("way", ["NOTIFY", "IDLE", "IDLE without CONDSTORE"])
def test_push(make_pair, storage, service, way):
    off = {"NOTIFY": [], "IDLE": ["NOTIFY"]}.get(
        way, ["NOTIFY", "CONDSTORE", "QRESYNC"])
    pair = make_pair(storage, autorefresh=60.0)
    for side, settings in (("local", pair.local), ("remote", pair.remote)):
        settings["disable_extensions"] = off
        settings["idlefolders"] = [pair.boxes[side].native("Work")]
    pair.there.create("Work")
    fill(pair.there, [1, 2, 3, 4], "Work")
    pair.sync()
    s = service(pair, "-d", "sync")
    s.runs(1)

    def see(what):
        def look():
            for box in pair.boxes.values():
                box.unselect()
            return what()
        until(look, s)
    for n, side in enumerate(SIDES):
        box, there = pair.boxes[side], pair.boxes[other(side)]
        settle(s)
        box.store(box.uids("Work")[0], "+", ["word%d" % n], "Work")
        see(lambda: any("word%d" % n in m.flags for m in
                        there.list("Work", bodies=False).values()))
        fill(box, [10], "Work")
        see(lambda: len(there.uids("Work")) == 5 - n)
        box.delete(box.uids("Work")[1:3], "Work")
        see(lambda: len(there.uids("Work")) == 3 - n)
    s.stop()
    pair.settled("INBOX", "Work")
