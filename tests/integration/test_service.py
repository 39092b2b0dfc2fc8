# SPDX-License-Identifier: GPL-2.0-or-later
"""blinkmail as a service: quiet, told to reread, watched by a manager."""

import os
import pty
import queue
import re
import shutil
import signal
import socket
import subprocess
import threading

import pytest

import blink
import dovecot
from conftest import message
from patience import limit, until
from service import recorder, records


def test_nothing_is_said_when_all_is_well(slow_case, service):
    s = service(slow_case)
    s.runs(1)
    slow_case.imap.append(message(2))
    slow_case.imap.unselect()
    s.sync()
    s.sync()
    s.stop()
    assert s.said == {"out": "", "err": ""}
    slow_case.equal()


def test_trouble_is_told_once_and_its_end(slow_case, service):
    case = slow_case
    secret = os.path.join(case.tmp, "secret")
    del case.remote["pass"]
    case.remote["passfile"] = secret
    s = service(case)
    s.runs(1)
    s.sync(rc=1)
    s.sync(rc=1)
    with open(secret, "w", encoding="utf-8") as f:
        os.chmod(secret, 0o644)
        f.write("x\n")
    s.sync(rc=1)
    s.sync(rc=1)
    os.chmod(secret, 0o600)
    with open(secret, "w", encoding="utf-8") as f:
        f.write(dovecot.PASSWORD + "\n")
    s.sync()
    s.sync()
    s.stop()
    assert s.said["err"].splitlines() == [
        "test: ERROR: 127.0.0.1: passfile %s does not exist" % secret,
        "test: ERROR: 127.0.0.1: passfile: other users have access to %s, so "
        "it is not used; chmod 600 %s" % (secret, secret)]
    assert s.said["out"].splitlines() == [
        "test: no change; 1 error; not finished",
        "test: no change; 1 error; not finished",
        "test: all is well again"]
    # The log has each of them.
    assert s.log().count("does not exist") >= 3
    case.equal()


def test_told_once_over_a_reread(slow_case, make_case, service):
    """Trouble that a new configuration does not correct is not told anew, and
    its end is said when one does; whatever number the account has then."""
    case = slow_case
    other = make_case()
    secret = os.path.join(case.tmp, "secret")
    del case.remote["pass"]
    case.remote["passfile"] = secret
    s = service(case)
    s.runs(1)
    first = case.blink.account("first", other.remote, other.local,
                               autorefresh=60.0, push=False)
    case.blink.accounts.remove(first)
    case.blink.accounts.insert(0, first)
    case.blink.write_config()
    s.signal(signal.SIGHUP)
    s.runs(2)
    s.runs(1, "first")
    del case.remote["passfile"]
    case.remote["pass"] = dovecot.PASSWORD
    case.blink.write_config()
    s.signal(signal.SIGHUP)
    s.runs(3)
    s.runs(2, "first")
    s.stop()
    assert s.said == {
        "err": "test: ERROR: 127.0.0.1: passfile %s does not exist\n" % secret,
        "out": "test: no change; 1 error; not finished\n"
               "test: all is well again\n"}
    assert s.log().count("does not exist") == 2
    case.equal()


def test_once_tells_each_failure(make_case):
    case = make_case()
    case.remote["passfile"] = "/does/not/exist"
    del case.remote["pass"]
    for _ in range(2):
        r = case.blink.run("-o", ui="quiet")
        assert r.rc == 1
        assert r.err == "test: ERROR: 127.0.0.1: passfile /does/not/exist does not exist\n"
        assert r.out == "test: no change; 1 error; not finished\n"


