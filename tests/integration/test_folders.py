# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders: made on both sides, odd names, layouts, and mail that moves
between them."""

import os
import shutil

import pytest

from conftest import lf, message

NAMES = ["Work", "Work/2023", "Work/2023/März", "家族", "Lists/a b",
         "Q&A", "a~", "%41", "new", "Work/cur", ".hidden", "x'y\"z",
         "tilde~*?", "back\\slash", "Trailing.", "-rf"]


@pytest.mark.parametrize("sep", [".", "/", "++"])
def test_names_come_down_and_stay(make_case, sep):
    case = make_case(sep=sep)
    for n, name in enumerate(NAMES):
        case.imap.create(name)
        case.imap.append(message(n), name)
    case.sync()
    root = os.path.realpath(case.maildir.root)
    cur = [d for d, subs, _ in os.walk(root) if "cur" in subs and
           "new" in subs and "tmp" in subs]
    files = [os.path.join(d, s, f) for d in cur for s in ("cur", "new")
             for f in os.listdir(os.path.join(d, s))
             if os.path.isfile(os.path.join(d, s, f))]
    assert len(files) == len(NAMES)
    assert all(os.path.realpath(d).startswith(root) for d in cur)
    assert case.sync().ops() == []
    # A flag set in each goes back to the folder it came from.
    for path in files:
        d, name = os.path.split(path)
        base = name.partition(":2,")[0]
        os.rename(path, os.path.join(os.path.dirname(d), "cur",
                                     base + ":2,F"))
    case.sync()
    for n, name in enumerate(NAMES):
        (m,) = case.imap.list(name).values()
        assert m.flags == {"\\Flagged"}, name
        assert m.data == message(n), name
    assert sorted(case.imap.folders()) == sorted(NAMES + ["INBOX", "Lists"]) \
        or sorted(case.imap.folders()) == sorted(NAMES + ["INBOX"])


@pytest.mark.parametrize("sep", [".", "/", "++"])
def test_folders_go_up(make_case, extensions, sep):
    case = make_case(sep=sep, extensions=extensions)
    names = ["Work", "Work/Old", "Grüße"]
    for n, name in enumerate(names):
        case.maildir.create(name)
        case.maildir.write(lf(message(n)), name)
    case.sync()
    assert set(names) <= set(case.imap.folders())
    case.settled(*names)


@pytest.mark.parametrize("separator,prefix", [(".", ""), ("/", "INBOX/"),
                                              (".", "INBOX.")])
def test_servers_that_name_otherwise(servers, make_case, separator, prefix):
    server = servers.get(storage="sdbox", separator=separator, prefix=prefix)
    case = make_case(server=server, sep="/")
    there = prefix + separator.join(["Work", "Old"])
    case.imap.create(there)
    case.imap.append(message(1), there)
    case.imap.append(message(2))
    case.sync()
    found = [(os.path.relpath(os.path.dirname(d), case.maildir.root))
             for d, _, files in os.walk(case.maildir.root)
             if files and os.path.basename(d) in ("cur", "new")]
    assert len(found) == 2 and "INBOX" in found
    case.maildir.write(lf(message(3)),
                       next(f for f in found if f != "INBOX"))
    case.sync()
    assert len(case.imap.uids(there)) == 2
    assert case.sync().ops() == []


def test_names_that_differ_by_case(case):
    for n, name in enumerate(("lists", "Lists", "LISTS")):
        case.imap.create(name)
        case.imap.append(message(n), name)
    case.sync()
    case.settled("lists", "Lists", "LISTS")


@pytest.mark.parametrize("side", ["local", "remote"])
def test_folder_removed_on_one_side_loses_nothing(case, side):
    case.imap.create("Work")
    for n in range(6):
        case.imap.append(message(n), "Work")
    case.sync()
    if side == "remote":
        case.imap.delete_folder("Work")
    else:
        for d, _, files in os.walk(case.maildir.path("Work"), topdown=False):
            for f in files:
                os.unlink(os.path.join(d, f))
            os.rmdir(d)
    case.sync(rc=None)
    case.sync(rc=None)
    left = len(case.maildir.list("Work"))
    if "Work" in case.imap.folders():
        left = max(left, len(case.imap.uids("Work")))
    assert left == 6


def test_moved_here_is_moved_there(case):
    """A message that the server has is not sent to it again."""
    case.imap.create("Archive")
    for n in range(1, 6):
        case.imap.append(message(n, "z" * 5000))
    case.sync()
    for n in (1, 3):
        case.maildir.move(case.maildir.find("<%d@test>" % n), "Archive")
    case.maildir.copy(case.maildir.find("<4@test>"), "Archive")
    r = case.sync()
    assert r.ops("copy") == []
    assert len(case.imap.uids("Archive")) == 3
    assert len(case.imap.uids()) == 3
    case.settled("INBOX", "Archive")


def test_moved_there_is_moved_here(case):
    case.imap.create("Archive")
    for n in range(1, 6):
        case.imap.append(message(n), flags=["\\Seen", "todo"])
    case.sync()
    case.imap.move([1, 3], "INBOX", "Archive")
    case.sync()
    assert len(case.maildir.list("Archive")) == 2
    case.settled("INBOX", "Archive")


def test_swapped(case):
    """Two folders' messages change places, on both sides at once."""
    case.imap.create("Other")
    for n in range(1, 4):
        case.imap.append(message(n))
        case.imap.append(message(10 + n), "Other")
    case.sync()
    here = [case.maildir.find("<%d@test>" % n) for n in (1, 2)]
    there = [case.maildir.find("<%d@test>" % n, "Other") for n in (11, 12)]
    for f in here:
        case.maildir.move(f, "Other")
    for f in there:
        case.maildir.move(f, "INBOX")
    case.imap.move([3], "INBOX", "Other")
    case.sync()
    case.settled("INBOX", "Other")
    assert sorted(len(case.imap.uids(f)) for f in ("INBOX", "Other")) == \
        [2, 4]


