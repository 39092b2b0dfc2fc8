# SPDX-License-Identifier: GPL-2.0-or-later
"""./demo --once, as a stranger would run it, but for the build."""

import os
import re
import shutil
import subprocess

import blink

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
