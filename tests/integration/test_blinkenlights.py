# SPDX-License-Identifier: GPL-2.0-or-later
"""Blinkenlights: rows, keys and what they do."""

import datetime
import os
import re
import signal
import threading
import time

from conftest import message
from lights import lights, needs_tmux  # noqa: F401
from patience import limit, until
from scripted import Scripted
from waits import needs_waits, waits

pytestmark = needs_tmux


def test_rows(lights):
    l = lights()
    l.main.imap.append(message(1))
    l.main.imap.unselect()
    l.start()
    l.idle()
    lines = l.screen.text().splitlines()
    assert re.fullmatch(r"blinkmail \S+ +q quit  \? help", lines[0])
    assert len(lines[0]) == 80
    rows = [re.sub(r"\[ *\d+:\d\d\]", "[mmm:ss]", s) for s in lines[-4:]]
    # A light at the end: the thread that watches the Maildir.
    assert [re.sub(r": [. ]*$", ":", r) for r in rows] == [
        "4: [active]      *Control:", "3: [mmm:ss]      personal:",
        "2: [mmm:ss]          work:", "1: [mmm:ss]           uni:"]
    assert "personal: Copy message UID 1" in l.screen.text()
    l.screen.send("q")
    l.screen.wait(r"^personal: 1 new here\n.*\n.*\n\$ ?$")


def seconds(stamp):
    return datetime.datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S.%f").replace(
        tzinfo=datetime.timezone.utc).timestamp()


def test_digit_syncs_at_once(lights, record_property):
    l = lights()
    l.start("-d", "imap")
    l.idle()
    c = l.cases[1]
    c.imap.append(message(7))
    c.imap.unselect()
    before = os.path.getsize(l.log)
    begin = time.time()
    l.screen.send("2")
    l.screen.wait("work: Copy message UID 1")
    # The first thing that is said to the server, or that a connection is
    # made, when there is none.
    with open(l.log, encoding="utf-8") as f:
        f.seek(before)
        stamp = re.search(r"^(\S+ \S+) (?:imap: .*|.*Establishing.*)$",
                          f.read(), re.M).group(1)
    took = seconds(stamp) - begin
    print("from key to command: %.3f s" % took)
    record_property("key_to_command", "%.3f" % took)
    l.idle()
    assert len(c.maildir.list()) == 1
    # Only that account was synchronised again.
    assert set(l.starts(4)[3:]) == {"work"}
    n = len(l.starts(4))
    l.screen.send("4")  # *Control: all of them
    assert {"personal", "uni", "work"} <= set(l.starts(n + 3)[n:])


def test_digit_is_ignored_while_active(lights):
    l = lights(("one", "two"))
    l.hold(l.main)
    l.start()
    l.screen.wait(r"^2: \[active\] +one:")
    l.screen.wait(r"^1: \[ *\d+:\d\d\] +two:")
    for _ in range(3):
        l.screen.send("2")
    l.screen.send("1")  # it is taken after the others
    l.logged("Finished account 'two'", 2)
    l.let_go()
    l.idle()
    assert l.starts(3).count("one") == 1


def test_countdown(lights):
    l = lights(("one",))
    l.start()
    first = l.screen.wait(r"\[299:(\d\d)\]").group(1)
    l.screen.wait(r"\[299:%02d\]" % (int(first) - 2), seconds=5)


def test_arrows_and_resync(lights):
    l = lights(("one", "two"))
    l.start()
    l.idle()
    l.screen.send("r")
    l.screen.wait("Select a row first")
    l.screen.send("Down", "Down", "r")
    l.logged("Finished account 'one'", 2)
    l.screen.send("Up", "f")  # *Control: all, in full
    l.logged("Finished account 'one'", 3)
    l.logged("Finished account 'two'", 2)
    l.screen.send("Down", "Down", "Down", "Down", "r")  # no further than two
    l.logged("Finished account 'two'", 3)


def test_full_check_reads_what_did_not_change(lights):
    l = lights(("one",))
    l.main.imap.append(message(1))
    l.main.imap.unselect()
    l.start()
    l.idle()
    for n in 2, 3:  # the second one still looks at what the first one made
        l.screen.send("1")
        l.logged("Finished account", n)
    l.logged("Skipping INBOX")
    n = len(l.logged("one: Syncing INBOX"))
    l.screen.send("Down", "Down", "f")
    l.logged("one: Syncing INBOX", n + 1)


def test_pause_and_resume(lights):
    l = lights(("one", "two"))
    l.start()
    l.idle()
    l.screen.send("Down", "Down", "p")
    l.screen.wait(r"^2: \[paused\] +one: ?")
    assert re.search(r"^1: \[ *\d+:\d\d\] +two: ?", l.screen.text(), re.M)
    for key in "2", "r", "f":
        l.screen.send("c")  # anything
        n = l.screen.text().count("one is paused: p goes on")
        l.screen.send(key)
        l.screen.wait(r"(one is paused: p goes on\n(.*\n)*){%d}" % (n + 1))
    assert l.starts(2).count("one") == 1
    l.screen.send("p")
    l.idle()


