# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a test waits for what must happen. Only a test that fails waits to
the end; so the limits are generous, and grow with what slows a program down:
other work on the machine, and TEST_PATIENCE times for a sanitizer."""

import os
import time

FACTOR = float(os.environ.get("TEST_PATIENCE", "1"))


def limit(seconds):
    """What takes so many seconds on a slow but idle machine may take here and
    now."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return seconds * FACTOR * max(1, load)


def nothing():
    return ""


def until(condition, seconds=20, say=nothing):
    """Waits until the condition returns something true, and returns that. A
    test that waits in vain fails with what say() returns."""
    begin = time.monotonic()
    deadline = begin + limit(seconds)
    while True:
        found = condition()
        if found:
            return found
        now = time.monotonic()
        assert now < deadline, say()
        # To look costs time, too, of which the program may be in need.
        time.sleep(min(max(0.005, (now - begin) / 10), 0.1))
