# SPDX-License-Identifier: GPL-2.0-or-later
"""A message is removed only when it is known that the user removed it: what
looks like a deletion and is none."""

import contextlib
import os
import shutil
import signal
import sqlite3
import time

import pytest

import blink
from conftest import lf, message
from maildirbox import MaildirBox
from scripted import Box, Scripted


class Case:
    """Messages 1 to n in INBOX on both sides, and other folders."""

    def __init__(self, tmp, server, sep="/"):
        self.tmp = tmp
        self.server = server
        self.maildir = MaildirBox(os.path.join(tmp, "Mail"), sep)
        self.blink = blink.Blink(tmp)
        self.account = self.blink.account(
            "test", {"type": "imap", "host": "127.0.0.1",
                     "port": server.port, "user": "u", "pass": "secret",
                     "tls": "no"},
            {"type": "maildir", "path": self.maildir.root, "sep": sep})
        self.blink.sync()

    def sync(self, *args, rc=0, **more):
        r = self.blink.sync(*args, rc=None, **more)
        assert rc is None or r.rc == rc, r
        return r

    def box(self, folder="INBOX"):
        return self.server.boxes[folder]

    def there(self, folder="INBOX"):
        return numbers(d for _, d in self.box(folder).messages.values())

    def here(self, folder="INBOX"):
        out = []
        for f in self.maildir.list(folder):
            with open(f.path, "rb") as g:
                out.append(g.read())
        return numbers(out)

    def remove(self, n, folder="INBOX"):
        self.maildir.delete(self.maildir.find("<%d@test>" % n, folder))

    def status(self, sql):
        path = os.path.join(self.blink.metadata, "test", "status.db")
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            return db.execute(sql).fetchall()

    def settings(self, *settings):
        return [a for s in settings for a in ("-k", "test." + s)]


def numbers(messages):
    return sorted(int(m.split(b"Message-ID: <")[1].split(b"@")[0])
                  for m in messages)


@pytest.fixture
def make(tmp):
    servers = []

    def make(boxes=None, n=10, sep="/", **more):
        boxes = {"INBOX": Box([message(i) for i in range(1, n + 1)]),
                 **(boxes or {})}
        servers.append(Scripted(boxes, **more).__enter__())
        return Case(tmp, servers[-1], sep)
    yield make
    for s in servers:
        s.__exit__()


def held(r):
    return sum(1 for o in r.events if o["type"] == "op" and
               o["op"] == "held")


# The past comes back.

def restored(case, n):
    """The server is as it was when it had n messages."""
    box = case.box()
    box.messages = {u: m for u, m in box.messages.items() if u <= n}
    box.next = n + 1


def test_server_is_put_back(make):
    """What only we have now goes back; what has old UIDs comes here."""
    case = make(n=12)
    restored(case, 8)
    case.box().add(message(21, "other\r\n"))
    case.box().add(message(22, "another\r\n"))
    for _ in range(3):
        case.sync(rc=None)
    everything = [*range(1, 13), 21, 22]
    assert case.here() == case.there() == everything
    assert case.sync().ops() == []


def test_server_is_put_back_and_more_is_gone(make):
    """A message that the backup had is gone from it: who knows why."""
    case = make(n=12)
    restored(case, 8)
    del case.box().messages[2]
    for _ in range(3):
        r = case.sync(rc=None)
        assert 2 in case.here()
    assert r.rc == 4 and 2 not in case.there()
    case.sync("--force-delete")
    assert 2 not in case.here()
    assert case.here() == case.there()


def test_server_has_another_folder_of_that_name(make):
    """With the same UIDVALIDITY, and with none of the messages."""
    case = make(n=6)
    case.server.boxes["INBOX"] = Box([message(n) for n in (31, 32)])
    for _ in range(2):
        r = case.sync(rc=4)
        assert r.ops() == []
    assert "it is left alone" in r.err
    case.sync("--force-delete")
    assert case.here() == case.there() == [*range(1, 7), 31, 32]


