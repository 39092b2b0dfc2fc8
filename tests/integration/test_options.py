# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line, with a real server behind it."""

import os
import re
import subprocess

import pytest

import blink
import dovecot
from conftest import message
from patience import limit


@pytest.fixture
def two(make_case):
    """Accounts test and more, each with a message; the first has the
    configuration of both."""
    case, other = make_case(), make_case()
    case.blink.account("more", other.remote, other.local)
    for c in (case, other):
        c.imap.append(message(1))
        c.imap.unselect()
    return case, other


def test_accounts(two):
    case, other = two
    r = case.sync("-a", "more")
    assert {e["account"] for e in r.of("account-end")} == {"more"}
    assert case.maildir.folders() == []
    assert len(other.maildir.list()) == 1
    r = case.sync("-1", "-a", "more,test")
    assert [e["account"] for e in r.of("account-start")] == ["more", "test"]
    r = case.sync("-a", "tset", rc=2)
    for word in ("tset", "test", "more"):
        assert word in r.err


def test_single_thread(two):
    """One account after another, and fewer threads."""
    case, other = two
    r = case.sync("-1")
    order = [(e["type"], e["account"]) for e in r.events
             if e["type"] in ("account-start", "account-end")]
    assert order == [("account-start", "test"), ("account-end", "test"),
                     ("account-start", "more"), ("account-end", "more")]
    case.equal()
    other.equal()


@blink.needs_strace
def test_single_thread_has_fewer(two):
    case, other = two

    def threads(*args):
        for c in two:
            c.imap.append(message(2))
            c.imap.unselect()
        rc, trace = case.blink.traced("-e", "trace=clone,clone3",
                                      args=("-o", *args))
        assert rc == 0
        return len(re.findall(r"= \d+$", trace, re.MULTILINE))
    assert 0 < threads("-1") < threads()


def test_quick(case, extensions):
    """Without CONDSTORE the flags of a folder are not looked at when there
    is no new message; with it the server says that something changed."""
    case.imap.append(message(1))
    case.sync()
    case.imap.store(1, "+", ["\\Flagged"])
    r = case.sync("-q")
    if extensions == "none":
        assert r.ops() == []
        r = case.sync()
    assert [(o["op"], o["side"]) for o in r.ops()] == [("flags", "local")]
    case.settled()
    case.imap.append(message(2))
    r = case.sync("-q")
    assert [(o["op"], o["side"]) for o in r.ops()] == [("copy", "local")]
    case.settled()


@pytest.mark.parametrize("area, line", [
    ("net", r"test: connected to 127\.0\.0\.1 port \d+, "),
    ("net", r"test: closed after \d+ bytes in, \d+ bytes out$"),
    ("imap", r"test: C: "),
    ("maildir", r"INBOX: open$"),
    ("sync", r""),
    ("state", r"/test/status\.db: opened$"),
    ("state", r"/test/status\.db: folder 1: 1 pairs loaded$"),
    ("state", r"/test/status\.db: intent 1: a copy of \d+ to the remote side$"),
    ("state", r"/test/status\.db: committed$"),
    ("ui", r"the interface is basic$"),
])
def test_each_debug_area_logs(make_case, area, line):
    """And no password is in it, nor a line of another area."""
    case = make_case()
    case.imap.append(message(1))
    case.sync()
    case.maildir.write(message(2))
    log = os.path.join(case.tmp, "log")
    case.sync("-d", area, "-l", log, ui="basic")
    with open(log, encoding="utf-8") as f:
        text = f.read()
    assert re.search(r"^\S+ \S+ %s: .*%s" % (area, line), text, re.M), text
    assert not re.search(r"^\S+ \S+ (?!%s)(net|imap|maildir|sync|state|ui): " %
                         area, text, re.M)
    assert dovecot.PASSWORD not in text


def test_set(make_case):
    case = make_case()
    case.imap.append(message(1))
    right = case.remote["port"]
    case.remote["port"] = 1
    r = case.sync("-k", "test.remote.port=%d" % right,
                  "-k", "general.fsync=true")
    assert len(case.maildir.list()) == 1
    r = case.sync("-k", "test.remote.prot=1", rc=2)
    assert "-k" in r.err and "prot" in r.err and '"port"' in r.err
    r = case.sync("-k", "tset.remote.port=1", rc=2)
    assert "-k tset.remote.port" in r.err
    r = case.sync("-k", "general.socktimeout=soon", rc=2)
    assert "socktimeout" in r.err


