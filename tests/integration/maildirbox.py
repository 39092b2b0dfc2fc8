# SPDX-License-Identifier: GPL-2.0-or-later
"""What a Maildir has, and what a mail reader does to it: the local oracle.

It reads files by the rule of the manual: a file in which a line of the header
ends in CRLF holds the server's bytes unchanged; in all others each LF stands for
CRLF.
"""

import hashlib
import itertools
import os
import re
import socket
import time

SYSTEM = {"D": "\\Draft", "F": "\\Flagged", "R": "\\Answered",
          "S": "\\Seen", "T": "\\Deleted", "P": "$Forwarded"}
_count = itertools.count(1)


def to_wire(data):
    for line in data.split(b"\n")[:-1]:
        if line.endswith(b"\r"):
            return data
        if not line:
            break
    return re.sub(rb"(?<!\r)\n", b"\r\n", data)


class File:
    def __init__(self, path, keywords):
        self.path = path
        self.name = os.path.basename(path)
        self.sub = os.path.basename(os.path.dirname(path))
        self.base, _, info = self.name.partition(":2,")
        self.letters = info
        self.flags = frozenset(
            SYSTEM.get(c) or keywords.get(c, "?" + c) for c in info)
        with open(path, "rb") as f:
            self.raw = f.read()
        self.data = to_wire(self.raw)
        self.sha = hashlib.sha256(self.data).hexdigest()
        self.mtime = int(os.stat(path).st_mtime)

    @property
    def uid(self):
        m = re.search(r",U=(\d+)", self.name)
        return int(m.group(1)) if m else None

    def __repr__(self):
        return "<%s/%s %s>" % (self.sub, self.name, self.sha[:8])


class MaildirBox:
    """A tree of Maildirs; sep "." or "/", or "++" for Maildir++."""

    def __init__(self, root, sep="."):
        self.root = root
        self.sep = sep

    def path(self, folder="INBOX"):
        if self.sep == "++":
            if folder == "INBOX":
                return self.root
            return os.path.join(self.root,
                                "." + folder.replace("/", "."))
        return os.path.join(self.root, folder.replace("/", self.sep))

    def folders(self):
        """Relative paths of all Maildirs."""
        out = []
        for d, subs, _ in os.walk(self.root):
            if {"cur", "new", "tmp"} <= set(subs):
                out.append(os.path.relpath(d, self.root))
            subs[:] = [s for s in subs if s not in ("cur", "new", "tmp")]
        return sorted(out)

    def create(self, folder):
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.path(folder), sub), 0o700)
        if self.sep == "++" and folder != "INBOX":
            open(os.path.join(self.path(folder), "maildirfolder"),
                 "w").close()

    def keywords(self, folder="INBOX"):
        """letter -> keyword, from dovecot-keywords."""
        try:
            with open(os.path.join(self.path(folder), "dovecot-keywords"),
                      encoding="utf-8") as f:
                return {chr(ord("a") + int(n)): name for n, name in
                        (line.split() for line in f)}
        except FileNotFoundError:
            return {}

    def list(self, folder="INBOX"):
        """All messages, sorted by file name; looks again when one is renamed
        meanwhile."""
        for _ in range(50):
            try:
                return self._list(folder)
            except FileNotFoundError:
                pass
        return self._list(folder)

    def _list(self, folder):
        words = self.keywords(folder)
        out = []
        for sub in ("new", "cur"):
            d = os.path.join(self.path(folder), sub)
            if os.path.isdir(d):
                out += [File(os.path.join(d, n), words)
                        for n in os.listdir(d) if not n.startswith(".")]
        return sorted(out, key=lambda f: f.name)

    def tmp(self):
        """All that lies in any tmp/."""
        return [os.path.join(d, f) for d, _, files in os.walk(self.root)
                for f in files if os.path.basename(d) == "tmp"]

    def write(self, data, folder="INBOX", flags="", mtime=None):
        """Delivers as a mail reader does: tmp, then new or cur."""
        name = "%d.R%d.%s" % (time.time(), next(_count),
                              socket.gethostname())
        p = self.path(folder)
        tmp = os.path.join(p, "tmp", name)
        with open(tmp, "wb") as f:
            f.write(data)
        if mtime is not None:
            os.utime(tmp, (mtime, mtime))
        sub = "cur/%s:2,%s" % (name, flags) if flags else "new/" + name
        os.rename(tmp, os.path.join(p, sub))
        return os.path.join(p, sub)

    def find(self, text, folder="INBOX"):
        """The one message with these bytes in it."""
        text = text.encode() if isinstance(text, str) else text
        found = [f for f in self.list(folder) if text in f.raw]
        assert len(found) == 1, (text, found)
        return found[0]

    def set_flags(self, f, letters):
        """Renames as a mail reader does: new becomes cur."""
        folder = os.path.dirname(os.path.dirname(f.path))
        dest = os.path.join(folder, "cur", f.base + ":2," +
                            "".join(sorted(letters)))
        os.rename(f.path, dest)
        return dest

    def delete(self, f):
        os.unlink(f.path)

    def move(self, f, dest):
        """Like mv: the name with its U= and FMD5= is kept."""
        to = os.path.join(self.path(dest), f.sub, f.name)
        os.rename(f.path, to)
        return to

    def copy(self, f, dest):
        to = os.path.join(self.path(dest), f.sub, f.name)
        with open(to, "wb") as out:
            out.write(f.raw)
        return to
