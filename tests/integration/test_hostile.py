# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that lie, break off, or send what nobody should: a clear error,
all else goes on, nothing is lost, in bounded time and memory."""

import os
import time

import pytest

import blink
from conftest import lf, message
from maildirbox import MaildirBox
from scripted import Box, Scripted

PASS = "sesame-4711"


class Case:
    def __init__(self, tmp, server, healthy, **remote):
        self.server = server
        self.maildir = MaildirBox(os.path.join(tmp, "Mail"), "/")
        self.other = MaildirBox(os.path.join(tmp, "Other"), "/")
        self.blink = blink.Blink(tmp)
        self.blink.general["socktimeout"] = 2
        for name, s, box in (("bad", server, self.maildir),
                             ("good", healthy, self.other)):
            self.blink.account(
                name, {"type": "imap", "host": "127.0.0.1", "port": s.port,
                       "user": "u", "pass": PASS, "tls": "no",
                       **(remote if name == "bad" else {})},
                {"type": "maildir", "path": box.root, "sep": "/"})

    def run(self, rc=1):
        """The other account is synchronised whatever this one does."""
        r = self.blink.run("-o", timeout=60)
        assert rc is None or r.rc == rc, r
        assert len(self.other.list()) == 1
        assert r.peak < 100e6
        return r

    def errors(self, r):
        return [e for e in r.of("error") if e["account"] == "bad"]

    def healed(self, *folders):
        """A healthy server again: all converges, and stays."""
        self.server.on.clear()
        self.run(rc=0)
        for folder in folders or ("INBOX",):
            there = sorted(m[1] for m in
                           self.server.boxes[folder].messages.values())
            here = sorted(f.data for f in self.maildir.list(folder))
            assert here == there, folder
        assert self.blink.run("-o").ops() == []
        assert self.maildir.tmp() == []


KEYWORDS = {
    "one of 30 kB": ["k" * 30000],
    "five of 30 kB": [c * 30000 for c in "abcde"],
    "10,000": ["Keyword-%d" % n for n in range(10000)],
}


@pytest.mark.parametrize("how", KEYWORDS)
@pytest.mark.parametrize("where", ["FETCH", "FLAGS", "PERMANENTFLAGS"])
def test_large_keywords(make, how, where):
    """The folder is opened, now and later; what has no letter stays there."""
    case = make()
    words = KEYWORDS[how]
    inbox = case.server.boxes["INBOX"]

    def select(c, tag, arg):
        answer = c.do_select(tag, arg)
        if "INBOX" in arg and where == "FLAGS":
            c.send("* FLAGS (\\Seen %s)\r\n" % " ".join(words))
        if "INBOX" in arg and where == "PERMANENTFLAGS":
            c.send("* OK [PERMANENTFLAGS (\\Seen %s \\*)] x\r\n" %
                   " ".join(words))
        return answer
    case.server.on["SELECT"] = case.server.on["EXAMINE"] = select
    if where == "FETCH":
        inbox.messages[1][0].update(words)
    for n in range(3):
        case.run(rc=0)
        assert len(case.maildir.list()) == len(inbox.messages)
        inbox.add(message(100 + n), ["Mine"])
    case.maildir.set_flags(case.maildir.find("<100@test>"), "S")
    case.run(rc=0)
    assert "\\Seen" in [f for f, data in inbox.messages.values()
                        if b"<100@test>" in data][0]


FILES = ["INBOX/dovecot-keywords", "INBOX/dovecot-keywords.lock",
         "INBOX/dovecot-keywords.new/x", "INBOX/dovecot-uidlist",
         "INBOX/maildirfolder", "INBOX/subscriptions",
         "INBOX/courierimapuiddb", "INBOX/cur", "INBOX/new", "INBOX/tmp",
         "INBOX/.blinkmail", "dovecot-keywords", "maildirfolder",
         "subscriptions", "cur", "tmp/cur", "blinkmail", ".blinkmail",
         "blinkmail-keywords", ".blinkmail-keywords",
         "blinkmail-keywords/lock", "blinkmail-keywords.new"]


@pytest.mark.parametrize("sep", ["/", ".", "++"])
def test_folders_in_the_place_of_files(tmp, sep):
    """A folder of the server does not take the name of a file."""
    boxes = {"INBOX": [message(1)]}
    boxes.update((name, [message(n)]) for n, name in enumerate(FILES, 2))
    with Scripted(boxes) as s:
        for box in s.boxes.values():
            box.messages[1][0].add("Keyword-1")
        box = MaildirBox(os.path.join(tmp, "Mail"), sep)
        case = blink.Blink(tmp)
        local = {"type": "maildir", "path": box.root, "sep": sep}
        if sep == "++":
            local = {"type": "maildir", "path": box.root,
                     "layout": "maildir++"}
        case.account("a", {"type": "imap", "host": "127.0.0.1", "tls": "no",
                           "port": s.port, "user": "u", "pass": PASS}, local)
        case.sync()
        assert case.sync().ops() == []
        for name in FILES[::2]:
            del s.boxes[name]
        for n, b in enumerate(s.boxes.values()):
            b.add(message(100 + n), ["Keyword-2"])
        case.sync(rc=None)
        assert len(box.list()) == 2
        found = b"".join(f.raw for d, _, files in os.walk(box.root)
                         for f in map(lambda n: FileIn(d, n), files))
        for b in s.boxes.values():
            for _, data in b.messages.values():
                assert lf(data) in found


class FileIn:
    def __init__(self, d, name):
        with open(os.path.join(d, name), "rb") as f:
            self.raw = f.read()


@pytest.mark.parametrize("lock", ["", ".lock"])
def test_left_in_the_place_of_a_file(tmp, lock):
    """A folder that was made in the place of a file goes elsewhere, whole."""
    name = "INBOX/dovecot-keywords" + lock
    with Scripted({"INBOX": [message(1)], name: [message(2)]}) as s:
        box = MaildirBox(os.path.join(tmp, "Mail"), "/")
        case = blink.Blink(tmp)
        case.account("a", {"type": "imap", "host": "127.0.0.1", "tls": "no",
                           "port": s.port, "user": "u", "pass": PASS},
                     {"type": "maildir", "path": box.root, "sep": "/"})
        case.sync()
        os.rename(box.path("INBOX/%64ovecot-keywords" + lock), box.path(name))
        s.boxes["INBOX"].add(message(3), ["Keyword-3"])
        case.sync()
        assert len(box.list()) == 2
        assert {"?a", "Keyword-3"} & set.union(*(set(f.flags)
                                                 for f in box.list()))
        assert [f.data for f in box.list("INBOX/%64ovecot-keywords" + lock)] \
            == [message(2)]
        assert len(s.boxes[name].messages) == 1
        assert case.sync().ops() == []


@pytest.fixture
def make(tmp):
    servers = []

    def made(boxes=None, remote=None, **more):
        healthy = Scripted({"INBOX": [message(99)]})
        server = Scripted(boxes or {
            "INBOX": [message(n) for n in range(1, 6)],
            "Work": [message(n) for n in range(11, 14)]}, **more)
        for s in (server, healthy):
            s.__enter__()
            servers.append(s)
        return Case(tmp, server, healthy, **(remote or {}))
    yield made
    for s in servers:
        s.__exit__()


def test_healthy(make):
    case = make()
    case.run(rc=0)
    case.healed("INBOX", "Work")


def raw(data):
    """Sends this, and then waits for what the client does about it."""
    def hook(c, tag, arg):
        c.send(data.replace(b"TAG", tag.encode()))
        return ""
    return hook


def flood(block, limit=120 << 20):
    def hook(c, tag, arg):
        for _ in range(limit // len(block)):
            c.send(block)
        return ""
    return hook


def closed(c, tag, arg):
    c.close()
    return ""


def stalled(c, tag, arg):
    return ""


def dripping(c, tag, arg):
    for _ in range(200):
        c.send(b"*")
        time.sleep(0.2)
    return ""


BREAKING = {
    "closed": closed,
    "stalled": stalled,
    "BYE": raw(b"* BYE going down\r\n"),
    "rubbish": raw(b"\x00\xff\x1b[2J rubbish \r\n" * 50),
    "no end of line": flood(b"x" * 65536),
    "parentheses": raw(b"* FLAGS " + b"(" * 200000 + b"\r\n"),
    "literal of 10 GB": raw(b"* 1 FETCH (UID 1 FLAGS {10737418240}\r\nabc"),
    "literal -1": raw(b"* 1 FETCH (UID 1 BODY[] {-1}\r\nabc)\r\n"),
    "literal 2^64": raw(b"* 1 FETCH (UID 1 BODY[] {18446744073709551616}"
                        b"\r\nabc)\r\n"),
    "literal hex": raw(b"* 1 FETCH (UID 1 BODY[] {0x10}\r\nabc)\r\n"),
    "literal of 400 digits": raw(b"* 1 FETCH (UID 1 BODY[] {" + b"9" * 400 +
                                 b"}\r\nabc)\r\n"),
    "another tag": raw(b"zzz999 OK done\r\n"),
    "NO": lambda c, tag, arg: "NO not today",
    "BAD": lambda c, tag, arg: "BAD what?",
    "bare tag": raw(b"TAG\r\n"),
}
# Where the session is tried again it takes some seconds: not each of these
# everywhere.
SLOW = ("closed", "stalled", "BYE")
BROKEN = [(where, how) for how in BREAKING for where in
          ("LOGIN", "LIST", "SELECT", "UID FETCH")
          if how not in SLOW or (where, how) in (
              ("LOGIN", "stalled"), ("LIST", "closed"), ("SELECT", "BYE"),
              ("UID FETCH", "closed"), ("UID FETCH", "stalled"))]


@pytest.mark.parametrize("where,how", BROKEN)
def test_broken_answer(make, where, how):
    case = make()
    case.server.on[where] = BREAKING[how]
    r = case.run()
    assert case.errors(r), r
    assert "\x1b" not in r.out + r.err
    for f in ("INBOX", "Work"):
        if os.path.isdir(os.path.join(case.maildir.path(f), "cur")):
            assert case.maildir.list(f) == []
    case.healed("INBOX", "Work")


@pytest.mark.parametrize("where,how", [
    ("LOGIN", "NO"), ("LIST", "NO"), ("SELECT", "NO"), ("UID FETCH", "NO"),
    ("LIST", "rubbish"), ("UID FETCH", "rubbish"), ("SELECT", "closed"),
    ("UID FETCH", "stalled")])
def test_broken_later(make, where, how):
    """Nothing that was there is taken for deleted."""
    case = make()
    case.run(rc=0)
    case.maildir.write(lf(message(50)))
    case.server.boxes["INBOX"].add(message(51))
    case.server.on[where] = BREAKING[how]
    case.run()
    for folder, n in (("INBOX", 6), ("Work", 3)):
        assert len(case.maildir.list(folder)) >= 3
        assert len(case.server.boxes[folder].messages) >= 3
    case.healed("INBOX", "Work")
    assert len(case.maildir.list()) == 7


def in_folder(name, command, answer):
    """answer for the command in this folder, else as a healthy server."""
    def hook(c, tag, arg):
        inside = c.server.boxes[name] is c.box if command != "SELECT" else \
            name in arg
        healthy = getattr(c, "do_" + command.lower().replace(" ", "_"))
        return answer(c, tag, arg) if inside else healthy(tag, arg)
    return hook


IN_FOLDER = {
    "many keywords": ("SELECT", lambda c, tag, arg: c.send(
        "* FLAGS (%s)\r\n" % " ".join("k%d" % n for n in range(200000)))),
    "ESC in a keyword": ("UID FETCH", raw(
        b"* 1 FETCH (UID 11 FLAGS (a\x1b[2J))\r\n")),
    "rubbish": ("UID FETCH", raw(b"\x00\xff\x1b[2J rubbish \r\n")),
    "closed": ("SELECT", closed),
    "BYE": ("UID FETCH", raw(b"* BYE going down\r\n")),
}


@pytest.mark.parametrize("how", IN_FOLDER)
@pytest.mark.parametrize("single", [True, False])
def test_broken_in_one_folder(make, how, single):
    """The folders behind it are synchronised, over a new connection."""
    case = make({"INBOX": [message(1)], "A": [message(11)],
                 "B": [message(21)], "C": [message(31)]})
    if single:
        case.blink.accounts[0]["remote"]["maxconnections"] = 1
    command, answer = IN_FOLDER[how]
    case.server.on[command] = in_folder("A", command, answer)
    r = case.run()
    assert [e["folder"] for e in case.errors(r)] == ["A"], r
    for folder in ("INBOX", "B", "C"):
        assert len(case.maildir.list(folder)) == 1, folder
    assert case.server.seen.count("LOGIN") <= 12
    case.healed("INBOX", "A", "B", "C")


def test_broken_in_all_folders(make):
    """It ends after some of them."""
    boxes = {"F%02d" % n: [message(n)] for n in range(30)}
    case = make({"INBOX": [message(99)], **boxes})
    case.blink.accounts[0]["remote"]["maxconnections"] = 1
    case.server.on["SELECT"] = raw(b"\x00 rubbish\r\n")
    r = case.run()
    errors = case.errors(r)
    assert [e["folder"] for e in errors if "folder" in e] == [
        "INBOX", "F00", "F01", "F02", "F03"]
    assert "5 folders" in errors[-1]["text"]
    case.healed("INBOX", *boxes)


def test_drip(make):
    case = make()
    case.blink.general["socktimeout"] = 1
    case.server.on["LIST"] = dripping
    begin = time.monotonic()
    case.run()
    assert time.monotonic() - begin < 50
    case.healed()


def listing(lines):
    """For the list of messages; bodies stay healthy."""
    def hook(c, tag, arg):
        if "BODY" in arg:
            return c.do_uid_fetch(tag, arg)
        for line in lines:
            c.send(line + "\r\n")
        return None
    return hook


FIVE = ["* %d FETCH (UID %d FLAGS ())" % (n, n) for n in range(1, 6)]
LISTINGS = {
    "UID 0": ["* 1 FETCH (UID 0 FLAGS ())"] + FIVE[1:],
    "UID -2": ["* 1 FETCH (UID -2 FLAGS ())"] + FIVE[1:],
    "UID 2^32": ["* 1 FETCH (UID 4294967296 FLAGS ())"] + FIVE[1:],
    "UID path": ["* 1 FETCH (UID ../../x FLAGS ())"] + FIVE[1:],
    "one is missing": FIVE[:4],
    "none": [],
    "the same twice": FIVE[:4] + FIVE[3:4],
    "beyond UIDNEXT": FIVE[:4] + ["* 5 FETCH (UID 4000000000 FLAGS ())"],
}


@pytest.mark.parametrize("what", LISTINGS)
def test_lying_list(make, what):
    case = make({"INBOX": [message(n) for n in range(1, 6)]})
    case.run(rc=0)
    case.server.boxes["INBOX"].add(message(6))
    case.server.boxes["INBOX"].messages.pop(6)  # so that it is listed anew
    case.server.on["UID FETCH"] = listing(LISTINGS[what])
    case.server.on["FETCH"] = lambda c, tag, arg: "BAD not that"
    if what == "none":
        r = case.run()
        (e,) = case.errors(r)
        assert e["folder"] == "INBOX"
    else:
        r = case.run(rc=0)
        (w,) = [w for w in r.of("warning") if w["account"] == "bad"]
        assert w["folder"] == "INBOX" and "nothing is deleted" in w["text"]
    assert r.ops("expunge") == []
    assert len(case.maildir.list()) == 5
    assert len(case.server.boxes["INBOX"].messages) == 5
    case.healed()


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("status", [True, False])
@pytest.mark.parametrize("validity", ["0", "", "18446744073709551616",
                                      "new"])
def test_no_validity(make, validity, status, known):
    """The folder is refused before anything is done, in each run; also when
    it was healthy before, or STATUS says nothing."""
    case = make({"INBOX": [message(n) for n in range(1, 6)],
                 "Work": [message(11)]})
    if known:
        case.run(rc=0)
    count = [100]

    def select(c, tag, arg):
        if arg != '"INBOX"':
            return c.do_select(tag, arg)
        if validity == "new":
            count[0] += 1
        told = str(count[0]) if validity == "new" else validity
        c.box = c.server.boxes["INBOX"]
        c.send("* FLAGS (\\Seen \\Deleted)\r\n* 5 EXISTS\r\n"
               "* OK [UIDNEXT 6] x\r\n" + (
                   "* OK [UIDVALIDITY %s] x\r\n" % told if told else ""))
        return "OK [READ-WRITE] in"
    case.server.on["SELECT"] = select
    if not status:
        case.server.on["STATUS"] = lambda c, tag, arg: "NO not that"
    case.maildir.create("INBOX") if not known else None
    case.maildir.write(lf(message(50)))
    here = len(case.maildir.list())
    for _ in range(3):
        r = case.run()
        (e,) = case.errors(r)
        assert e["folder"] == "INBOX"
        assert "UIDVALIDITY" in e["text"]
        assert [o for o in r.ops(folder="INBOX")
                if o["account"] == "bad"] == []
        assert len(case.server.boxes["INBOX"].messages) == 5
        assert len(case.maildir.list()) == here
    assert len(case.maildir.list("Work")) == 1
    case.healed("INBOX", "Work")


def test_another_body(make):
    """Asked for UID 1, the server answers with what it calls UID 2."""
    case = make({"INBOX": [message(1), message(2)]})

    def fetch(c, tag, arg):
        if "BODY.PEEK[]" not in arg:
            return c.do_uid_fetch(tag, arg)
        for n in (7, 9):
            c.send(b"* %d FETCH (UID %d BODY[] {5}\r\nabcde)\r\n" % (n, n))
        return None
    case.server.on["UID FETCH"] = fetch
    r = case.run()
    assert {e.get("uid") for e in case.errors(r)} == {1, 2}, r
    assert all(e["folder"] == "INBOX" for e in case.errors(r))
    assert case.maildir.list() == []
    case.healed()


def test_one_body_fails(make):
    case = make()

    def fetch(c, tag, arg):
        if "BODY.PEEK[]" not in arg or c.box is not c.server.boxes["INBOX"]:
            return c.do_uid_fetch(tag, arg)
        which = arg.partition(" ")[0]
        for n, uid in list(c.chosen(which)):
            if uid != 3:
                c.send(c.fetched(n, uid, arg.partition(" ")[2]))
        return None
    case.server.on["UID FETCH"] = fetch
    r = case.run()
    (e,) = case.errors(r)
    assert (e["folder"], e["uid"]) == ("INBOX", 3)
    assert len(case.maildir.list()) == 4
    assert len(case.maildir.list("Work")) == 3
    case.healed("INBOX", "Work")


@pytest.mark.parametrize("at", [1, 400, 800])
def test_cut_in_the_bodies(make, at):
    """The connection ends after so many bytes of the bodies."""
    case = make()

    def fetch(c, tag, arg):
        if "BODY.PEEK[]" not in arg:
            return c.do_uid_fetch(tag, arg)
        data = b"".join(c.fetched(n, uid, arg.partition(" ")[2])
                        for n, uid in c.chosen(arg.partition(" ")[0]))
        c.send(data[:at])
        c.close()
        return ""
    case.server.on["UID FETCH"] = fetch
    r = case.run(rc=None)  # some come through in three attempts
    assert bool(case.errors(r)) == (r.rc != 0)
    whole = {message(n) for n in range(1, 20)}
    for f in case.maildir.list():
        assert f.data in whole
    case.healed("INBOX", "Work")


APPENDS = {
    "NO": ("NO over quota", False, False),
    "stored, then cut": ("", True, True),
    "cut before": ("", False, True),
    "OK without a message": ("OK [APPENDUID 4711 99] done", False, False),
    "OK without a word": ("OK done", False, False),
    "stored, wrong UID": ("OK [APPENDUID 4711 1] done", True, False),
    "stored, UID 0": ("OK [APPENDUID 4711 0] done", True, False),
    "stored, other validity": ("OK [APPENDUID 1 6] done", True, False),
    "stored, no UID": ("OK done", True, False),
}


@pytest.mark.parametrize("how", APPENDS)
def test_append(make, how):
    """Whatever the server answers: kept here, and there once in the end."""
    answer, stored, cut = APPENDS[how]
    case = make({"INBOX": [message(1), message(2)]})
    case.run(rc=0)
    case.maildir.write(lf(message(7)))
    begun = []

    def append(c, tag, arg):
        begun.append(arg)
        count = len(c.server.boxes["INBOX"].messages)
        c.do_append(tag, arg)
        if not stored:
            del c.server.boxes["INBOX"].messages[
                max(c.server.boxes["INBOX"].messages)]
            assert len(c.server.boxes["INBOX"].messages) == count
        if cut:
            c.close()
            return ""
        return answer
    case.server.on["APPEND"] = append
    case.run(rc=None)
    assert begun
    assert b"<7@test>" in b"".join(f.raw for f in case.maildir.list())
    case.server.on.clear()
    case.blink.run("-o")
    case.healed()
    have = sorted(m[1] for m in case.server.boxes["INBOX"].messages.values())
    assert have == [message(1), message(2), message(7)]


@pytest.mark.parametrize("name", [
    b"../../x", b"a/../b", b"/etc/x", b"a//b", b"..", b".", b"", b"x/.",
    b"cur", b"new/tmp", b"a\x01b", b"&AC4ALgAv-x", b"&AAAA-", b"raw \xff\xfe",
    b"n" * 300, b"%n%n$(touch /tmp/blinkmail-was-here)", b"a\x1b]0;x\x07"])
def test_names(make, tmp, name):
    """One odd folder keeps no other from being synchronised; nothing is
    written outside the Maildirs."""
    case = make()

    def names(c, tag, arg):
        c.do_list(tag, arg)
        c.send(b'* LIST () "/" {%d}\r\n%s\r\n' % (len(name), name))
    case.server.on["LIST"] = names
    case.server.boxes[name.decode("latin-1")] = Box([message(66)])
    before = sorted(os.listdir(tmp))
    r = case.run(rc=None)
    assert r.rc in (0, 1)
    assert len(case.maildir.list()) == 5
    assert len(case.maildir.list("Work")) == 3
    assert set(os.listdir(tmp)) - set(before) <= {"Mail", "Other", "meta",
                                                  "blinkmail.conf"}
    assert not os.path.exists("/tmp/blinkmail-was-here")
    assert "\x1b" not in r.out + r.err
    if r.rc == 0:  # taken: all of its mail is below the root
        found = [f for d, _, files in os.walk(case.maildir.root)
                 for f in files if os.path.basename(d) in ("cur", "new")]
        assert len(found) in (8, 9)


@pytest.mark.parametrize("form", ["quoted", "literal"])
@pytest.mark.parametrize("name,shown,why", [
    (b"", '""', "has no name"),
    (b"a\0b", "a\\x00b", "has a NUL in its name"),
    (b"\0", "\\x00", "has a NUL in its name"),
    (b"a\nb", "a\\x0Ab", "the name is not valid modified UTF-7"),
    (b"a\rb", "a\\x0Db", "the name is not valid modified UTF-7"),
    (b"../x", "../x", 'the name has a part ".."'),
    (b"n" * 300, "n" * 200, None)])
def test_refused_names(make, name, shown, why, form):
    """One folder is left out, and said so; all others are synchronised."""
    case = make()

    def names(c, tag, arg):
        text = b"{%d}\r\n%s" % (len(name), name)
        c.send(b'* LIST () "/" %s\r\n' % (
            b'"' + name + b'"' if form == "quoted" else text))
        c.do_list(tag, arg)
    case.server.on["LIST"] = names
    case.server.on["STATUS"] = lambda c, tag, arg: None
    r = case.run()
    (e,) = case.errors(r)
    assert e["folder"].startswith(shown), e
    assert why is None or e["text"] == why
    assert len(case.maildir.list()) == 5
    assert len(case.maildir.list("Work")) == 3
    text = case.blink.run("-o", ui="basic")
    if why:
        assert "%s: %s" % (shown, why) in text.out + text.err


@pytest.mark.parametrize("names", [("Lists", "LISTS"), ("a.b", "a/b")])
def test_names_that_are_alike(make, names):
    """Each has a folder of its own, also for what goes the other way."""
    boxes = {name: [message(60 + i)] for i, name in enumerate(names)}
    case = make({"INBOX": [message(1)], **boxes})
    case.blink.accounts[0]["local"]["sep"] = "."
    case.maildir.sep = "."
    case.run(rc=0)
    holds = {}
    for path in case.maildir.folders():
        box = MaildirBox(os.path.join(case.maildir.root, path))
        (f,) = box.list(".")
        holds[f.data] = box
    assert set(holds) == {message(1), message(60), message(61)}
    for n in (60, 61):
        holds[message(n)].write(lf(message(n + 10)), ".")
    case.run(rc=0)
    for i, name in enumerate(names):
        assert sorted(m[1] for m in
                      case.server.boxes[name].messages.values()) == \
            [message(60 + i), message(70 + i)]
    assert len(case.server.boxes) == 3


def test_alert_is_made_safe(make):
    case = make(greeting=b"* OK [ALERT] \x1b]0;pwned\x07\x1b]52;c;x\x07\r\n")
    r = case.blink.run("-o", "-d", "all", ui="basic")
    assert r.rc == 0
    assert "\x1b" not in r.out + r.err and "\x07" not in r.out + r.err


@pytest.mark.parametrize("greeting", [
    b"garbage\r\n* OK hello\r\n", b"* BYE\r\n", b"* BAD\r\n", b"",
    b"* NO\r\n", b"220 smtp\r\n"])
def test_greeting(make, greeting):
    case = make(greeting=greeting)
    r = case.run()
    assert case.errors(r)
    assert "LOGIN" not in case.server.seen
    case.server.greeting = b"* OK hello\r\n"
    case.healed()
