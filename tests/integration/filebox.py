# SPDX-License-Identifier: GPL-2.0-or-later
"""A Maildir seen as ImapBox sees a server, so that one test can run with
either; what stands for a UID is the part of a file's name that stays."""

import os
import re
import shutil

from imapbox import Message
from maildirbox import SYSTEM, MaildirBox, to_wire

LETTERS = {flag: letter for letter, flag in SYSTEM.items()}


class FileBox:
    prefix, separator = "", "."

    def __init__(self, root):
        self.root = root
        self.box = MaildirBox(root)
        if not os.path.isdir(self.box.path()):
            self.box.create("INBOX")

    def close(self):
        pass

    def unselect(self):
        pass

    @staticmethod
    def native(folder):
        return folder.replace("/", ".")

    def folders(self):
        return sorted(f.replace(".", "/") for f in self.box.folders())

    def create(self, folder):
        self.box.create(folder)

    def delete_folder(self, folder):
        shutil.rmtree(self.box.path(folder))

    def files(self, folder="INBOX"):
        """By what stands for the UID."""
        return {f.base.split(",")[0]: f for f in self.box.list(folder)}

    def list(self, folder="INBOX", bodies=True):
        return {uid: Message(uid, f.flags, f.mtime, f.data if bodies else b"")
                for uid, f in self.files(folder).items()}

    def uids(self, folder="INBOX"):
        return sorted(self.files(folder))

    def letter(self, flag, folder):
        if flag in LETTERS:
            return LETTERS[flag]
        known = self.box.keywords(folder)
        for letter, name in known.items():
            if name == flag:
                return letter
        n = len(known)
        with open(os.path.join(self.box.path(folder), "dovecot-keywords"),
                  "a", encoding="utf-8") as f:
            f.write("%d %s\n" % (n, flag))
        return chr(ord("a") + n)

    def append(self, data, folder="INBOX", flags=(), date=None):
        lf = data.replace(b"\r\n", b"\n")
        letters = "".join(sorted(self.letter(f, folder) for f in flags))
        path = self.box.write(lf if to_wire(lf) == data else data, folder,
                              letters, date)
        return re.split("[,:]", os.path.basename(path))[0]

    def chosen(self, uids, folder):
        files = self.files(folder)
        if uids == "1:*":
            return list(files.values())
        if not isinstance(uids, (list, tuple, set)):
            uids = [uids]
        return [files[uid] for uid in uids]

    def store(self, uids, change, flags, folder="INBOX"):
        letters = {self.letter(f, folder) for f in flags}
        for f in self.chosen(uids, folder):
            have = set(f.letters)
            self.box.set_flags(f, have | letters if change == "+"
                               else have - letters)

    def delete(self, uids, folder="INBOX"):
        for f in self.chosen(uids, folder):
            self.box.delete(f)

    def move(self, uids, folder, dest):
        for f in self.chosen(uids, folder):
            self.box.move(f, dest)

    def copy(self, uids, folder, dest):
        for f in self.chosen(uids, folder):
            self.box.copy(f, dest)