@pytest.mark.parametrize("new", [10, 4, 5])
def test_server_is_put_back_and_gets_more_than_it_lost(make, new):
    """Its UIDNEXT tells nothing; the messages have one size and date."""
    case = make({"INBOX": Box([message(100 + n) for n in range(12)])})
    restored(case, 8)
    for n in range(new):
        case.box().add(message(200 + n), ["\\Seen"])
    for _ in range(4):
        r = case.sync(rc=None)
        assert r.ops("expunge") == []
    everything = [*range(100, 112), *range(200, 200 + new)]
    assert case.here() == case.there() == everything and r.rc == 0
    for f in case.maildir.list():
        with open(f.path, "rb") as g:
            assert ("\\Seen" in f.flags) == (b"<20" in g.read())


def test_server_altered_what_it_was_given(make):
    """Another header than ours is no sign of another message."""
    case = make(n=3)
    case.maildir.write(lf(message(50)))

    def alter(c, tag, arg):
        answer = c.do_append(tag, arg)
        box = case.box()
        box.messages[box.next - 1][1] = \
            b"X-Added: by the server\r\n" + box.messages[box.next - 1][1]
        return answer
    case.server.on["APPEND"] = alter
    case.sync()
    case.box().add(message(51))
    case.sync()
    assert case.sync().ops() == []
    assert case.there() == case.here() == [1, 2, 3, 50, 51]


def test_folder_is_made_anew_with_the_same_numbers(make):
    """Only its MAILBOXID tells: sizes, dates and UIDs are the same."""
    case = make({"INBOX": Box([message(100 + n) for n in range(6)],
                              ident="F1")},
                capability="IMAP4rev1 UIDPLUS OBJECTID")
    case.server.boxes["INBOX"] = Box([message(200 + n) for n in range(6)],
                                     ident="F2")
    r = case.sync(rc=4)
    assert r.ops() == [] and "it is left alone" in r.err
    case.server.boxes["INBOX"].messages[3][1] = message(102)
    for _ in range(2):
        r = case.sync(rc=None)
        assert r.ops("expunge") == []
    everything = sorted([*range(100, 106), 200, 201, 203, 204, 205])
    assert case.here() == case.there() == everything


def renumbered(case):
    box = case.box()
    data = [m for _, m in sorted(box.messages.items())]
    box.messages = dict(zip(sorted(box.messages), reversed(data)))


@pytest.mark.parametrize("side", ["local", "remote"])
def test_uids_are_other_messages(make, side):
    """UIDs handed out anew under the same UIDVALIDITY, and then a deletion."""
    boxes = {"INBOX": Box([message(i, "x" * 10 * i + "\r\n")
                           for i in range(1, 11)])}
    case = make(boxes)
    renumbered(case)
    if side == "local":
        case.remove(3)
    else:
        uid = next(u for u, (_, d) in case.box().messages.items()
                   if b"<3@test>" in d)
        del case.box().messages[uid]
    for _ in range(4):
        r = case.sync(rc=None)
        rest = [n for n in range(1, 11) if n != 3]
        assert [n for n in case.here() if n != 3] == rest
        assert [n for n in case.there() if n != 3] == rest
    assert r.rc == 0 and case.here() == case.there()


def test_maildir_is_put_back(make):
    """With cp: other directories. The newest messages are not in it."""
    case = make(n=20)
    root = case.maildir.root
    shutil.copytree(root, root + ".backup", symlinks=True)
    for n in (21, 22, 23):
        case.box().add(message(n))
    case.sync()
    shutil.rmtree(root)
    os.rename(root + ".backup", root)
    for _ in range(2):
        r = case.sync(rc=4)
        assert r.ops("expunge") == [] and held(r) == 3
    assert case.there() == [*range(1, 24)]


def marker(case):
    with open(os.path.join(case.maildir.root, ".blinkmail")) as f:
        return f.read()


def generation(case):
    return int(marker(case).split("generation ")[1])


def put_back(case, files, text):
    """In place, by hand: the same directories and their files."""
    for f in case.maildir.list():
        if os.path.basename(f.path).split(":")[0] not in files:
            os.unlink(f.path)
    with open(os.path.join(case.maildir.root, ".blinkmail"), "r+") as f:
        f.write(text)
        f.truncate()


