# SPDX-License-Identifier: GPL-2.0-or-later
"""Blinkenlights and terminals: sizes, colours, odd names, and how a terminal
is given back."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import unicodedata

import pytest

from conftest import message
from lights import lights, needs_tmux  # noqa: F401
from patience import limit
from scripted import Scripted

pytestmark = needs_tmux
SIZES = [(20, 5), (40, 12), (80, 24), (120, 40), (300, 100)]


def rows(l):
    return [s for s in l.screen.text().splitlines()
            if re.match(r"[1-9A-Z]: \[", s)]


class Valve:
    """A relay to a server that lets FREE bytes come, and then 8 kB for each
    turn, until it is opened."""

    FREE = 100000

    def __init__(self, port):
        self.to = port
        self.turns = threading.Semaphore(0)
        self.opened = False
        self.shut = threading.Event()  # it was, once
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self.to))
                for ends in (client, server, False), (server, client, True):
                    threading.Thread(target=self.copy, args=ends,
                                     daemon=True).start()

    def copy(self, a, b, slow):
        n = 0
        with contextlib.suppress(OSError):
            for block in iter(lambda: a.recv(8192), b""):
                n += len(block)
                if slow and n > self.FREE and not self.opened:
                    self.shut.set()
                    self.turns.acquire()
                b.sendall(block)
            b.shutdown(socket.SHUT_WR)

    def open(self):
        self.opened = True
        self.turns.release(1000)

    def close(self):
        self.open()
        self.listener.close()


def test_resize_storm(lights):
    l = lights()
    for n in range(40):
        l.main.imap.append(message(n, os.urandom(15000).hex() + "\r\n"))
    l.main.imap.unselect()
    with contextlib.closing(Valve(l.main.remote["port"])) as valve:
        l.main.remote["port"] = valve.port
        l.blink.write_config()
        l.start()
        assert valve.shut.wait(limit(15))
        l.screen.wait(r"^1: \[ *\d+:\d\d\] +uni:")
        for i in range(30):  # while it works
            l.screen.resize(20 + i * 37 % 180, 5 + i * 13 % 60)
            valve.turns.release()
            l.screen.wait(r"^4: .*\*Control.*\n( .*\n)?3: \[active\] +pers")
        l.screen.resize(20, 5)
        l.screen.wait(r"^4: \[active\] \*Control$\n^3: \[active\] personal$")
        valve.open()
        l.screen.wait(
            r"^4: \[active\] \*Control$\n^3: \[ *\d+:\d\d\] personal$")
    l.screen.resize(120, 40)
    l.idle()
    text = l.screen.wait(r"^4: \[active\] +\*Control: \.\n +copied 40").string
    assert len(text.splitlines()) == 40
    assert "personal: Copy message UID 30 " in text  # the log survived
    assert text.count("*Control") == 1


ROWS = """\
3: [active]      *Control: .
2: [MMM:SS]      personal:
1: [MMM:SS]          work:
"""
SCREEN = 6 * "\n" + """\
*** Processing account personal
personal: Establishing connection to 127.0.0.1:PORT
personal: Creating folder INBOX[local]
personal: Creating folder Sent[local]
personal: Syncing INBOX
personal: Copy message UID 1 remote:INBOX -> local: new on the other side
personal: Copy message UID 2 remote:INBOX -> local: new on the other side
personal: Syncing Sent
*** Finished account 'personal' in M:SS
*** Processing account work
work: Establishing connection to 127.0.0.1:PORT
work: Creating folder INBOX[local]
work: Syncing INBOX
*** Finished account 'work' in M:SS
""" + ROWS
ACCOUNT = """\
2: [MMM:SS]      personal:
   HH:MM:SS copied 2