def test_alt_keys_do_nothing(lights):
    """A terminal sends ESC before them, or a sequence that no table has."""
    l = lights(("one",))
    l.start()
    l.idle()
    l.screen.send("M-q", "M-1")
    l.screen.send("-l", "\x1b[1;99Z")
    l.screen.send("-l", "\x1b[27;5;49~")
    l.screen.send("?")
    l.screen.wait("synchronise that row at once")
    l.screen.wait("Esc back  . help$")
    l.screen.send("Escape")
    l.screen.wait(r"^1: \[ *\d+:\d\d\]")
    assert len(l.starts(1)) == 1


def test_finishing_is_shown(lights):
    l = lights(("one",))
    l.hold(l.main)
    l.start()
    l.screen.wait(r"^1: \[active\] +one:")
    os.kill(l.pid(), signal.SIGUSR2)
    l.screen.wait("ends after this sync  q quit$")
    l.let_go()
    l.screen.wait(r"^one: .*\n\$ ?$")


def test_stop_one(lights):
    l = lights(("one", "two"))
    l.hold(l.main)
    l.start()
    l.screen.wait(r"^2: \[active\] +one:")
    l.screen.wait(r"^1: \[ *\d+:\d\d\] +two:")
    l.screen.send("Down", "Down", "s")
    l.screen.wait("one: stopping after what is in flight")
    l.let_go()
    l.idle()
    assert "one: Syncing INBOX" not in l.screen.text()
    l.screen.send("Tab")
    l.screen.wait(r"one:.*\n +\d\d:\d\d:\d\d stopped$")


def test_numbers(lights):
    l = lights(("one",))
    l.main.imap.append(message(1))
    l.main.imap.unselect()
    l.start()
    l.idle()
    assert "copied 1" not in l.screen.text()
    l.screen.send("Tab")
    l.screen.wait(r"^1: .*one: ?[. ]*\n +\d\d:\d\d:\d\d (copied 1|no change)$")
    l.screen.wait(r"\*Control: \.\n +copied 1")
    l.screen.send("Tab")
    l.screen.wait(r"\*Control: \.\n1: ")


def test_help_search_and_scroll(lights):
    l = lights(("one",), height=12)
    for n in range(1, 31):
        l.main.imap.append(message(n))
    l.main.imap.unselect()
    l.start()
    l.screen.wait("Finished account")
    l.screen.send("?")
    l.screen.wait("synchronise that row at once")
    l.screen.send("End")
    l.screen.wait("a warning or an error")
    l.screen.send("PPage")
    l.screen.wait("finish what is in flight")
    l.screen.send("x")
    l.screen.wait("Finished account")
    l.screen.send("/", "UID 7 ", "Enter")
    l.screen.wait(r"UID 7 .*\n-- End")
    l.screen.send("/", "nowhere", "Enter")
    l.screen.send("End")
    l.screen.wait('"nowhere" is not in any older line')
    l.screen.send("e", "End")
    l.screen.wait("No error in any older line")
    l.screen.send("Home")
    l.screen.wait("Processing account one")


def test_quit_during_a_transfer(lights):
    l = lights(("one",))
    for n in range(300):
        l.main.imap.append(message(n, "x" * 20000 + "\r\n"))
    l.main.imap.unselect()
    l.start()
    l.screen.wait("one: Copy message UID")
    l.screen.send("q")
    l.screen.wait(r"^one: .*new here.*\n\$ ?$")
    assert l.main.maildir.tmp() == []
    l.blink.sync("-a", "one")
    shas = sorted(f.sha for f in l.main.maildir.list())
    assert len(shas) == 300
    assert shas == sorted(m.sha for m in l.main.imap.list().values())


def test_quit_says_that_it_waits(lights):
    answer = threading.Event()

    def late(*_):
        answer.wait(limit(60))
        return "NO it is late"
    with Scripted({"INBOX": []}) as server:
        server.on["SELECT"] = late
        l = lights(("one",), remote={"port": server.port})
        l.start()
        l.logged("one: Syncing INBOX")
        l.screen.send("q")
        l.screen.wait(r"finishing  q: at once$")
        l.screen.wait("Finishing what is in flight; q again ends at once")
        l.screen.wait(r"^1: \[active\] ")
        l.screen.send("q")
        l.screen.wait(r"^one: .*\n\$ ?$")
        answer.set()


@needs_waits
def test_only_the_screen_wakes_up(lights):
    """Once a second, to count down; the others when something is due."""
    l = lights(("one", "two"), push=True)
    l.start()
    l.idle()
    pid = l.pid()
    until(lambda: min(s for t, s in waits(pid).items() if t != pid) > 20 * 60,
          say=lambda: (pid, waits(pid)))
