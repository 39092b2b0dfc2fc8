# SPDX-License-Identifier: GPL-2.0-or-later
"""Every pair of kinds: two servers of one kind or of two, two Maildirs, and a
Maildir as the remote side of a server. Whatever holds for one side holds for
the other. (A server and a Maildir at its usual place: test_table.py and the
files beside it.)"""

import glob
import os
import shutil
import signal

import blink
import pytest
from conftest import lf, message
from pairs import (DATE, SIDES, adopted, both, fill, find, moves, numbers,
                   other, status)
from test_kill import STEPS
from test_push import settle, until

FOLDERS = ("INBOX", "Work", "Work/2023", "Work/2023/März", "家族", "Q&A")


@pytest.fixture(params=["sdbox", "maildir++", "files", "mixed"])
def storage(request):
    return request.param


@pytest.fixture
def extensions(storage):
    """With all of them, and with none: two places are enough for a minute."""
    return "all" if storage in ("sdbox", "mixed") else "none"


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


@pytest.mark.parametrize("setting", ["sync_deletes", "readonly"])
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
    assert find(box, left[1]).flags == frozenset()
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


def test_many_moved_are_no_loss(pair, side):
    box = pair.boxes[side]
    adopted(pair, range(24))
    box.create("Archive")
    box.move("1:*", "INBOX", "Archive")
    pair.sync()
    both(pair, [])
    both(pair, range(24), "Archive")
    pair.settled("INBOX", "Archive")


def test_status_is_lost(synced):
    synced.there.store(find(synced.there, 1).uid, "+", ["\\Flagged", "blue"])
    for path in glob.glob(status(synced) + "*"):
        os.unlink(path)
    r = synced.sync()
    assert len(r.ops("adopt")) == 5 and r.transfers() == []
    both(synced, range(1, 6))
    synced.settled("INBOX", "Work")


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
    home = pair.home(side)
    pair.reconnect(side, lambda: os.rename(home, home + ".away"))
    before = [pair.state(other(side), f) for f in ("INBOX", "Work")]
    for _ in range(2):
        r = pair.sync(rc=None)
        assert r.rc in (1, 4) and r.ops() == [], r
        assert [pair.state(other(side), f)
                for f in ("INBOX", "Work")] == before

    def back():
        shutil.rmtree(home, ignore_errors=True)
        os.rename(home + ".away", home)
    pair.reconnect(side, back)
    r = pair.sync()
    assert r.ops() == []
    pair.settled("INBOX", "Work")


@pytest.fixture
def files(make_pair):
    return make_pair("files")


def test_push_between_maildirs(make_pair, service):
    """Each has a watch of its own."""
    pair = make_pair("files", autorefresh=60.0)
    fill(pair.there, [1])
    pair.sync()
    s = service(pair, "-d", "sync")
    s.runs(1)
    for n, (box, there) in enumerate(((pair.here, pair.there),
                                      (pair.there, pair.here))):
        settle(s)
        fill(box, [10 + n])
        until(lambda: 10 + n in numbers(there), s)
        box.store(find(box, 1).uid, "+", ["word%d" % n])
        until(lambda: "word%d" % n in find(there, 1).flags, s)
    s.stop()
    pair.settled()


def test_names_of_two_maildirs(files):
    """A number that only the status knows is in no name."""
    fill(files.there, [1])
    fill(files.here, [2])
    files.sync()
    for box in (files.there, files.here):
        assert [f.uid for f in box.files().values()] == [None, None]


def test_each_maildir_has_its_marker(files):
    files.sync()
    for side in SIDES:
        with open(os.path.join(files.home(side), ".blinkmail")) as f:
            assert f.read() == "account test\nside %s\n" % side


def test_maildirs_that_changed_places(files):
    """What is taken for the other one is left alone."""
    fill(files.there, [1])
    files.sync()
    fill(files.there, [2])
    a, b = (files.home(side) for side in SIDES)
    os.rename(a, a + ".away")
    os.rename(b, a)
    os.rename(a + ".away", b)
    r = files.sync(rc=1)
    assert any("another" in e["text"] for e in r.of("error")), r
    assert r.ops() == []


@pytest.mark.parametrize("way", ["same", "below", "above", "link"])
def test_one_maildir_in_the_other(files, way):
    """Refused before anything is written."""
    there = files.home("remote")
    shutil.rmtree(files.home("local"))
    files.local["path"] = {"same": there, "below": there + "/x/y",
                           "above": os.path.dirname(there),
                           "link": files.tmp + "/link"}[way]
    if way == "link":
        os.symlink(there, files.local["path"])
    fill(files.there, [1])
    before = sorted(os.walk(files.tmp))
    r = files.sync(rc=2, ui=None)
    assert "is already that of" in r.err or "one inside the other" in r.err
    after = [w for w in sorted(os.walk(files.tmp))]
    assert [w for w in after if there in w[0]] == \
        [w for w in before if there in w[0]]


@pytest.mark.parametrize("both_sides", [False, True])
def test_files_that_share_a_name(files, side, both_sides):
    """Each gets a name of its own, and is known by it."""
    box, there = files.boxes[side], files.boxes[other(side)]
    for b in (box, there) if both_sides else (box,):
        for n, letters in ((1, ""), (2, "S")):
            path = os.path.join(b.box.path(), "cur", "1.x.host:2," + letters)
            with open(path, "wb") as f:
                f.write(lf(message(n)))
            os.utime(path, (DATE + n, DATE + n))
    files.sync()
    both(files, [1, 2])
    files.settled()
    assert len(box.uids()) == 2
    box.delete(find(box, 1).uid)
    files.sync()
    both(files, [2])
    files.settled()


def test_renamed_on_both_sides(files):
    fill(files.there, range(1, 6))
    files.sync()
    for n, box in enumerate(files.boxes.values()):
        f = box.files()[find(box, 3).uid]
        os.rename(f.path, os.path.join(os.path.dirname(f.path),
                                       "renamed.%d.host:2,%s" % (
                                           n, "F" if n else "S")))
    r = files.sync()
    assert {o["op"] for o in r.ops()} == {"flags"}, r
    assert find(files.here, 3).flags == {"\\Flagged", "\\Seen"}
    files.settled()


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
    [("maildir++", part) for part in (1, 7)] + \
    [("files", part) for part in range(0, 12, 2)] + \
    [("mixed", part) for part in (2, 5, 8, 11)]


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
