# SPDX-License-Identifier: GPL-2.0-or-later
"""News of a real server and of real files, as engine/watch/watch.h tells it: by the
program tests/integration/watcher, which does nothing else."""

import os
import queue
import signal
import subprocess
import threading
import time

import pytest

import blink
import dovecot
from conftest import message
from patience import limit

WATCHER = os.path.abspath(os.environ.get("WATCHER",
                                         "tests/integration/watcher"))
SECONDS = 30  # for each line


class Watcher:
    def __init__(self, case):
        case.blink.write_config()
        self.p = subprocess.Popen(
            [WATCHER, case.blink.config], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1,
            env=dict(os.environ, HOME=case.tmp,
                     **blink.sanitizer_options(case.tmp)))
        self.lines = queue.Queue()
        self.seen = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.p.stdout:
            self.lines.put(line.rstrip("\n"))

    def wait(self, *wanted, seconds=SECONDS):
        """Until all these lines have come, in any order among others; how
        long that took."""
        start = time.monotonic()
        deadline = start + limit(seconds)
        left = set(wanted)
        while left:
            try:
                line = self.lines.get(
                    timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError("%s did not come; seen: %s" %
                                     (left, self.seen)) from None
            self.seen.append(line)
            left.discard(line)
        return time.monotonic() - start

    def quiet(self):
        """Forgets what has come so far."""
        while True:
            try:
                self.seen.append(self.lines.get_nowait())
            except queue.Empty:
                return

    def kick(self):
        self.p.stdin.write("kick\n")

    def signal(self, number):
        os.kill(self.p.pid, number)

    def stop(self):
        self.p.stdin.close()
        took = self.wait("stopped", seconds=5)
        assert self.p.wait(limit(5)) == 0
        return took

    def end(self):
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()
        self.reader.join()
        self.p.stdout.close()


@pytest.fixture
def watch(make_case):
    started = []

    def begin(case):
        w = Watcher(case)
        started.append(w)
        return w
    yield begin
    for w in started:
        w.end()


def notify_case(make_case, **more):
    """With an INBOX, or its making is news, too."""
    case = make_case(**more)
    case.imap.select()
    case.imap.unselect()
    return case


def idle_case(make_case, remote=None, **more):
    return notify_case(make_case, remote=dict(
        remote or {}, disable_extensions=["NOTIFY"]), **more)


WAYS = {"notify": notify_case, "idle": idle_case}
WATCHING = {"notify": "remote watching all folders by NOTIFY",
            "idle": "remote watching INBOX by IDLE"}


@pytest.fixture(params=["notify", "idle"])
def way(request):
    return request.param


def ready(w, way):
    w.wait("remote start", WATCHING[way], "remote news *")
    w.quiet()


def test_inbox(way, make_case, watch, record_property):
    case = WAYS[way](make_case)
    w = watch(case)
    ready(w, way)
    uid = case.imap.append(message(1))
    record_property("new mail, s", w.wait("remote news INBOX"))
    for change, flag in (("+", "\\Seen"), ("+", "\\Flagged"), ("-", "\\Seen"),
                         ("+", "Work"), ("+", "\\Deleted")):
        case.imap.store(uid, change, [flag])
        w.wait("remote news INBOX")
    case.imap.c.expunge()
    w.wait("remote news INBOX")
    case.imap.unselect()
    w.quiet()
    w.stop()


def test_all_folders(make_case, watch):
    case = notify_case(make_case)
    case.imap.create("Work")
    w = watch(case)
    ready(w, "notify")
    case.imap.append(message(1), "Work")
    w.wait("remote news Work")
    case.imap.create("Neuä/A&B")
    w.wait("remote news *")
    w.quiet()
    case.imap.append(message(2), "Neuä/A&B")
    w.wait("remote news Neuä/A&B")
    case.imap.rename_folder("Work", "Play")
    w.wait("remote news *")
    w.quiet()
    case.imap.append(message(3), "Play")
    w.wait("remote news Play")
    case.imap.delete_folder("Play")
    w.wait("remote news *")
    w.stop()


def test_idlefolders(make_case, watch):
    case = idle_case(make_case, remote={"idlefolders": ["Wörk", "INBOX"]})
    case.imap.create("Wörk")
    w = watch(case)
    w.wait("remote watching INBOX by IDLE", "remote watching Wörk by IDLE",
           "remote news *")
    w.quiet()
    case.imap.append(message(1), "Wörk")
    w.wait("remote news Wörk")
    case.imap.append(message(1))
    w.wait("remote news INBOX")
    w.stop()


def test_over_tls(way, make_case, watch):
    """What is woken and what is waited for passes through the layers."""
    server = make_case().server
    case = WAYS[way](make_case, remote={
        "host": "localhost", "tls": "yes", "port": server.tls_port,
        "sslcacertfile": server.ca})
    w = watch(case)
    ready(w, way)
    for n in range(3):
        w.kick()
        case.imap.append(message(n))
        w.wait("remote news INBOX")
    assert "remote end" not in w.seen
    w.stop()


def test_no_such_folder(make_case, watch):
    """Reported once; the others go on."""
    case = idle_case(make_case, remote={"idlefolders": ["Nowhere"]})
    w = watch(case)
    w.wait("remote watching INBOX by IDLE")
    while not any(x.startswith("remote warning not watching: SELECT") or
                  x.startswith("remote warning not watching: watching Nowhere")
                  for x in w.seen):
        w.seen.append(w.lines.get(timeout=limit(SECONDS)))
    case.imap.append(message(1))
    w.wait("remote news INBOX")
    w.stop()


def test_list_index_off(make_case, watch):
    """Dovecot then has no NOTIFY, whatever it says: IDLE."""
    extra = "mailbox_list_index = no"
    with dovecot.Dovecot(extra=extra, capability="+NOTIFY") as server:
        case = notify_case(make_case, server=server)
        w = watch(case)
        ready(w, "idle")
        case.imap.append(message(1))
        w.wait("remote news INBOX")
        w.stop()
        assert not any(x.startswith("remote warning") for x in w.seen), w.seen


def test_server_restarts(way, make_case, watch):
    """It comes back by itself, and what happened meanwhile is looked for."""
    with dovecot.Dovecot() as server:
        case = WAYS[way](make_case, server=server)
        w = watch(case)
        ready(w, way)
        server.halt()
        w.wait("remote end")
        server.again()
        w.wait(WATCHING[way], "remote news *")
        w.quiet()
        case.imap = type(case.imap)(server.port, case.user, dovecot.PASSWORD)
        case.imap.append(message(1))
        w.wait("remote news INBOX")
        w.stop()


def test_stopped_for_long(way, make_case, watch):
    """SIGSTOP, as a laptop that sleeps: news waits, and is told."""
    case = WAYS[way](make_case)
    w = watch(case)
    ready(w, way)
    w.signal(signal.SIGSTOP)
    case.imap.append(message(1))
    w.signal(signal.SIGCONT)
    w.wait("remote news INBOX")
    w.stop()


def test_stopped_while_the_server_goes(way, make_case, watch):
    with dovecot.Dovecot() as server:
        case = WAYS[way](make_case, server=server)
        w = watch(case)
        ready(w, way)
        w.signal(signal.SIGSTOP)
        server.halt()
        server.again()
        w.signal(signal.SIGCONT)
        w.wait("remote end", WATCHING[way], "remote news *")
        w.stop()


def imap_processes(server):
    """Those that serve somebody."""
    found = []
    for pid in server._processes():
        try:
            with open("/proc/%d/cmdline" % pid) as f:
                if f.read().split("\0")[0].endswith("/imap"):
                    found.append(pid)
        except OSError:
            pass
    return found


def test_dead_peer(way, make_case, watch, record_property):
    """A server that says nothing is given up when there is doubt."""
    with dovecot.Dovecot() as server:
        case = WAYS[way](make_case, server=server)
        case.close()
        w = watch(case)
        ready(w, way)
        stopped = imap_processes(server)
        assert stopped
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        w.kick()
        record_property("noticed, s", w.wait("remote end"))
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        w.wait(WATCHING[way], "remote news *")
        w.stop()


def test_alive_peer(way, make_case, watch):
    """Kicks do no harm."""
    case = WAYS[way](make_case)
    w = watch(case)
    ready(w, way)
    for _ in range(20):
        w.kick()
    case.imap.append(message(1))
    w.wait("remote news INBOX")
    assert "remote end" not in w.seen
    w.stop()


def test_wrong_password(make_case, watch):
    """One attempt, one warning, until somebody asks for another."""
    with dovecot.Dovecot() as server:  # it is slow to all who come from here
        case = make_case(server=server, remote={"pass": "wrong"})
        w = watch(case)
        w.wait("remote start", "remote end")
        w.kick()
        w.wait("remote start", "remote end")
        w.stop()
    said = [x for x in w.seen if "AUTHENTICATIONFAILED" in x]
    assert len(said) == 1, w.seen


@pytest.mark.parametrize("sep", [".", "/", "++"])
def test_files(sep, make_case, watch):
    case = make_case(sep=sep, remote={"disable_extensions":
                                      ["NOTIFY", "IDLE"]})
    case.imap.append(message(1))
    case.sync()
    w = watch(case)
    w.wait("local watching files", "local news *")
    w.quiet()
    f = case.maildir.list()[0]
    os.rename(f.path, f.path + "S")
    w.wait("local news INBOX")
    os.unlink(case.maildir.list()[0].path)
    w.wait("local news INBOX")
    case.imap.create("Work/Notes")
    case.imap.append(message(2), "Work/Notes")
    case.sync()
    w.wait("local news *")
    w.quiet()
    f = case.maildir.list("Work/Notes")[0]
    os.rename(f.path, f.path + "F")
    w.wait("local news Work/Notes")
    w.stop()
