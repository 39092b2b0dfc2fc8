# SPDX-License-Identifier: GPL-2.0-or-later
"""The most memory that a process had. The kernel's ru_maxrss is of no use: it
counts what the process was before exec, which is Python."""

import threading


class Peak:
    """Watches VmHWM of a process; bytes has the highest value seen."""

    def __init__(self, pid, every=0.01):
        self.path = "/proc/%d/status" % pid
        self.every = every
        self.bytes = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _look(self):
        try:
            with open(self.path) as f:
                for line in f:
                    if line.startswith("Name:") and "python" in line:
                        return
                    if line.startswith("VmHWM:"):
                        self.bytes = max(self.bytes,
                                         int(line.split()[1]) * 1024)
        except (OSError, ProcessLookupError):
            pass

    def _watch(self):
        while not self.over.wait(self.every):
            self._look()

    def stop(self):
        self.over.set()
        self.thread.join()
        return self.bytes
