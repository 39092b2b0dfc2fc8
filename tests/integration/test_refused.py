# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders that are listed and cannot be selected: they hold what may have been
moved into them, and not for ever; the rest goes on."""

import os
import sqlite3

import pytest

import blink
from conftest import lf, message
from maildirbox import MaildirBox
from scripted import Scripted, unquoted

LINE = 'write folders = [ "*", "!Calendar" ]; in remote'


class Case:
    def __init__(self, tmp, server):
        self.server = server
        self.maildir = MaildirBox(tmp + "/Mail", ".")
        self.blink = blink.Blink(tmp)
        self.remote = {"type": "imap", "host": "127.0.0.1", "tls": "no",
                       "port": server.port, "user": "u", "pass": "p"}
        self.blink.account("a", self.remote, {"type": "maildir",
                                              "path": self.maildir.root})

    def sync(self, rc=0):
        return self.blink.sync(rc=rc)

    def box(self, name="INBOX"):
        return self.server.boxes[name]

    def refuse(self, status, name="Calendar"):
        def answer(how):
            def hook(c, tag, arg):
                if name == unquoted(arg.rpartition(" (")[0] or arg):
                    return "NO [SERVERBUG] not this one"
                return getattr(c, how)(tag, arg)
            return hook
        self.server.on["SELECT"] = answer("do_select")
        self.server.on["EXAMINE"] = answer("do_examine")
        if not status:
            self.server.on["STATUS"] = answer("do_status")

    def move(self, uid, dest="Calendar"):
        """Moved by another reader of the server's."""
        data = self.box().messages.pop(uid)[1]
        self.box(dest).add(data)


@pytest.fixture
def case(tmp):
    with Scripted({"INBOX": [message(n) for n in range(1, 5)],
                   "Calendar": [message(9)],
                   "Work": [message(11), message(12)]}) as server:
        yield Case(tmp, server)


def errors(r):
    return [e["text"] for e in r.of("error")]


@pytest.mark.parametrize("status", [True, False])
def test_never(case, status):
    """It never could be selected: what happens elsewhere is done."""
    case.refuse(status)
    r = case.sync(rc=1)
    assert [LINE in e for e in errors(r)] == [True]
    assert len(case.maildir.list()) == 4
    assert len(case.maildir.list("Work")) == 2
    case.maildir.delete(case.maildir.find(b"<2@test>"))
    del case.box("Work").messages[1]
    r = case.sync(rc=1)
    assert len(errors(r)) == 1
    assert sorted(case.box().messages) == [1, 3, 4]
    assert len(case.maildir.list("Work")) == 1
    case.remote["folders"] = ["*", "!Calendar"]
    assert case.sync(rc=0).ops() == []


def test_it_may_have_come_in(case):
    """A message that may be in it is not removed here, until days later."""
    case.sync()
    case.refuse(True)
    case.move(2)
    for _ in range(3):
        case.sync(rc=1)
        assert len(case.maildir.list()) == 4
    # What is gone from here cannot have gone there.
    case.maildir.delete(case.maildir.find(b"<3@test>"))
    case.sync(rc=1)
    assert sorted(case.box().messages) == [1, 4]
    assert len(case.maildir.list()) == 3
    age(case, 2 * 86400)
    case.sync(rc=1)
    assert len(case.maildir.list()) == 2
    # And when it can be read again nothing was lost.
    case.server.on.clear()
    case.sync(rc=0)
    assert len(case.maildir.list("Calendar")) == 2


def test_nothing_came_in(case):
    case.sync()
    case.refuse(True)
    del case.box().messages[2]
    case.sync(rc=1)
    assert len(case.maildir.list()) == 3


def test_it_may_have_come_in_unseen(case):
    """As above, from a server that says nothing of the folder."""
    case.sync()
    case.refuse(False)
    case.move(2)
    case.sync(rc=1)
    assert len(case.maildir.list()) == 4
    case.server.on.clear()
    case.sync(rc=0)
    assert len(case.maildir.list()) == 3
    assert len(case.maildir.list("Calendar")) == 2


def age(case, seconds):
    """As if it had failed first so much earlier."""
    path = os.path.join(case.blink.metadata, "a", "status.db")
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT name, value FROM fact"
                          " WHERE name LIKE 'refused %'").fetchall()
        assert len(rows) == 1
        name, value = rows[0]
        words = value.split()
        words[1] = str(int(words[1]) - seconds)
        db.execute("UPDATE fact SET value = ? WHERE name = ?",
                   (" ".join(words), name))
    db.close()


def test_a_folder_here(case):
    """It cannot be read here, and a message may be in it."""
    case.sync()
    cur = os.path.join(case.maildir.path("Work"), "cur")
    f = case.maildir.find(b"<2@test>")
    os.rename(f.path, os.path.join(cur, f.name))
    os.rename(cur, cur + ".away")
    os.symlink("cur.away", cur)
    case.sync(rc=None)
    assert sorted(case.box().messages) == [1, 2, 3, 4]
    os.unlink(cur)
    os.rename(cur + ".away", cur)
    case.sync(rc=0)
    assert sorted(case.box().messages) == [1, 3, 4]
    assert len(case.box("Work").messages) == 3


def test_a_name_with_quotes(tmp):
    name = 'a"b\\c'
    with Scripted({"INBOX": [], name: []}) as server:
        case = Case(tmp, server)
        case.refuse(True, name)
        r = case.sync(rc=1)
        assert '"!a\\"b\\\\c"' in errors(r)[0]
        case.remote["folders"] = ["*", "!" + name]
        case.sync(rc=0)


def test_added_to_a_list(case):
    case.remote["folders"] = ["*", "!Spam"]
    case.refuse(True)
    (e,) = errors(case.sync(rc=1))
    assert e.endswith('add "!Calendar" to folders in remote'), e
    case.maildir.write(lf(message(5)))
    case.sync(rc=1)
    assert len(case.box().messages) == 5