def names(case):
    return [os.path.basename(f.path).split(":")[0]
            for f in case.maildir.list()]


@pytest.mark.parametrize("part", [[], ["-f", "Archive"]])
def test_maildir_is_put_back_in_place(make, part):
    """Fewer than five are missing, and not just the newest."""
    case = make({"Archive": Box([message(50)], validity=9)}, n=20)
    before, text = names(case), marker(case)
    case.box().add(message(21))
    case.sync()
    case.box().add(message(22))
    case.maildir.write(lf(message(23)))
    case.sync()
    case.box().add(message(24))
    put_back(case, before, text)
    r = case.sync("-n", rc=4)
    assert held(r) == 3
    # Another folder first: that it is older is not forgotten.
    case.sync(*part, rc=None)
    for _ in range(2):
        r = case.sync(rc=4)
        assert held(r) == 3 and r.ops("expunge") == []
    assert case.there() == [*range(1, 25)]
    assert "put back from a backup" in r.err
    # What is deleted from now on is the user's deletion.
    case.remove(24)
    case.remove(3)
    r = case.sync(rc=4)
    assert held(r) == 3 and case.there() == [
        n for n in range(1, 24) if n != 3]


def test_generation_grows_with_changes_alone(make):
    case = make(n=3)
    first = generation(case)
    time.sleep(0.1)
    for args in ([], ["-q"], ["-n"]):
        case.sync(*args)
        assert generation(case) == first
    case.box().add(message(9))
    case.sync("-n")
    assert generation(case) == first
    case.sync()
    assert generation(case) == first + 1
    assert case.status("SELECT value FROM fact WHERE name = "
                       "'local generation'") == [(str(first + 1),)]


def test_status_is_put_back(make):
    """It does not know what it knew: what is missing is held, once."""
    case = make(n=10)
    shutil.copytree(case.blink.metadata, case.tmp + "/meta.old")
    for n in (21, 22):
        case.box().add(message(n))
        case.sync()
    shutil.rmtree(case.blink.metadata)
    os.rename(case.tmp + "/meta.old", case.blink.metadata)
    case.remove(4)
    r = case.sync(rc=4)
    assert "the status of the account is older" in r.err
    assert r.ops("expunge") == r.ops("copy") == []
    case.remove(5)
    r = case.sync(rc=4)
    assert [o["uid"] for o in r.ops("expunge")] == [5]
    case.sync("--force-delete")
    assert case.here() == case.there()


def test_status_that_is_lost(make):
    """The Maildir has a number, the status has none: all is paired anew."""
    case = make(n=10)
    shutil.rmtree(case.blink.metadata)
    assert case.sync().transfers() == []
    case.remove(4)
    assert len(case.sync().ops("expunge")) == 1


def test_generation_that_is_ahead(make):
    """We died after the marker was written."""
    case = make(n=10)
    n = generation(case)
    case.status("UPDATE fact SET value = '%d'"
                " WHERE name = 'local generation'" % (n - 1))
    case.remove(4)
    assert len(case.sync().ops("expunge")) == 1
    assert generation(case) == n + 1


@pytest.mark.parametrize("text", ["", "account test\nside lo",
                                  "account test\nside local\ngenera"])
def test_a_marker_that_was_cut(make, text):
    """Nobody knows which one it had: what is missing is held."""
    case = make(n=10)
    with open(os.path.join(case.maildir.root, ".blinkmail"), "w") as f:
        f.write(text)
    case.remove(7)
    case.sync(rc=4)
    assert 7 in case.there() and generation(case) > 0
    case.remove(8)
    case.sync(rc=4)
    assert 8 not in case.there()


def test_one_folder_is_put_back_with_its_times(make):
    """By rsync or tar: the times of its directories go back."""
    case = make(n=20)
    before = names(case)
    for n in (21, 22):
        case.box().add(message(n))
        case.sync()
    put_back(case, before, marker(case))
    for sub in ("cur", "new"):
        os.utime(os.path.join(case.maildir.path(), sub),
                 (time.time() - 100,) * 2)
    r = case.sync(rc=4)
    assert held(r) == 2 and case.there() == [*range(1, 23)]
    assert case.sync(rc=4).ops("expunge") == []
    case.sync("--force-delete")
    assert case.there() == [*range(1, 21)] == case.here()


