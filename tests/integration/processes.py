# SPDX-License-Identifier: GPL-2.0-or-later
"""The processes that a test run has started, as /proc shows them, and their
end."""

import contextlib
import ctypes
import os
import signal
import time

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """From now on each process below this one whose parent has ended becomes
    this one's child. So even a daemon can be found from here."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def state(pid):
    """A letter, as ps has it; X where there is no such process."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8",
                  errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def alive(pid):
    return state(pid) not in "ZX"


def arguments(pid):
    """What the program was called with; empty when it has ended."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return f.read().decode("utf-8", "replace").split("\0")[:-1]
    except OSError:
        return []


def _children(pid):
    found = []
    with contextlib.suppress(OSError):  # it has ended
        for thread in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, thread),
                      encoding="ascii") as f:
                found += map(int, f.read().split())
    return found


def below(root, but=()):
    """What lives of the processes that descend from this one, without those in
    `but` and what descends from them. While one of them ends, others may be
    missing: look again."""
    found, todo = [], [root]
    while todo:
        new = [c for c in _children(todo.pop()) if c not in but]
        found += filter(alive, new)
        todo += new
    return found


def reap():
    """Takes note of the ended children that nobody waits for."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass


def end_below(root, but=(), patience=0):
    """Gives what descends from this process so many seconds to end, and kills
    the rest; returns how the rest was called."""
    def left():
        return below(root, but) or below(root, but)
    deadline = time.monotonic() + patience
    while left() and time.monotonic() < deadline:
        time.sleep(0.01)
    killed = {}
    while left():
        for pid in left():
            killed.setdefault(pid, " ".join(arguments(pid)))
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    return ["%d %s" % one for one in sorted(killed.items())]
