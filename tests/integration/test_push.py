# SPDX-License-Identifier: GPL-2.0-or-later
"""What changes on one side is on the other at once, without a sync being
asked for: IDLE, NOTIFY, inotify. How long it took is reported, not judged;
`make bench` measures it."""

import os
import signal
import time

import pytest

import blink
import patience
from conftest import message
from processes import state
from service import recorder, records
from waits import needs_waits, waits

@pytest.fixture(params=["IDLE", "NOTIFY"])
def pushed(request, make_case, service):
    """An account that is watched, and the program that does so."""
    more = {}
    if request.param == "IDLE":
        more = {"disable_extensions": ["NOTIFY"]}
    case = make_case(autorefresh=60.0, remote=more)
    case.imap.create("Work")
    case.imap.append(message(1))
    case.imap.append(message(2), "Work")
    case.imap.unselect()
    s = service(case, "-d", "sync")
    s.runs(1)
    settle(s)
    case.way = request.param
    return case, s


def settle(s, times=2, rest=1.0):
    """Both sides are watched, and nothing is synchronised any more."""
    seen, since = "", time.monotonic()

    def rests():
        nonlocal seen, since
        text = s.log()
        if text != seen:
            seen, since = text, time.monotonic()
        return time.monotonic() - since > rest and \
            text.count("Processing account") >= times
    patience.until(rests, say=lambda: "it does not come to rest\n" +
                   s.report())


def until(what, s):
    """How long it took until that was so, in seconds."""
    begin = time.monotonic()
    patience.until(what, say=s.report)
    return time.monotonic() - begin


def there(case, n, folder="INBOX"):
    return any(b"<%d@test>" % n in f.raw for f in case.maildir.list(folder))


def on_server(case, n, folder="INBOX"):
    found = case.imap.list(folder)
    case.imap.unselect()
    return any(b"<%d@test>" % n in m.data for m in found.values())


def test_new_mail(pushed, record_property):
    case, s = pushed
    folders = ["INBOX"] if case.way == "IDLE" else ["INBOX", "Work"]
    for n, folder in enumerate(folders, 10):
        case.imap.append(message(n), folder)
        case.imap.unselect()
        took = until(lambda: there(case, n, folder), s)
        record_property("seconds until new mail in %s is a file" % folder,
                        took)
        print("%s: new mail in %s after %.3f s" % (case.way, folder, took))
    s.stop()
    case.equal(*folders)


def test_changes_on_the_server(pushed):
    case, s = pushed
    case.imap.store(1, "+", ["\\Flagged"])
    case.imap.unselect()
    until(lambda: case.maildir.list()[0].flags == {"\\Flagged"}, s)
    case.imap.delete(1)
    case.imap.unselect()
    until(lambda: case.maildir.list() == [], s)
    s.stop()


def test_changes_here(pushed):
    case, s = pushed
    (f,) = case.maildir.list()
    case.maildir.set_flags(f, "FS")

    def flagged():
        (m,) = case.imap.list().values()
        case.imap.unselect()
        return {"\\Flagged", "\\Seen"} <= set(m.flags)
    print("%s: a flag after %.3f s" % (case.way, until(flagged, s)))
    case.maildir.write(message(20), "Work")
    until(lambda: on_server(case, 20, "Work"), s)
    settle(s)
    case.maildir.move(case.maildir.list()[0], "Work")
    until(lambda: on_server(case, 1, "Work") and not on_server(case, 1), s)
    settle(s)
    case.maildir.create("New")
    case.maildir.write(message(30), "New")
    until(lambda: "New" in case.imap.folders() and
          on_server(case, 30, "New"), s)
    s.stop()
    case.equal("INBOX", "Work", "New")


def test_a_burst_is_a_few_syncs(pushed):
    case, s = pushed
    before = s.log().count("Processing account")
    for n in range(200):
        case.maildir.write(message(100 + n))
    until(lambda: len(case.imap.uids()) == 201, s)
    case.imap.unselect()
    settle(s)
    assert s.log().count("Processing account") - before < 50
    s.stop()


def test_without_condstore_flags_come_too(make_case, service):
    """Tokens do not show them; the news by IDLE does. (NOTIFY shows them by
    HIGHESTMODSEQ, RFC 5465 section 5.3.)"""
    case = make_case(autorefresh=60.0, remote={
        "disable_extensions": ["CONDSTORE", "QRESYNC", "NOTIFY"]})
    case.imap.append(message(1))
    case.imap.unselect()
    s = service(case)
    s.runs(1)
    settle(s)
    case.imap.store(1, "+", ["\\Flagged"])
    case.imap.unselect()
    until(lambda: case.maildir.list()[0].flags == {"\\Flagged"}, s)
    s.stop()


