# SPDX-License-Identifier: GPL-2.0-or-later
"""Keywords of messages that change their folder: each folder numbers its
keywords in its own way, on both sides."""

import os

import pytest
from conftest import lf, message

TABLES = {"none": [], "the same letter": ["junk"],
          "another letter": ["junk", "work"],
          "all letters": ["k%d" % n for n in range(26)]}


def flags(case, n, folder):
    """The flags of message n, which is there once on each side."""
    text = b"<%d@test>" % n
    (there,) = [m for m in case.imap.list(folder).values() if text in m.data]
    here = case.maildir.find(text, folder)
    assert here.flags == there.flags
    return set(here.flags)


def fill(case, table):
    """Message 1 with a keyword, and a folder with this table of letters."""
    case.imap.create("Archive")
    case.imap.append(message(1), flags=["work", "\\Flagged"])
    case.imap.append(message(2), "Archive")
    case.sync()
    for word in TABLES[table]:
        case.imap.store(case.imap.uids("Archive")[0], "+", [word], "Archive")
        case.sync()
    assert len(case.maildir.keywords("Archive")) == len(TABLES[table])


@pytest.mark.parametrize("table", list(TABLES)[:3])
@pytest.mark.parametrize("how", ["move", "copy", "move and flag"])
def test_moved_here(case, how, table):
    fill(case, table)
    f = case.maildir.find("<1@test>")
    assert f.letters == "Fa"
    if how == "copy":
        case.maildir.copy(f, "Archive")
    else:
        p = case.maildir.move(f, "Archive")
        if how == "move and flag":
            os.rename(p, p.replace(":2,Fa", ":2,Sa"))
    case.sync()
    want = {"work", "\\Seen"} if how == "move and flag" else \
        {"work", "\\Flagged"}
    assert flags(case, 1, "Archive") == want
    assert flags(case, 2, "Archive") == set(TABLES[table])
    case.settled("INBOX", "Archive")
    assert len(case.imap.uids()) == (1 if how == "copy" else 0)


@pytest.mark.parametrize("table", TABLES)
def test_moved_there(case, table):
    fill(case, table)
    case.imap.move(case.imap.uids()[0], "INBOX", "Archive")
    case.sync()
    f = case.maildir.find("<1@test>", "Archive")
    if table != "all letters":
        assert flags(case, 1, "Archive") == {"work", "\\Flagged"}
        case.settled("INBOX", "Archive")
    else:  # it cannot be kept here, and is not lost there
        assert f.flags == {"\\Flagged"}
        assert case.sync().ops() == []
        assert "work" in [m for m in case.imap.list("Archive").values()
                          if b"<1@test>" in m.data][0].flags


def test_no_letter_left(case):
    """What the new folder has no letter for means nothing else there."""
    fill(case, "all letters")
    case.maildir.move(case.maildir.find("<1@test>"), "Archive")
    case.sync()
    assert case.maildir.find("<1@test>", "Archive").flags == {"\\Flagged"}
    (there,) = [m for m in case.imap.list("Archive").values()
                if b"<1@test>" in m.data]
    assert there.flags == {"\\Flagged", "work"}
    assert case.sync().ops() == []


def test_moved_twice_between_runs(case):
    fill(case, "the same letter")
    case.imap.create("Third")
    case.imap.append(message(3), "Third", flags=["old"])
    case.sync()
    case.maildir.move(case.maildir.find("<1@test>"), "Archive")
    case.maildir.move(case.maildir.find("<1@test>", "Archive"), "Third")
    case.sync()
    assert flags(case, 1, "Third") == {"work", "\\Flagged"}
    assert flags(case, 3, "Third") == {"old"}
    case.maildir.move(case.maildir.find("<1@test>", "Third"), "INBOX")
    case.sync()
    assert flags(case, 1, "INBOX") == {"work", "\\Flagged"}
    case.settled("INBOX", "Archive", "Third")


def test_copied_twice(case):
    """The second copy shares its name with the first."""
    fill(case, "the same letter")
    for n in (1, 2):
        case.maildir.copy(case.maildir.find("<1@test>"), "Archive")
        case.sync()
        case.settled("INBOX", "Archive")
        copies = [m for m in case.imap.list("Archive").values()
                  if b"<1@test>" in m.data]
        assert [m.flags for m in copies] == [{"work", "\\Flagged"}] * n


def test_names_of_others(case):
    """Names that say nothing of their folder: the status knows them."""
    case.imap.create("Archive")
    case.imap.append(message(1), flags=["work"])
    case.imap.append(message(2), "Archive", flags=["junk"])
    for n, folder, word in ((1, "INBOX", "work"), (2, "Archive", "junk")):
        case.maildir.create(folder)
        case.maildir.write(lf(message(n)), folder, flags="a")
        with open(os.path.join(case.maildir.path(folder),
                               "dovecot-keywords"), "w") as f:
            f.write("0 %s\n" % word)
    case.sync()
    f = case.maildir.find("<1@test>")
    assert "FMD5" not in f.name
    case.maildir.move(f, "Archive")
    case.sync()
    assert flags(case, 1, "Archive") == {"work"}
    assert flags(case, 2, "Archive") == {"junk"}
    case.settled("INBOX", "Archive")


def test_folder_renamed(case):
    """A whole folder under a new name brings its table along."""
    case.imap.create("Old")
    for n in (1, 2):
        case.imap.append(message(n), "Old", flags=["blue"])
    case.sync()
    os.rename(case.maildir.path("Old"), case.maildir.path("New"))
    case.imap.rename_folder("Old", "New")
    case.sync(rc=None)
    assert flags(case, 1, "New") == flags(case, 2, "New") == {"blue"}


def test_only_planned(case):
    """A dry run sees the right keywords, and renames nothing."""
    fill(case, "the same letter")
    p = case.maildir.move(case.maildir.find("<1@test>"), "Archive")
    r = case.sync("-n")
    assert os.path.exists(p)
    assert all(o["op"] != "flags" for o in r.ops()), r
    case.sync()
    assert flags(case, 1, "Archive") == {"work", "\\Flagged"}