def test_times_that_a_wrong_clock_made(make):
    """Years ahead for one run: what the user deletes then is deleted."""
    case = make(n=10)
    cur = os.path.join(case.maildir.path(), "cur")
    os.utime(cur, (time.time() + 1e8,) * 2)
    case.sync()
    case.remove(4)
    r = case.sync()
    assert [o["uid"] for o in r.ops("expunge")] == [4]


def test_the_newest_are_gone(make):
    """In place: only what is missing tells."""
    case = make(n=20)
    for n in range(15, 21):
        case.remove(n)
    r = case.sync(rc=4)
    assert "just the newest" in r.err and len(case.there()) == 20
    case.sync("--force-delete")
    assert case.there() == [*range(1, 15)]


def test_some_of_the_newest_are_deleted(make):
    """That is what a person does."""
    case = make(n=20)
    for n in (3, 16, 17, 18, 19, 20):
        case.remove(n)
    assert len(case.sync().ops("expunge")) == 6


@pytest.mark.parametrize("kind", ["maildir", "empty", "dangling", "file"])
def test_something_else_in_the_place_of_a_folder(make, kind):
    """An empty disk mounted over it, a link that leads nowhere: it goes on by
    itself when that is mended."""
    case = make({"Work": Box([message(n) for n in (31, 32, 33)],
                             validity=7)}, n=3)
    p = case.maildir.path("Work")
    away = os.path.join(case.tmp, "away")
    place = p + "/cur" if kind == "dangling" else p
    os.rename(place, away)
    if kind == "maildir":
        for s in ("cur", "new", "tmp"):
            os.makedirs(p + "/" + s)
    elif kind == "empty":
        os.mkdir(p)
    elif kind == "file":
        open(p, "w").close()
    else:
        os.symlink("nowhere", p + "/cur")
    case.box("Work").add(message(34))
    case.remove(2)
    for _ in range(2):
        r = case.sync(rc=None)
        assert {31, 32, 33, 34} <= set(case.there("Work"))
    assert r.rc != 0
    if os.path.isdir(place):
        shutil.rmtree(place)
    else:
        os.unlink(place)
    os.rename(away, place)
    for _ in range(3):
        r = case.sync(rc=None)
    assert {31, 32, 33, 34} <= set(case.there("Work"))
    assert r.rc == 0, r
    assert case.here("Work") == [31, 32, 33, 34]
    assert 2 not in case.there()


# Only a part was looked at.

def archive(extra=()):
    return {"Archive": Box([message(n) for n in extra], validity=99)}


def test_one_folder_deletes_nothing_that_was_moved(make):
    case = make(archive())
    case.maildir.move(case.maildir.find("<2@test>"), "Archive")
    case.remove(5)
    r = case.sync("-f", "INBOX")
    assert [o["uid"] for o in r.ops("expunge")] == [5]
    assert "they are in Archive now" in r.err
    assert 2 in case.there()
    case.sync()
    assert case.there("Archive") == [2] == case.here("Archive")
    assert case.there() == case.here()


def test_one_folder_keeps_what_moved_on_the_server(make):
    case = make(archive())
    case.box("Archive").add(case.box().messages.pop(2)[1])
    r = case.sync("-f", "INBOX")
    assert r.ops("expunge") == [] and 2 in case.here()
    case.sync()
    assert case.here("Archive") == [2] and 2 not in case.here()


def test_a_folder_that_fails_holds_what_moved_there(make):
    """And nothing else."""
    case = make(archive([50]))
    select = case.server.on["SELECT"] = lambda c, tag, arg: (
        "NO it is broken" if "Archive" in arg else c.do_select(tag, arg))
    case.server.on["EXAMINE"] = select
    case.maildir.move(case.maildir.find("<2@test>"), "Archive")
    case.remove(5)
    for _ in range(2):
        r = case.sync(rc=1)
        assert 2 in case.there() and 5 not in case.there()
    case.server.on.clear()
    case.sync()
    assert case.there("Archive") == [2, 50] and 2 not in case.there()
    assert r.rc == 1


