# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 in the middle of an upload, and a server that stores what it has
received only when a test says so: in the end there is one of each message."""

import contextlib
import os
import re
import sqlite3
import threading

import pytest

import blink
from conftest import lf, message
from maildirbox import MaildirBox
from patience import limit
from scripted import Scripted

OLD = message(1)
NEW = [message(n) for n in (2, 3, 4)]


class Case:
    """A server with one message, and a Maildir that has three more."""

    def __init__(self, tmp, server, remote=None, local=None):
        self.server = server
        self.box = server.boxes["INBOX"]
        self.held = []  # (flags, bytes) of what the server has received
        self.all_held = threading.Event()
        self.maildir = MaildirBox(os.path.join(tmp, "Mail"), "/")
        self.blink = blink.Blink(tmp)
        self.blink.account(
            "test", {"type": "imap", "host": "127.0.0.1",
                     "port": server.port, "user": "u", "pass": "secret",
                     "tls": "no", **(remote or {})},
            {"type": "maildir", "path": self.maildir.root, "sep": "/",
             **(local or {})})
        self.blink.sync()
        for data in NEW:
            self.maildir.write(lf(data), flags="S")

    def hold(self, connection, tag, arg):
        data = connection.literal(arg.encode("latin-1"))
        connection.file.readline()
        flags = re.search(r'"? \(([^)]*)\)', arg).group(1).split()
        self.held.append((flags, data))
        if len(self.held) == len(NEW):
            self.all_held.set()
        return ""

    def killed_in_upload(self):
        self.server.on["APPEND"] = self.hold
        p = self.blink.start("-o")
        assert self.all_held.wait(limit(30))
        p.kill()
        blink.collect(p, limit(30))
        del self.server.on["APPEND"]

    def arrive(self):
        """The server stores what it has; their UIDs."""
        uids = [self.box.add(data, flags) for flags, data in self.held]
        self.held = []
        return uids

    def uploaded_again(self):
        """The second run, which does not find them."""
        self.killed_in_upload()
        r = self.blink.sync()
        assert len(r.ops("copy", side="remote")) == len(NEW)

    def remote_state(self):
        return sorted((data, tuple(sorted(flags)))
                      for flags, data in self.box.messages.values())

    def local_state(self):
        return sorted((f.data, tuple(sorted(f.flags)))
                      for f in self.maildir.list())

    def settled(self, *more):
        """Each message once, and those of more once more; nothing to do."""
        want = sorted([OLD, *NEW, *more])
        assert [data for data, _ in self.remote_state()] == want
        assert self.local_state() == self.remote_state()
        assert self.blink.sync().ops() == []
        assert self.local_state() == self.remote_state()

    def status(self):
        return contextlib.closing(sqlite3.connect(os.path.join(
            self.blink.metadata, "test", "status.db")))

    def intents(self):
        with self.status() as db:
            return db.execute("SELECT * FROM intent").fetchall()

    def hour_passes(self):
        with self.status() as db, db:
            db.execute("UPDATE intent SET late = 1 WHERE late > 0")


@pytest.fixture(params=["IMAP4rev1 LITERAL+ UIDPLUS", "IMAP4rev1 LITERAL+"])
def server(request):
    with Scripted({"INBOX": [OLD]}, capability=request.param) as s:
        if "UIDPLUS" not in request.param:
            s.on["UID SEARCH"] = search_deleted
            s.on["EXPUNGE"] = expunge
        yield s


def deleted(connection):
    return [u for u, m in connection.box.messages.items()
            if "\\Deleted" in m[0]]


def search_deleted(connection, tag, arg):
    assert arg == "DELETED"
    connection.send("* SEARCH %s\r\n" %
                    " ".join(map(str, deleted(connection))))


def expunge(connection, tag, arg):
    connection.do_uid_expunge(tag, ",".join(map(str, deleted(connection))))


@pytest.fixture
def make(tmp, server):
    return lambda **more: Case(tmp, server, **more)


def test_before_the_look(make):
    case = make()
    case.killed_in_upload()
    case.arrive()
    assert case.blink.sync().ops() == []
    case.settled()


@pytest.mark.parametrize("when", ["before", "after", "between"])
def test_at_the_upload(make, server, when):
    """Their UIDs are below those of the second upload, above, among them."""
    case = make()
    case.killed_in_upload()
    count = []

    def append(connection, tag, arg):
        count.append(tag)
        if len(count) == {"before": 1, "between": 2}.get(when):
            case.arrive()
        answer = connection.do_append(tag, arg)
        if when == "after" and len(count) == len(NEW):
            case.arrive()
        return answer
    server.on["APPEND"] = append
    case.blink.sync()
    assert len(count) == len(NEW) and not case.held
    assert len(case.box.messages) == 1 + 2 * len(NEW)
    r = case.blink.sync()
    assert len(r.ops("expunge", side="remote")) == len(NEW)
    assert r.ops("copy") == []
    case.settled()


def test_after_runs(make, server):
    case = make()
    case.uploaded_again()
    case.settled()
    late = case.arrive()
    r = case.blink.sync()
    assert sorted(o["uid"] for o in r.ops()) == late
    case.settled()


def test_killed_twice(make, server):
    case = make()
    case.killed_in_upload()
    first, case.held = case.held, []
    case.all_held.clear()
    case.killed_in_upload()
    case.blink.sync()
    case.arrive()
    case.blink.sync()
    case.settled()
    case.held = first
    case.arrive()
    case.blink.sync()
    case.settled()


def test_among_new_mail(make, server):
    """Like the late ones in size and header, and in all but a letter."""
    case = make()
    case.uploaded_again()
    others = [data.replace(b"Hello", b"Hallo") for data in NEW]
    for data in others:
        case.box.add(data)
    case.arrive()
    r = case.blink.sync()
    assert len(r.ops("copy", side="local")) == len(others)
    assert len(r.ops("expunge")) == len(NEW)
    case.settled(*others)


def test_only_new_mail(make, server):
    """They never arrive; what comes instead only looks like them."""
    case = make()
    case.uploaded_again()
    others = [data.replace(b"Hello", b"Hallo") for data in NEW]
    for data in others:
        case.box.add(data)
    assert case.blink.sync().ops("expunge") == []
    case.settled(*others)


def test_touched(make, server):
    case = make()
    case.uploaded_again()
    case.box.messages[case.arrive()[0]][0].add("\\Flagged")
    r = case.blink.sync()
    assert len(r.ops("copy", side="local")) == 1
    case.settled(NEW[0])


def test_other_copy_gone(make, server):
    """A person who saw two of each deleted one: the other one stays."""
    case = make()
    case.uploaded_again()
    for uid in [u for u, m in case.box.messages.items() if m[1] in NEW]:
        del case.box.messages[uid]
    case.arrive()
    case.blink.sync()
    case.settled()


def test_other_copy_goes(make, server):
    """Likewise, when the run has listed both already."""
    case = make()
    case.uploaded_again()
    there = [u for u, m in case.box.messages.items() if m[1] in NEW]
    case.arrive()

    def fetch(connection, tag, arg):
        if "BODY.PEEK[]" in arg:
            for uid in there:
                case.box.messages.pop(uid, None)
        return connection.do_uid_fetch(tag, arg)
    server.on["UID FETCH"] = fetch
    case.blink.run("-o")
    server.on.pop("UID FETCH")
    case.blink.sync()
    case.settled()


def test_dry_run(make, server):
    """It shows the removal, with the reason, and does nothing."""
    case = make()
    case.uploaded_again()
    late = case.arrive()
    before = case.intents()
    r = case.blink.sync("-n")
    ops = r.ops("expunge", side="remote")
    assert sorted(o["uid"] for o in ops) == late
    assert {o["reason"] for o in ops} == \
        {"arrived late, and was sent again meanwhile"}
    assert r.ops("copy") == []
    assert len(case.box.messages) == 1 + 2 * len(NEW)
    assert case.intents() == before
    case.blink.sync()
    case.settled()


def test_brake(make, server):
    """The brake holds them like any other deletion, until they are let go."""
    case = make()
    case.uploaded_again()
    case.arrive()
    held = case.blink.sync("-k", "test.maxdelete=2", rc=4)
    assert held.ops("expunge") == [] and held.ops("copy") == []
    assert len(case.box.messages) == 1 + 2 * len(NEW)
    case.hour_passes()
    case.blink.sync("-k", "test.maxdelete=2", rc=4)
    case.blink.sync("-k", "test.maxdelete=2", "--force-delete")
    case.settled()


def test_nothing_is_to_be_removed(make, server):
    case = make(local={"sync_deletes": False})
    case.uploaded_again()
    case.arrive()
    assert case.blink.sync().ops("expunge") == []
    case.settled(*NEW)


def test_marks_are_enough(make, server):
    case = make(remote={"expunge": False})
    case.uploaded_again()
    late = case.arrive()
    case.blink.sync()
    assert all("\\Deleted" in case.box.messages[u][0] for u in late)
    assert len(case.local_state()) == 1 + len(NEW)
    assert case.blink.sync().ops() == []


def test_refused(make, server):
    """They stay, and are not downloaded; the next run tries again."""
    case = make()
    case.uploaded_again()
    case.arrive()
    server.on["UID STORE"] = lambda *_: "NO not today"
    case.blink.sync(rc=1)
    assert len(case.local_state()) == 1 + len(NEW)
    del server.on["UID STORE"]
    case.blink.sync()
    case.settled()


def test_time_is_over(make, server):
    """An old one is looked for once more, and then no more."""
    case = make()
    case.uploaded_again()
    assert len(case.intents()) == len(NEW)
    case.hour_passes()
    late = case.arrive()
    r = case.blink.sync()
    assert len(r.ops("expunge")) == len(late)
    assert case.intents() == []
    case.settled()


def test_never_arrives(make, server):
    case = make()
    case.uploaded_again()
    case.hour_passes()
    case.box.add(message(9))
    case.blink.sync()
    assert case.intents() == []
    # From now on a copy made by hand is one.
    case.box.add(NEW[0], ["\\Seen"])
    case.blink.sync()
    case.settled(message(9), NEW[0])


def test_between_servers(tmp, server):
    """Both sides are servers, and what one of them stores comes late."""
    with Scripted({"INBOX": [OLD]}) as other:
        case = Case(tmp, server)
        case.blink.accounts[0]["local"] = {
            **case.blink.accounts[0]["remote"], "port": other.port}
        case.blink.metadata = os.path.join(tmp, "meta2")
        case.blink.general["metadata"] = case.blink.metadata
        case.blink.sync()
        box = other.boxes["INBOX"]
        for data in NEW:
            box.add(data)
        case.uploaded_again()
        case.arrive()
        r = case.blink.sync()
        assert len(r.ops("expunge", side="remote")) == len(NEW)
        assert r.ops("copy") == []
        assert case.blink.sync().ops() == []
        for there in (case.box, box):
            assert sorted(m[1] for m in there.messages.values()) == \
                sorted([OLD, *NEW])
