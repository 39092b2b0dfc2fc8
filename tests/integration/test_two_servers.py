# SPDX-License-Identifier: GPL-2.0-or-later
"""IMAP on both sides: two users of one server, and two servers that store
otherwise and name folders otherwise. Whatever holds for one side holds for
the other."""

import glob
import os
import shutil
import signal

import pytest

import blink
from blink import STEPS
from conftest import message
from test_bytes import NASTY
from test_push import settle, until

SIDES = ["remote", "local"]
FOLDERS = ("INBOX", "Work", "Work/2023", "Work/2023/März", "家族", "Q&A")
DATE = 1_600_000_000


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


def other(side):
    return "local" if side == "remote" else "remote"


@pytest.fixture
def synced(pair):
    """Messages 1 to 5 on both sides, and a folder Work."""
    fill(pair.there, range(1, 6))
    pair.there.create("Work")
    pair.sync()
    pair.equal("INBOX", "Work")
    return pair


def fill(box, numbers, folder="INBOX", date=DATE, **more):
    for n in numbers:
        box.append(message(n), folder, date=date, **more)


def find(box, n, folder="INBOX"):
    text = b"<%d@test>" % n
    (m,) = (m for m in box.list(folder).values() if text in m.data)
    return m


def numbers(box, folder="INBOX"):
    return sorted(int(m.data.split(b"Message-ID: <")[1].split(b"@")[0])
                  for m in box.list(folder).values())


def both(pair, want, folder="INBOX"):
    for side in SIDES:
        assert numbers(pair.boxes[side], folder) == sorted(want), side


def moves(r):
    """(operation, side) of each."""
    return sorted((o["op"], o["side"]) for o in r.ops())


def test_first_sync(pair):
    for n, name in enumerate(FOLDERS):
        box = pair.boxes[SIDES[n % 2]]
        if name != "INBOX":
            box.create(name)
        fill(box, [n], name, date=DATE + 12345 * n,
             flags=["\\Seen", "\\Draft", "blue"] if n % 3 else [])
    fill(pair.here, [20], flags=["\\Flagged", "$Forwarded"])
    for box in (pair.here, pair.there):  # met nowhere, and the same
        fill(box, [30])
    pair.there.store(find(pair.there, 30).uid, "+", ["\\Answered", "green"])
    pair.here.store(find(pair.here, 30).uid, "+", ["\\Seen"])
    r = pair.sync()
    assert len(r.ops("copy")) == len(FOLDERS) + 1
    assert len(r.ops("adopt")) == 1
    assert set(FOLDERS) <= set(pair.here.folders())
    assert pair.here.folders() == pair.there.folders()
    assert find(pair.here, 30).flags == {"\\Answered", "\\Seen", "green"}
    both(pair, [0, 20, 30])
    pair.settled(*FOLDERS)


def test_folders_made_on_both_sides(synced):
    for side, name in (("remote", "There/a b"), ("local", "Here/c d")):
        synced.boxes[side].create(name)
        fill(synced.boxes[side], [7], name)
        synced.boxes[side].create("Both/Sides")
    synced.sync()
    synced.settled("There/a b", "Here/c d", "Both/Sides", "Work", "INBOX")
    assert synced.here.folders() == synced.there.folders()


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
    """Every byte arrives as the server gives it."""
    for n, data in enumerate(NASTY.values()):
        pair.boxes[SIDES[n % 2]].append(data)
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


WORDS = {"\\Seen", "\\Answered", "\\Flagged", "\\Draft", "$Forwarded",
         "blue"}


def test_table(pair, side):
    """Every line of the table, each with messages of its own."""
    box, there = pair.boxes[side], pair.boxes[other(side)]
    fill(pair.there, range(1, 4), flags=["\\Draft", "old"])
    fill(pair.here, range(4, 10))
    pair.sync()
    both(pair, range(1, 10))
    box.delete(find(box, 1).uid)
    for n in (2, 3):  # deleted here, changed there
        box.delete(find(box, n).uid)
        there.store(find(there, n).uid, "+",
                    ["\\Flagged" if n == 3 else "\\Seen", "green"])
    for b in (box, there):  # deleted on both sides
        b.delete(find(b, 4).uid)
    box.store(find(box, 5).uid, "+", sorted(WORDS))
    there.store(find(there, 6).uid, "+", ["blue"])
    box.store(find(box, 6).uid, "+", ["green", "\\Answered"])
    fill(box, [10, 10], flags=["\\Seen", "blue"])
    fill(there, [11], date=DATE + 1)
    assert moves(pair.sync()) == sorted(
        [("expunge", other(side))] * 2 + [("copy", other(side))] * 2 +
        [("copy", side)] * 2 + [("flags", other(side))] * 2 +
        [("flags", side)])
    both(pair, [3, 5, 6, 7, 8, 9, 10, 10, 11])
    assert find(box, 3).flags == {"\\Flagged", "\\Draft", "old", "green"}
    assert find(there, 5).flags == WORDS
    assert find(box, 6).flags == {"blue", "green", "\\Answered"}
    pair.settled()
    there.store(find(there, 5).uid, "-", ["\\Seen", "blue"])
    box.store(find(box, 5).uid, "+", ["\\Deleted"])
    pair.sync()
    assert find(box, 5).flags == WORDS - {"\\Seen", "blue"} | {"\\Deleted"}
    pair.settled()


