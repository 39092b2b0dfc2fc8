# SPDX-License-Identifier: GPL-2.0-or-later
"""./demo, as a stranger would run it, but for the build."""

import os
import re
import subprocess

import pytest

import blink
import processes
from lights import Screen, needs_tmux
from patience import until

SOURCE = os.environ.get("BLINKMAIL_SOURCE") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..")


@pytest.fixture
def env(tmp):
    """What the demo makes goes with the test."""
    os.chmod(tmp, 0o711)  # its server runs as another user when root tests
    return dict(os.environ, TEST_DIRECTORY=tmp)


def test_demo_once(tmp, env):
    r = subprocess.run(
        [os.path.join(SOURCE, "demo"), "--once", "--yes", "--build",
         os.path.dirname(blink.BINARY)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env={**env, **blink.sanitizer_options(tmp)})
    assert "runtime error" not in r.stdout + r.stderr
    assert r.returncode == 0, r.stdout + r.stderr
    counts = dict(re.findall(r"^  (\w+) +(\d+) messages in /", r.stdout,
                             re.MULTILINE))
    assert sorted(counts) == ["personal", "uni", "work"]
    assert all(int(n) >= 200 for n in counts.values()), counts
    muttrc = re.search(r"mutt -F (/tmp/\S+)/muttrc", r.stdout)
    base = muttrc.group(1)
    folders = sorted(os.path.relpath(d, base + "/Mail") for d, subs, _ in
                     os.walk(base + "/Mail") if "cur" in subs)
    assert "personal/INBOX" in folders
    assert any(re.search(r"[^\x00-\x7f]", f) for f in folders), folders
    assert any(f.count("/") > 1 for f in folders), folders


def start(screen):
    screen.send("clear; %s --yes --build %s" % (
        os.path.join(SOURCE, "demo"), os.path.dirname(blink.BINARY)), "Enter")


ROW = r"\[(?: *\d+:\d\d|active)\] +"
ROWS = r"^4: %s\*Control: .*\n3: %spersonal:.*\n2: %swork:.*\n1: %suni:" % (
    ROW, ROW, ROW, ROW)


@pytest.fixture
def screen(tmp, env):
    """A terminal with a shell."""
    s = Screen(tmp, dict(env, LC_ALL="C.UTF-8"))
    yield s
    s.close()


@needs_tmux
def test_demo_opens_the_screen(screen):
    """Three accounts count down, and mail that was not there comes in."""
    start(screen)
    screen.wait(ROWS, seconds=60)
    screen.resize(120, 40)
    # More than there was at the beginning.
    screen.wait(r"\*Control: .*\n +copied (68[1-9]|69\d|[7-9]\d\d)\b",
                seconds=60)
    screen.send("q")
    screen.wait(r"mutt -F /tmp/\S+/muttrc", seconds=30)


@needs_tmux
def test_demo_is_stopped_and_goes_on(screen):
    """The shell has the terminal only when the program has given it back."""
    start(screen)
    screen.wait(ROWS, seconds=60)
    for n in range(8):
        screen.send("C-z")
        screen.wait(r"Stopped|Suspended")
        screen.send("clear; echo here; fg", "Enter")
        screen.wait(ROWS)
    screen.send("q")
    screen.wait(r"muttrc\n(.*\n)+\$ ?$", seconds=30)


@needs_tmux
def test_demo_ends_with_its_terminal(screen, servers):
    start(screen)
    screen.wait(ROWS, seconds=60)
    screen.close()
    until(lambda: processes.below(os.getpid(), servers.pids()) == [], 30)
