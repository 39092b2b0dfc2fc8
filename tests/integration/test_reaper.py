# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests start ends with them, whatever happens to them."""

import os
import signal
import subprocess
import sys

import pytest

import processes
from patience import limit, until

HERE = os.path.dirname(os.path.abspath(__file__))
REAPER = [sys.executable, os.path.join(HERE, "reaper.py")]
# A daemon, which writes its pid to a file.
DAEMON = "setsid sh -c 'echo $$ >%s; exec sleep 1000' >%s/said 2>&1 & "


def signals_as_usual():
    """Also where these tests run in the background, which ignores some; the
    reaper leaves alone what is ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Started:
    """A command under the reaper, and the daemon that the command started."""

    def __init__(self, tmp, then):
        self.pid_file = os.path.join(tmp, "pid")
        self.where = os.path.join(tmp, "where")
        self.p = subprocess.Popen(
            REAPER + ["sh", "-c", DAEMON % (self.pid_file, tmp) +
                      "echo $TEST_DIRECTORY >%s; " % self.where + then],
            stdout=subprocess.PIPE, text=True,
            preexec_fn=signals_as_usual)
        self.daemon = int(until(lambda: read(self.pid_file)))
        self.directory = until(lambda: read(self.where)).strip()

    def ends(self):
        """(exit status, stdout), when nothing is left over."""
        said, _ = self.p.communicate(timeout=limit(20))
        assert not processes.alive(self.daemon)
        assert not os.path.exists(self.directory)
        return self.p.returncode, said


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return text if text.endswith("\n") else ""


@pytest.mark.parametrize("then", ["exit 0", "exit 3", "kill -9 $$"])
def test_a_daemon_is_a_failure(tmp, then):
    s = Started(tmp, "until test -s %s/pid; do :; done; " % tmp + then)
    status, said = s.ends()
    assert status == 1
    assert said == "left over: %d sleep 1000\n" % s.daemon


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM,
                                    signal.SIGHUP])
def test_a_signal_ends_all(tmp, number):
    s = Started(tmp, "wait")
    s.p.send_signal(number)
    assert s.ends() == (128 + number, "")


@pytest.mark.parametrize("status", ["0", "7"])
def test_the_exit_status_is_that_of_the_command(status):
    assert subprocess.run(REAPER + ["sh", "-c", "exit " + status]
                          ).returncode == int(status)


TEST = """
import os, pty, subprocess

def test_that_fails(tmp):
    subprocess.Popen(["sh", "-c", %r])
    while not os.path.exists(%r):
        pass
    if pty.fork()[0] == 0:
        os.execvp("sleep", ["sleep", "1000"])
    raise ValueError("it fails")

def test_after_it():
    pass
"""


def test_a_test_that_fails_leaves_nothing(tmp):
    pid_file = os.path.join(tmp, "pid")
    path = os.path.join(tmp, "test_one.py")
    with open(path, "w", encoding="utf-8") as f:
        f.write(TEST % (DAEMON % (pid_file, tmp), pid_file))
    r = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p",
         "conftest", "-q", "--rootdir", tmp, path], capture_output=True,
        text=True, env={**os.environ, "PYTHONPATH": HERE,
                        "TEST_DIRECTORY": tmp, "TEST_PATIENCE": "0.1"})
    assert "1 failed, 1 passed, 1 error" in r.stdout, r.stdout
    assert "left over" in r.stdout and "it fails" in r.stdout
    assert not processes.alive(int(read(pid_file)))
