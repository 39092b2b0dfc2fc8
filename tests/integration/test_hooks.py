# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands around a synchronisation, and what they are told."""

import os
import re
import signal

from conftest import message
from patience import until
from service import recorder, records
from waits import needs_waits, waits


def hooked(make_case, **account):
    case = make_case(**account)
    paths = {}
    for key in ("presynchook", "postsynchook", "newmail_hook"):
        case.account[key], paths[key] = recorder(case, key)
    return case, paths


def test_hooks_are_told(make_case):
    case, paths = hooked(make_case)
    case.imap.create("Böse; $(id)")
    for n in range(1, 4):
        case.imap.append(message(n))
    case.imap.append(message(4), "Böse; $(id)")
    case.maildir.create("INBOX")
    case.maildir.write(message(5))
    r = case.sync()
    assert r.err == ""
    common = {"BLINKMAIL_ACCOUNT": "test", "BLINKMAIL_MODE": "full",
              "BLINKMAIL_MAILDIR": case.maildir.root,
              "OFFLINEIMAPSYNCMODE": "full"}
    assert records(paths["presynchook"]) == [
        dict(common, BLINKMAIL_HOOK="presync")]
    # Once for each folder; what went up is not new here.
    new = records(paths["newmail_hook"])
    assert sorted((x["BLINKMAIL_FOLDER"], x["BLINKMAIL_NEW"])
                  for x in new) == [("Böse; $(id)", "1"), ("INBOX", "3")]
    assert all(x["BLINKMAIL_HOOK"] == "newmail" for x in new)
    with open(paths["postsynchook"], encoding="utf-8") as f:
        text = f.read()
    for line in ("HOOK=postsync", "RESULT=done", "COPIED=4", "FLAGS=0",
                 "DELETED=0", "REMOTE_COPIED=1"):
        assert "BLINKMAIL_%s\n" % line in text
    assert re.search(r"BLINKMAIL_FOLDERS=.*\n.*\n", text)
    # Nothing new: no newmail_hook; -q is told.
    case.sync("-q")
    assert len(records(paths["newmail_hook"])) == 2
    post = records(paths["postsynchook"])[-1]
    assert post["BLINKMAIL_MODE"] == "quick"
    assert post["BLINKMAIL_COPIED"] == "0"
    assert post["BLINKMAIL_FOLDERS"] == ""
    assert records(paths["presynchook"])[-1]["OFFLINEIMAPSYNCMODE"] == "quick"


def test_hooks_with_several_connections(make_case):
    """Folders that others synchronise at the same time count, too."""
    case, paths = hooked(make_case, remote={"maxconnections": 4})
    for n in range(8):
        case.imap.create("F%d" % n)
        case.imap.append(message(n), "F%d" % n)
    case.sync()
    assert sorted(x["BLINKMAIL_FOLDER"]
                  for x in records(paths["newmail_hook"])) == [
                      "F%d" % n for n in range(8)]


def test_hooks_of_a_failure(make_case):
    case, paths = hooked(make_case)
    case.remote["passfile"] = "/does/not/exist"
    del case.remote["pass"]
    case.sync(rc=1)
    assert len(records(paths["presynchook"])) == 1
    assert records(paths["newmail_hook"]) == []
    assert [x["BLINKMAIL_RESULT"]
            for x in records(paths["postsynchook"])] == ["failed"]


def test_hooks_of_what_is_held(make_case):
    case, paths = hooked(make_case)
    for n in range(1, 8):
        case.imap.append(message(n))
    case.sync()
    for f in case.maildir.list():
        case.maildir.delete(f)
    case.sync(rc=4)
    assert [x["BLINKMAIL_RESULT"]
            for x in records(paths["postsynchook"])] == ["done", "held"]


def test_no_hooks_in_a_dry_run(make_case):
    case, paths = hooked(make_case)
    case.imap.append(message(1))
    case.sync("-n")
    assert not any(os.path.exists(p) for p in paths.values())


def test_hook_that_fails(make_case):
    case = make_case(presynchook="echo out; echo sorry >&2; exit 3",
                     postsynchook="echo late >&2; sleep 60 & wait",
                     hook_timeout=1)
    case.imap.append(message(1))
    log = os.path.join(case.tmp, "log")
    r = case.sync("-l", log)
    case.equal()
    assert r.err.splitlines() == [
        "test: warning: presynchook ended with status 3: sorry",
        "test: warning: postsynchook did not end within 1 s and was killed: "
        "late"]
    with open(log, encoding="utf-8") as f:
        text = f.read()
    assert "test: presynchook: out\n" in text
    assert "test: presynchook ended with status 3\n" in text


def test_program_ends_while_a_hook_runs(slow_case, service):
    """The second signal does not wait for it."""
    began = os.path.join(slow_case.tmp, "began")
    slow_case.account["presynchook"] = "touch %s; sleep 50 & wait" % began
    s = service(slow_case)
    until(lambda: os.path.exists(began))
    s.signal(signal.SIGTERM)
    s.wait("signal Terminated")
    s.signal(signal.SIGTERM)
    s.ends()


@needs_waits
def test_a_hook_is_waited_for_at_rest(make_case, service):
    """Nobody looks again and again whether it has ended."""
    case = make_case(autorefresh=60.0, hook_timeout=3600, push=False)
    gate = os.path.join(case.tmp, "gate")
    case.account["presynchook"] = "mkfifo %s; echo said; : <%s" % (gate, gate)
    s = service(case)
    s.wait("said")
    until(lambda: min(waits(s.p.pid).values()) >= 600,
          say=lambda: waits(s.p.pid))
    with open(gate, "w"):
        pass
    s.runs(1)
    s.stop()


def test_hooks_of_news(make_case, service):
    """What the server tells of by itself is a sync of its own kind."""
    case, paths = hooked(make_case, autorefresh=60.0)
    s = service(case)
    s.runs(1)
    s.ctl("sync", "--wait")
    case.imap.append(message(1))
    case.imap.unselect()
    new, = until(lambda: records(paths["newmail_hook"]), say=s.report)
    assert new["BLINKMAIL_FOLDER"] == "INBOX"
    assert new["BLINKMAIL_NEW"] == "1"
    assert new["BLINKMAIL_MODE"] == "push"
    assert new["OFFLINEIMAPSYNCMODE"] == "idle"
    case.equal()
    s.stop()
