# SPDX-License-Identifier: GPL-2.0-or-later
"""The control socket of a running blinkmail."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time

import dovecot
from conftest import message
from patience import limit, until


def put(case, n, folder="INBOX"):
    case.imap.append(message(n), folder)
    case.imap.unselect()


def test_sync_and_wait(slow_case, service):
    case = slow_case
    case.imap.create("Work")
    put(case, 2, "Work")
    s = service(case, ui="json")
    s.runs(1)
    case.equal("INBOX", "Work")
    put(case, 3)
    put(case, 4, "Work")
    assert s.ctl("sync", "test/Work", "--wait") == ""
    case.equal("Work")
    s.wait(r'"type":"folders".*"total":1}', where="out")
    assert s.ctl("sync", "--wait", "test") == ""
    case.equal("INBOX")
    put(case, 5)
    assert s.ctl("sync", "--wait") == ""
    case.equal("INBOX")
    put(case, 6)
    s.ctl("sync")
    s.wait("Copy message UID 4 ")
    s.stop()
    case.equal("INBOX")
    assert s.said["err"] == ""


def test_wait_for_one_that_began_after_the_request(slow_case, service):
    """What was new when it was asked for is there, whatever runs now."""
    case = slow_case
    gate = os.path.join(case.tmp, "gate")
    os.mkfifo(gate)
    case.account["postsynchook"] = "test -e %s && cat %s" % (gate, gate)
    s = service(case)
    # The first one has listed its folders, and hangs in its hook.
    until(case.maildir.list)
    put(case, 2)
    waits = subprocess.Popen([case.blink.binary, "-c", case.blink.config,
                              "ctl", "sync", "--wait"],
                             env=case.blink.environment())
    s.wait("control socket: sync wait")
    with open(gate, "w", encoding="utf-8"):
        os.unlink(gate)
    assert waits.wait(limit(30)) == 0
    case.equal()
    s.stop()


def test_exit_statuses_of_wait(slow_case, service):
    case = slow_case
    for n in range(2, 9):
        put(case, n)
    s = service(case)
    s.runs(1)
    for f in case.maildir.list():
        case.maildir.delete(f)
    s.ctl("sync", "--wait", rc=4)
    assert "held" in s.ctl_err
    os.unlink(os.path.join(case.maildir.root, ".blinkmail"))
    s.ctl("sync", "test", "--wait", rc=1)
    assert s.ctl_err == "blinkmail: test: %s\n" % \
        s.wait(r"test: ERROR: (.*)$")[0]
    s.ctl("sync", "tset", rc=2)
    assert s.ctl_err == "blinkmail: no account is called \"tset\"; " \
        "there is test\n"
    s.stop(rc=1)
    s.ctl("status", rc=3)
    assert "no blinkmail runs" in s.ctl_err
    s.ctl("sync", "--wait", rc=3)


def test_folder_that_is_not_there(slow_case, service):
    case = slow_case
    case.imap.create("Work")
    s = service(case)
    s.runs(1)
    s.ctl("sync", "test/Wrok", "--wait", rc=1)
    assert s.ctl_err == "blinkmail: test: Wrok: there is no such folder; " \
        "the nearest one is Work\n"
    s.ctl("sync", "test/a \x1b[1m\n%\"", "--wait", rc=1)
    assert s.ctl_err == "blinkmail: test: a \\x1B[1m\\x0A%\": " \
        "there is no such folder\n"
    s.ctl("sync", "test/Work", "--wait")
    s.stop()


def test_accounts_and_folders_before_ctl(make_case, service):
    """-a and -f say which, as they do without ctl."""
    one = make_case(autorefresh=60.0, push=False)
    one.account["name"] = "one"
    two = make_case()
    one.blink.account("two", two.remote, two.local, autorefresh=60.0,
                      push=False)
    for case in one, two:
        case.imap.create("Work")
    s = service(one)
    s.runs(1, "one")
    s.runs(1, "two")
    for case in one, two:
        put(case, 1)
        put(case, 2, "Work")
    s.ctl("sync", "--wait", options=("-a", "one"))
    one.equal("INBOX", "Work")
    assert two.maildir.list() == []
    s.ctl("sync", "--wait", options=("-f", "Work", "-a", "two"))
    two.equal("Work")
    assert two.maildir.list() == []
    s.ctl("sync", "two", "--wait", options=("-f", "INBOX,Work"))
    two.equal("INBOX", "Work")
    s.ctl("sync", options=("-a", "one,tow"), rc=2)
    assert s.ctl_err == "blinkmail: no account is called \"tow\"; " \
        "there are one, two\n"
    s.ctl("sync", "two/INBOX", options=("-f", "Work"), rc=2)
    assert s.ctl_err == "blinkmail: the folders are named twice\n"
    s.stop()


def test_no_dry_run_through_ctl(slow_case, service):
    """It is an error, and not a real synchronisation."""
    s = service(slow_case)
    s.runs(1)
    put(slow_case, 2)
    s.ctl("sync", "--wait", options=("-n",), rc=2)
    assert "makes no dry run" in s.ctl_err
    s.ctl("sync", "--wait", options=("-o",), rc=2)
    assert "--once means nothing to ctl sync" in s.ctl_err
    assert "control socket" not in s.log()
    assert len(slow_case.maildir.list()) == 1
    s.stop()


def test_quick_and_force_delete_before_ctl(slow_case, service):
    case = slow_case
    modes = os.path.join(case.tmp, "modes")
    case.account["presynchook"] = "echo $BLINKMAIL_MODE >>%s" % modes
    for n in range(2, 9):
        put(case, n)
    s = service(case)
    s.runs(1)
    s.ctl("sync", "--wait", options=("-q",))
    s.ctl("sync", "--wait")
    with open(modes, encoding="utf-8") as f:
        assert f.read().split() == ["full", "quick", "full"]
    for f in case.maildir.list():
        case.maildir.delete(f)
    s.ctl("sync", "--wait", rc=4)
    assert len(case.imap.uids()) == 8
    s.ctl("sync", "--wait", options=("--force-delete",))
    assert case.imap.uids() == []
    case.equal()
    s.stop()


def test_names_with_slashes(make_case, service):
    case = make_case(autorefresh=60.0, push=False)
    case.account["name"] = "a"
    other = make_case()
    case.blink.account("a/b", other.remote, other.local, autorefresh=60.0, push=False)
    s = service(case)
    s.runs(1, "a")
    s.runs(1, "a/b")
    put(other, 1)
    s.ctl("sync", "a/b", "--wait")
    other.equal()
    put(other, 2)
    s.ctl("sync", "a/b/INBOX", "--wait")
    other.equal()
    s.stop()


def test_status(slow_case, service):
    s = service(slow_case)
    s.runs(1)
    s.ctl("sync", "--wait")
    until(lambda: "synchronising" not in s.ctl("status"))
    text = s.ctl("status")
    assert re.match(r"test: next in (60:00|59:\d\d); last done "
                    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n$", text), text
    told = json.loads(s.ctl("status", "--json"))
    assert told["pid"] == s.p.pid
    assert told["program"].startswith("blinkmail ")
    account, = told["accounts"]
    assert account["name"] == "test"
    assert account["state"] == "idle"
    assert 3500 < account["next"] <= 3600
    assert account["last"]["result"] == "done"
    assert abs(account["last"]["time"] - time.time()) < 60
    s.stop()


def state(s):
    """(as text, what JSON has of the only account), when it is idle."""
    def idle():
        text = s.ctl("status")
        account, = json.loads(s.ctl("status", "--json"))["accounts"]
        if "synchronising" in text or account["state"] == "active":
            return None
        return text, account
    return until(idle)


def test_status_says_why(slow_case, service):
    """The last error of the last synchronisation, until one goes well."""
    case = slow_case
    for folder in ("A", "B", "Work"):
        case.imap.create(folder)
        put(case, 2, folder)
    secret = os.path.join(case.tmp, "secret")
    del case.remote["pass"]
    case.remote["passfile"] = secret
    s = service(case)
    s.runs(1)
    text, account = state(s)
    why = "127.0.0.1: passfile %s does not exist" % secret
    assert re.match(r"test: next in .*; last failed .*\n    (.*)\n$",
                    text)[1] == why
    assert account["last"]["result"] == "failed"
    assert account["last"]["error"] == account["last"]["text"] == why
    assert account["last"]["side"] == "remote"
    assert "folder" not in account["last"]
    with open(secret, "w", encoding="utf-8") as f:
        os.chmod(secret, 0o600)
        f.write(dovecot.PASSWORD + "\n")
    s.sync()
    text, account = state(s)
    assert len(text.splitlines()) == 1
    assert account["last"]["error"] is None
    os.rename(case.maildir.path("Work"), os.path.join(case.tmp, "gone"))
    s.sync(rc=1)
    text, account = state(s)
    assert account["last"]["error"].startswith(
        "Work: the folder is gone from the local side")
    assert text.splitlines()[1] == "    " + account["last"]["error"]
    assert account["last"]["folder"] == "Work"
    assert account["last"]["side"] == "local"
    assert account["last"]["text"].startswith("the folder is gone from")
    assert "uid" not in account["last"]
    s.stop(rc=1)


def test_quit(slow_case, service):
    s = service(slow_case)
    s.runs(1)
    path = os.path.join(slow_case.blink.metadata, ".socket")
    assert stat.S_ISSOCK(os.lstat(path).st_mode)
    assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600
    s.ctl("quit")
    s.ends()
    assert not os.path.exists(path)
    assert s.said == {"out": "", "err": ""}


def test_quit_wins_over_reread(slow_case, service):
    case = slow_case
    gate = os.path.join(case.tmp, "gate")
    os.mkfifo(gate)
    case.account["postsynchook"] = "cat %s" % gate
    s = service(case, ui="json")
    with open(gate, "w", encoding="utf-8"):
        s.signal(signal.SIGHUP)
        s.wait("signal Hangup")
        s.ctl("quit")
    s.ends()
    assert s.said["out"].count('"type":"run-start"') == 1


def test_reread_keeps_the_socket(slow_case, service):
    s = service(slow_case)
    s.runs(1)
    s.signal(signal.SIGHUP)
    s.runs(2)
    s.ctl("sync", "--wait")
    s.ctl("quit")
    s.ends()


def test_second_instance_goes_without(slow_case, make_case, service):
    """Of another account, with the same metadata."""
    s = service(slow_case)
    s.runs(1)
    other = make_case(autorefresh=60.0, push=False)
    other.account["name"] = "other"
    other.blink.general["metadata"] = slow_case.blink.metadata
    t = service(other)
    t.runs(1, "other")
    t.wait(r"no control socket: another instance is at work: pid %d, " %
           s.p.pid)
    assert "test: " in s.ctl("status")
    assert "test: " in t.ctl("status")
    t.stop()
    assert "test: " in s.ctl("status")
    s.stop()


def test_after_a_kill(slow_case, service):
    s = service(slow_case)
    s.runs(1)
    s.p.kill()
    s.p.wait()
    s.ctl("status", rc=3)
    t = service(slow_case)
    t.runs(2)  # the log is that of both
    assert "test: " in t.ctl("status")
    t.stop()


def test_long_metadata(slow_case, service):
    """Longer than an address of a socket can be."""
    slow_case.blink.metadata = slow_case.blink.general["metadata"] = \
        os.path.join(slow_case.tmp, "m" * 100, "n" * 100)
    s = service(slow_case)
    s.runs(1)
    s.ctl("sync", "--wait")
    s.ctl("quit")
    s.ends()


def test_hostile_clients(slow_case, service):
    """Whatever connects, accounts are synchronised and others answered."""
    s = service(slow_case)
    s.runs(1)
    path = os.path.join(slow_case.blink.metadata, ".socket")
    held = []
    for n in range(40):
        c = socket.socket(socket.AF_UNIX)
        c.connect(path)
        held.append(c)
        try:
            c.sendall((b"sync wait ", b"x" * 100000, b"\0\n",
                       b"status\n" * 1000)[n % 4])
        except OSError:
            pass
    s.signal(signal.SIGUSR1)
    s.runs(2)
    for c in held:
        c.close()
    s.ctl("sync", "--wait")
    s.stop()


def test_who_holds_the_account(slow_case, service):
    s = service(slow_case)
    s.runs(1)
    r = slow_case.blink.run("-o", ui="quiet")
    assert r.rc == 3
    assert re.search(r"another instance is at work: pid %d, host %s, since "
                     r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC" % (
                         s.p.pid, re.escape(socket.gethostname())), r.err)
    s.stop()


def test_mistakes_in_the_file(slow_case, service):
    """What runs can be asked and ended whatever was written there since."""
    s = service(slow_case)
    s.runs(1)
    with open(s.config, "a", encoding="utf-8") as f:
        f.write("genral = {};\n")
    assert "test" in s.ctl("status")
    assert "warning: " in s.ctl_err and "\"genral\"" in s.ctl_err
    with open(s.config, "a", encoding="utf-8") as f:
        f.write("oops\n")
    s.ctl("quit")
    assert "syntax error near: oops" in s.ctl_err
    s.ends()