@pytest.mark.parametrize("verb", ["UID COPY", None])
def test_a_limit_is_no_deletion(make, verb):
    """The server copies it itself; where it cannot, the message stays."""
    case = make(archive())
    if verb is not None:
        case.server.on[verb] = lambda *_: "NO not today"
    case.maildir.move(case.maildir.find("<2@test>"), "Archive")
    limits = case.settings("maxage=30")
    for _ in range(2):
        case.sync(*limits, rc=None)
        assert 2 in case.there() + case.there("Archive")
    assert case.there("Archive") == ([] if verb else [2])
    case.server.on.clear()
    case.sync()
    assert case.there("Archive") == [2] and 2 not in case.there()


def test_a_limit_keeps_what_moved_on_the_server(make):
    case = make(archive())
    case.box("Archive").add(case.box().messages.pop(2)[1])
    for _ in range(3):
        r = case.sync(*case.settings("maxage=30"))
        assert r.ops("expunge") == [] and 2 in case.here()
    case.sync()
    assert case.here("Archive") == [2] and 2 not in case.here()


def refused_link(case):
    path = os.path.join(case.tmp, "elsewhere")
    os.symlink(path, case.maildir.path("Link"))
    return path, lambda: os.unlink(case.maildir.path("Link"))


def refused_name(case):
    path = os.fsencode(case.maildir.root) + b"/caf\xe9"
    return path, lambda: os.rename(path, case.maildir.path("cafe"))


def refused_cur(case):
    """Its cur is a link that leads nowhere."""
    path = case.maildir.path("Broken")
    return path, lambda: os.rename(path + ".cur", path + "/cur")


@pytest.mark.parametrize("place", [refused_link, refused_name, refused_cur])
def test_what_moved_into_a_folder_that_is_refused(make, place):
    """It is looked for there before it is deleted on the server."""
    case = make()
    path, mend = place(case)
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(path, sub if isinstance(path, str)
                                 else sub.encode()))
    case.sync(rc=None)
    f = case.maildir.find("<2@test>")
    to = os.path.join(path, "cur" if isinstance(path, str) else b"cur")
    os.rename(f.path, os.path.join(to, os.path.basename(f.path) if isinstance(
        path, str) else os.fsencode(os.path.basename(f.path))))
    if place is refused_cur:
        os.rename(to, path + ".cur")
        os.symlink("nowhere", to)
    else:
        case.remove(5)
    for _ in range(2):
        r = case.sync(rc=1)
        assert 2 in case.there()
    assert ("they are in" if place is not refused_cur
            else "they may be in") in r.err
    assert place is refused_cur or 5 not in case.there()
    if place is refused_cur:
        os.unlink(to)
    mend()
    case.sync()
    assert 2 not in case.there()


# The status says more than is there.

def test_a_name_can_be_used_again(make):
    case = make({"Work": Box([message(n) for n in range(61, 67)])})
    shutil.rmtree(case.maildir.path("Work"))
    del case.server.boxes["Work"]
    case.sync()
    case.server.boxes["Work"] = Box([message(71)], validity=5)
    case.sync()
    assert case.here("Work") == [71]


def test_what_a_folder_had_is_no_place(make):
    """Renamed on both sides: its old pairs do not count as copies."""
    case = make({"Work": Box([message(n) for n in range(61, 91)])})
    case.server.boxes["Projects"] = case.server.boxes.pop("Work")
    case.box("Projects").validity = 6
    os.rename(case.maildir.path("Work"), case.maildir.path("Projects"))
    case.sync()
    for n in range(61, 91):
        case.remove(n, "Projects")
    r = case.sync(rc=4)
    assert held(r) == 30 and len(case.there("Projects")) == 30


# The brake.

