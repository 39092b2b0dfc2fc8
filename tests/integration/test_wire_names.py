# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that call a folder otherwise than RFC 3501 says, or than they were
asked to: the name that they use is followed."""


import pytest

import blink
from conftest import lf, message
from maildirbox import MaildirBox
from scripted import Scripted

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
