# SPDX-License-Identifier: GPL-2.0-or-later
"""Odd names of files: each file is a message, goes up once, and stays."""

import os

import pytest

import blink
from conftest import lf, message
from maildirbox import MaildirBox
from scripted import Scripted

MD5 = "7e33429f656f1e6e9d79b29c3f82c57e"  # of INBOX
NAMES = [
    "cur/1.new\nline.host", "new/2.new\nline.host", "cur/3.cr\rhere:2,",
    # As long as names can be, with and without room for flags.
    "cur/4." + "x" * 253, "new/5." + "x" * 253, "cur/6." + "x" * 250,
    "cur/7." + "x" * 249 + ":2,S", "cur/8." + "\u00e9" * 126,
    "cur/9.no-info", "cur/10.info:", "cur/11.info:2", "cur/12:colon",
    "cur/13.order:2,TSF", "cur/14.twice:2,SSFF", "cur/15.strange:2,S1?",
    "cur/16.doubled:2,S:2,F", "cur/17.both!2,S:2,F", "cur/18.both:2,S!2,F",
    "cur/19.blank:2,S ", "new/20.blank ", "cur/ 21.blank:2,", "cur/:2,S",
    "new/22.same", "cur/22.same:2,S", "cur/23.same:2,S", "cur/23.same:2,F",
    "new/24.same:2,S", "cur/24.same:2,S", "new/25.same", "cur/25.same",
    "cur/26.nobodys,U=77,FMD5=%s:2," % MD5,
    "cur/27.nobodys,U=77,FMD5=%s:2," % MD5, "cur/28.twice,U=5,FMD5=%s" % MD5,
    "cur/28.twice,U=5,FMD5=%s:2,S" % MD5,
    "cur/29.range,U=99999999999,FMD5=%s:2," % MD5,
    "cur/30.zero,U=0,FMD5=%s:2," % MD5, "cur/31.less,U=-1,FMD5=%s:2," % MD5,
    "cur/32.none,U=,FMD5=:2,", "cur/33.two,U=1,U=2,FMD5=%s:2," % MD5,
    b"cur/34.\xff\xfe:2,",
]


def odd(box):
    """Puts a message under each name; returns them."""
    box.create("INBOX")
    root = box.path().encode()
    out = []
    for n, name in enumerate(NAMES):
        name = name if isinstance(name, bytes) else name.encode()
        with open(os.path.join(root, name), "wb") as f:
            f.write(lf(message(n)))
        out.append(message(n))
    return sorted(out)


def all_of(box):
    """What the files have; their names are not read."""
    out = []
    for sub in (b"new", b"cur"):
        d = os.path.join(box.path().encode(), sub)
        for name in os.listdir(d):
            with open(os.path.join(d, name), "rb") as f:
                out.append(f.read().replace(b"\n", b"\r\n"))
    return sorted(out)


def check(case, mine, theirs, want):
    case.sync()
    for _ in range(3):
        assert all_of(mine) == want
        got = theirs()
        assert [(w.split()[8:10], got.count(w)) for w in want
                if got.count(w) != 1] == [] and got == want
        assert case.sync().ops() == []


@pytest.mark.parametrize("side", ["local", "remote"])
def test_between_maildirs(tmp, side):
    case = blink.Blink(tmp)
    boxes = {s: MaildirBox(tmp + "/" + s, "/") for s in ("remote", "local")}
    case.account("a", *({"type": "maildir", "path": b.root, "sep": "/"}
                        for b in boxes.values()))
    mine = boxes.pop(side)
    (other,) = boxes.values()
    check(case, mine, lambda: all_of(other), odd(mine))


def test_to_a_server(tmp):
    with Scripted({"INBOX": []}) as s:
        case = blink.Blink(tmp)
        box = MaildirBox(tmp + "/Mail", "/")
        case.account("a", {"type": "imap", "host": "127.0.0.1", "tls": "no",
                           "port": s.port, "user": "u", "pass": "p"},
                     {"type": "maildir", "path": box.root, "sep": "/"})
        inbox = s.boxes["INBOX"].messages
        check(case, box, lambda: sorted(m[1] for m in inbox.values()),
              odd(box))