@pytest.mark.parametrize("setting", ["sync_deletes", "expunge", "readonly"])
def test_settings_of_a_side(make_pair, storage, side, setting):
    pair = make_pair(storage, **{side: {setting: False}})
    box, there = pair.boxes[side], pair.boxes[other(side)]
    fill(pair.there, range(1, 4))
    pair.sync()
    if setting == "readonly":
        pair.account[side]["readonly"] = True
    (box if setting == "sync_deletes" else there).delete(
        find(box if setting == "sync_deletes" else there, 2).uid)
    r = pair.sync()
    left = [1, 3] if setting == "sync_deletes" else [1, 2, 3]
    assert numbers(box) == left
    assert numbers(there) == ([1, 2, 3] if setting == "sync_deletes"
                              else [1, 3])
    assert find(box, left[1]).flags == \
        ({"\\Deleted"} if setting == "expunge" else frozenset())
    assert pair.sync().ops() == [], r


def test_moved(pair, side):
    box, there = pair.boxes[side], pair.boxes[other(side)]
    fill(pair.there, range(1, 6))
    pair.there.create("Work")
    pair.sync()
    box.store(find(box, 2).uid, "+", ["blue", "\\Flagged"])
    box.move([find(box, 2).uid, find(box, 3).uid], "INBOX", "Work")
    pair.sync()
    both(pair, [1, 4, 5])
    both(pair, [2, 3], "Work")
    assert find(there, 2, "Work").flags == {"blue", "\\Flagged"}
    pair.settled("INBOX", "Work")


def adopted(pair, numbers, dates=(DATE, DATE)):
    """Messages that were on both sides before they met."""
    fill(pair.there, numbers, date=dates[0])
    fill(pair.here, numbers, date=dates[1])
    r = pair.sync()
    assert {o["op"] for o in r.ops()} == {"adopt"}, r


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


