# SPDX-License-Identifier: GPL-2.0-or-later
"""Random histories: users on both sides, runs that are killed, and after one
whole run nothing is lost, both sides are equal, and what was only moved or
copied has the flags and keywords that it had.

SEED=n begins with another one, SEED=random with a new one each time."""

import collections
import os
import random
import signal
import time

import blink
import pytest
from conftest import lf, message

FOLDERS = ["INBOX", "A", "B/C"]
ROUNDS = 6
WORDS = ["kw1", "kw2", "kw3"]


def number(data):
    return int(data.split(b"Message-ID: <")[1].split(b"@")[0])


def first_seed():
    text = os.environ.get("SEED", "100")
    return int(time.time()) % 10 ** 6 * 100 if text == "random" else int(text)


class History:
    def __init__(self, make_case, seed, storages):
        self.rng = random.Random(seed)
        self.case = make_case(
            storage=self.rng.choice(storages),
            extensions=self.rng.choice(["all", "none"]),
            sep=self.rng.choice([".", "/"]))
        self.case.blink.general["fsync"] = False
        self.next = 1
        for f in FOLDERS[1:]:
            self.case.imap.create(f)
        self.case.maildir.create("INBOX")
        self.case.sync()

    def begin_round(self):
        self.log = []
        self.touched = set()
        self.deleted = set()
        self.moved = {}  # (folder, number): flags

    def some(self, letters, most):
        return self.rng.sample(letters, self.rng.randint(0, most))

    def other(self, folder):
        return self.rng.choice([f for f in FOLDERS if f != folder])

    def new(self, remote, folder):
        n = self.next
        self.next += 1
        data = message(n, "b" * self.rng.randint(0, 3000) + "\r\n")
        if remote:
            self.case.imap.append(data, folder, flags=self.some(
                ["\\Seen", "\\Flagged", "\\Draft"] + WORDS, 3))
        else:
            self.case.maildir.write(lf(data), folder, flags="".join(
                sorted(self.some("SFRD", 2))))
        return n

    def act_remote(self, op, folder):
        imap = self.case.imap
        free = [m for m in imap.list(folder).values()
                if number(m.data) not in self.touched]
        if not free:
            return None
        m = self.rng.choice(free)
        if op == "flag":
            imap.store(m.uid, self.rng.choice("+-"), [self.rng.choice(
                ["\\Seen", "\\Answered"] + WORDS)], folder)
        elif op == "delete":
            imap.delete(m.uid, folder)
        else:
            to = self.other(folder)
            imap.move(m.uid, folder, to)
            self.moved[to, number(m.data)] = m.flags
        return number(m.data)

    def act_local(self, op, folder):
        maildir = self.case.maildir
        free = [f for f in maildir.list(folder)
                if number(f.raw) not in self.touched]
        if not free:
            return None
        f = self.rng.choice(free)
        to = self.other(folder)
        if op == "flag":
            maildir.set_flags(f, self.some(
                "SRD" + "".join(maildir.keywords(folder)), 3))
        elif op == "delete":
            maildir.delete(f)
        else:
            (maildir.move if op == "move" else maildir.copy)(f, to)
            self.moved[to, number(f.raw)] = f.flags
        return number(f.raw)

    def act(self):
        remote = self.rng.random() < 0.5
        folder = self.rng.choice(FOLDERS)
        op = self.rng.choice(["new", "new", "flag", "flag", "delete",
                              "move"] + ([] if remote else ["copy"]))
        if op == "new":
            n = self.new(remote, folder)
        elif remote:
            n = self.act_remote(op, folder)
        else:
            n = self.act_local(op, folder)
        if n is None:
            return
        self.touched.add(n)
        if op == "delete":
            self.deleted.add(n)
        self.log.append((op, "remote" if remote else "local", folder, n))

    def there(self):
        return {(f, number(m.data)) for f in FOLDERS
                for m in self.case.imap.list(f).values()}

    def here(self):
        return {(f, number(x.raw)) for f in FOLDERS
                for x in self.case.maildir.list(f)}

    def run(self):
        self.case.imap.unselect()
        for _ in range(self.rng.randint(0, 3)):
            p = self.case.blink.start("-o", "--force-delete")
            time.sleep(self.rng.uniform(0, 0.08))
            p.send_signal(signal.SIGKILL)
            blink.collect(p, 30)
        self.case.sync("--force-delete", rc=None)
        self.case.sync("--force-delete")

    def check(self, before):
        after = {n for _, n in self.there()}
        assert before - after <= self.deleted
        self.case.settled(*FOLDERS)
        for folder in FOLDERS:
            have = collections.defaultdict(list)
            for m in self.case.imap.list(folder).values():
                have[number(m.data)].append(m.flags)
            for (to, n), flags in self.moved.items():
                if to == folder and len(have[n]) == 1:
                    assert have[n] == [flags], (folder, n)


@pytest.mark.seconds(170)
@pytest.mark.parametrize("part", range(4))
def test_random_history(make_case, part):
    play(make_case, part, ["sdbox", "maildir", "maildir++"])


@pytest.mark.seconds(170)
@pytest.mark.parametrize("part", range(2))
def test_random_history_with_cyrus(make_case, part):
    play(make_case, part, ["cyrus"])


def play(make_case, part, storages):
    seed = first_seed() + part
    print("SEED=%d" % seed)
    h = History(make_case, seed, storages)
    for _ in range(ROUNDS):
        h.begin_round()
        for _ in range(h.rng.randint(3, 9)):
            h.act()
        print(h.log)
        before = {n for _, n in h.there() | h.here()}
        h.run()
        h.check(before)
