# SPDX-License-Identifier: GPL-2.0-or-later
"""When the threads of a process will wake up by themselves: what each waits
for, as the system tells it in /proc/PID/task/TID/syscall. So a test need not
wait to see it."""

import math
import os
import platform

import pytest

import blink

# x86-64's numbers, and which argument is the timeout
POLL, FUTEX = "7", "202"


def needs_waits(function):
    if platform.machine() != "x86_64":
        reason = "system calls have other numbers here"
    elif blink.has_sanitizer("tsan"):
        reason = "the thread sanitizer has a thread that wakes up"
    elif not os.path.exists("/proc/self/syscall"):
        reason = "the system does not tell"
    elif os.geteuid() != 0:
        reason = "only root may look: the program hides itself"
    else:
        return function
    return pytest.mark.skip(reason=reason)(function)


def _seconds(path):
    try:
        with open(path, encoding="ascii") as f:
            call, *args = f.read().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it ended just now
    if call == POLL:
        ms = int(args[2], 16) & 0xffffffff
        return math.inf if ms >= 1 << 31 else ms / 1000
    if call == FUTEX and int(args[3], 16) == 0:
        return math.inf
    return 0  # it runs, or waits for something else


def waits(pid):
    """{thread: seconds}, as they were asked for when the wait began."""
    base = "/proc/%d/task" % pid
    return {int(t): _seconds("%s/%s/syscall" % (base, t))
            for t in os.listdir(base)}