def test_many_moved_are_no_loss(pair, side):
    box = pair.boxes[side]
    adopted(pair, range(24))
    box.create("Archive")
    box.move("1:*", "INBOX", "Archive")
    pair.sync()
    both(pair, [])
    both(pair, range(24), "Archive")
    pair.settled("INBOX", "Archive")


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
    db.execute("UPDATE pair SET size = size + 1 WHERE remote = %d" %
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


def status(pair):
    return os.path.join(pair.blink.metadata, "test", "status.db")


def test_status_is_lost(synced):
    synced.there.store(find(synced.there, 1).uid, "+", ["\\Flagged", "blue"])
    for path in glob.glob(status(synced) + "*"):
        os.unlink(path)
    r = synced.sync()
    assert len(r.ops("adopt")) == 5 and r.transfers() == []
    both(synced, range(1, 6))
    synced.settled("INBOX", "Work")


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


def test_dry_run(synced):
    for n, side in enumerate(SIDES):
        box = synced.boxes[side]
        fill(box, [10 + n])
        box.delete(find(box, 1 + n).uid)
        box.store(find(box, 3 + n).uid, "+", ["\\Flagged"])
        box.create("New%d" % n)
    before = [synced.state(s) for s in SIDES]
    with open(status(synced), "rb") as f:
        data = f.read()
    folders = [b.folders() for b in synced.boxes.values()]
    r = synced.sync("-n")
    want = sorted((op, s) for op in ("copy", "expunge", "flags")
                  for s in SIDES)
    assert moves(r) == want
    assert all(o["planned"] and o["reason"] for o in r.ops())
    assert [synced.state(s) for s in SIDES] == before
    assert [b.folders() for b in synced.boxes.values()] == folders
    with open(status(synced), "rb") as f:
        assert f.read() == data
    assert moves(synced.sync()) == want
    synced.settled("INBOX", "New0", "New1")


def test_brake(synced, side):
    box, there = synced.boxes[side], synced.boxes[other(side)]
    box.delete("1:*")
    fill(box, [9], "Work")
    r = synced.sync(rc=4)
    assert moves(r) == [("copy", other(side))]
    assert len(r.of("held")) == 1
    assert numbers(there) == [1, 2, 3, 4, 5]
    synced.sync("--force-delete")
    both(synced, [])
    synced.settled("INBOX", "Work")


def test_a_side_is_empty(make_pair, storage, extensions, side):
    """Its disk is not mounted: all folders are gone, and INBOX is another."""
    pair = make_pair(storage, extensions=extensions)
    for folder in ("INBOX", "Work"):
        if folder != "INBOX":
            pair.there.create(folder)
        fill(pair.there, range(1, 4), folder)
    pair.sync()
    server = pair.servers[side]
    home = os.path.join(server.base, "home", pair.account[side]["user"])
    pair.reconnect(side, lambda: os.rename(home, home + ".away"))
    before = [pair.state(other(side), f) for f in ("INBOX", "Work")]
    for _ in range(2):
        r = pair.sync(rc=None)
        assert r.rc in (1, 4) and r.ops() == [], r
        assert [pair.state(other(side), f)
                for f in ("INBOX", "Work")] == before

    def back():
        shutil.rmtree(home)
        os.rename(home + ".away", home)
    pair.reconnect(side, back)
    r = pair.sync()
    assert r.ops() == []
    pair.settled("INBOX", "Work")


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


def prepare_first(pair):
    pair.there.create("Work")
    pair.here.create("Lists")
    fill(pair.there, [1, 2, 3], flags=["\\Seen"])
    fill(pair.here, [1, 5, 5])
    fill(pair.there, [11, 11, 12], "Work", flags=["blue"])
    fill(pair.here, [21], "Lists")
    return {"INBOX": [1, 2, 3, 5, 5], "Work": [11, 11, 12], "Lists": [21]}


def prepare_later(pair):
    prepare_first(pair)
    fill(pair.there, [6, 7])
    pair.sync()
    pair.there.delete(find(pair.there, 1).uid)
    pair.here.delete(find(pair.here, 2).uid)
    pair.there.move(find(pair.there, 3).uid, "INBOX", "Work")
    pair.here.move(find(pair.here, 6).uid, "INBOX", "Lists")
    pair.here.store(find(pair.here, 7).uid, "+", ["\\Answered", "green"])
    fill(pair.there, [8])
    fill(pair.here, [9])
    there, here = (find(b, 12, "Work").uid for b in (pair.there, pair.here))
    pair.there.store(there, "+", ["\\Flagged"], "Work")
    pair.here.delete(here, "Work")
    return {"INBOX": [5, 5, 7, 8, 9], "Work": [3, 11, 11, 12], "Lists": [6, 21]}


def steps_of(pair, log):
    for box in pair.boxes.values():
        box.unselect()
    pair.blink.binary = STEPS
    pair.blink.sync(env={"BLINKMAIL_STEP_LOG": log})
    with open(log) as f:
        return len(f.readlines())


def die_at(pair, prepare, step):
    want = prepare(pair)
    for box in pair.boxes.values():
        box.unselect()
    pair.blink.binary = STEPS
    p = pair.blink.start("-o", env={"BLINKMAIL_STEP": str(step)})
    out, err, _ = blink.collect(p, 60)
    pair.blink.sound(p.returncode, out, err)
    assert p.returncode == -signal.SIGKILL, step
    pair.blink.binary = blink.BINARY
    pair.sync()
    for folder, n in want.items():
        both(pair, n, folder)
    pair.settled(*want)


# Each twelfth step for each part.
PARTS = [("sdbox", part) for part in (0, 3, 6, 9)] + \
    [("maildir++", part) for part in (1, 7)]


@blink.needs_steps
@pytest.mark.parametrize("prepare", [prepare_first, prepare_later])
@pytest.mark.parametrize("storage,part", PARTS)
def test_killed(make_pair, tmp, storage, extensions, prepare, part):
    def make():
        return make_pair(storage, extensions=extensions)
    pair = make()
    prepare(pair)
    steps = steps_of(pair, os.path.join(tmp, "steps"))
    assert steps > 20
    for step in range(1 + part, steps + 1, 12):
        pair = make()
        die_at(pair, prepare, step)
        pair.close()
