# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that call a folder otherwise than RFC 3501 says, or than they were
asked to: the name that they use is followed."""

import unicodedata

import pytest

import blink
from conftest import lf, message
from imapbox import decode, encode
from maildirbox import MaildirBox
from scripted import Scripted, quoted, unquoted

ODD = {"&BBAEMQQyACYEMwQ0BDU-": "Абв&где",  # Yandex
       "R&D": "R&D", "a&AGI-c": "abc", "grün".encode().decode("latin-1"):
       "grün", "x&": "x&", "&AC4ALgAv-x": "&AC4ALgAv-x"}


class Case:
    def __init__(self, tmp, server, sep=".", **local):
        self.server = server
        self.maildir = MaildirBox(tmp + "/Mail", sep)
        self.blink = blink.Blink(tmp)
        self.remote = {"type": "imap", "host": "127.0.0.1", "tls": "no",
                       "port": server.port, "user": "u", "pass": "p"}
        self.local = {"type": "maildir", "path": self.maildir.root,
                      "sep": sep, **local}
        self.blink.account("a", self.remote, self.local)

    def sync(self, *args, rc=0, **more):
        return self.blink.sync(*args, rc=rc, **more)

    def texts(self, name):
        return sorted(m[1] for m in self.server.boxes[name].messages.values())


def raw(box):
    """The names as bytes: quoted() would make UTF-8 of them again."""
    def hook(c, tag, arg):
        for name in c.server.boxes:
            c.send(b'* LIST () "/" "' + name.encode("latin-1") + b'"\r\n')
    box.on["LIST"] = hook


@pytest.mark.parametrize("args", [[], ["-1"]])
def test_odd_names(tmp, args):
    with Scripted({"INBOX": [], **{n: [message(k)]
                                   for k, n in enumerate(ODD)}}) as server:
        raw(server)
        case = Case(tmp, server)
        case.sync(*args)
        assert set(case.maildir.folders()) == {"INBOX", *ODD.values()}
        for k, (wire, name) in enumerate(ODD.items()):
            assert [f.data for f in case.maildir.list(name)] == [message(k)]
            case.maildir.write(lf(message(100 + k)), name)
            case.maildir.delete(case.maildir.find(b"<%d@test>" % k, name))
        case.sync(*args)
        for k, wire in enumerate(ODD):
            assert case.texts(wire) == [message(100 + k)], wire
        assert case.sync(*args).ops() == []
        # And without a listing of its own: a second connection, a move.
        name, other = "Абв&где", "R&D"
        case.maildir.move(case.maildir.find(b"<100@test>", name), other)
        case.sync(*args)
        assert case.texts("R&D") == sorted([message(100), message(101)])
        assert case.texts("&BBAEMQQyACYEMwQ0BDU-") == []


def test_two_that_are_one(tmp):
    """The canonical one is taken; the other is named, and waits."""
    with Scripted({"INBOX": [message(1)], "R&D": [message(2)],
                   "R&-D": [message(3)]}) as server:
        case = Case(tmp, server)
        for _ in range(2):
            r = case.sync(rc=1)
            assert [e["folder"] for e in r.of("error")] == ["R&D"]
        assert [f.data for f in case.maildir.list("R&D")] == [message(3)]
        assert case.maildir.list("INBOX")[0].data == message(1)


def nfc(name):
    return unicodedata.normalize("NFC", name)


CALLS = {"composed": (nfc, unicodedata.normalize("NFD", "Grüße")),
         "trimmed": (str.rstrip, "Work "),
         "lower case": (str.lower, "Work"),
         "below INBOX": (lambda n: n if n.startswith("INBOX") else
                         "INBOX/" + n, "Work"),
         "cut": (lambda n: n[:8], "Long name of a folder")}


class Renaming:
    """Keeps folders under names of its own; what is asked for under another
    one is found by it (kind) or not."""

    def __init__(self, server, call, kind):
        self.call = call
        server.on["CREATE"] = self.create
        if kind:
            for verb in ("SELECT", "EXAMINE", "STATUS"):
                server.on[verb] = self.named(verb)

    def name(self, arg):
        name = decode(unquoted(arg))
        return encode(name if name == "INBOX" else self.call(name))

    def create(self, c, tag, arg):
        name = self.name(arg)
        if name in c.server.boxes:
            return "NO [ALREADYEXISTS] there is one"
        return c.do_create(tag, quoted(name).decode())

    def named(self, verb):
        def hook(c, tag, arg):
            if verb == "STATUS":
                name, _, items = arg.rpartition(" (")
                arg = quoted(self.name(name)).decode() + " (" + items
            else:
                arg = quoted(self.name(arg)).decode()
            return getattr(c, "do_" + verb.lower())(tag, arg)
        return hook


@pytest.mark.parametrize("sep", [".", "/"])
@pytest.mark.parametrize("kind", [True, False])
@pytest.mark.parametrize("how", CALLS)
def test_the_server_calls_it_otherwise(tmp, how, kind, sep):
    """The local folder gets the server's name: nothing is doubled or lost, and
    it is told once."""
    call, name = CALLS[how]
    with Scripted({"INBOX": [message(1)]}) as server:
        Renaming(server, call, kind)
        case = Case(tmp, server, sep)
        for n, folder in enumerate((name, "Other")):
            case.maildir.create(folder)
            case.maildir.write(lf(message(10 + n)), folder)
        r = case.sync()
        there = {encode(call(n)): call(n) for n in (name, "Other")}
        assert set(server.boxes) == {"INBOX", *there}
        for n, (wire, native) in enumerate(there.items()):
            assert case.texts(wire) == [message(10 + n)]
            assert [f.data for f in case.maildir.list(native)] == \
                [message(10 + n)]
        assert len(r.of("folder-rename")) == sum(
            call(n) != n for n in (name, "Other"))
        r = case.sync()
        assert r.ops() == [] and r.of("folder-rename") == []
        assert len(case.maildir.folders()) == 3


def test_the_server_takes_two_for_one(tmp):
    """It does not tell case: the folder that it has is synchronised, the other
    one is named, and nothing of it is doubled."""
    with Scripted({"INBOX": [], "work": [message(1)]}) as server:
        Renaming(server, str.lower, True)
        case = Case(tmp, server)
        case.maildir.create("Work")
        case.maildir.write(lf(message(2)), "Work")
        for _ in range(3):
            r = case.sync(rc=1)
            (e,) = r.of("error")
            assert e["folder"] == "Work"
            assert "takes it for its folder work" in e["text"]
        assert case.texts("work") == [message(1)]
        assert [f.data for f in case.maildir.list("work")] == [message(1)]
        assert [f.data for f in case.maildir.list("Work")] == [message(2)]
