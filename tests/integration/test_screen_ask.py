# SPDX-License-Identifier: GPL-2.0-or-later
"""Blinkenlights: what it asks, and the account that is opened."""

import os
import re

import dovecot
from conftest import message
from lights import lights, needs_tmux  # noqa: F401

pytestmark = needs_tmux


def without_passwords(l, n):
    for a in l.blink.accounts[:n]:
        del a["remote"]["pass"]
    l.blink.write_config()


def test_password_prompt(lights):
    l = lights(("one", "two"))
    without_passwords(l, 2)
    l.start()
    l.screen.wait(r"^Password for u\d+ at 127.0.0.1: *$")
    l.screen.send("wrong", "C-u", *dovecot.PASSWORD, "x", "BSpace")
    l.screen.wait(r": %s$" % re.escape("*" * len(dovecot.PASSWORD)))
    assert dovecot.PASSWORD not in l.screen.text()
    l.screen.send("Enter")
    l.screen.wait(r"^Password for u\d+ at 127.0.0.1: *$")
    l.screen.send("Escape")  # the second one is not told
    l.screen.wait("ERROR: .*there is no password")
    l.idle()
    with open(l.log, encoding="utf-8") as f:
        assert dovecot.PASSWORD not in f.read()
    l.screen.send("q")
    l.screen.wait(r"not finished")


def test_password_is_edited(lights):
    l = lights(("one",))
    without_passwords(l, 1)
    l.start()
    l.screen.wait(r"^Password for")
    # "sesame-4711", from its middle, with mistakes on the way
    l.screen.send("ame-47", "Home", "s", "e", "s", "End", "x", "y", "Left",
                  "DC", "BSpace", "1", "1", "C-a", "z", "w", " ", "C-w", "C-e")
    l.screen.wait(r": \*{11}$")
    l.screen.send("Enter")
    l.idle()
    assert "ERROR" not in l.screen.text()


def test_others_go_on_while_one_is_asked(lights):
    l = lights(("one", "two", "three"))
    without_passwords(l, 1)
    for c in l.cases[1:]:
        c.imap.append(message(1))
        c.imap.unselect()
    l.start()
    l.screen.wait(r"^Password for")
    l.screen.wait("two: Copy message UID 1")
    l.screen.wait("three: Copy message UID 1")
    l.screen.wait(r"^1: \[ *\d+:\d\d\] +three:")  # it is drawn, too
    l.screen.send("abc")
    l.screen.wait(r"^Password for .*: \*\*\*$")
    l.screen.send("Escape")
    l.idle()
    assert "Password" not in l.screen.text()


def many_deleted(l, n=30):
    """Most of the messages are gone from the Maildir."""
    c = l.main
    for i in range(n):
        c.imap.append(message(i))
    c.imap.unselect()
    l.blink.sync("-a", "one")
    for f in c.maildir.list()[:n - 5]:
        c.maildir.delete(f)


QUESTION = r"^one: 25 messages in INBOX held: delete them, too\? y/n *$"


def test_held_deletions_are_let_through(lights):
    l = lights(("one", "two"))
    many_deleted(l)
    l.start()
    l.screen.wait(QUESTION)
    l.screen.gone("delete them, too", "n")
    assert len(l.main.imap.uids()) == 30
    l.main.imap.unselect()
    l.screen.send("2")  # it is told anew
    l.screen.wait(QUESTION)
    l.screen.send("y")
    l.logged(r"Deleting message .*\[remote\]", 25)
    l.idle()
    l.screen.gone("delete them, too")
    assert len(l.main.imap.uids()) == 5


def test_no_and_then_yes(lights):
    """After n, y lets through what is held at once; and then nothing is."""
    l = lights(("one", "two"))
    many_deleted(l)
    l.start()
    l.screen.wait(QUESTION)
    l.screen.gone("delete them, too", "n")
    l.screen.wait("one: still held; y deletes it")
    assert len(l.main.imap.uids()) == 30
    l.main.imap.unselect()
    l.screen.send("y")
    l.logged(r"Deleting message .*\[remote\]", 25)
    l.idle()
    assert len(l.main.imap.uids()) == 5
    l.main.imap.unselect()
    l.screen.send("y")
    l.screen.wait("nothing is held")


def test_answer_while_active(lights):
    """The question stays, and the answer is for the next sync."""
    l = lights(("one", "two"))
    many_deleted(l)
    l.hold(l.main)
    l.let_go()
    l.start()
    l.screen.wait(QUESTION)
    l.idle()
    os.unlink(l.gate)
    l.screen.send("2")
    l.screen.wait(r"^2: \[active\] +one:")
    l.screen.wait(QUESTION)
    l.screen.send("y")
    l.screen.wait("one: what is held is deleted after this sync")
    l.screen.gone("y/n")
    l.let_go()
    l.logged(r"Deleting message .*\[remote\]", 25)
    l.idle()
    assert "y/n" not in l.screen.text()
    assert len(l.main.imap.uids()) == 5


def test_account_is_opened(lights):
    l = lights(("one", "two"))
    c = l.main
    c.imap.create("Sent")
    c.imap.create("Lists/家族")
    c.imap.append(message(1))
    for n in range(3):
        c.imap.append(message(10 + n), "Lists/家族")
    c.imap.unselect()
    l.start()
    l.idle()
    l.screen.send("Down", "Down", "Enter")
    l.screen.wait(r"^2: \[ *\d+:\d\d\] +one:")
    text = l.screen.wait(r"^Folder +Messages +Copied +Flags +Deleted +State$"
                         ).string
    assert "Esc back" in text and "two" not in text
    assert [s.split()[0] for s in text.splitlines()[5:8]] == [
        "INBOX", "Lists/家族", "Sent"]
    assert re.search(r"^INBOX .* 1 +done +\d\d:\d\d:\d\d$", text, re.M)
    assert re.search(r"^Lists/家族 .* 3 +done +\d\d:\d\d:\d\d$", text, re.M)
    # r is for the selected folder only.
    n = len(l.logged("one: (?:Syncing|Skipping)"))
    l.screen.send("Down", "r")
    l.logged("Finished account 'one'", 2)
    more = l.logged(r"one: (?:Syncing|Skipping) (\S+)", n + 1)[n:]
    assert set(more) == {"Lists/家族"}
    l.screen.send("Enter")
    l.idle()


def test_account_shows_what_is_wrong(lights):
    l = lights(("one", "two"))
    c = l.main
    for name in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        c.imap.create("Folder" + name)
    many_deleted(l)
    l.start()
    l.screen.wait("delete them, too")
    l.screen.send("Down", "Down", "Enter", "End")
    l.screen.wait(r"^FolderZ ")
    assert "INBOX " not in "".join(l.screen.text().splitlines()[5:-1])
    l.screen.send("e")
    l.screen.wait(r"^INBOX .*HELD")
    l.screen.wait("25 deletions on the remote side are held")
    l.screen.send("/", "derq", "Enter")  # case does not matter
    l.screen.wait(r"^FolderQ ")
    l.screen.send("BSpace")
    l.screen.wait(r"\*Control")
