# SPDX-License-Identifier: GPL-2.0-or-later
"""What the server has, seen through imaplib: the remote oracle."""

import base64
import hashlib
import imaplib
import re
import ssl

imaplib._MAXLINE = 100_000_000


def encode(name):
    """Modified UTF-7 (RFC 3501 section 5.1.3)."""
    out, run = [], []

    def flush():
        if run:
            b = base64.b64encode("".join(run).encode("utf-16-be"))
            out.append("&" + b.decode().rstrip("=").replace("/", ",") + "-")
            run.clear()
    for c in name:
        if " " <= c <= "~":
            flush()
            out.append("&-" if c == "&" else c)
        else:
            run.append(c)
    flush()
    return "".join(out)


def decode(name):
    def part(m):
        s = m.group(1).replace(",", "/")
        if not s:
            return "&"
        return base64.b64decode(s + "=" * (-len(s) % 4)).decode("utf-16-be")
    return re.sub("&([^-]*)-", part, name)


def quote(name):
    name = encode(name)
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Message:
    """One message: uid, flags (without \\Recent), date, bytes."""

    def __init__(self, uid, flags, date, data):
        self.uid = uid
        self.flags = frozenset(f for f in flags if f.lower() != "\\recent")
        self.date = date
        self.data = data
        self.sha = hashlib.sha256(data).hexdigest()

    def __repr__(self):
        return "<UID %d %s %s>" % (self.uid, sorted(self.flags),
                                   self.sha[:8])


class ImapBox:
    """Folders are named as with "/" and without what the server has in front
    of each; others where prefix and separator are not given."""

    def __init__(self, port, user, password, tls_ca=None, host="127.0.0.1",
                 prefix="", separator="/", command=None):
        """With a command, that is the server, without a login."""
        self.prefix, self.separator = prefix, separator
        self.selected = None
        if command:
            self.c = imaplib.IMAP4_stream(command)
            return
        if tls_ca:
            c = ssl.create_default_context(cafile=tls_ca)
            self.c = imaplib.IMAP4_SSL(host, port, ssl_context=c)
        else:
            self.c = imaplib.IMAP4(host, port)
        self._ok(self.c.login(user, password))

    def close(self):
        try:
            self.c.logout()
        except (OSError, imaplib.IMAP4.error):
            pass

    @staticmethod
    def _ok(answer):
        typ, data = answer
        if typ != "OK":
            raise AssertionError("server says %s %r" % (typ, data))
        return data

    def native(self, folder):
        if folder == "INBOX":
            return folder
        return self.prefix + folder.replace("/", self.separator)

    def _name(self, native):
        if native == self.prefix.rstrip(self.separator):
            return native  # INBOX
        assert native.startswith(self.prefix), native
        return native[len(self.prefix):].replace(self.separator, "/")

    def _quote(self, folder):
        return quote(self.native(folder))

    def select(self, folder="INBOX"):
        self._ok(self.c.select(self._quote(folder)))
        self.selected = folder

    def unselect(self):
        if self.selected is not None:
            self.c.unselect()
            self.selected = None

    def folders(self):
        out = []
        for line in self._ok(self.c.list()):
            if line is None:
                continue
            if isinstance(line, tuple):
                name = line[1].decode()
                attrs = line[0].decode()
            else:
                m = re.match(rb'\(([^)]*)\) (?:"(?:\\.|[^"])*"|NIL) (.*)$',
                             line)
                attrs, name = m.group(1).decode(), m.group(2).decode()
                if name.startswith('"'):
                    name = re.sub(r"\\(.)", r"\1", name[1:-1])
            if "\\noselect" in attrs.lower():
                continue
            out.append(self._name(decode(name)))
        return sorted(out)

    def create(self, folder):
        self._ok(self.c.create(self._quote(folder)))

    def delete_folder(self, folder):
        self.unselect()
        self._ok(self.c.delete(self._quote(folder)))

    def rename_folder(self, old, new):
        self.unselect()
        self._ok(self.c.rename(self._quote(old), self._quote(new)))

    def append(self, data, folder="INBOX", flags=(), date=None):
        """Returns the new UID."""
        if isinstance(date, (int, float)):
            date = imaplib.Time2Internaldate(date)
        imaplib.MapCRLF = re.compile(rb"$^")  # bytes pass as they are
        answer = self._ok(self.c.append(
            self._quote(folder), "(%s)" % " ".join(flags), date, data))
        m = re.search(rb"APPENDUID \d+ (\d+)", answer[0])
        return int(m.group(1)) if m else None

    def status(self, folder, item):
        self.unselect()
        data = self._ok(self.c.status(self._quote(folder), "(%s)" % item))
        last = data[-1][-1] if isinstance(data[-1], tuple) else data[-1]
        return int(re.search(item.encode() + rb" (\d+)", last).group(1))

    def uidvalidity(self, folder="INBOX"):
        return self.status(folder, "UIDVALIDITY")

    def list(self, folder="INBOX", bodies=True):
        """All messages by UID."""
        self.select(folder)
        what = "(UID FLAGS INTERNALDATE%s)" % (
            " BODY.PEEK[]" if bodies else "")
        found = {}
        data = self._ok(self.c.uid("FETCH", "1:*", what))
        i = 0
        while i < len(data):
            part = data[i]
            i += 1
            if part is None:
                continue
            body = b""
            if isinstance(part, tuple):
                head, body = part
                while i < len(data) and not isinstance(data[i], tuple):
                    head += b" " + data[i]
                    i += 1
                    if head.endswith(b")"):
                        break
            else:
                head = part
                if b'BODY[] ""' not in head and bodies and \
                        b"BODY[]" in head:
                    m = re.search(rb'BODY\[\] "((?:\\.|[^"])*)"', head)
                    body = re.sub(rb"\\(.)", rb"\1", m.group(1)) if m else b""
            uid = re.search(rb"UID (\d+)", head)
            if uid is None:
                continue  # somebody else changed flags meanwhile
            uid = int(uid.group(1))
            flags = re.search(rb"FLAGS \(([^)]*)\)", head).group(1)
            date = imaplib.Internaldate2tuple(head)
            import time
            found[uid] = Message(uid, flags.decode().split(),
                                 int(time.mktime(date)), body)
        return found

    def uids(self, folder="INBOX"):
        return sorted(self.list(folder, bodies=False))

    def store(self, uid, change, flags, folder="INBOX"):
        """store(3, "+", ["\\Seen"])"""
        self.select(folder)
        if isinstance(uid, (list, tuple, set)):
            uid = ",".join(map(str, uid))
        self._ok(self.c.uid("STORE", str(uid), change + "FLAGS.SILENT",
                            "(%s)" % " ".join(flags)))

    def delete(self, uid, folder="INBOX"):
        self.store(uid, "+", ["\\Deleted"], folder)
        if isinstance(uid, (list, tuple, set)):
            uid = ",".join(map(str, uid))
        self._ok(self.c.uid("EXPUNGE", str(uid)))

    def move(self, uid, folder, dest, verb="MOVE"):
        self.select(folder)
        if isinstance(uid, (list, tuple, set)):
            uid = ",".join(map(str, uid))
        self._ok(self.c.uid(verb, str(uid), self._quote(dest)))

    def copy(self, uid, folder, dest):
        self.move(uid, folder, dest, "COPY")