def test_good_configuration_is_taken(slow_case, make_case, service):
    case = slow_case
    other = make_case()
    other.imap.append(message(7))
    other.imap.unselect()
    s = service(case)
    s.runs(1)
    case.blink.account("second", other.remote, other.local, autorefresh=60.0, push=False)
    case.blink.write_config()
    s.signal(signal.SIGHUP)
    s.runs(2)
    s.runs(1, "second")
    other.equal()
    # And once more: the second engine is as good as the first.
    case.blink.accounts.pop()
    case.blink.write_config()
    s.signal(signal.SIGHUP)
    s.runs(3)
    s.sync()
    s.stop()
    assert s.said == {"out": "", "err": ""}


def test_bad_configuration_is_not(slow_case, service):
    case = slow_case
    s = service(case)
    s.runs(1)
    case.blink.write_config()
    with open(case.blink.config, encoding="utf-8") as f:
        good = f.read()
    case.blink.write_text(good.replace("socktimeout", "soktimeout").replace(
        "autorefresh = 60.0", "autorefresh = \"often\""))
    s.signal(signal.SIGHUP)
    s.wait("stays as it was", where="err")
    lines = s.said["err"].splitlines()
    assert len(lines) == 3, lines
    assert "nearest is \"socktimeout\"" in lines[0]
    assert "autorefresh" in lines[1]
    assert lines[2] == "the configuration stays as it was: %s: 2 mistakes" % \
        case.blink.config
    os.unlink(case.blink.config)
    s.signal(signal.SIGHUP)
    s.wait("No such file", where="err")
    case.imap.append(message(2))
    case.imap.unselect()
    s.sync()
    case.equal()
    case.blink.write_text(good)
    s.signal(signal.SIGHUP)
    s.runs(3)
    s.stop()


def test_reread_while_it_synchronises(slow_case, service):
    """What is in flight is finished, and the rest is done afterwards."""
    case = slow_case
    for n in range(2, 400):
        case.imap.append(message(n, "x" * 20000 + "\r\n"))
    case.imap.unselect()
    s = service(case, ui="json")
    s.wait('"op":"copy"', where="out")
    s.signal(signal.SIGHUP)
    s.wait(r"Processing account", 2)
    s.runs(2)
    s.stop()
    case.settled()


def test_term_wins_over_reread(slow_case, service):
    s = service(slow_case, ui="json")
    s.runs(1)
    os.kill(s.p.pid, signal.SIGSTOP)
    s.signal(signal.SIGHUP)
    s.signal(signal.SIGTERM)
    os.kill(s.p.pid, signal.SIGCONT)
    s.ends()
    assert s.said["out"].count('"type":"run-start"') == 1


def on_terminal(case, *args):
    """(pid, master) of a blinkmail on a terminal of its own."""
    case.blink.write_config()
    env = case.blink.environment(TERM="xterm")
    pid, master = pty.fork()
    if pid == 0:
        try:
            os.execve(case.blink.binary, [case.blink.binary, "-c",
                                          case.blink.config, *args], env)
        finally:
            os._exit(127)
    return pid, master


def await_end(pid, seconds=20):
    def ended():
        got, status = os.waitpid(pid, os.WNOHANG)
        return (status,) if got == pid else None
    return until(ended, seconds, lambda: "it does not end")[0]


def read_until(fd, what):
    text = b""
    while what not in text:
        text += os.read(fd, 4096)
    return text


@pytest.mark.parametrize("ui,sign", [("basic", b"Finished account"),
                                     ("quiet", None),
                                     ("blinkenlights", b"59:5")])
def test_gone_terminal_ends_it(slow_case, ui, sign):
    case = slow_case
    case.account["postsynchook"] = "touch %s/done" % case.tmp
    pid, master = on_terminal(case, "-u", ui)
    if sign:
        read_until(master, sign)
    else:
        until(lambda: os.path.exists(os.path.join(case.tmp, "done")))
    os.close(master)
    assert await_end(pid) == 0
    case.equal()


@pytest.mark.parametrize("ui,signs", [
    ("basic", (b"Finished account", b"stays as it was", b"Finished account")),
    ("blinkenlights", (b"59:5", b"stays as it was", b"59:5"))])