def syslog_lines(case, *args, ui):
    """What goes to syslog, whether or not there is one here: the sends of the
    main thread, whose only connection that is."""
    rc, trace = case.blink.traced(
        "-s", "500", "-e", "trace=connect,sendto,write", "-e",
        "inject=connect:retval=0", args=("-o", *args), ui=ui, follow=False)
    assert rc == 0
    assert "/dev/log" in trace
    return re.findall(r'sendto\(\d+, "<(\d+)>[^:]*:\d\d:\d\d '
                      r'(blinkmail\[\d+\]): (.*?)", \d+', trace)


@blink.needs_strace
@pytest.mark.parametrize("args,ui", [((), "syslog"), (("-s",), "quiet")])
def test_syslog(make_case, args, ui):
    case = make_case()
    case.imap.append(message(1))
    case.imap.unselect()
    lines = syslog_lines(case, *args, ui=ui)
    assert {level for level, _, _ in lines} == {"22"}  # mail.info
    text = "\n".join(line for _, _, line in lines)
    assert "test: Copy message UID 1 remote:INBOX -> local" in text
    assert "Finished account 'test'" in text
    assert ui != "syslog" or "test: 1 new here" in text
    assert len(case.maildir.list()) == 1


FAULTY = """general = { metadata = "%s"; socktimeuot = 5; };
accounts = (
  { name = "a";
    remote = { hots = "h"; user = "u"; port = 70000; };
    local = { path = "Mail"; sep = "-"; };
    quick = "often";
  }
);
mbname = { };
"""


def test_check_names_every_mistake(tmp):
    b = blink.Blink(tmp)
    b.write_text(FAULTY % b.metadata)
    command = [b.binary, "-c", b.config, "check"]
    r = subprocess.run(command, env=b.environment(), capture_output=True,
                       text=True)
    b.sound(r.returncode, r.stdout.encode(), r.stderr.encode())
    assert r.returncode == 2
    for line, *words in [
            (1, "socktimeuot", "socktimeout"), (4, "hots", '"host"'),
            (4, "port", "65535"), (5, "path", "Mail"), (5, "sep"),
            (6, "quick"), (9, "mbname", "mbnames")]:
        assert any(s.startswith("%s:%d: " % (b.config, line)) and
                   all(w in s for w in words)
                   for s in r.stderr.splitlines()), (line, words, r.stderr)
    assert not os.path.exists(b.metadata)
    b.write_text("accounts = (\n{ name = ;\n")
    r = subprocess.run(command, env=b.environment(), capture_output=True,
                       text=True)
    assert r.returncode == 2 and b.config + ":2" in r.stderr


def test_check_of_a_good_file(make_case):
    case = make_case()
    r = case.blink.run("check", ui=None)
    assert r.rc == 0 and "no mistakes; 1 account" in r.out


@pytest.mark.parametrize("ui", ["json", "basic"])
def test_output_that_cannot_be_written(make_case, ui):
    """The mail is synchronised all the same, but nobody saw the events."""
    case = make_case()
    case.imap.append(message(1))
    case.imap.unselect()
    case.blink.write_config()
    for args in (("-o",), ("info",), ("check",), ("--help",)):
        with open("/dev/full", "w") as full:
            r = subprocess.run(
                [case.blink.binary, "-c", case.blink.config, "-u", ui, *args],
                env=case.blink.environment(), stdout=full,
                stderr=subprocess.PIPE, timeout=limit(60))
        case.blink.sound(r.returncode, r.stderr)
        assert r.returncode == 1, (args, r)
        assert b"stdout: No space left on device" in r.stderr, args
    assert len(case.maildir.list()) == 1
    r = subprocess.run([case.blink.binary, "-c", case.blink.config, "-o",
                        "-u", "quiet"], env=case.blink.environment(),
                       stdout=open("/dev/full", "w"), timeout=limit(60))
    assert r.returncode == 0  # there was nothing to say


@blink.needs_strace
def test_no_core_dump(make_case):
    """Neither by limit nor for a program that is told of crashes."""
    case = make_case()
    case.imap.unselect()
    # What hides the program would hide from strace what it opens.
    rc, trace = case.blink.traced("-e", "inject=prctl:retval=0",
                                  args=("check",), binary=blink.BINARY)
    assert rc == 0
    begin = trace.index(case.blink.config, trace.index("\n"))
    core = re.search(r"RLIMIT_CORE, \{rlim_cur=0,.*= 0$", trace,
                     re.MULTILINE)
    assert core.start() < begin
    if not blink.has_sanitizer():
        assert trace.index("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE") < begin


@pytest.mark.skipif(os.geteuid() == 0 or blink.has_sanitizer(),
                    reason="it is hidden from an ordinary user only")
def test_memory_is_hidden(slow_case, service):
    s = service(slow_case)
    s.runs(1)
    with pytest.raises(PermissionError):
        open("/proc/%d/environ" % s.p.pid)
    s.stop()
