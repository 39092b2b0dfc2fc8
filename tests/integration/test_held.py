# SPDX-License-Identifier: GPL-2.0-or-later
"""Between syncs: connections that are held open and kept alive, the wait after
a failure, and the end."""

import json
import signal
import time

import dovecot
from conftest import message
from imapbox import ImapBox


def connections(s):
    return s.log().count("Establishing connection")


def test_one_connection_for_all_syncs(slow_case, service):
    s = service(slow_case)
    s.runs(1)
    for n in range(2, 5):
        slow_case.imap.append(message(n))
        slow_case.imap.unselect()
        s.sync()
        assert len(slow_case.maildir.list()) == n
    assert connections(s) == 1
    s.stop()


def test_a_connection_for_each_sync(slow_case, service):
    slow_case.remote["holdconnectionopen"] = False
    s = service(slow_case)
    s.runs(1)
    s.sync()
    s.sync()
    assert connections(s) == 3
    s.stop()


def test_keepalive(slow_case, service):
    slow_case.remote["keepalive"] = 1
    s = service(slow_case, "-d", "imap")
    s.runs(1)
    s.wait(r"C: \w+ NOOP$", times=3)
    s.sync()
    assert connections(s) == 1
    s.stop()


def test_the_server_closes_it(make_case, service):
    """It is made anew without a word, and without waiting."""
    with dovecot.Dovecot() as server:
        case = make_case(server=server, autorefresh=60.0, push=False)
        case.imap.append(message(1))
        s = service(case)
        s.runs(1)
        server.halt()
        server.again()
        case.imap.close()
        case.imap = ImapBox(server.port, case.user, dovecot.PASSWORD)
        case.imap.append(message(2))
        case.imap.unselect()
        s.sync()
        case.equal()
        assert connections(s) == 2
        s.stop()
        assert s.said == {"out": "", "err": ""}


def test_usr2_ends_it(slow_case, service):
    """Also while a connection is held and an account is paused or due."""
    slow_case.remote["keepalive"] = 600
    s = service(slow_case)
    s.runs(1)
    s.signal(signal.SIGUSR2)
    s.ends()


def events(s, kind):
    return [e for e in map(json.loads, s.said["out"].splitlines())
            if e["type"] == kind]


def test_waits_after_failures(make_case, service):
    """Soon at first, then later; well again, as the configuration says."""
    with dovecot.Dovecot() as server:
        case = make_case(server=server, autorefresh=0.05, push=False)
        case.imap.append(message(1))
        case.imap.unselect()
        s = service(case, ui="json")
        s.runs(1)
        server.halt()
        s.wait('"type":"error"', times=2, where="out", seconds=40)
        server.again()
        s.wait('"type":"account-end".*"scope":"none"}', times=3, where="out",
               seconds=60)
        s.stop()
    waits = [e["seconds"] for e in events(s, "idle") if "seconds" in e]
    longest = waits.index(max(waits))
    # 3, 6, 12 ... seconds, each a tenth off at most, rounded up
    assert waits[:longest + 1] == sorted(waits[:longest + 1])
    assert max(waits) >= 6 and waits[-2] == 3, waits


def test_idle_is_told(slow_case, service):
    s = service(slow_case, ui="json")
    s.runs(1)
    s.wait('"type":"idle"', where="out")
    s.stop()
    assert events(s, "idle")[0]["seconds"] in (3599, 3600)
    assert events(s, "idle")[0]["paused"] is False


def test_ctl_gets_through_while_a_server_hangs(make_case, service):
    """A dead keepalive holds up nobody else's sync."""
    with dovecot.Dovecot() as server:
        case = make_case(autorefresh=60.0, push=False)
        case.imap.append(message(1))
        case.imap.unselect()
        dead = make_case(server=server, where="dead", autorefresh=60.0,
                         push=False)
        dead.imap.append(message(1))
        dead.imap.unselect()
        dead.remote["keepalive"] = 1
        case.blink.general["maxsyncaccounts"] = 1
        case.blink.account("dead", dead.remote, dead.local,
                           autorefresh=60.0, push=False)
        s = service(case, "-d", "imap")
        s.runs(1)
        s.runs(1, "dead")
        pids = server._processes()
        n = s.log().count("NOOP\n")
        for pid in pids:
            try:
                import os
                os.kill(pid, signal.SIGSTOP)
            except ProcessLookupError:
                pass
        try:
            s.wait(r"dead: C: \w+ NOOP$", times=n + 1)
            case.imap.append(message(2))
            case.imap.unselect()
            begin = time.monotonic()
            s.ctl("sync", "test", "--wait")
            print("%.3f s" % (time.monotonic() - begin))
            case.equal()
        finally:
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    pass
        s.stop()
