# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that are odd and not hostile: one odd answer costs itself, and all
else is synchronised."""

import os
import re
import select
import time

import pytest

import blink
from conftest import lf, message
from maildirbox import MaildirBox
from scripted import Connection, Scripted

PASS = "sesame-4711"


class Case:
    def __init__(self, tmp, server, **remote):
        self.server = server
        self.maildir = MaildirBox(os.path.join(tmp, "Mail"), "/")
        self.log = os.path.join(tmp, "log")
        self.blink = blink.Blink(tmp)
        self.blink.general["socktimeout"] = 5
        self.blink.account(
            "odd", {"type": "imap", "host": "127.0.0.1", "port": server.port,
                    "user": "u", "pass": PASS, "tls": "no", **remote},
            {"type": "maildir", "path": self.maildir.root, "sep": "/"})

    def run(self, rc=0):
        r = self.blink.run("-o", "-l", self.log, timeout=60)
        assert rc is None or r.rc == rc, r
        return r

    def here(self, folder="INBOX"):
        return sorted(f.data for f in self.maildir.list(folder))

    def there(self, folder="INBOX"):
        return sorted(m[1] for m in
                      self.server.boxes[folder].messages.values())

    def logged(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()


@pytest.fixture
def odd(tmp):
    servers = []

    def make(boxes=None, capability="IMAP4rev1 UIDPLUS", **remote):
        s = Scripted(boxes or {"INBOX": [message(1), message(2), message(3)],
                               "Work": [message(4)]}, capability)
        servers.append(s.__enter__())
        return Case(tmp, s, **remote)
    yield make
    for s in servers:
        s.__exit__(None, None, None)


def answers(server, change):
    """change() gets each line that the server sends, and tells another."""
    class Changed(Connection):
        def send(self, data):
            if isinstance(data, str):
                data = data.encode()
            super().send(change(data))
    server.kind = Changed


# What the server says; what the log must have of it.
LINES = {
    "unknown": (b"* X-FOO\t(\"a {x \x01\r\n", None),
    "an open string": (b"* XLIST \"a\r\n", None),
    "a literal": (b"* X-FOO {5}\r\na\r\n*b {1+}\r\nc)\r\n", None),
    "an empty line": (b"\r\n\r\n", None),
    "FLAGS without a list": (b"* FLAGS x\r\n", b"* FLAGS x"),
    "SEARCH": (b"* SEARCH x\r\n", b"* SEARCH x"),
    "a code": (b"* OK [X-FOO (\"a]\" b]) {3}] x\r\n", None),
    "capability": (b"* ID (\"a\" (b) \x01\r\n", b"* ID ("),
    "STATUS": (b"* STATUS nobody\r\n", b"* STATUS nobody"),
    "a number": (b"* 99999999999 FETCH (X 1)\r\n", None),
    "NAMESPACE": (b"* NAMESPACE (\"\" \"/\")\r\n", b"* NAMESPACE"),
}


@pytest.mark.parametrize("what", LINES)
def test_line(odd, what):
    """Before each answer of the server."""
    case = odd()
    line, shown = LINES[what]
    for name in ("LIST", "STATUS", "SELECT", "UID FETCH", "UID STORE",
                 "NOOP"):
        def hook(c, tag, arg, name=name):
            c.send(line)
            return getattr(c, "do_" + name.lower().replace(" ", "_"))(tag, arg)
        case.server.on[name] = hook
    case.run()
    assert case.here() == case.there()
    case.maildir.set_flags(case.maildir.find("<1@test>"), "FS")
    case.maildir.write(lf(message(9)))
    case.server.boxes["Work"].add(message(10))
    case.run()
    assert case.here() == case.there() and len(case.here()) == 4
    assert case.here("Work") == case.there("Work")
    assert "\\Flagged" in case.server.boxes["INBOX"].messages[1][0]
    if shown:
        assert shown.decode() in case.logged()


KEYWORDS = {
    "quote": b'ab"cd', "brace": b"{x", "TAB": b"a\tb", "latin-1": b"caf\xe9",
    "control": b"\x80\x80\x85\x04", "pair": b"a(b)", "pairs": b"(a) (b c)",
    "strings": b'"a b" "" "c', "literal": b"{5", "backslash": b"a\\b",
    "number": b"12345", "NIL": b"NIL", "bracket": b"[Gmail]/All Mail]",
}


@pytest.mark.parametrize("what", KEYWORDS)
@pytest.mark.parametrize("where", ["FLAGS", "PERMANENTFLAGS", "FETCH"])
def test_keyword(odd, where, what):
    """All messages come, and other flags travel both ways."""
    case = odd()
    pattern = {"FLAGS": rb"\* FLAGS \(", "FETCH": rb"UID 2 FLAGS \(",
               "PERMANENTFLAGS": rb"PERMANENTFLAGS \("}[where]
    answers(case.server, lambda data: re.sub(
        pattern, lambda m: m.group() + KEYWORDS[what] + b" ", data))
    case.server.boxes["INBOX"].messages[2][0].add("\\Seen")
    case.run()
    assert case.here() == case.there()
    assert case.here("Work") == case.there("Work")
    (two,) = [f for f in case.maildir.list() if b"<2@test>" in f.data]
    assert "\\Seen" in two.flags
    case.maildir.set_flags(case.maildir.find("<1@test>"), "F")
    case.server.boxes["INBOX"].messages[3][0].add("\\Answered")
    case.run()
    assert "\\Flagged" in case.server.boxes["INBOX"].messages[1][0]
    assert "\\Answered" in case.maildir.find("<3@test>").flags
    assert case.run().ops() == []


# Where the UID is known, nothing is missing.
ITEMS = {
    "MODSEQ": (b"UID 2", b"MODSEQ (-1) UID 2"),
    "MODSEQ list": (b"UID 2", b"MODSEQ (1 (2) 3) UID 2"),
    "number 0": (b"* 2 FETCH (UID 2", b"* 0 FETCH (UID 2"),
    "unknown": (b"UID 2", b"UID 2 X-A (b (c {1}\r\n\") \"d)\" NIL)"),
    "odd at the end": (b"FLAGS ())\r\n", b"FLAGS () X-Y \"z)\r\n"),
    "date": (b'"06-Feb-2023 10:00:00 +0000"', b"(x)"),
}


@pytest.mark.parametrize("what", ITEMS)
def test_item(odd, what):
    case = odd()
    old, new = ITEMS[what]
    answers(case.server, lambda data: data.replace(old, new))
    case.run()
    assert case.here() == case.there()
    case.maildir.set_flags(case.maildir.find("<2@test>"), "FS")
    case.run()
    assert "\\Flagged" in case.server.boxes["INBOX"].messages[2][0]
    assert case.run().ops() == []


def test_blank_line_behind_a_literal(odd):
    case = odd()
    answers(case.server, lambda data: re.sub(
        rb"\)\r\n\Z", b"\r\n)\r\n\r\n", data)
        if b"BODY[" in data else data)
    case.run()
    assert case.here() == case.there()


NAMES = {
    "TABs": (b'"Odd"', b"Od\td\t", "Od\\x09d"),
    "open": (b'"Odd"', b'"Odd', '"Odd'),
    "delimiter": (b'"/" "Odd"', b'"//" "Odd"', "Odd"),
    "no attributes": (b'() "/" "Odd"', b'"/" "Odd"', '"Odd"'),
}


@pytest.mark.parametrize("command", ["LIST", "LSUB"])
@pytest.mark.parametrize("what", NAMES)
def test_name(odd, command, what):
    """Such a folder is left out and named, in each run; one that was known is
    not deleted."""
    boxes = {"INBOX": [message(1)], "Odd": [message(2)], "Work": [message(3)]}
    case = odd(boxes, subscribedonly=command == "LSUB")
    case.server.on["LSUB"] = lambda c, tag, arg: (
        [c.send(b'* LSUB () "/" "%s"\r\n' % n.encode())
         for n in c.server.boxes], None)[1]
    case.run()
    old, new, shown = NAMES[what]
    answers(case.server, lambda data: data.replace(old, new)
            if data.startswith(b"* L") else data)
    for n in range(2):
        case.server.boxes["Work"].add(message(10 + n))
        r = case.run(rc=None)
        assert shown in r.out.replace("\\\\", "\\") + r.err + case.logged(), r
        assert case.here("Work") == case.there("Work")
        assert len(case.here("Odd")) == 1
        assert len(case.there("Odd")) == 1


def test_unquoted_name_with_a_space(odd):
    """In LIST and in STATUS: it is the name."""
    case = odd({"INBOX": [message(1)], "My Mail": [message(2)]})
    answers(case.server, lambda data: data.replace(
        b'"My Mail"', b"My Mail"))
    case.run()
    assert case.here("My Mail") == case.there("My Mail")
    case.maildir.write(lf(message(3)), folder="My Mail")
    case.run()
    assert case.here("My Mail") == case.there("My Mail")
    assert case.run().ops() == []


class Listing(Connection):
    """FETCH by UID and by number, as the test wants it: limit, the most
    messages in one answer; ghost, a UID that is never listed; refuses, as NO;
    small, numbers above 2^31 - 1 are refused."""
    limit = ghost = refuses = small = None

    def chosen_by_number(self, text):
        uids = sorted(self.box.messages)
        for n, uid in enumerate(uids, 1):
            for part in text.split(","):
                a, _, b = part.partition(":")
                if int(a) <= n <= int(b or a):
                    yield n, uid

    def listed(self, which, what, found):
        kind = type(self)
        if kind.small and re.search(r"\d{10}", which) and \
                max(map(int, re.findall(r"\d+", which))) > 2 ** 31 - 1:
            return "BAD number too large" if kind.small == "BAD" else "OK"
        hidden = kind.ghost if "BODY" not in what else None
        if kind.refuses and hidden in [uid for _, uid in found]:
            return "NO [SERVERBUG] broken"
        cut = kind.limit and len(found) > kind.limit
        if cut:
            found = found[-kind.limit:]
        for n, uid in found:
            if uid != hidden:
                self.send(self.fetched(n, uid, what))
        return "OK [MESSAGELIMIT %d %d] x" % (kind.limit, found[0][1]) \
            if cut else None

    def do_uid_fetch(self, tag, arg):
        which, _, what = arg.partition(" ")
        return self.listed(which, what, list(self.chosen(which)))

    def do_fetch(self, tag, arg):
        which, _, what = arg.partition(" ")
        return self.listed(which, what, list(self.chosen_by_number(which)))


@pytest.fixture
def listing(odd):
    def make(capability="IMAP4rev1 UIDPLUS", **how):
        kind = type("Kind", (Listing,), {})
        case = odd({"INBOX": [message(n) for n in range(1, 31)],
                    "Work": [message(40)]}, capability)
        case.server.kind = kind
        case.kind = kind
        for name, value in how.items():
            setattr(kind, name, value)
        return case
    return make


@pytest.mark.parametrize("capability", ["", " MESSAGELIMIT=7"])
def test_limit(listing, capability):
    case = listing("IMAP4rev1 UIDPLUS" + capability, limit=7)
    case.run()
    assert case.here() == case.there()
    for n, f in enumerate(case.maildir.list()):
        if n % 3 == 1:
            case.maildir.delete(f)
        else:
            case.maildir.set_flags(f, "S")
    case.run()
    assert len(case.there()) == 20
    assert all("\\Seen" in m[0]
               for m in case.server.boxes["INBOX"].messages.values())
    assert case.run().ops() == []


@pytest.mark.parametrize("small", ["BAD", "nothing"])
def test_small_numbers(listing, small):
    case = listing(small=small)
    case.run()
    assert case.here() == case.there()
    case.server.boxes["INBOX"].messages.pop(3)
    case.run()
    assert len(case.here()) == 29
    assert case.run().ops() == []


@pytest.mark.parametrize("refuses", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_ghost(listing, first, refuses):
    """A message that is never listed: all else comes and goes, but nothing of
    its folder is deleted; when it is listed again all is as it was."""
    case = listing(refuses=refuses)
    case.maildir.create("INBOX")
    if not first:
        case.run()
    case.kind.ghost = 7
    for n in range(2):
        case.maildir.write(lf(message(100 + n)))
        case.server.boxes["INBOX"].add(message(200 + n))
        if not first or n > 0:
            case.maildir.set_flags(case.maildir.find("<9@test>"), "F")
        r = case.run()
        (w,) = r.of("warning")
        assert w["folder"] == "INBOX" and "nothing is deleted" in w["text"]
        assert [f for f in case.here() if b"<%d@test>" % (200 + n) in f]
        assert [f for f in case.there() if b"<%d@test>" % (100 + n) in f]
    assert "\\Flagged" in case.server.boxes["INBOX"].messages[9][0]
    case.maildir.delete(case.maildir.find("<11@test>"))
    case.server.boxes["INBOX"].messages.pop(12)
    case.server.boxes["Work"].add(message(41))
    case.maildir.delete(case.maildir.find("<40@test>", "Work"))
    r = case.run()
    assert r.ops("expunge", folder="INBOX") == []
    assert 11 in case.server.boxes["INBOX"].messages
    assert [f for f in case.here() if b"<12@test>" in f]
    assert case.here("Work") == case.there("Work") == [message(41)]
    case.kind.ghost = None
    case.run()
    assert case.here() == case.there()
    assert len(case.here()) == 32
    assert case.run().ops() == []


def test_listed_before_it_is_counted(odd):
    case = odd()
    case.run()
    box = case.server.boxes["INBOX"]

    def fetch(c, tag, arg):
        if c.box is box and arg.endswith("(FLAGS)") and 4 not in box.messages:
            box.add(message(50))
            c.send(c.fetched(4, 4, "FLAGS"))
        return c.do_uid_fetch(tag, arg)
    case.server.on["UID FETCH"] = fetch
    case.server.on["NOOP"] = lambda c, tag, arg: c.send(
        "* %d EXISTS\r\n" % len(c.box.messages))
    case.server.boxes["INBOX"].messages[1][0].add("\\Seen")
    r = case.run()
    assert r.of("warning") == []
    assert case.here() == case.there() and len(case.here()) == 4


class Reader:
    """What comes from a client, with a look at what came too early."""

    def __init__(self, sock):
        self.sock = sock
        self.data = b""

    def more(self):
        data = self.sock.recv(65536)
        self.data += data
        return data

    def readline(self):
        while b"\n" not in self.data and self.more():
            pass
        line, end, self.data = self.data.partition(b"\n")
        return line + end

    def read(self, n):
        while len(self.data) < n and self.more():
            pass
        out, self.data = self.data[:n], self.data[n:]
        return out

    def early(self):
        while select.select([self.sock], [], [], 0)[0] and self.more():
            pass
        return b"\n" in self.data


class Sequential(Connection):
    """Says BAD to what comes before the last command is answered."""

    def __init__(self, server, sock):
        super().__init__(server, sock)
        self.file = Reader(sock)

    def command(self, line):
        early = []
        time.sleep(0.005)
        while re.search(rb"\{\d+\+?\}$", line) is None and \
                self.file.early():
            early.append(self.file.readline())
        super().command(line)
        for line in early:
            self.server.early += 1
            self.send(line.split(b" ")[0] + b" BAD invalid state\r\n")


@pytest.mark.parametrize("setting", [False, True])
def test_one_at_a_time(odd, setting):
    boxes = {name: [message(10 * n + k) for k in range(5)]
             for n, name in enumerate(("INBOX", "A", "B", "C"))}
    boxes["INBOX"] = [message(1000 + n) for n in range(500)]
    more = {} if setting else {"pipelining": False}
    case = odd(boxes, "IMAP4rev1 UIDPLUS MOVE ID NAMESPACE ENABLE LITERAL+",
               maxconnections=1, **more)
    case.server.kind = Sequential
    case.server.early = 0
    for name in ("ID", "NAMESPACE", "ENABLE"):
        case.server.on[name] = lambda c, tag, arg: None
    case.run()
    for name in boxes:
        assert case.here(name) == case.there(name)
    for f in case.maildir.list("A"):
        case.maildir.set_flags(f, "FS")
    for f in case.maildir.list("B")[:2]:
        case.maildir.delete(f)
    for n in range(5):
        case.maildir.write(lf(message(5000 + n)), "C")
    case.run()
    for name in boxes:
        assert case.here(name) == case.there(name)
    assert all(m[0] >= {"\\Seen", "\\Flagged"}
               for m in case.server.boxes["A"].messages.values())
    assert case.run().ops() == []
    assert (case.server.early > 0) == setting
    assert ("one at a time" in case.logged()) == setting


class Strict(Connection):
    """RFC 6855 section 4: after ENABLE UTF8=ACCEPT 8-bit headers come as
    UTF8 (...); knows: it understands that."""
    knows = True

    def do_enable(self, tag, arg):
        self.send("* ENABLED %s\r\n" % arg)

    def do_append(self, tag, arg):
        told = re.search(r" UTF8 \(~\{\d+\+?\}$", arg) is not None
        box = self.server.boxes["INBOX"]
        before = dict(box.messages)
        answer = super().do_append(tag, arg)
        (new,) = set(box.messages) - set(before)
        header = box.messages[new][1].partition(b"\r\n\r\n")[0]
        if told and not self.knows:
            answer = "BAD what is UTF8?"
        elif told != (not header.isascii()) and self.knows:
            answer = "NO [CANNOT] 8-bit header"
        if not answer.startswith("OK"):
            del box.messages[new]
        self.server.told.append(told)
        return answer


@pytest.mark.parametrize("knows", [True, False])
@pytest.mark.parametrize("more", ["", " LITERAL+"])
def test_utf8_header(odd, more, knows):
    case = odd({"INBOX": [message(1)]},
               "IMAP4rev1 UIDPLUS ENABLE UTF8=ACCEPT" + more)
    case.server.kind = type("Kind", (Strict,), {"knows": knows})
    case.server.told = []
    case.run()
    head = "From: Ann <ann@example.org>\nSubject: %s\nMessage-ID: <%d@x>\n\n"
    texts = [(head % ("plain", 1) + "Grüße\n").encode(),
             (head % ("Grüße", 2) + "hello\n").encode(),
             (head % ("Grüße", 3) + "x" * 99 + "\n").encode(),
             (head % ("Grüße", 4) + ("y" * 75 + "\n") * 30000).encode()]
    for text in texts:
        case.maildir.write(text)
    case.run(rc=None)
    case.run()
    assert case.here() == case.there() and len(case.there()) == 5
    assert case.run().ops() == []
    assert any(case.server.told)


def without_permanent(c, tag, arg):
    c.box = box = c.server.boxes[arg.strip('"')]
    c.send("* FLAGS (\\Seen \\Flagged)\r\n* %d EXISTS\r\n"
           "* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x\r\n" % (
               len(box.messages), box.validity, box.next))
    return "OK [READ-WRITE] in"


def drops(c, tag, arg):
    """STORE that says OK and keeps no keyword."""
    which, how, flags = arg.split(" ", 2)
    flags = [f for f in flags.strip("()").split() if f.startswith("\\")]
    return c.do_uid_store(tag, "%s %s (%s)" % (which, how, " ".join(flags)))


@pytest.mark.parametrize("keeps", [True, False])
def test_no_permanentflags(odd, keeps):
    """All flags may be set (RFC 3501 section 6.3.1); what is not kept is said
    once for the folder, and is no failure."""
    case = odd()
    case.server.on["SELECT"] = without_permanent
    case.run()
    if not keeps:
        case.server.on["UID STORE"] = drops
    with open(os.path.join(case.maildir.path("INBOX"), "dovecot-keywords"),
              "w", encoding="ascii") as f:
        f.write("0 Work\n")
    for f in case.maildir.list():
        case.maildir.set_flags(f, "RSa")
    r = case.run()
    there = case.server.boxes["INBOX"].messages.values()
    assert all({"\\Seen", "\\Answered"} <= m[0] for m in there)
    assert all(("Work" in m[0]) == keeps for m in there)
    warnings = r.of("warning")
    assert len(warnings) == (0 if keeps else 1), r
    if not keeps:
        assert "Work" in warnings[0]["text"]
        assert "3 messages" in warnings[0]["text"]
    case.run()
    assert all("Work" in f.flags for f in case.maildir.list())
    assert all("\\Seen" in f.flags for f in case.maildir.list())


def test_keyword_that_the_server_does_not_keep(odd):
    """PERMANENTFLAGS without \\*."""
    case = odd()
    answers(case.server, lambda data: data.replace(b"\\Draft \\*)",
                                                   b"\\Draft)"))
    case.run()
    with open(os.path.join(case.maildir.path("INBOX"), "dovecot-keywords"),
              "w", encoding="ascii") as f:
        f.write("0 Work\n")
    for f in case.maildir.list():
        case.maildir.set_flags(f, "Fa")
    r = case.run()
    (w,) = r.of("warning")
    assert w["folder"] == "INBOX" and "Work" in w["text"]
    assert all("\\Flagged" in m[0] and "Work" not in m[0]
               for m in case.server.boxes["INBOX"].messages.values())
    case.run()
    assert all("Work" in f.flags for f in case.maildir.list())
