# SPDX-License-Identifier: GPL-2.0-or-later
"""The same two-way scenario with each extension taken away in turn."""

import pytest

import blink
from conftest import lf, message


def two_ways(case):
    """New, changed, deleted, moved and copied mail, and folders, on both
    sides; in the end both hold the same."""
    for n in range(1, 9):
        case.imap.append(message(n), flags=["\\Seen"] if n % 2 else [])
    case.imap.create("Work/Old")
    case.imap.append(message(20), "Work/Old", flags=["$Label1", "todo"])
    case.sync()
    case.equal("INBOX", "Work/Old")
    case.imap.delete(1)
    case.imap.move(2, "INBOX", "Work/Old")
    case.imap.store(3, "+", ["\\Answered", "blue"])
    case.imap.append(message(9))
    case.maildir.delete(case.maildir.find("<4@test>"))
    case.maildir.set_flags(case.maildir.find("<5@test>"), "FRS")
    case.maildir.move(case.maildir.find("<6@test>"), "Work/Old")
    case.maildir.copy(case.maildir.find("<7@test>"), "Work/Old")
    case.maildir.create("Lists")
    case.maildir.write(lf(message(30)), "Lists", flags="S")
    case.maildir.write(lf(message(10)), flags="D")
    case.sync()
    folders = ("INBOX", "Work/Old", "Lists")
    case.settled(*folders)
    assert sorted(len(case.imap.uids(f)) for f in folders) == [1, 4, 6]


@pytest.mark.parametrize("name", blink.EXTENSIONS)
def test_without(make_case, name):
    two_ways(make_case(remote={"disable_extensions": [name]}))


@pytest.mark.parametrize("storage", ["sdbox", "maildir", "maildir++"])
def test_storages(make_case, storage, extensions):
    two_ways(make_case(storage=storage, extensions=extensions,
                       sep="/" if storage == "sdbox" else "."))


def test_maildirpp(make_case):
    two_ways(make_case(sep="++"))