def test_moved_and_flagged(case):
    case.imap.create("Other")
    case.imap.append(message(1))
    case.sync()
    f = case.maildir.find("<1@test>")
    path = case.maildir.move(f, "Other")
    os.rename(path, os.path.join(case.maildir.path("Other"), "cur",
                                 f.base + ":2,FS"))
    case.sync()
    (m,) = case.imap.list("Other").values()
    assert m.flags == {"\\Flagged", "\\Seen"}
    case.settled("INBOX", "Other")


def test_only_some_folders(case):
    for name in ("Work", "Lists", "Spam"):
        case.imap.create(name)
        case.imap.append(message(1), name)
    case.remote["folders"] = ["*", "!Spam"]
    case.sync()
    assert case.maildir.folders() == ["INBOX", "Lists", "Work"]
    r = case.sync("-f", "Work")
    assert {e["folder"] for e in r.events if e.get("folder")} <= {"Work"}


def test_no_folders_made(make_case, extensions):
    case = make_case(extensions=extensions, local={"createfolders": False},
                     remote={"createfolders": False})
    case.imap.create("There")
    case.imap.append(message(1), "There")
    case.maildir.create("Here")
    case.maildir.write(lf(message(2)), "Here")
    case.maildir.create("INBOX")
    case.sync(rc=None)
    assert case.imap.folders() == ["INBOX", "There"]
    assert case.maildir.folders() == ["Here", "INBOX"]


@pytest.mark.parametrize("sep", [".", "/", "++"])
def test_names_go_up_again(make_case, sep):
    """What a directory has to be called is not the folder's name: with all
    folders gone from the server, and the status lost, they are made anew."""
    case = make_case(sep=sep)
    names = NAMES + ["a.b", "dovecot-keywords", "x/dovecot-keywords",
                     "blinkmail-keywords", "blinkmail"]
    for n, name in enumerate(names):
        case.imap.create(name)
        case.imap.append(message(n), name)
    case.sync()
    for name in sorted(names, reverse=True):
        case.imap.delete_folder(name)
    shutil.rmtree(case.blink.metadata)
    case.sync()
    assert set(names) <= set(case.imap.folders())
    for n, name in enumerate(names):
        assert [m.data for m in case.imap.list(name).values()] == \
            [message(n)], name
    assert case.sync().ops() == []


@pytest.mark.parametrize("sep", [".", "/", "++"])
@pytest.mark.parametrize("setting", ["auto", "said", "INBOX.", "INBOX/"])
def test_prefix(servers, make_case, sep, setting):
    """Everything lies below INBOX there, and nothing here: by the setting, or
    by rules, of which those for what goes up may have either separator."""
    server = servers.get(storage="sdbox", separator=".", prefix="INBOX.")
    case = make_case(server=server, sep=sep)
    case.imap.prefix, case.imap.separator = "INBOX.", "."
    if setting in ("auto", "said"):
        case.remote["prefix"] = "auto" if setting == "auto" else "INBOX."
    else:
        case.remote["nametrans"] = [("^INBOX\\.", "")]
        case.local["nametrans"] = [("^(?!INBOX$)", setting)]
        if setting == "INBOX/" and sep != "/":
            case.local["nametrans"] = [("^(?!INBOX$)", "INBOX.")]
    case.imap.create("Work/Old")
    case.imap.append(message(1), "Work/Old")
    case.maildir.create("New/Sub")
    case.maildir.write(lf(message(2)), "New/Sub")
    case.sync()
    assert {"INBOX", "New/Sub", "Work/Old"} <= set(case.imap.folders())
    case.settled("INBOX", "Work/Old", "New/Sub")


def test_prefix_is_proposed(servers, make_case):
    server = servers.get(storage="sdbox", separator=".", prefix="INBOX.")
    case = make_case(server=server)
    case.maildir.create("New")
    (e,) = case.sync(rc=1).of("error")
    assert e["folder"] == "New"
    assert e["text"].endswith('folders of your own are below "INBOX." there: '
                              'write prefix = "auto"; in remote'), e
    case.remote["prefix"] = "auto"
    case.sync()
    assert case.imap.folders() == ["INBOX", "INBOX.New"]


def test_prefix_later(servers, make_case):
    """What was synchronised without it follows."""
    server = servers.get(storage="sdbox", separator=".", prefix="INBOX.")
    case = make_case(server=server)
    case.imap.prefix, case.imap.separator = "INBOX.", "."
    case.imap.create("Work")
    case.imap.append(message(1), "Work")
    case.sync()
    assert case.maildir.folders() == ["INBOX", "INBOX.Work"]
    case.remote["prefix"] = "auto"
    assert case.sync().ops() == []
    assert case.maildir.folders() == ["INBOX", "Work"]
    case.settled("Work")
