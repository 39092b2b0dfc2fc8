# SPDX-License-Identifier: GPL-2.0-or-later
"""Blinkenlights in a real terminal: tmux, keys sent and the screen read."""

import os
import re
import shutil
import signal
import subprocess
import time

import pytest

import blink
import dovecot
from conftest import message

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None,
                                reason="tmux is not installed")


class Screen:
    """A tmux of its own with a shell, in which blinkmail runs."""

    def __init__(self, tmp, env, width=80, height=24):
        self.socket = os.path.join(tmp, "tmux")
        self.env = env
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width),
                  "-y", str(height), "-s", "t", "sh", env=env)
        self.tmux("set", "-g", "status", "off")
        # What a sanitizer stops fails the test (blink.refuse_reports).
        self.send("PS1='$([ $? -ne %d ] || echo stopped >%s)$ '; clear" % (
            blink.FOUND, os.path.join(tmp, "sanitizer.screen")), "Enter")

    def tmux(self, *args, env=None):
        r = subprocess.run(["tmux", "-S", self.socket, *args],
                           capture_output=True, text=True, env=env or
                           self.env)
        assert r.returncode == 0, r.stderr
        return r.stdout

    def send(self, *keys):
        self.tmux("send-keys", "-t", "t", *keys)

    def text(self):
        return self.tmux("capture-pane", "-t", "t", "-p")

    def resize(self, width, height):
        self.tmux("resize-window", "-t", "t", "-x", str(width),
                  "-y", str(height))

    def wait(self, pattern, seconds=15):
        """Until the screen has it; returns the match."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.text()
            m = re.search(pattern, text, re.MULTILINE)
            if m:
                return m
            time.sleep(0.02)
        raise AssertionError("no %r on the screen:\n%s" % (pattern, text))

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"],
                       capture_output=True)


class Lights:
    """Accounts on one Dovecot, and blinkmail with its screen."""

    def __init__(self, make_case, tmp, names=("personal", "work", "uni"),
                 remote=None, **screen):
        self.cases = []
        self.main = make_case(where="main", remote=remote, autorefresh=300.0,
                                    push=False)
        self.main.account["name"] = names[0]
        self.cases.append(self.main)
        for name in names[1:]:
            c = make_case(where="c" + str(len(self.cases)), remote=remote)
            self.main.blink.account(name, c.remote, c.local,
                                    autorefresh=300.0,
                                    push=False)
            self.cases.append(c)
        self.blink = self.main.blink
        self.blink.write_config()
        env = self.blink.environment(TERM="screen-256color")
        self.log = os.path.join(tmp, "log")
        self.screen = Screen(tmp, env, **screen)

    def start(self, *options):
        self.screen.send("%s -c %s -l %s %s" % (
            self.blink.binary, self.blink.config, self.log,
            " ".join(options)), "Enter")

    def idle(self):
        """All accounts count down."""
        n = len(self.cases)
        self.screen.wait(
            r"(^[1-9A-Z ]. \[ *\d+:\d\d\] .*\n?(^ .*\n)?){%d}" % n)

    def starts(self, n, seconds=15):
        """The accounts that were begun, as soon as there are n."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with open(self.log, encoding="utf-8") as f:
                found = re.findall(r"Processing account (\w+)", f.read())
            if len(found) >= n:
                return found
            time.sleep(0.02)
        raise AssertionError("only begun: %r" % found)

    def close(self):
        self.screen.close()


@pytest.fixture
def lights(make_case, tmp):
    made = []

    def make(*args, **more):
        made.append(Lights(make_case, tmp, *args, **more))
        return made[-1]
    yield make
    for m in made:
        m.close()


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
    assert rows == ["4: [active]      *Control: .",
                    "3: [mmm:ss]      personal:",
                    "2: [mmm:ss]          work:",
                    "1: [mmm:ss]           uni:"]
    assert "personal: Copy message UID 1" in l.screen.text()
    l.screen.send("q")
    l.screen.wait(r"^personal: 1 new here\n.*\n.*\n\$ ?$")


def test_digit_syncs_at_once(lights):
    l = lights()
    l.start()
    l.idle()
    c = l.cases[1]
    c.imap.append(message(7))
    c.imap.unselect()
    begin = time.monotonic()
    l.screen.send("2")
    l.screen.wait("work: Copy message UID 1")
    print("from key to copy: %.3f s" % (time.monotonic() - begin))
    l.idle()
    assert len(c.maildir.list()) == 1
    # Only that account was synchronised again.
    assert sorted(l.starts(4)) == ["personal", "uni", "work", "work"]
    l.screen.send("4")  # *Control: all of them
    starts = l.starts(7)
    assert sorted(starts[4:]) == ["personal", "uni", "work"]


def test_countdown(lights):
    l = lights(("one",))
    l.start()
    first = l.screen.wait(r"\[299:(\d\d)\]").group(1)
    l.screen.wait(r"\[299:%02d\]" % (int(first) - 2), seconds=5)


def test_sizes(lights):
    l = lights()
    for n in range(40):
        l.main.imap.append(message(n))
    l.main.imap.unselect()
    l.start()
    for i in range(30):  # while it works
        l.screen.resize(20 + i * 37 % 180, 5 + i * 13 % 60)
    l.screen.resize(20, 5)
    l.screen.wait(r"^4: \[active\] \*Control$\n^3: \[ *\d+:\d\d\] personal$")
    l.screen.resize(120, 40)
    l.idle()
    text = l.screen.wait(r"^3: \[ *\d+:\d\d\] +personal: *\n +"
                         r"\d\d:\d\d:\d\d copied 40").string
    assert len(text.splitlines()) == 40
    assert "personal: Copy message UID 30 " in text  # the log survived
    assert text.count("*Control") == 1


def test_suspend_and_resume(lights):
    l = lights(("one",))
    l.start()
    l.idle()
    l.screen.send("C-z")
    l.screen.wait(r"^\$ ?$")
    l.screen.send("echo here", "Enter")
    l.screen.wait(r"^here$")
    l.screen.send("fg", "Enter")
    l.screen.wait(r"^1: \[ *\d+:\d\d\]")
    assert "here" not in l.screen.text()
    l.screen.send("q")
    l.screen.wait(r"^one: ")


def test_password_prompt(lights):
    l = lights(("one", "two"))
    for a in l.blink.accounts:
        del a["remote"]["pass"]
    l.blink.write_config()
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


def test_letters_without_colour(lights):
    l = lights(("one",))
    l.screen.send("export NO_COLOR=1", "Enter")
    l.start()
    l.idle()
    l.screen.wait(r"^2: \[active\] +\*Control: a$")


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
    l.screen.send("End")
    l.screen.wait("Finished account")
    l.screen.send("Home")
    l.screen.wait("Processing account one")


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGSEGV])
def test_terminal_is_given_back(lights, sig):
    l = lights(("one",))
    l.start()
    l.idle()
    pid = subprocess.run(["pgrep", "-f", "-x", "%s -c %s.*" % (
        l.blink.binary, l.blink.config)], capture_output=True, text=True)
    os.kill(int(pid.stdout.split()[0]), sig)
    l.screen.wait(r"^\$ ?$")
    l.screen.send("echo a b", "Enter")
    l.screen.wait(r"^\$ echo a b\na b$")
