#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What Blinkenlights costs: with nothing to do, and while four accounts
download at full speed. Called by "make bench".

    ui.py [--quick] BUILD-DIRECTORY

Times are those that Linux counts for the UI's thread, in nanoseconds
(/proc/PID/task/TID/schedstat); awakenings are its voluntary switches.
"""

import argparse
import fcntl
import os
import pty
import re
import shutil
import signal
import struct
import sys
import tempfile
import termios
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import bench
import blink
import dovecot

SIZE = (120, 40)
LIMIT = 600  # seconds


class Terminal:
    """blinkmail on a pseudo-terminal that somebody reads."""

    def __init__(self, user, *options):
        user.write_config()
        env = user.environment(TERM="xterm-256color")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(user.binary, [user.binary, "-c", user.config, "-u",
                                    "blinkenlights", *options], env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("4H", SIZE[1], SIZE[0], 0, 0))
        self.bytes = 0
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            self.bytes += len(data)

    def type(self, keys):
        os.write(self.fd, keys)

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.reader.join()

    def seconds(self):
        """(of the UI's thread, of all threads) on a processor."""
        used = {}
        base = "/proc/%d/task" % self.pid
        for tid in os.listdir(base):
            try:
                with open("%s/%s/schedstat" % (base, tid)) as f:
                    used[int(tid)] = int(f.read().split()[0]) / 1e9
            except OSError:
                pass  # it ended just now
        return used[self.pid], sum(used.values())

    def awakenings(self):
        with open("/proc/%d/task/%d/status" % (self.pid, self.pid)) as f:
            return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                                 f.read(), re.M).group(1))


def count(user):
    n = 0
    for a in user.accounts:
        for d, _, files in os.walk(a["local"]["path"]):
            if os.path.basename(d) in ("new", "cur"):
                n += len(files)
    return n


def finished(log):
    try:
        with open(log, encoding="utf-8") as f:
            return f.read().count("Finished account")
    except FileNotFoundError:
        return 0


def wait(what):
    end = time.monotonic() + LIMIT
    while not what():
        if time.monotonic() > end:
            sys.exit("ui.py: it takes too long")
        time.sleep(0.05)


def accounts(where, server, n, folder):
    user = blink.Blink(where, os.path.join(ARGS.build, "blinkmail"))
    user.general["fsync"] = False
    for i in range(n):
        remote = {"type": "imap", "host": "127.0.0.1", "port": server.port,
                  "user": "%s%d" % (folder, i), "pass": dovecot.PASSWORD,
                  "tls": "no"}
        local = {"type": "maildir", "path": os.path.join(where, "m%d" % i)}
        user.account("account%d" % i, remote, local, autorefresh=300.0)
    return user


def idle(t, what, seconds):
    time.sleep(2)  # the last pictures of what was before
    ui, everything = t.seconds()
    woken, sent, begin = t.awakenings(), t.bytes, time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - begin
    now_ui, now_everything = t.seconds()
    print("  %-36s %7.4f %% of a core (whole program %7.4f %%), "
          "%.2f awakenings/s, %.0f bytes/s" % (
              what, 100 * (now_ui - ui) / took,
              100 * (now_everything - everything) / took,
              (t.awakenings() - woken) / took, (t.bytes - sent) / took),
          flush=True)


def bench_idle(where, server, seconds):
    for n in 3, 30:
        d = os.path.join(where, "idle%d" % n)
        os.mkdir(d)
        user = accounts(d, server, n, "idle%d-" % n)
        log = os.path.join(d, "log")
        t = Terminal(user, "-l", log)
        wait(lambda: finished(log) == n)
        idle(t, "%d accounts that count down" % n, seconds)
        t.type(b"?")
        idle(t, "the same behind the help", seconds)
        t.close()


def bench_load(where, server, name, messages, mean):
    d = os.path.join(where, name)
    os.mkdir(d)
    user = accounts(d, server, 4, name)
    for i in range(4):
        bench.fill(server, "%s%d" % (name, i), "INBOX",
                   bench.messages("%s%d" % (name, i), messages, mean))
    t = Terminal(user)
    wait(lambda: count(user) > 0)
    begin, before, sent = time.monotonic(), t.seconds(), t.bytes
    wait(lambda: count(user) >= 4 * messages)
    took = time.monotonic() - begin
    ui, everything = (b - a for a, b in zip(before, t.seconds()))
    sent = t.bytes - sent
    t.close()
    print("  4 accounts, %5d messages of %5d bytes %7.2f %% of the time, "
          "%.2f %% of the program's %.2f s; %d messages/s, %.0f kB/s to the "
          "terminal" % (messages, mean, 100 * ui / took,
                        100 * ui / everything, everything,
                        4 * messages / took, sent / took / 1e3),
          flush=True)


def main():
    where = tempfile.mkdtemp(prefix="bmu-", dir="/tmp")
    server = dovecot.Dovecot()
    try:
        server.start()
        print("The thread of Blinkenlights, at %d x %d:" % SIZE, flush=True)
        bench_idle(where, server, 10 if ARGS.quick else 30)
        k = 1 if ARGS.quick else 4
        bench_load(where, server, "large", 500 * k, 50000)
        bench_load(where, server, "small", 2500 * k, 1000)
    finally:
        server.stop()
        shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    P = argparse.ArgumentParser()
    P.add_argument("--quick", action="store_true")
    P.add_argument("build")
    ARGS = P.parse_args()
    main()
