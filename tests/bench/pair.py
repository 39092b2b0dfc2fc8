# SPDX-License-Identifier: GPL-2.0-or-later
"""What pairing by content costs: both sides of an account, two Maildirs, have
the same messages, and the status is lost. Called by "make bench-pair".

    pair.py [--quick] BUILD-DIRECTORY

Bytes a message are the growth of the peak from the first number of messages to
the second.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

from peak import Peak

CONFIG = """general : { metadata = "%s/meta"; fsync = false; ui = "quiet"; };
accounts = ( { name = "a";
    local = { type = "maildir"; path = "%s/here"; };
    remote = { type = "maildir"; path = "%s/there"; }; } );
"""


def fill(root, first, last):
    for n in range(first, last):
        text = (b"From: Ann <ann@example.org>\nSubject: message %d\n"
                b"Message-ID: <%d@example.org>\n\n%s\n" % (n, n, b"x" * 40))
        for side in ("here", "there"):
            path = "%s/%s/INBOX/cur/%d.M%dP%d.%s.example:2,S" % (
                root, side, 1700000000 + n, n, n % 32768, side)
            with open(path, "wb") as f:
                f.write(text)


def pair(binary, root):
    """(seconds, peak bytes) of a first run."""
    shutil.rmtree(os.path.join(root, "meta"), ignore_errors=True)
    begin = time.monotonic()
    p = subprocess.Popen([binary, "-c", root + "/conf", "-o"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    peak = Peak(p.pid)
    out = p.stdout.read()
    p.wait()
    if p.returncode != 0:
        raise RuntimeError(out[-2000:].decode("utf-8", "replace"))
    return time.monotonic() - begin, peak.stop()


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--quick", action="store_true")
    a.add_argument("build")
    a = a.parse_args()
    counts = (2000, 20000) if a.quick else (20000, 100000)
    with tempfile.TemporaryDirectory(prefix="blinkmail-pair-") as root:
        with open(root + "/conf", "w", encoding="utf-8") as f:
            f.write(CONFIG % (root, root, root))
        os.chmod(root + "/conf", 0o600)
        for side in ("here", "there"):
            for sub in ("cur", "new", "tmp"):
                os.makedirs("%s/%s/INBOX/%s" % (root, side, sub))
        before, peaks = 0, []
        for count in counts:
            fill(root, before, count)
            before = count
            seconds, peak = pair(os.path.join(a.build, "blinkmail"), root)
            peaks.append(peak)
            print("pairing %6d messages  %6.2f s  peak %6.1f MB" % (
                count, seconds, peak / 1e6), flush=True)
    print("bytes a message: %d" % (
        (peaks[1] - peaks[0]) // (counts[1] - counts[0])))


main()
