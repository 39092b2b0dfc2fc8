# SPDX-License-Identifier: GPL-2.0-or-later
"""./demo --once, as a stranger would run it, but for the build."""

import os
import re
import shutil
import subprocess

import blink
from lights import Screen, needs_tmux

SOURCE = os.environ.get("BLINKMAIL_SOURCE") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..")


def test_demo_once(tmp):
    r = subprocess.run(
        [os.path.join(SOURCE, "demo"), "--once", "--yes", "--build",
         os.path.dirname(blink.BINARY)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env={**os.environ, **blink.sanitizer_options(tmp)})
    assert "runtime error" not in r.stdout + r.stderr
    assert r.returncode == 0, r.stdout + r.stderr
    counts = dict(re.findall(r"^  (\w+) +(\d+) messages in /", r.stdout,
                             re.MULTILINE))
    assert sorted(counts) == ["personal", "uni", "work"]
    assert all(int(n) >= 200 for n in counts.values()), counts
    muttrc = re.search(r"mutt -F (/tmp/blinkmail-demo-\S+)/muttrc", r.stdout)
    base = muttrc.group(1)
    folders = sorted(os.path.relpath(d, base + "/Mail") for d, subs, _ in
                     os.walk(base + "/Mail") if "cur" in subs)
    assert "personal/INBOX" in folders
    assert any(re.search(r"[^\x00-\x7f]", f) for f in folders), folders
    assert any(f.count("/") > 1 for f in folders), folders
    shutil.rmtree(base)


@needs_tmux
def test_demo_opens_the_screen(tmp):
    """Three accounts count down, and mail that was not there comes in."""
    s = Screen(tmp, dict(os.environ, LC_ALL="C.UTF-8"))
    try:
        s.send("clear; %s --yes --build %s" % (
            os.path.join(SOURCE, "demo"), os.path.dirname(blink.BINARY)),
            "Enter")
        row = r"\[(?: *\d+:\d\d|active)\] +"
        s.wait(r"^4: %s\*Control: .*\n3: %spersonal:.*\n2: %swork:.*\n"
               r"1: %suni:" % (row, row, row, row), seconds=60)
        s.resize(120, 40)
        # More than there was at the beginning.
        s.wait(r"\*Control: .*\n +copied (68[1-9]|69\d|[7-9]\d\d)\b",
               seconds=60)
        s.send("q")
        base = s.wait(r"mutt -F (/tmp/blinkmail-demo-\S+)/muttrc",
                      seconds=30).group(1)
    finally:
        s.close()
    shutil.rmtree(base)
