# SPDX-License-Identifier: GPL-2.0-or-later
"""reaper.py COMMAND...: runs the command in a temporary directory of its own
(TEST_DIRECTORY), and ends with its status. Whatever the command leaves over,
processes and files, goes; a process that is left over is a failure. SIGINT,
SIGTERM and SIGHUP end all of it at once."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

import processes

LEFT_OVER = 1  # the exit status
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop(number, _):
    for other in ENDING:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def run(command, where):
    with subprocess.Popen(command, env={**os.environ,
                                        "TEST_DIRECTORY": where}) as child:
        try:
            return child.wait()
        except BaseException:
            processes.end_below(os.getpid())
            raise


def main():
    processes.adopt_orphans()
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, stop)
    # Short, for sockets live below it; open to the servers, which run as
    # another user when root tests.
    where = tempfile.mkdtemp(prefix="bm-", dir="/tmp")
    os.chmod(where, 0o711)
    try:
        status = run(sys.argv[1:], where)
    finally:
        left = processes.end_below(os.getpid(), patience=1)
        shutil.rmtree(where, ignore_errors=True)
    for line in left:
        print("left over:", line)
    return LEFT_OVER if left else status


if __name__ == "__main__":
    sys.exit(main())
