# SPDX-License-Identifier: GPL-2.0-or-later
"""The processes that a test run has started, as /proc shows them, and their
end."""

import contextlib
import ctypes
import os
import signal
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def _prctl(option, value):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def adopt_orphans():
    """From now on each process below this one whose parent has ended becomes
    this one's child. So even a daemon can be found from here."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent():
    """This process gets SIGTERM when its parent has ended."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stat(pid):
    """(state, parent's pid), or None where there is no such process."""
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8",
                  errors="replace") as f:
            state, parent = f.read().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return state, int(parent)


def alive(pid):
    stat = _stat(pid)
    return stat is not None and stat[0] not in "ZX"


def arguments(pid):
    """What the program was called with; empty when it has ended."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return f.read().decode("utf-8", "replace").split("\0")[:-1]
    except OSError:
        return []


def everything():
    """{pid: its parent's pid} of all that lives."""
    stats = {int(e): _stat(int(e)) for e in os.listdir("/proc")
             if e.isdigit()}
    return {pid: stat[1] for pid, stat in stats.items()
            if stat is not None and stat[0] not in "ZX"}


def below(root, but=()):
    """The processes that descend from this one, without those in `but` and
    what descends from them."""
    parents = everything()
    children = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    found, todo = [], [root]
    while todo:
        new = [c for c in children.get(todo.pop(), ()) if c not in but]
        found += new
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
    deadline = time.monotonic() + patience
    while below(root, but) and time.monotonic() < deadline:
        time.sleep(0.01)
    killed = {}
    left = below(root, but)
    while left:
        for pid in left:
            killed.setdefault(pid, " ".join(arguments(pid)))
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
        left = below(root, but)
    return ["%d %s" % one for one in sorted(killed.items())]
