# SPDX-License-Identifier: GPL-2.0-or-later
"""Blinkenlights in a real terminal: tmux, keys sent and the screen read."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

import blink
import processes
from patience import until
from service import logged

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None,
                                reason="tmux is not installed")


class Screen:
    """A tmux of its own with a shell, in which blinkmail runs."""

    def __init__(self, tmp, env, width=80, height=24, term="screen-256color"):
        self.socket = os.path.join(tmp, "tmux")
        self.env = env
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width),
                  "-y", str(height), "-s", "t", "sh", env=env)
        self.tmux("set", "-g", "status", "off")
        # What a sanitizer stops fails the test (blink.refuse_reports).
        self.send("PS1='$([ $? -ne %d ] || echo stopped >%s)$ '; TERM=%s; "
                  "export TERM; clear" % (
                      blink.FOUND, os.path.join(tmp, "sanitizer.screen"),
                      term), "Enter")
        self.wait(r"^\$ ?$")

    def tmux(self, *args, env=None):
        r = subprocess.run(["tmux", "-S", self.socket, *args],
                           capture_output=True, text=True, env=env or
                           self.env)
        assert r.returncode == 0, r.stderr
        return r.stdout

    def send(self, *keys):
        self.tmux("send-keys", "-t", "t", *keys)

    def text(self, *more):
        """What is on the screen, as soon as it stands still: of a frame tmux
        may have read one half."""
        last = None
        for _ in range(10):
            text = self.tmux("capture-pane", "-t", "t", "-p", *more)
            if text == last:
                break
            last = text
            time.sleep(0.02)
        return text

    def colours(self):
        """The sequences that set colours and weight."""
        return re.findall(r"\x1b\[([\d;]+)m", self.text("-e"))

    def resize(self, width, height):
        self.tmux("resize-window", "-t", "t", "-x", str(width),
                  "-y", str(height))

    def wait(self, pattern, seconds=15):
        """Until the screen has it; returns the match."""
        return until(lambda: re.search(pattern, self.text(), re.MULTILINE),
                     seconds, lambda: "no %r on the screen:\n%s" % (
                         pattern, self.text()))

    def gone(self, text, *keys, seconds=15):
        """Until the screen has it no more, whoever says it anew: the keys are
        pressed each time."""
        def gone():
            if text not in self.text():
                return True
            if keys:
                self.send(*keys)
            return False
        until(gone, seconds, self.text)

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"],
                       capture_output=True)


class Lights:
    """Accounts on one Dovecot, and blinkmail with its screen."""

    def __init__(self, make_case, tmp, names=("personal", "work", "uni"),
                 remote=None, push=False, **screen):
        self.cases = []
        # Only keys begin a sync.
        more = {"autorefresh": 300.0, "push": push}
        self.main = make_case(where="main", remote=remote, **more)
        self.main.account["name"] = names[0]
        self.cases.append(self.main)
        for name in names[1:]:
            c = make_case(where="c" + str(len(self.cases)), remote=remote)
            c.account = self.main.blink.account(name, c.remote, c.local,
                                                **more)
            self.cases.append(c)
        self.blink = self.main.blink
        self.blink.write_config()
        env = self.blink.environment(TERM="screen-256color")
        self.log = os.path.join(tmp, "log")
        self.screen = Screen(tmp, env, **screen)

    def hold(self, case):
        """Lets the account's syncs wait until let_go."""
        self.gate = os.path.join(case.tmp, "gate")
        case.account["presynchook"] = \
            "while ! test -e %s; do sleep 0.05; done" % self.gate
        self.blink.write_config()

    def let_go(self):
        open(self.gate, "w").close()

    def start(self, *options):
        self.screen.send("%s -c %s -l %s %s" % (
            self.blink.binary, self.blink.config, self.log,
            " ".join(options)), "Enter")

    def idle(self):
        """All accounts count down."""
        n = len(self.cases)
        self.screen.wait(
            r"(^[1-9A-Z ]. \[ *\d+:\d\d\] .*\n?(^ .*\n)?){%d}" % n)

    def logged(self, pattern, n=1, seconds=15):
        """What the log has of it, as soon as that is n times."""
        return logged(self.log, pattern, n, seconds)

    def starts(self, n):
        """The accounts that were begun, as soon as there are n."""
        return self.logged(r"Processing account (\S+)", n)

    def pids(self):
        return [pid for pid in processes.below(os.getpid())
                if processes.arguments(pid)[:3] == [
                    self.blink.binary, "-c", self.blink.config]]

    def pid(self):
        return self.pids()[0]

    def close(self):
        # Were it to end by the hangup, the sanitizer for leaks could wait
        # for ever for a helper that the same hangup has ended.
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.screen.close()


@pytest.fixture
def lights(make_case, tmp):
    made = []

    def make(*args, **more):
        made.append(Lights(make_case, tmp, *args, **more))
        return made[-1]
    yield make
    for m in made:
        m.close()
