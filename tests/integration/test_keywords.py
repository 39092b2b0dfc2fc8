# SPDX-License-Identifier: GPL-2.0-or-later
"""Keywords of messages that change their folder. Folders that blinkmail makes
share the letters of their account; another program may have numbered the
keywords of a folder in its own way."""

import os

import pytest
from conftest import lf, message

# The keywords of Archive. All but the first two tables are another program's.
TABLES = {"none": [], "ours": ["junk", "work"],
          "the same letter": ["junk"],
          "another letter": ["junk", "work"],
          "all letters": ["k%d" % n for n in range(26)]}
SOME = [t for t in TABLES if t != "all letters"]


def flags(case, n, folder):
    """The flags of message n, which is there once on each side."""
    text = b"<%d@test>" % n
    (there,) = [m for m in case.imap.list(folder).values() if text in m.data]
    here = case.maildir.find(text, folder)
    assert here.flags == there.flags
    return set(here.flags)


def table_of(case, folder, words):
    """As another program numbers the keywords of a folder."""
    with open(os.path.join(case.maildir.path(folder), "dovecot-keywords"),
              "w") as f:
        f.writelines("%d %s\n" % x for x in enumerate(words))


def set_words(case, table):
    """Message 2 gets the keywords of the table, one after the other."""
    if table not in ("none", "ours"):
        table_of(case, "Archive", TABLES[table])
    for word in TABLES[table]:
        case.imap.store(case.imap.uids("Archive")[0], "+", [word], "Archive")
        case.sync()
    assert len(case.maildir.keywords("Archive")) == len(TABLES[table])


def fill(case, table):
    """Message 1 with a keyword, and a folder with this table of letters."""
    case.imap.create("Archive")
    case.imap.append(message(1), flags=["work", "\\Flagged"])
    case.imap.append(message(2), "Archive")
    case.sync()
    set_words(case, table)


@pytest.mark.parametrize("table", SOME)
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


def rename(case, f, dest, letters=None):
    """As some mail readers move: under a new name, with the old letters."""
    to = os.path.join(case.maildir.path(dest), "cur",
                      "1795834219.27262_7.host:2," + (letters or f.letters))
    os.rename(f.path, to)
    return to


@pytest.mark.parametrize("table", SOME)
def test_renamed_here(case, table):
    """Only the bytes say where it comes from; and a keyword that comes later
    is not the one that it has a letter of."""
    case.imap.create("Archive")
    case.imap.append(message(1), flags=["work", "todo", "\\Flagged"])
    case.imap.append(message(2), "Archive")
    case.imap.append(message(3))
    case.sync()
    set_words(case, table)
    f = case.maildir.find("<1@test>")
    assert f.letters == "Fab"
    rename(case, f, "Archive")
    case.sync()
    want = {"work", "todo", "\\Flagged"}
    assert flags(case, 1, "Archive") == want
    case.settled("INBOX", "Archive")
    case.imap.store(case.imap.uids("Archive")[0], "+", ["later"], "Archive")
    case.sync()
    case.sync()
    assert flags(case, 1, "Archive") == want
    assert flags(case, 2, "Archive") == {*TABLES[table], "later"}
    assert len(case.imap.uids()) == 1
    case.settled("INBOX", "Archive")


@pytest.mark.parametrize("letters,want", [
    ("Sa", {"work", "\\Seen"}),            # as it was in its old folder
    ("Sb", {"work", "\\Seen"}),            # as it is called here
    ("Sbc", {"work", "new", "\\Seen"}),    # one more, by who knows both
    ("Saz", {"work", "\\Seen"}),           # of z nobody knows anything
    ("Sz", {"work", "\\Seen"}),            # likewise: nothing is lost
    ("Scz", {"work", "new", "\\Seen"}),
])
def test_renamed_with_letters(case, letters, want):
    fill(case, "another letter")
    with open(os.path.join(case.maildir.path("Archive"),
                           "dovecot-keywords"), "a") as f:
        f.write("2 new\n")
    rename(case, case.maildir.find("<1@test>"), "Archive", letters)
    case.sync()
    (there,) = [m for m in case.imap.list("Archive").values()
                if b"<1@test>" in m.data]
    assert there.flags == want
    case.sync()
    assert case.sync().ops() == []
    assert case.maildir.find("<1@test>", "Archive").flags - {"?z"} == want
    case.imap.store(there.uid, "+", ["later"], "Archive")
    case.sync()
    (there,) = [m for m in case.imap.list("Archive").values()
                if b"<1@test>" in m.data]
    assert there.flags == want | {"later"}


