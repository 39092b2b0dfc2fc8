# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders that get another name on one side, or by nametrans: the other side
follows, without a transfer; and what is only gone has ways out that work."""

import os
import shutil

import pytest

from conftest import lf, message


def fill(case, *folders):
    for k, folder in enumerate(folders):
        if folder not in case.imap.folders():
            case.imap.create(folder)
        for n in range(6):
            case.imap.append(message(100 * k + n), folder,
                             ["\\Seen", "word"] if n % 2 else [])
    case.sync()
    case.equal(*folders)


def rename_here(case, old, new):
    os.makedirs(os.path.dirname(case.maildir.path(new)), exist_ok=True)
    os.rename(case.maildir.path(old), case.maildir.path(new))


def rename(case, side, old, new):
    if side == "remote":
        case.imap.rename_folder(old, new)
    else:
        rename_here(case, old, new)


def renamed(r):
    return [(e["side"], e["text"], e["folder"]) for e in r.of("folder-rename")]


@pytest.mark.parametrize("sep", [".", "/", "++"])
@pytest.mark.parametrize("side", ["local", "remote"])
def test_followed(make_case, extensions, side, sep):
    case = make_case(sep=sep, extensions=extensions)
    fill(case, "INBOX", "Work", "Lists")
    other = "local" if side == "remote" else "remote"
    rename(case, side, "Work", "Grüße/Neu")
    plan = case.sync("-n")
    assert renamed(plan) == [(other, "Work", "Grüße/Neu")]
    assert plan.of("error") == [] and plan.ops() == []
    # What else happened to it goes on.
    if side == "remote":
        case.imap.append(message(77), "Grüße/Neu")
        case.maildir.delete(case.maildir.find(b"<100@test>", "Work"))
    else:
        case.maildir.write(lf(message(77)), "Grüße/Neu")
        case.imap.delete(1, "Work")
    r = case.sync()
    assert renamed(r) == [(other, "Work", "Grüße/Neu")]
    assert len(r.ops("copy")) == 1 and len(r.ops("expunge")) == 1
    assert "Work" not in case.imap.folders()
    assert not os.path.exists(case.maildir.path("Work"))
    case.settled("INBOX", "Grüße/Neu", "Lists")
    # And its name can be used again.
    case.imap.create("Work")
    case.imap.append(message(55), "Work")
    case.sync()
    case.settled("Work", "Grüße/Neu")


@pytest.mark.parametrize("sep", [".", "/", "++"])
@pytest.mark.parametrize("side", ["local", "remote"])
def test_with_what_is_below(make_case, side, sep):
    case = make_case(sep=sep)
    folders = ["Work", "Work/Old", "Work/Old/Older", "Work/New"]
    fill(case, *folders)
    if side == "remote" or sep == "/":
        rename(case, side, "Work", "Firm")
    else:
        for folder in folders:
            rename(case, side, folder, "Firm" + folder[4:])
    r = case.sync()
    assert r.ops() == []
    new = ["Firm" + f[4:] for f in folders]
    assert [f for f in case.imap.folders() if f != "INBOX"] == sorted(new)
    assert case.sync().ops() == []
    case.equal(*new)


def test_one_of_a_tree(make_case):
    """Here the folders below one keep their names; there they go with it."""
    case = make_case(sep=".")
    fill(case, "Work", "Work/Old")
    rename_here(case, "Work", "Firm")
    r = case.sync()
    assert r.ops() == []
    case.settled("Firm", "Firm/Old")
    assert case.maildir.folders() == ["Firm", "Firm.Old", "INBOX"]


def test_swapped(make_case):
    """Two folders change their names: both are there, and nothing is lost."""
    case = make_case()
    fill(case, "A", "B")
    case.imap.rename_folder("A", "C")
    case.imap.rename_folder("B", "A")
    case.imap.rename_folder("C", "B")
    for _ in range(3):
        case.sync(rc=None)
    have = [m.sha for f in ("A", "B") for m in case.imap.list(f).values()] + \
        [f.sha for n in ("A", "B") for f in case.maildir.list(n)]
    assert len(set(have)) == 12


@pytest.mark.parametrize("side", ["local", "remote"])
def test_another_in_its_place(case, side):
    """A folder is deleted, and a new one with other mail is made: that is no
    renaming."""
    fill(case, "Work")
    if side == "remote":
        case.imap.delete_folder("Work")
        case.imap.create("Neu")
        for n in range(6):
            case.imap.append(message(900 + n), "Neu")
    else:
        shutil.rmtree(case.maildir.path("Work"))
        case.maildir.create("Neu")
        for n in range(6):
            case.maildir.write(lf(message(900 + n)), "Neu")
    r = case.sync(rc=1)
    assert renamed(r) == []
    case.equal("Neu")
    kept = case.imap.list("Work") if side == "local" else \
        case.maildir.list("Work")
    assert len(kept) == 6


def test_both_sides_otherwise(case):
    fill(case, "Work")
    case.imap.rename_folder("Work", "There")
    rename_here(case, "Work", "Here")
    for _ in range(2):
        case.sync()
    case.settled("There", "Here")


def test_nothing_is_made_where_it_must_not_be(make_case):
    case = make_case(local={"createfolders": False})
    case.maildir.create("INBOX")
    case.maildir.create("Work")
    fill(case, "Work")
    case.imap.rename_folder("Work", "Firm")
    r = case.sync(rc=1)
    assert renamed(r) == []
    assert len(case.maildir.list("Work")) == 6


@pytest.mark.parametrize("sep", [".", "/", "++"])
@pytest.mark.parametrize("moved", [False, True])
def test_nametrans_changes(make_case, sep, moved):
    """The directories follow the rule, or were moved by hand before."""
    case = make_case(sep=sep)
    fill(case, "Work", "Lists/a", "Lists/b")
    case.remote["nametrans"] = [("^Lists/", "L-")]
    case.local["nametrans"] = [("^L-", "Lists/"),
                               ("^L-", "Lists.")][:1]
    if moved:
        for n in "ab":
            rename_here(case, "Lists/" + n, "L-" + n)
    r = case.sync()
    assert r.ops() == []
    for n in "ab":
        assert len(case.maildir.list("L-" + n)) == 6
    assert case.sync().ops() == []
    # And back again.
    del case.remote["nametrans"], case.local["nametrans"]
    assert case.sync().ops() == []
    case.equal("Work", "Lists/a", "Lists/b")


@pytest.mark.parametrize("side", ["local", "remote"])
def test_an_empty_one(case, side):
    case.imap.create("Work")
    case.sync()
    rename(case, side, "Work", "Firm")
    case.sync()
    assert case.imap.folders() == case.maildir.folders() == ["Firm", "INBOX"]


def gone(case, side, folder="Work"):
    if side == "remote":
        case.imap.delete_folder(folder)
    else:
        shutil.rmtree(case.maildir.path(folder))


@pytest.mark.parametrize("way", ["delete", "reset", "filter", "put back"])
@pytest.mark.parametrize("side", ["local", "remote"])
def test_ways_out(case, side, way):
    """Each of those that the message names; deletions elsewhere travel."""
    fill(case, "INBOX", "Work")
    shutil.copytree(case.maildir.path("Work"), case.tmp + "/kept")
    gone(case, side)
    case.imap.delete(1)
    case.maildir.delete(case.maildir.find(b"<1@test>"))
    r = case.sync(rc=1)
    (e,) = r.of("error")
    assert "is gone from the %s side" % side in e["text"]
    assert len(r.ops("expunge")) == 2
    case.equal("INBOX")
    other = "local" if side == "remote" else "remote"
    if way == "delete":
        gone(case, other)
        case.sync()
        # Its name can be used again.
        case.imap.create("Work")
        case.imap.append(message(7), "Work")
    elif way == "reset":
        assert "blinkmail reset 'test' 'Work'" in e["text"]
        case.blink.run("reset", "test", "Work", ui=None)
    elif way == "filter":
        assert 'folders = [ "*", "!Work" ]; in remote' in e["text"]
        case.remote["folders"] = ["*", "!Work"]
        assert case.sync().ops() == []
        return
    elif side == "local":
        shutil.move(case.tmp + "/kept", case.maildir.path("Work"))
    else:
        case.imap.create("Work")
        for f in case.maildir.list("Work"):
            case.imap.append(f.data, "Work", sorted(f.flags))
    case.sync()
    case.settled("INBOX", "Work")
    assert len(case.maildir.list("Work")) == (1 if way == "delete" else 6)


def test_reset(case):
    fill(case, "Work", "Lists.a" if case.imap.separator == "." else "Lists/a")
    r = case.blink.run("reset", "test", "Wokr", ui=None)
    assert r.rc == 1 and "the nearest one is Work" in r.err
    r = case.blink.run("reset", "tset", "Work", ui=None)
    assert r.rc == 2
    r = case.blink.run("reset", "test", ui=None)
    assert r.rc == 2
    r = case.blink.run("reset", "test", "Lists/a", ui=None)
    assert r.rc == 0
    r = case.sync()
    assert {e["op"] for e in r.ops()} == {"adopt"}
    assert {e["folder"] for e in r.ops()} == {"Lists/a"}


def test_reset_beside_a_service(slow_case, service):
    s = service(slow_case)
    s.runs(1)
    r = slow_case.blink.run("reset", "test", "INBOX", ui=None)
    assert r.rc == 3 and "blinkmail ctl quit" in r.err
    s.stop()