def test_reread_on_a_terminal(slow_case, ui, signs):
    case = slow_case
    pid, master = on_terminal(case, "-u", ui)
    read_until(master, signs[0])
    with open(case.blink.config, encoding="utf-8") as f:
        good = f.read()
    case.blink.write_text("nonsense = true;\n" + good)
    os.kill(pid, signal.SIGHUP)
    read_until(master, signs[1])
    case.blink.write_text(good)
    os.kill(pid, signal.SIGHUP)
    read_until(master, signs[2])
    os.kill(pid, signal.SIGTERM)
    try:
        while os.read(master, 4096):
            pass
    except OSError:
        pass
    assert await_end(pid) == 0
    os.close(master)


class Manager:
    """Reads all the time: what comes when ten datagrams wait is lost."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.told = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            self.told.put(self.socket.recv(4096).decode())

    def next(self, *skip):
        """The next datagram that does not begin with one of these."""
        while True:
            text = self.told.get(timeout=limit(20))
            if not text.startswith(skip):
                return text


@pytest.mark.parametrize("abstract", [False, True])
def test_service_manager(slow_case, service, abstract):
    case = slow_case
    case.account["presynchook"], told = recorder(case, "told")
    name = os.path.join(case.tmp, "notify")
    manager = Manager("\0" + name if abstract else name)
    s = service(case, env={"NOTIFY_SOCKET": "@" + name if abstract else name,
                           "WATCHDOG_USEC": "300000"})
    assert manager.next("STATUS=", "WATCHDOG=") == "READY=1"
    assert manager.next("WATCHDOG=") == "STATUS=Synchronising 1 of 1 accounts"
    s.runs(1)
    assert manager.next("WATCHDOG=") == "STATUS=Idle"
    for _ in range(3):
        assert manager.next("STATUS=") == "WATCHDOG=1"
    s.signal(signal.SIGHUP)
    assert re.match(r"RELOADING=1\nMONOTONIC_USEC=\d+$",
                    manager.next("STATUS=", "WATCHDOG="))
    assert manager.next("STATUS=", "WATCHDOG=") == "READY=1"
    s.sync()
    s.signal(signal.SIGTERM)
    assert manager.next("STATUS=", "WATCHDOG=") == "STOPPING=1"
    s.ends()
    # The hooks are not the service.
    calls = records(told)
    assert len(calls) >= 2
    assert not any(k.startswith(("NOTIFY", "WATCHDOG"))
                   for c in calls for k in c)


def test_watchdog_of_another_process(slow_case, service):
    name = os.path.join(slow_case.tmp, "notify")
    manager = Manager(name)
    s = service(slow_case, env={"NOTIFY_SOCKET": name, "WATCHDOG_PID": "1",
                                "WATCHDOG_USEC": "2000"})
    s.runs(1)
    s.signal(signal.SIGTERM)
    seen = []
    while seen[-1:] != ["STOPPING=1"]:
        seen.append(manager.next())
    assert "WATCHDOG=1" not in seen
    s.ends()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None,
                    reason="systemd is not installed")
def test_unit(tmp):
    """What is installed is a unit, as far as it can be told without a
    manager, and names the program where it is installed."""
    path = os.path.join(os.environ.get("BLINKMAIL_BUILD", "."),
                        "contrib/systemd/blinkmail.service")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    command, = re.findall(r"^ExecStart=(/\S+/blinkmail) -u quiet$", text,
                          re.MULTILINE)
    assert "@" not in command
    unit = os.path.join(tmp, "blinkmail.service")
    with open(unit, "w", encoding="utf-8") as f:
        f.write(text.replace(command, blink.BINARY))
    r = subprocess.run(["systemd-analyze", "--user", "--man=no", "verify",
                        unit], capture_output=True, text=True,
                       env=dict(os.environ, XDG_RUNTIME_DIR=tmp))
    assert (r.returncode, r.stdout + r.stderr) == (0, "")
