# SPDX-License-Identifier: GPL-2.0-or-later
"""What is empty or absent in a server's answer is not taken at its word: an
empty body, a date that cannot be read."""

import os
import re
import time

import pytest

from conftest import lf, message
from test_hostile import make  # noqa: F401

BODIES = {
    "none": lambda head, body: head + b")\r\n",
    "nil": lambda head, body: head + b" BODY[] NIL)\r\n",
    "empty": lambda head, body: head + b" BODY[] {0}\r\n)\r\n",
    "quoted": lambda head, body: head + b' BODY[] "")\r\n',
    "cut": lambda head, body: head + b" BODY[] {%d}\r\n%s)\r\n" % (
        len(body) // 2, body[:len(body) // 2]),
    "size behind": lambda head, body: re.sub(
        rb" (RFC822.SIZE \d+)", b"", head) + b' BODY[] "" RFC822.SIZE %d)\r\n'
    % len(body),
}


@pytest.mark.parametrize("how", list(BODIES))
def test_body(make, how):
    mails = [message(n) for n in range(1, 4)]
    case = make({"INBOX": mails})

    def fetch(c, tag, arg):
        which, _, what = arg.partition(" ")
        for n, uid in list(c.chosen(which)):
            line = c.fetched(n, uid, what)
            head, body, _ = line.partition(b" BODY[] {")
            c.send(BODIES[how](head, mails[1]) if body and uid == 2 else line)
    case.server.on["UID FETCH"] = fetch
    r = case.run(rc=1)
    assert sorted(f.data for f in case.maildir.list()) == [mails[0], mails[2]]
    (e,) = [e for e in case.errors(r) if e["folder"] == "INBOX"]
    assert e["uid"] == 2 and "no longer" not in e["text"]
    case.healed()
    assert len(case.maildir.list()) == 3


def test_empty_on_both(make):
    """A message of no bytes at all is one."""
    case = make({"INBOX": [b"", message(1)]})
    case.run(rc=0)
    assert sorted(f.data for f in case.maildir.list()) == [b"", message(1)]


DATES = {"odd": '"some day"', "nil": "NIL", "empty": '""', "absent": None,
         "1900": '"01-Jan-1900 00:00:00 +0000"',
         "9999": '"31-Dec-9999 23:59:59 +0000"',
         "no zone": '"06-Feb-2023 10:00:00"', "day 32":
         '"32-Jan-2023 10:00:00 +0000"'}


@pytest.mark.parametrize("how", list(DATES))
def test_date(make, how):
    """It is no reason to leave the message out, nor to send it again, and
    what has no date is not of 1970."""
    case = make({"INBOX": [message(1), message(2)]})
    case.blink.accounts[0]["maxage"] = 30

    def fetch(c, tag, arg):
        which, _, what = arg.partition(" ")
        date = b"" if DATES[how] is None else \
            b" INTERNALDATE " + DATES[how].encode()
        for n, uid in list(c.chosen(which)):
            c.send(re.sub(rb' INTERNALDATE "[^"]*"', date,
                          c.fetched(n, uid, what), count=1))
    case.server.on["UID FETCH"] = fetch
    begin = time.time()
    case.run(rc=0)
    files = case.maildir.list()
    assert sorted(f.data for f in files) == [message(1), message(2)]
    if how not in ("1900", "9999"):
        assert all(f.mtime >= begin - 60 for f in files)
    case.maildir.write(lf(message(3)))
    case.run(rc=0)
    assert case.run(rc=0).ops() == []
    assert len(case.server.boxes["INBOX"].messages) == 3
    case.maildir.delete(case.maildir.find(b"<1@test>"))
    case.run(rc=0)
    assert sorted(case.server.boxes["INBOX"].messages) == [2, 3]
    assert len(case.maildir.list()) == 2


@pytest.mark.parametrize("mtime", [0, -86400 * 365, 2**40])
def test_date_of_a_file(make, mtime):
    """Of one that the server would refuse, nothing is said."""
    case = make({"INBOX": []})
    sent = []

    def append(c, tag, arg):
        sent.append(arg)
        return c.do_append(tag, arg)
    case.server.on["APPEND"] = append
    case.maildir.create("INBOX")
    path = case.maildir.write(lf(message(1)))
    os.utime(path, (mtime, mtime))
    case.run(rc=0)
    assert len(sent) == 1 and not re.search(r"-(19|[2-9]\d)\d\d ", sent[0])
    assert case.run(rc=0).ops() == []


LIMITED = "IMAP4rev1 UIDPLUS MESSAGELIMIT=%d"


@pytest.mark.parametrize("limit,capability", [
    (20, LIMITED % 20), (20, (LIMITED + " UIDONLY PARTIAL") % 20),
    (1000, "IMAP4rev1 UIDPLUS")])
def test_view_that_slides(make, limit, capability):
    """The server shows the newest messages only: what leaves the view was not
    deleted. What goes from its midst was."""
    case = make({"INBOX": []}, capability=capability)
    whole = case.server.boxes["INBOX"]
    n = limit + 4
    for i in range(1, n + 1):
        whole.add(message(i))

    def shown():
        box = type(whole)([], whole.validity)
        box.next = whole.next
        box.messages = dict(sorted(whole.messages.items())[-limit:])
        return box

    def select(c, tag, arg):
        c.server.boxes["INBOX"] = shown()
        answer = c.do_select(tag, arg)
        c.box = c.server.boxes["INBOX"]
        return answer

    def status(c, tag, arg):
        c.server.boxes["INBOX"] = shown()
        return c.do_status(tag, arg)
    case.server.on.update(SELECT=select, STATUS=status)
    case.run(rc=0)
    assert len(case.maildir.list()) == limit
    for i in range(n + 1, n + 4):
        whole.add(message(i))
        r = case.run(rc=0)
        assert r.ops("expunge") == []
    assert "newest %d" % limit in [w["text"] for w in r.of("warning")
                                   if w["account"] == "bad"][0]
    assert len(case.maildir.list()) == limit + 3
    # One that is deleted in the view; another one comes into it.
    del whole.messages[n]
    case.run(rc=0)
    assert case.maildir.find(b"<%d@test>" % (n + 3))
    assert not any(b"<%d@test>" % n in f.raw for f in case.maildir.list())
    assert len(case.maildir.list()) == limit + 2
    assert len(whole.messages) == n + 2
    # It is below the limit: now the oldest can be deleted, too.
    for uid in sorted(whole.messages)[:-5]:
        del whole.messages[uid]
    case.run(rc=4 if limit == 1000 else 0)
    case.blink.run("-o", "--force-delete")
    assert len(case.maildir.list()) == 5


@pytest.mark.parametrize("setting,reason", [
    ({"maxage": 30}, "older than maxage"),
    ({"startdate": "2024-01-01"}, "older than startdate"),
    ({"maxsize": 500}, "larger than maxsize")])
def test_limit(make, setting, reason):
    """What a limit leaves out is one line, and is asked for once."""
    mails = [message(n, body="x" * 70 * 20) for n in range(1, 31)]
    case = make({"INBOX": mails})
    case.blink.accounts[0].update(setting)
    asked = []

    def fetch(c, tag, arg):
        if "RFC822.SIZE" in arg and "BODY" not in arg:
            asked.append(arg.partition(" ")[0])
        c.do_uid_fetch(tag, arg)
    case.server.on["UID FETCH"] = fetch
    box = case.server.boxes["INBOX"]

    def run():
        del asked[:]
        r = case.run(rc=0)
        return [o for o in r.of("op") if o["account"] == "bad"], r

    ops, r = run()
    assert [(o["op"], o["reason"], o["total"]) for o in ops] == [
        ("skip", reason, 30)]
    assert asked and case.maildir.list() == []
    assert [w for w in r.of("warning") if w["account"] == "bad"] == []
    for _ in range(2):
        box.add(message(90, body="x" * 70 * 20))
        ops, r = run()
        assert len(ops) == 1 and asked == [str(box.next - 1)]
    del box.messages[3]
    ops, r = run()
    assert ops == [] and asked == []
    text = case.blink.run("-o", ui="basic").out
    assert "IGNORED" not in text
    # Another limit: all are looked at anew.
    for key in setting:
        del case.blink.accounts[0][key]
    case.run(rc=0)
    assert len(case.maildir.list()) == 31