def test_hooks_run_once(make_case, service):
    """What a sync did itself comes back as news, and is none."""
    case = make_case(autorefresh=60.0)
    case.imap.append(message(1))
    case.imap.unselect()
    command, path = recorder(case, "hooks")
    case.account.update(presynchook=command, postsynchook=command)
    s = service(case)
    s.runs(1)
    settle(s, rest=2.5)  # beyond what counts as an echo
    before = len(records(path))
    case.imap.append(message(2))
    case.imap.unselect()
    until(lambda: there(case, 2), s)
    settle(s, rest=2.5)
    case.maildir.write(message(3))
    until(lambda: on_server(case, 3), s)
    settle(s, rest=2.5)
    calls = [c["BLINKMAIL_HOOK"] for c in records(path)[before:]]
    assert calls == ["presync", "postsync"] * 2
    s.stop()


def test_no_push(make_case, service):
    """Nothing happens by itself, not even after a watched account, whose mail
    came later, is done."""
    case = make_case(autorefresh=60.0, push=False)
    watched = make_case(push=True)
    case.blink.account("watched", watched.remote, watched.local,
                       autorefresh=60.0)
    case.imap.append(message(1))
    watched.imap.append(message(1))
    s = service(case)
    s.runs(1)
    s.runs(2, "watched")  # watching begins with a second one
    case.imap.append(message(2))
    case.maildir.write(message(3))
    case.imap.unselect()
    watched.imap.append(message(2))
    until(lambda: there(watched, 2), s)
    assert s.log().count("Processing account test") == 1
    s.sync()
    s.stop()
    case.equal()


def test_server_comes_back(make_case, service):
    """After a restart of the server, news goes on."""
    import dovecot
    with dovecot.Dovecot() as server:
        case = make_case(server=server, autorefresh=60.0)
        case.imap.append(message(1))
        case.imap.unselect()
        s = service(case)
        s.runs(1)
        settle(s)
        before = s.log()
        server.halt()
        until(lambda: s.log() != before, s)  # it is noticed
        server.again()
        case.imap.close()
        from imapbox import ImapBox
        case.imap = ImapBox(server.port, case.user, dovecot.PASSWORD)
        case.imap.append(message(2))
        case.imap.unselect()
        until(lambda: there(case, 2), s)
        case.maildir.set_flags(case.maildir.list()[0], "S")
        until(lambda: any("\\Seen" in m.flags
                          for m in case.imap.list().values()), s)
        case.imap.unselect()
        s.stop()
        case.equal()


def test_stopped_for_a_while(pushed):
    """SIGSTOP: what happened meanwhile is noticed at once afterwards."""
    case, s = pushed
    s.signal(signal.SIGSTOP)
    until(lambda: state(s.p.pid) == "T", s)
    case.imap.append(message(40))
    case.imap.unselect()
    case.maildir.write(message(41))
    s.signal(signal.SIGCONT)
    until(lambda: there(case, 40) and on_server(case, 41), s)
    s.stop()
    case.equal()


def processor_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(blink.has_sanitizer("tsan"),
                    reason="the thread sanitizer has a thread that wakes up")
def test_at_rest(pushed, record_property):
    """With nothing to do no thread wakes up."""
    case, s = pushed

    def switches():
        total = 0
        for t in os.listdir("/proc/%d/task" % s.p.pid):
            with open("/proc/%d/task/%s/status" % (s.p.pid, t),
                      encoding="ascii") as f:
                for line in f:
                    if line.startswith("voluntary"):
                        total += int(line.split()[1])
        return total
    before, cpu = switches(), processor_seconds(s.p.pid)
    time.sleep(3)
    woken = switches() - before
    record_property("wake-ups in 3 s", woken)
    print("%s: %d wake-ups in 3 s" % (case.way, woken))
    assert woken <= 3
    assert processor_seconds(s.p.pid) - cpu < 0.02
    s.stop()


@needs_waits
def test_no_wake_up_to_come(pushed):
    """Nor will one before something is due: the next sync in an hour, a word
    to the server within half of one."""
    case, s = pushed
    until(lambda: min(waits(s.p.pid).values()) > 20 * 60, s)
    print("%s: %s" % (case.way, waits(s.p.pid)))
    s.stop()