def test_many_folders_of_few(make):
    case = make({"L%d" % n: Box([message(100 * n + i) for i in range(4)])
                 for n in range(1, 11)}, n=1)
    for n in range(1, 11):
        for i in range(4):
            case.remove(100 * n + i, "L%d" % n)
    r = case.sync(rc=4)
    assert r.ops("expunge") == [] and held(r) == 40
    r = case.sync("--force-delete")
    assert len(r.ops("expunge")) == 40


def test_what_is_held_in_all_is_not_let_go_in_part(make):
    """A run of one folder sees a few deletions only."""
    case = make({"L%d" % n: Box([message(100 * n + i) for i in range(4)])
                 for n in range(1, 11)}, n=1)
    for n in range(1, 11):
        for i in range(4):
            case.remove(100 * n + i, "L%d" % n)
    case.sync(rc=4)
    r = case.sync("-f", "L3", rc=4)
    assert r.ops("expunge") == [] and held(r) == 4
    select = case.server.on["SELECT"] = lambda c, tag, arg: (
        c.do_select(tag, arg) if "L3" in arg else "NO it is broken")
    case.server.on["EXAMINE"] = select
    r = case.sync(rc=None)
    assert r.ops("expunge") == []


def test_many_bit_by_bit(make):
    """15 of 60 at a time, within a day."""
    case = make(n=60)
    for start in (1, 16, 31, 46):
        for n in range(start, start + 15):
            case.remove(n)
        r = case.sync(rc=None)
    assert r.rc == 4
    assert case.there() == [*range(31, 61)]


def test_a_day_later_it_is_another_matter(make):
    case = make(n=60)
    for start in (1, 16, 31):
        for n in range(start, start + 15):
            case.remove(n)
        r = case.sync()
        case.status("UPDATE removed SET at = at - 86400")
    assert len(r.ops("expunge")) == 15


def test_a_decision_is_for_one_sync(make, service):
    """--force-delete of a service is not for an accident hours later."""
    case = make(n=30)
    case.account.update(autorefresh=60.0, push=False)
    s = service(case, "--force-delete")
    s.runs(1)
    for n in range(1, 31):
        case.remove(n)
    s.signal(signal.SIGUSR1)
    s.wait("30 deletions on the remote side are held")
    s.stop(rc=4)
    assert len(case.there()) == 30


def test_ctl_lets_through_what_was_shown(make, service):
    case = make(n=30)
    case.account.update(autorefresh=60.0, push=False)
    s = service(case)
    s.runs(1)
    for n in range(1, 11):
        case.remove(n)
    s.ctl("sync", "test", "--wait")
    for n in range(21, 31):
        case.remove(n)
    # None of it was held before.
    s.ctl("sync", "test", "--wait",
          options=["--force-delete"], rc=4)
    assert case.there() == [*range(11, 31)]
    s.ctl("sync", "test", "--wait", options=["--force-delete"])
    s.stop()
    assert case.there() == [*range(11, 21)]


# Settings that change.

def test_deletions_that_piled_up(make):
    case = make(n=10)
    off = case.settings("local.sync_deletes=false")
    case.sync(*off)
    case.remove(2)
    case.sync(*off)
    r = case.sync(rc=4)
    assert held(r) == 1 and 2 in case.there()
    case.remove(3)
    r = case.sync(rc=4)
    assert [o["uid"] for o in r.ops("expunge")] == [3]
    case.sync("--force-delete")
    assert case.there() == case.here()


def test_a_limit_that_is_lifted(make):
    case = make(n=3)
    case.box().add(message(9, "x" * 5000 + "\r\n"))
    small = case.settings("maxsize=2000")
    case.sync(*small)
    assert 9 not in case.here()
    time.sleep(0.1)
    case.sync(*small)
    case.sync()
    assert 9 in case.here()


def test_what_is_held_stays_so_for_the_next_status(make):
    """Also when new mail makes it a small part."""
    case = make(n=30)
    for n in range(1, 31):
        case.remove(n)
    case.sync(rc=4)
    for n in range(100, 200):
        case.maildir.write(lf(message(n)))
    r = case.sync(rc=4)
    assert held(r) == 30 and len(case.there()) == 130
