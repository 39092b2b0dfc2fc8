# SPDX-License-Identifier: GPL-2.0-or-later
"""The life in ./demo: while it runs, mail comes in at a human pace, is read,
flagged, answered, moved and deleted, on the server and in the Maildirs."""

import os
import random
import threading

from imapbox import ImapBox
from maildirbox import MaildirBox

PAUSE = 1.1     # seconds between two deeds, on average
BURST = 0.12    # of the deliveries are many messages at once
ENOUGH = 60     # messages in a folder from which on more are deleted


class Account:
    """A mailbox that people write to, and its owner's two programs."""

    def __init__(self, name, folders, box, maildir):
        self.name = name
        self.folders = folders
        self.box = box
        self.maildir = maildir

    def folder(self, rng):
        """Most things happen in the INBOX."""
        return rng.choices(self.folders,
                           [2 * len(self.folders)] +
                           [1] * (len(self.folders) - 1))[0]


class Postman(threading.Thread):
    """Does one thing after another until stop() is called."""

    def __init__(self, port, password, mail, accounts, message, seed=0):
        """accounts: names with their folders; message(rng, name, n) makes a
        message and its date."""
        super().__init__(daemon=True)
        self.rng = random.Random(seed)
        self.message = message
        self.sent = 100000
        self.ending = threading.Event()
        self.accounts = [
            Account(name, folders, ImapBox(port, name, password),
                    MaildirBox(os.path.join(mail, name), "/"))
            for name, folders in accounts.items()]

    def run(self):
        deeds = [self.deliver] * 10 + [self.read] * 4 + [self.flag] * 2 + \
            [self.delete] * 2 + [self.move, self.read_here, self.delete_here]
        while not self.ending.wait(self.rng.expovariate(1 / PAUSE)):
            account = self.rng.choices(self.accounts, [5, 3, 2])[0]
            try:
                self.rng.choice(deeds)(account)
            except (OSError, AssertionError):
                pass  # the message was gone already, or the server ends

    def stop(self):
        self.ending.set()
        self.join()
        for a in self.accounts:
            a.box.close()

    # --- on the server ---------------------------------------------------------

    def deliver(self, a):
        many = self.rng.randint(8, 25) if self.rng.random() < BURST else 1
        folder = a.folder(self.rng)
        for _ in range(many):
            self.sent += 1
            data, _ = self.message(self.rng, a.name, self.sent)
            a.box.append(data, folder)

    def some(self, a, most):
        """(folder, UIDs): the newest are the ones people touch."""
        folder = a.folder(self.rng)
        uids = a.box.uids(folder)[-20:]
        return folder, self.rng.sample(uids, min(len(uids),
                                                 self.rng.randint(1, most)))

    def change(self, a, most, flags):
        folder, uids = self.some(a, most)
        if uids:
            a.box.store(uids, self.rng.choice("++-"), flags, folder)
            a.box.unselect()

    def read(self, a):
        self.change(a, 4, ["\\Seen"])

    def flag(self, a):
        self.change(a, 2, [self.rng.choice(["\\Flagged", "\\Answered"])])

    def delete(self, a):
        folder, uids = self.some(a, 2)
        if len(a.box.uids(folder)) > ENOUGH:
            uids = a.box.uids(folder)[:5]
        if uids:
            a.box.delete(uids, folder)
            a.box.unselect()

    def move(self, a):
        folder, uids = self.some(a, 1)
        to = self.rng.choice(a.folders)
        if uids and to != folder:
            a.box.move(uids, folder, to)
            a.box.unselect()

    # --- in the Maildir --------------------------------------------------------

    def here(self, a):
        folder = a.folder(self.rng)
        files = a.maildir.list(folder)
        return self.rng.choice(files) if files else None

    def read_here(self, a):
        f = self.here(a)
        if f:
            a.maildir.set_flags(f, set(f.letters) | {"S"})

    def delete_here(self, a):
        f = self.here(a)
        if f:
            a.maildir.delete(f)
