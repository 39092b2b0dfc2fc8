# SPDX-License-Identifier: GPL-2.0-or-later
"""The engine under commands at random, while mail changes on both sides and
the server is killed and started again: nothing is lost, nothing is doubled,
and it ends. HAMMER_SECONDS says how long; the seed is printed."""

import collections
import imaplib
import os
import random
import signal
import subprocess
import threading
import time

import pytest

import dovecot
from blink import Blink
from conftest import message
from imapbox import ImapBox
from maildirbox import MaildirBox
from patience import limit

HAMMER = os.environ.get("HAMMER")
SECONDS = int(os.environ.get("HAMMER_SECONDS", "12"))
SEED = int(os.environ.get("SEED", "1"), 0) if os.environ.get("SEED") != \
    "random" else random.randrange(1 << 30)

pytestmark = pytest.mark.skipif(not HAMMER, reason="no hammer was built")


class User:
    """Somebody who uses both sides of an account, and remembers it."""

    def __init__(self, name, server, root, rng):
        self.name, self.server, self.rng = name, server, rng
        self.maildir = MaildirBox(os.path.join(root, name), "/")
        self.made = set()
        self.gone = set()
        self.number = 0
        self.did = []

    def imap(self):
        return ImapBox(self.server.port, self.name, dovecot.PASSWORD)

    def id_of(self, data):
        return data.split(b"Message-ID: <", 1)[1].split(b"@", 1)[0].decode()

    def note(self, what, data):
        self.did.append("%.3f %s %s" % (time.time(), self.id_of(data), what))

    def new(self):
        self.number += 1
        n = "%s-%d" % (self.name, self.number)
        return n, message(n, body="Line.\r\n" * self.rng.randrange(200))

    def act(self):
        getattr(self, self.rng.choice((
            "arrives", "arrives", "written", "written", "flags_there",
            "flags_here", "deletes_here", "deletes_there")))()

    def arrives(self):
        n, data = self.new()
        box = self.imap()
        try:
            box.append(data)
            self.made.add(n)
            self.note("arrives", data)
        finally:
            box.close()

    def written(self):
        n, data = self.new()
        if os.path.isdir(self.maildir.path("INBOX")):
            self.note("written " + self.maildir.write(data), data)
            self.made.add(n)

    def flags_there(self):
        box = self.imap()
        try:
            uids = sorted(box.uids())
            if uids:
                box.store(self.rng.choice(uids), self.rng.choice("+-"),
                          ["\\Seen"])
        finally:
            box.close()

    def local(self):
        if not os.path.isdir(self.maildir.path("INBOX")):
            return None
        files = self.maildir.list()
        return self.rng.choice(files) if files else None

    def flags_here(self):
        f = self.local()
        if f is not None:
            self.note("flags " + self.maildir.set_flags(
                f, self.rng.choice(("", "F", "S", "FS"))), f.data)

    def deletes_here(self):
        f = self.local()
        if f is not None:
            self.note("deletes here " + f.name, f.data)
            self.gone.add(self.id_of(f.data))
            self.maildir.delete(f)

    def deletes_there(self):
        box = self.imap()
        try:
            found = box.list()
            if found:
                uid = self.rng.choice(sorted(found))
                self.note("deletes there UID %d" % uid, found[uid].data)
                self.gone.add(self.id_of(found[uid].data))
                box.delete(uid)
        finally:
            box.close()


def world(server, users, tmp):
    blink = Blink(tmp)
    blink.general.update(maxsyncaccounts=2)
    for u in users:
        blink.account(
            u.name, {"host": "127.0.0.1", "port": server.port,
                     "user": u.name, "pass": dovecot.PASSWORD, "tls": "no",
                     "maxconnections": 3},
            {"path": u.maildir.root, "sep": "/"},
            autorefresh=0.02, quick=3, maxdelete=1000000)
    blink.write_config()
    return blink


def act(server, users, rng):
    """One user does something; the server dies now and then."""
    try:
        rng.choice(users).act()
    except (OSError, imaplib.IMAP4.error):
        pass  # the server is away, or blinkmail renamed the file
    if rng.random() < 0.01:
        server.halt()
        time.sleep(rng.random() / 2)
        server.again()


def disturb(server, users, rng, over, trouble):
    try:
        while not over.wait(rng.random() / 30):
            act(server, users, rng)
    except Exception as e:  # shown by the test
        trouble.append(e)


@pytest.mark.seconds(SECONDS * 3 + 120)
def test_random_commands(tmp):
    print("SEED=%d HAMMER_SECONDS=%d" % (SEED, SECONDS))
    rng = random.Random(SEED)
    with dovecot.Dovecot(storage="sdbox") as server:
        users = [User("h%d" % n, server, os.path.join(tmp, "Mail"), rng)
                 for n in range(4)]
        blink = world(server, users, tmp)
        over, trouble = threading.Event(), []
        t = threading.Thread(target=disturb,
                             args=(server, users, rng, over, trouble))
        t.start()
        p = subprocess.Popen(
            [HAMMER, blink.config, str(SECONDS), str(SEED)], text=True,
            env=blink.environment(), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        stop = threading.Timer(SECONDS / 2, halt, args=(p,))
        stop.start()
        out, err = p.communicate(timeout=limit(SECONDS * 2 + 90))
        stop.join()
        over.set()
        t.join()
        print(out)
        assert trouble == []
        assert p.returncode == 0 and "anitizer" not in err, err[-8000:]
        try:
            finish(blink, users)
        except AssertionError:
            print(err)
            raise


def halt(p):
    """Long enough for each deadline of a second or so to pass."""
    if p.poll() is None:
        p.send_signal(signal.SIGSTOP)
        time.sleep(3)
        p.send_signal(signal.SIGCONT)


def finish(blink, users):
    for _ in range(2):
        blink.sync(rc=None)
    r = blink.sync()
    assert r.ops() == [], r.ops()
    for u in users:
        box = u.imap()
        there = collections.Counter(u.id_of(m.data)
                                    for m in box.list().values())
        box.close()
        here = collections.Counter(u.id_of(f.data)
                                   for f in u.maildir.list())
        assert here == there
        assert max(here.values(), default=1) == 1, "doubled"
        lost = u.made - u.gone - set(here)
        assert lost == set(), [d for d in u.did if d.split()[1] in lost]
        # What was deleted may be back where its flags changed meanwhile.
        assert set(here) - u.made == set(), "from nowhere"
        assert u.maildir.tmp() == []
