# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the password comes from, and the tunnel that needs none."""

import os

import pytest

import dovecot
from conftest import message

PASS = dovecot.PASSWORD


@pytest.fixture
def keyless(make_case):
    """An account without a password, and one that has what it needs: it goes
    on whatever happens to the first."""
    case, other = make_case(), make_case()
    del case.remote["pass"]
    case.blink.account("good", other.remote, other.local)
    for c in (case, other):
        c.imap.append(message(1))
        c.imap.unselect()
    case.other = other
    return case


def arrives(case):
    case.sync()
    assert len(case.maildir.list()) == len(case.other.maildir.list()) == 1


def refused(case, *words):
    r = case.sync(rc=1)
    (e,) = r.of("error")
    assert e["account"] == "test"
    for w in words:
        assert w in e["text"], e
        assert w in r.err
    assert PASS not in r.out + r.err
    assert case.maildir.folders() == []
    assert len(case.other.maildir.list()) == 1
    return r


def write(path, text, mode=0o600):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


@pytest.mark.parametrize("command", [
    "echo %s", "printf %s", "printf '%s\\nlogin: me\\n'",
    "echo unlocking >&2; echo %s"])
def test_passcmd(keyless, command):
    keyless.remote["passcmd"] = command % PASS
    arrives(keyless)


def test_passcmd_fails(keyless):
    keyless.remote["passcmd"] = "echo %s; echo the vault is locked >&2; " \
        "exit 3" % PASS
    refused(keyless, "status 3", "the vault is locked")


def test_wrong_password(keyless, tmp):
    """Who tried to log in is named, and where the password came from."""
    path = tmp + "/password"
    write(path, "wrong\n")
    write(os.path.join(keyless.blink.home, ".netrc"),
          "machine 127.0.0.1 login %s password wrong\n" % keyless.user)
    refused(keyless, "login as %s with SCRAM-SHA-256 (password from "
            "~/.netrc): the server says NO" % keyless.user,
            "and login as %s with PLAIN (password" % keyless.user,
            "auth_mechanisms can name another")
    keyless.remote["passfile"] = path
    refused(keyless, "(password from passfile)")
    keyless.remote["passcmd"] = "echo wrong"
    refused(keyless, "(password from passcmd)")


def test_passcmd_says_nothing(keyless):
    keyless.remote["passcmd"] = "true"
    refused(keyless, "passcmd")


def test_passcmd_has_a_time_limit(keyless, tmp):
    """It is ended with all that it began."""
    keyless.remote["passcmd"] = "sleep 300 & echo $! >%s/pid; wait" % tmp
    keyless.remote["passcmd_timeout"] = 1
    refused(keyless, "passcmd did not end in time")
    with open(tmp + "/pid") as f:
        pid = int(f.read())
    try:
        with open("/proc/%d/stat" % pid) as f:
            assert f.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        pass


def test_passcmd_gets_nothing_of_ours(keyless, tmp):
    """Neither our stdin nor our descriptors."""
    keyless.remote["passcmd"] = (
        "ls -l /proc/self/fd >%s/fds; cat; echo %s" % (tmp, PASS))
    arrives(keyless)
    with open(tmp + "/fds") as f:
        fds = [line.split()[8:] for line in f if " -> " in line]
    assert sorted(int(f[0]) for f in fds) == [0, 1, 2, 3], fds  # 3: ls's own


def test_passfile(keyless, tmp):
    path = tmp + "/password"
    keyless.remote["passfile"] = path
    refused(keyless, "passfile", path)
    write(path, PASS + "\nanother line\n")
    arrives(keyless)


def test_netrc(keyless):
    path = os.path.join(keyless.blink.home, ".netrc")
    refused(keyless, "there is no password")
    write(path, "machine imap.example.org login %s password wrong\n"
          "machine 127.0.0.1\n  login someone password wrong\n"
          "machine 127.0.0.1\n  login %s password %s\n" % (
              keyless.user, keyless.user, PASS), 0o644)
    refused(keyless, ".netrc")
    os.chmod(path, 0o600)
    arrives(keyless)


def test_the_first_of_them_counts(keyless, tmp):
    write(os.path.join(keyless.blink.home, ".netrc"),
          "machine 127.0.0.1 login %s password wrong\n" % keyless.user)
    write(tmp + "/password", PASS)
    keyless.remote["passfile"] = tmp + "/password"
    arrives(keyless)


def can_run_imap():
    return os.access("/usr/lib/dovecot/imap", os.X_OK)


@pytest.mark.skipif(not can_run_imap(), reason="no /usr/lib/dovecot/imap")
def test_preauth_tunnel(servers, make_case):
    """Dovecot itself on a pipe: no connection, no login, no password."""
    server = servers.get(storage="sdbox")
    case = make_case(server=server)
    case.imap.append(message(1), flags=["\\Seen"])
    case.imap.unselect()
    remote = case.account["remote"]
    for key in ("host", "port", "user", "pass", "tls"):
        del remote[key]
    remote["preauthtunnel"] = server.imap_command(case.user)
    log = case.tmp + "/log"
    case.sync("-d", "imap", "-l", log)
    with open(log) as f:
        text = f.read()
    assert "S: * PREAUTH" in text
    assert "LOGIN" not in text.replace("LOGIN-REFERRALS", "") and \
        "AUTHENTICATE" not in text
    case.equal()
    case.maildir.set_flags(case.maildir.find("<1@test>"), "FS")
    case.sync()
    case.settled()
    remote["preauthtunnel"] = "echo no such host >&2; exit 255"
    r = case.sync(rc=1)
    assert r.of("error")
