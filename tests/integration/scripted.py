# SPDX-License-Identifier: GPL-2.0-or-later
"""A small IMAP server that is healthy until a test replaces an answer.

    with Scripted({"INBOX": [b"..."]}) as s:
        s.on["SELECT"] = lambda c, tag, arg: c.send(b"* 3 EXISTS\\r\\n")

A hook gets the connection, the tag and the arguments of the command; what it
returns is sent as the tagged answer ("OK done" when it returns None, nothing
when it returns ""). One thread for each connection.
"""

import contextlib
import re
import socket
import threading


class Box:
    def __init__(self, messages, validity=4711, ident=None):
        self.validity = validity
        self.ident = ident  # MAILBOXID (RFC 8474), with OBJECTID
        self.next = 1
        self.messages = {}  # uid: [flags, bytes]
        for data in messages:
            self.add(data)

    def add(self, data, flags=()):
        uid = self.next
        self.messages[uid] = [set(flags), data]
        self.next += 1
        return uid


class Connection:
    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = sock.makefile("rb")
        self.box = None

    def send(self, data):
        if isinstance(data, str):
            data = data.encode()
        self.sock.sendall(data)

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def run(self):
        self.send(self.server.greeting)
        while True:
            line = self.file.readline()
            if not line.endswith(b"\r\n"):
                return
            self.command(line[:-2])

    def literal(self, line):
        """The bytes that follow a line that ends in {n} or {n+}."""
        m = re.search(rb"\{(\d+)(\+?)\}$", line)
        if m is None:
            return None
        if not m.group(2):
            self.send("+ go\r\n")
        return self.file.read(int(m.group(1)))

    def command(self, line):
        tag, _, rest = line.decode("latin-1").partition(" ")
        name, _, arg = rest.partition(" ")
        name = name.upper()
        if name == "UID":
            name, _, arg = arg.partition(" ")
            name = "UID " + name.upper()
        self.server.seen.append(name)
        hook = self.server.on.get(name)
        if hook is None:
            hook = getattr(self, "do_" + name.lower().replace(" ", "_"),
                           lambda *_: "BAD what?")
            answer = hook(tag, arg)
        else:
            answer = hook(self, tag, arg)
        if answer is None:
            answer = "OK done"
        if answer:
            self.send("%s %s\r\n" % (tag, answer))

    # A healthy server without any extension but UIDPLUS.

    def do_capability(self, tag, arg):
        self.send("* CAPABILITY %s\r\n" % self.server.capability)

    def do_login(self, tag, arg):
        return "OK [CAPABILITY %s] in" % self.server.capability

    def do_logout(self, tag, arg):
        self.send("* BYE\r\n")

    def do_noop(self, tag, arg):
        pass

    do_check = do_noop

    def do_list(self, tag, arg):
        for name in self.server.boxes:
            self.send(b'* LIST () "/" ' + quoted(name) + b"\r\n")

    def do_status(self, tag, arg):
        name = unquoted(arg.rpartition(" (")[0])
        if name not in self.server.boxes:
            return "NO there is none"
        box = self.server.boxes[name]
        self.send(b"* STATUS " + quoted(name) + (
            " (MESSAGES %d UIDNEXT %d UIDVALIDITY %d)\r\n" % (
                len(box.messages), box.next, box.validity)).encode())

    def do_select(self, tag, arg):
        name = unquoted(arg)
        if name not in self.server.boxes:
            return "NO there is none"
        self.box = box = self.server.boxes[name]
        self.send(
            "* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft)\r\n"
            "* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted "
            "\\Draft \\*)] x\r\n* %d EXISTS\r\n* 0 RECENT\r\n"
            "* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n" % (
                len(box.messages), box.validity, box.next))
        if box.ident:
            self.send("* OK [MAILBOXID (%s)] x\r\n" % box.ident)
        return "OK [READ-WRITE] in"

    do_examine = do_select

    def do_close(self, tag, arg):
        self.box = None

    def do_create(self, tag, arg):
        self.server.boxes.setdefault(unquoted(arg), Box([]))

    def fetched(self, number, uid, what):
        flags, data = self.box.messages[uid]
        out = ["UID %d" % uid]
        if "FLAGS" in what:
            out.append("FLAGS (%s)" % " ".join(sorted(flags)))
        if "INTERNALDATE" in what:
            out.append('INTERNALDATE "06-Feb-2023 10:00:00 +0000"')
        if "RFC822.SIZE" in what:
            out.append("RFC822.SIZE %d" % len(data))
        body = b""
        m = re.search(r"BODY\.PEEK(\[[^\]]*\])(<0\.(\d+)>)?", what)
        if m:
            body = data
            if "HEADER" in m.group(1):
                header = re.match(rb"(.*?\n)??\r?\n", data, re.S)
                body = header.group() if header else data
            if "TEXT" in m.group(1):
                header = re.match(rb"(.*?\n)??\r?\n", data, re.S)
                body = data[header.end():] if header else b""
            if m.group(2):
                body = body[:int(m.group(3))]
            out.append("BODY%s%s {%d}\r\n" % (
                m.group(1), "<0>" if m.group(2) else "", len(body)))
        return ("* %d FETCH (" % number + " ".join(out)).encode() + body + \
            b")\r\n"

    def chosen(self, text):
        uids = sorted(self.box.messages)
        for n, uid in enumerate(uids, 1):
            for part in text.split(","):
                a, _, b = part.partition(":")
                top = max(uids)
                lo = top if a == "*" else int(a)
                hi = lo if not b else top if b == "*" else int(b)
                if min(lo, hi) <= uid <= max(lo, hi):
                    yield n, uid
                    break

    def do_uid_fetch(self, tag, arg):
        which, _, what = arg.partition(" ")
        for n, uid in list(self.chosen(which)):
            self.send(self.fetched(n, uid, what))

    def do_uid_store(self, tag, arg):
        which, how, flags = arg.split(" ", 2)
        words = set(flags.strip("()").split())
        for _, uid in self.chosen(which):
            have = self.box.messages[uid][0]
            self.box.messages[uid][0] = have | words if how[0] == "+" \
                else have - words

    def do_uid_expunge(self, tag, arg):
        for n, uid in sorted(self.chosen(arg), reverse=True):
            if "\\Deleted" in self.box.messages[uid][0]:
                del self.box.messages[uid]
                self.send("* %d EXPUNGE\r\n" % n)

    def do_uid_copy(self, tag, arg):
        which, _, name = arg.partition(" ")
        box = self.server.boxes[unquoted(name)]
        made = [(uid, box.add(self.box.messages[uid][1],
                              self.box.messages[uid][0]))
                for _, uid in self.chosen(which)]
        return "OK [COPYUID %d %s %s] done" % (
            box.validity, *(",".join(map(str, u)) for u in zip(*made)))

    def do_append(self, tag, arg):
        data = self.literal(arg.encode("latin-1"))
        self.file.readline()
        name = unquoted(re.match(r'("[^"]*"|\S+)', arg).group(1))
        m = re.search(r'"? \(([^)]*)\)', arg)
        box = self.server.boxes[name]
        uid = box.add(data, m.group(1).split() if m else ())
        return "OK [APPENDUID %d %d] done" % (box.validity, uid)


def quoted(name):
    if isinstance(name, str):
        name = name.encode()
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def unquoted(text):
    text = text.strip()
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


class Scripted:
    def __init__(self, boxes, capability="IMAP4rev1 UIDPLUS",
                 greeting=b"* OK hello\r\n"):
        self.boxes = {n: b if isinstance(b, Box) else Box(b)
                      for n, b in boxes.items()}
        self.capability = capability
        self.greeting = greeting
        self.on = {}
        self.seen = []
        self.connections = []
        self.kind = Connection  # may be replaced by a class of it

    def __enter__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(8)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for c in self.connections:
            c.close()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            c = self.kind(self, sock)
            self.connections.append(c)
            threading.Thread(target=self.serve, args=(c,),
                             daemon=True).start()

    def serve(self, c):
        with contextlib.suppress(OSError, ValueError):
            c.run()
        c.close()