@pytest.mark.parametrize("table", SOME)
def test_renamed_without_a_pair(case, table):
    """What no folder knows, with letters that mean nothing."""
    fill(case, table)
    case.maildir.write(lf(message(9)), "Archive", flags="Syz")
    case.sync()
    words = ["w%d" % n for n in range(24 - len(TABLES[table]))]
    case.imap.store(case.imap.uids("Archive")[0], "+", words, "Archive")
    case.sync()
    assert flags(case, 2, "Archive") == {*TABLES[table], *words}
    assert case.sync().ops() == []
    (there,) = [m for m in case.imap.list("Archive").values()
                if b"<9@test>" in m.data]
    assert there.flags == {"\\Seen"}


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


def test_keyword_after_a_move_without(case):
    """A file that came without letters gets one of its new folder, and moves
    on: its name must not say that it has one of the folder before."""
    case.imap.create("Archive")
    case.imap.create("Third")
    case.imap.append(message(1))
    case.imap.append(message(2), flags=["junk"])
    case.imap.append(message(3), "Archive", flags=["work"])
    case.imap.append(message(4), "Third", flags=["old"])
    case.sync()
    case.maildir.move(case.maildir.find("<1@test>"), "Archive")
    (uid,) = [m.uid for m in case.imap.list().values()
              if b"<1@test>" in m.data]
    case.imap.move(uid, "INBOX", "Archive")  # both: nothing is transferred
    case.sync()
    (uid,) = [m.uid for m in case.imap.list("Archive").values()
              if b"<1@test>" in m.data]
    case.imap.store(uid, "+", ["work"], "Archive")
    case.sync()
    case.maildir.move(case.maildir.find("<1@test>", "Archive"), "Third")
    case.sync()
    assert flags(case, 1, "Third") == {"work"}
    case.settled("INBOX", "Archive", "Third")


def test_copied_before_it_changed(case):
    """The run that copies has changed the source by then."""
    case.imap.create("Archive")
    case.imap.append(message(1), "Archive", flags=["work", "\\Flagged"])
    case.sync()
    f = case.maildir.find("<1@test>", "Archive")
    case.maildir.copy(f, "INBOX")
    case.maildir.set_flags(f, "S")
    case.sync("-1")  # INBOX is looked at first
    assert flags(case, 1, "Archive") == {"\\Seen"}
    assert flags(case, 1, "INBOX") == {"work", "\\Flagged"}
    case.settled("INBOX", "Archive")


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


def test_copied_twice_under_a_name_of_others(case):
    case.imap.create("Archive")
    case.imap.append(message(1))
    case.maildir.create("INBOX")
    case.maildir.write(lf(message(1)))
    case.sync()
    f = case.maildir.find("<1@test>")
    assert "FMD5" not in f.name
    case.maildir.copy(f, "Archive")
    case.sync()
    case.imap.store(case.imap.uids()[0], "+", ["work"])
    case.sync()
    case.maildir.copy(case.maildir.find("<1@test>"), "Archive")
    case.sync()
    copies = [sorted(m.flags) for m in case.imap.list("Archive").values()]
    assert sorted(copies) == [[], ["work"]]
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


def test_the_same_message_without_keywords_elsewhere(case):
    """Two folders have the message, and the one that is found first has no
    keywords: letters that mean nothing there do not come from there."""
    for folder in ("A", "B"):
        case.imap.create(folder)
    case.imap.append(message(1), "A")
    case.imap.append(message(1), "B", flags=["\\Seen", "kw2"])
    case.imap.append(message(2), flags=["kw1"])
    case.sync()
    (f,) = case.maildir.list("B")
    case.maildir.copy(f, "INBOX")
    case.sync()
    case.settled("INBOX", "A", "B")
    found = {m.data: m.flags for m in case.imap.list().values()}
    assert set(found[message(1)]) - {"\\Recent"} == {"\\Seen", "kw2"}