Folder                        Messages Copied Flags Deleted  State
INBOX                              2/2      2                done      HH:MM:SS
Sent                                 -                       done      HH:MM:SS
""" + 17 * "\n"


def timeless(text):
    """The screen below its title, without what is another each time."""
    for pattern, word in ((r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
                          (r"\[\d\d\d:\d\d\]", "[MMM:SS]"),
                          (r"\d\d:\d\d:\d\d", "HH:MM:SS"),
                          (r" in \d:\d\d$", " in M:SS"),
                          (r"[ \u2581-\u2588]+$", "")):
        text = re.sub(pattern, word, text, flags=re.M)
    return text.partition("\n")[2]


def test_the_very_screen(lights):
    """All of it, as a person sees it; t_screens.c has more moments."""
    l = lights(("personal", "work"))
    for n in 1, 2:
        l.main.imap.append(message(n))
    l.main.imap.create("Sent")
    l.main.imap.unselect()
    l.blink.general["maxsyncaccounts"] = 1  # one after the other
    for a in l.blink.accounts:
        a["remote"]["maxconnections"] = 1
    l.blink.write_config()
    l.start()
    l.screen.wait(r"^2: \[\d+:\d\d\] +personal:\n1: \[\d+:\d\d\] +work:$")
    text = l.screen.text()
    assert re.match(r"blinkmail \S+ +q quit  \? help\n", text)
    assert timeless(text) == SCREEN
    l.screen.send("Down", "Down", "Enter")
    text = l.screen.wait("^Folder ").string
    assert re.match(r"blinkmail \S+ +Esc back  \? help\n", text)
    assert timeless(text) == ACCOUNT
    l.screen.send("Escape", "Escape")
    l.screen.wait(r"^1: ")
    assert timeless(l.screen.text()) == SCREEN


@pytest.mark.parametrize("width,height", SIZES)
def test_sizes(lights, width, height):
    l = lights(width=width, height=height)
    l.start()
    l.screen.wait(r"\*Control")
    l.logged("Finished account", 3)
    if height > 5:
        l.idle()
        assert len(rows(l)) == 4
    text = l.screen.text()
    assert len(text.splitlines()) == height
    assert text.startswith("blinkmail ")
    # Nothing is left of another screen.
    l.screen.send("?")
    l.screen.wait("1-9")
    l.screen.send("Escape", "Down", "Down", "Enter")
    l.screen.wait("INBOX|personal")
    l.screen.send("Escape", "Escape")
    l.screen.wait(r"\*Control")
    assert "1-9" not in l.screen.text()


def scrolled(lights):
    """Somebody reads older lines."""
    l = lights(("one",), width=60, height=14)
    for n in range(1, 61):
        l.main.imap.append(message(n))
    l.main.imap.unselect()
    l.start()
    l.screen.wait("Finished account")
    l.screen.send("/", "UID 20 ", "Enter")
    l.screen.wait(r"UID 20 .*(\n.*)?\n-- End")
    return l


def test_scrolled_log_stays_where_it_is_read(lights):
    l = scrolled(lights)
    for size in ((100, 30), (30, 9), (60, 14)):
        l.screen.resize(*size)
        l.screen.wait(r"UID 20\b(.*\n)+-- End")
    l.screen.send("1")  # new lines come below
    l.logged("Finished account", 2)
    l.screen.wait(r"UID 20 .*(\n.*)?\n-- End")


def test_log_goes_on_over_a_reread(lights):
    l = scrolled(lights)
    for n in range(2, 4):  # the second time it is one that was kept itself
        os.kill(l.pid(), signal.SIGHUP)
        l.logged("Finished account", n)
        l.screen.wait(r"UID 20 .*(\n.*)?\n-- End(.*\n)+1: \[ *\d+:\d\d\] +one")
    l.screen.send("End")
    l.screen.wait(r"UID 60 .*(\n.*)?\n\*\*\* Finished(.*\n)+2: ")


def test_two_hundred_accounts(lights):
    """Most of them are nowhere: it is their rows that matter."""
    names = ["a%03d" % n for n in range(200)]
    l = lights(names[:1])
    nowhere = dict(l.main.remote, port=1)
    for n in names[1:]:
        l.blink.account(n, nowhere, dict(
            l.main.local, path=os.path.join(l.main.tmp, n)),
            autorefresh=300.0)
    l.blink.general["maxsyncaccounts"] = 100
    l.blink.write_config()
    l.start()
    l.logged("Finished account", 200, seconds=60)
    # From above: *Control, which has no key, and as many as fit. They fail,
    # and are tried again and again.
    row = r"\[(?: *\d+:\d\d|active)\] +"
    l.screen.wait(r"^   \[active\] +\*Control: .\n   %sa000:" % row)
    l.screen.send(*["Down"] * 200)
    l.screen.wait(r"^2: %sa198:" % row)
    l.screen.send("Down")
    last = l.screen.wait(r"^1: %sa199:" % row).string
    assert re.search(r"^A: %sa190:" % row, last, re.M)
    assert "ERROR: " in last  # the log has its share
    l.screen.resize(120, 100)
    l.screen.wait(r"^Z: %sa165: .*\d\d:\d\d:\d\d FAILED: " % row)


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


def test_wide_names_are_aligned(lights):
    l = lights(("家族の", "Žofie", "uni"), width=100)
    l.main.imap.create("写真")
    l.main.imap.append(message(1), "写真")
    l.main.imap.unselect()
    l.start()
    l.idle()
    l.screen.wait("家族の: Copy message UID 1 remote:写真 -> local")
    names = [s[12:].split(":")[0] for s in rows(l)]
    assert [n.strip() for n in names] == ["*Control", "家族の", "Žofie", "uni"]
    assert {columns(n) for n in names} == {13}


def test_joined_characters_do_not_shift_rows(lights):
    """Pictures that are one for some terminals and three for others."""
    l = lights(("\U0001f469\u200d\U0001f469\u200d\U0001f467fam", "uni"))
    names = ["fam\U0001f469\u200d\U0001f469\u200d\U0001f467x",
             "flag\U0001f3f3\ufe0f\u200d\U0001f308z",
             "hand\U0001f44d\U0001f3fdy", "de\U0001f1e9\U0001f1ea"]
    for name in names:
        l.main.imap.create(name)
    l.start()
    l.idle()
    l.screen.wait(r"^2: \[ *\d+:\d\d\]     \U0001f469\U0001f469\U0001f467"
                  r"fam:")
    l.screen.send("Down", "Down", "Enter")
    text = l.screen.wait(r"^hand.*done.*(\n.*)*").string
    shown = [s for s in text.splitlines() if re.search(r"\d\d:\d\d:\d\d$", s)]
    assert [s.split()[0] for s in shown[-4:]] == [
        "deDE", "fam\U0001f469\U0001f469\U0001f467x",
        "flag\U0001f3f3\U0001f308z", "hand\U0001f44dy"]
    assert {columns(s.replace("\U0001f3f3", "x")) for s in shown[-4:]} == {79}
    l.screen.send("Escape")  # nothing of it is left
    l.screen.wait(r"\*Control")
    assert "\U0001f308" not in "".join(rows(l))


def test_what_a_server_says_is_harmless(lights):
    evil = "\x1b[2J\x1b[31mred\x1b]0;title\x07\x9b\u202e\r"
    with Scripted({"INBOX": []}) as server:
        server.on["SELECT"] = lambda *_: "NO " + evil
        l = lights(("one",), remote={"port": server.port})
        l.start()
        l.screen.wait(r"ERROR: .*(\n.*)?\\x1B\[2J\\x1B\[31mred")
        text = l.screen.text("-e")
        assert "\x1b[2J" not in text and "\u202e" not in text
        assert l.screen.tmux("display", "-t", "t", "-p",
                             "#{pane_title}").strip() != "title"
        l.screen.wait(r"^2: \[active\] +\*Control: \.$")
        l.screen.wait(r"^1: .* one: !$")  # whatever the log says
        l.screen.send("e")
        l.screen.send("Down", "Down", "Enter")
        l.screen.wait(r"^INBOX .*FAILED")
        l.screen.wait(r"\\x1B\[2J.*red")


def sixteen_colours(where):
    """A description of a terminal that has 16 colours; few systems have one."""
    text = subprocess.run(["infocmp", "-1", "xterm-256color"], check=True,
                          capture_output=True, text=True).stdout
    text = re.sub("^xterm-256color", "xterm-sixteen", text, flags=re.M)
    text = re.sub(r"(colors#)\w+", r"\g<1>16", text)
    subprocess.run(["tic", "-x", "-o", where, "-"], input=text, text=True,
                   check=True, capture_output=True)


@pytest.mark.parametrize("term,colour", [
    ("xterm", r"3[0-7]"), ("xterm-sixteen", r"9[0-7]"),
    ("xterm-256color", r"38;5;\d+")])
def test_colours(lights, tmp, term, colour):
    l = lights(("one",), term=term)
    if term == "xterm-sixteen":
        sixteen_colours(os.path.join(tmp, "terminfo"))
        l.screen.send("export TERMINFO=%s/terminfo" % tmp, "Enter")
    l.start()
    l.idle()
    found = l.screen.colours()
    assert any(re.search(r"(^|;)%s(;|$)" % colour, c) for c in found), found
    assert re.search(r"\*Control: \.", l.screen.text())


@pytest.mark.parametrize("how", ["NO_COLOR", "vt100", "setting", "key"])
def test_letters_without_colour(lights, how):
    l = lights(("one",), term="vt100" if how == "vt100" else
               "xterm-256color")
    if how == "NO_COLOR":
        l.screen.send("export NO_COLOR=1", "Enter")
    if how == "setting":
        l.blink.general["colorscheme"] = "mono"
        l.blink.write_config()
    l.start()
    if how == "key":
        l.idle()
        assert re.search(r"\*Control: \.", l.screen.text())
        l.screen.send("c", "c")
    l.screen.wait(r"^2: \[active\] +\*Control: a$")
    assert not any(re.search(r"(^|;)(3[0-7]|38)(;|$)", c)
                   for c in l.screen.colours())


def test_without_unicode(lights):
    l = lights(("Žofie",))
    l.screen.send("export LC_ALL=C", "Enter")
    l.start()
    l.screen.wait(r"^1: \[ *\d+:\d\d\] +\?+ofie:")


def test_suspend_and_resume(lights):
    l = lights(("one",))
    l.start()
    l.idle()
    for _ in range(2):
        l.screen.send("C-z")
        l.screen.wait(r"^\$ ?$")
        l.screen.send("echo here", "Enter")
        l.screen.wait(r"^here$")
        l.screen.send("fg", "Enter")
        l.screen.wait(r"^1: \[ *\d+:\d\d\]")
        assert "here" not in l.screen.text()
    l.screen.send("q")
    l.screen.wait(r"^one:")


# All that end a program, but for SIGKILL, and SIGPIPE and SIGXFSZ, which it
# ignores.
@pytest.mark.parametrize("sig", [
    signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGSEGV,
    signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT,
    signal.SIGTRAP, signal.SIGSYS, signal.SIGALRM, signal.SIGVTALRM,
    signal.SIGPROF, signal.SIGXCPU, signal.SIGIO],
    ids=lambda sig: sig.name)
def test_terminal_is_given_back(lights, sig):
    l = lights(("one",))
    l.start()
    l.idle()
    os.kill(l.pid(), sig)
    l.screen.wait(r"^\$ ?$")
    l.screen.send("stty -a; echo a b", "Enter")
    l.screen.wait(r"^a b$")
    # Echo and lines are on again, and the cursor is to be seen.
    assert re.search(r"(^| )icanon .*\s", l.screen.text())
    assert re.search(r"(^| )echo ", l.screen.text(), re.M)
    assert l.screen.tmux("display", "-t", "t", "-p",
                         "#{cursor_flag} #{alternate_on}").strip() == "1 0"


def test_a_dry_run_is_printed(lights):
    """The plan stays in the terminal: no screen comes and goes."""
    l = lights(names=["personal"])
    l.main.imap.append(message(1))
    l.main.imap.unselect()
    l.start("-n")
    l.screen.wait(r"\[DRYRUN\] Copy message UID 1 .*: new on")
    l.screen.wait(r"personal: would be: 1 new here\n\$ ?$")
    assert not re.search(r"^1: \[", l.screen.text("-S", "-"), re.MULTILINE)
