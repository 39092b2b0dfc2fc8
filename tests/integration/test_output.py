# SPDX-License-Identifier: GPL-2.0-or-later
"""Standard output that nobody reads, or that is no more."""

import contextlib
import fcntl
import os
import signal
import subprocess
import termios
import time

import pytest

import dovecot
from conftest import message
from lights import Screen, needs_tmux
from patience import limit
from service import logged
from test_service import await_end, on_terminal, read_until


def full_pipe():
    """(reader, writer, bytes in it)"""
    r, w = os.pipe()
    fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, 4096)
    return r, w, os.write(w, b"x" * 4096)


def filled(case, n=300):
    for i in range(2, n):
        case.imap.append(message(i))
    case.imap.unselect()
    case.log = case.tmp + "/log"
    case.blink.write_config()
    return case


def start(case, ui, **where):
    b = case.blink
    return subprocess.Popen(
        [b.binary, "-c", b.config, "-u", ui, "-l", case.log],
        stdin=subprocess.DEVNULL, env=b.environment(), **where)


@pytest.mark.parametrize("ui,both", [("json", False), ("basic", False),
                                     ("basic", True)])
def test_pipe_that_nobody_reads(slow_case, ui, both):
    """1. The pipe is full. 2. Two signals end it all the same."""
    case = filled(slow_case)
    r, w, _ = full_pipe()
    p = start(case, ui, stdout=w, stderr=w if both else subprocess.PIPE)
    try:
        logged(case.log, "Copy message")
        p.send_signal(signal.SIGTERM)
        logged(case.log, "signal Terminated")
        p.send_signal(signal.SIGTERM)
        p.wait(limit(20))
    finally:
        p.kill()
        p.wait()
        os.close(r)
        os.close(w)
    assert p.returncode == 1
    if not both:
        assert b"stdout: " in p.stderr.read()
        p.stderr.close()
    case.sync()
    case.settled()


def test_slow_reader_gets_all(slow_case):
    """What waited is written when there is somebody to read it."""
    case = filled(slow_case)
    r, w, n = full_pipe()
    p = start(case, "json", stdout=w, stderr=subprocess.DEVNULL)
    os.close(w)
    try:
        logged(case.log, "Copy message")
        text = b""
        while b'"idle"' not in text:
            text += os.read(r, 1000)
        p.send_signal(signal.SIGTERM)
        for block in iter(lambda: os.read(r, 1000), b""):
            text += block
        assert p.wait(limit(20)) == 0
    finally:
        p.kill()
        p.wait()
        os.close(r)
    assert text.startswith(b"x" * n + b"{")
    assert text.count(b'"op":"copy"') == 299
    assert b'"type":"run-end"' in text


def test_stopped_terminal(slow_case):
    """1. ^S. 2. There is something to show. 3. Two signals."""
    case = filled(slow_case, 2)
    pid, master = on_terminal(case, "-u", "basic", "-l", case.log)
    try:
        read_until(master, b"Finished account")
        os.write(master, b"\x13")
        case.imap.append(message(2))
        case.imap.unselect()
        for n in range(2, 2000):  # it is ignored while one is at its end
            os.kill(pid, signal.SIGUSR1)
            logged(case.log, "signal User defined", n - 1)
            with open(case.log, encoding="utf-8") as f:
                if f.read().count("Copy message") == 2:
                    break
            time.sleep(0.01)
        logged(case.log, "Copy message", 2)
        os.kill(pid, signal.SIGTERM)
        logged(case.log, "signal Terminated")
        os.kill(pid, signal.SIGTERM)
        await_end(pid)
    finally:
        os.close(master)


@pytest.mark.parametrize("ui", ["json", "basic"])
def test_reader_that_is_gone(slow_case, ui):
    """Who goes on for nobody is told to end, and says why."""
    case = filled(slow_case, 2)
    r, w = os.pipe()
    p = start(case, ui, stdout=w, stderr=subprocess.PIPE)
    os.close(w)
    try:
        assert os.read(r, 20)
        os.close(r)
        p.send_signal(signal.SIGUSR1)
        _, err = p.communicate(timeout=limit(20))
    finally:
        p.kill()
        p.wait()
    assert p.returncode == 1
    assert err == b"blinkmail: stdout: Broken pipe\n"
    case.sync()
    case.settled()


@pytest.mark.parametrize("ui", ["quiet", "basic", "json"])
def test_stopped_once_says_so(slow_case, ui):
    case = filled(slow_case)
    go = case.tmp + "/go"
    case.account["presynchook"] = \
        "until test -e %s; do sleep 0.2; done" % go
    p = case.blink.start("-o", "-l", case.log, ui=ui)
    logged(case.log, "Running presynchook")
    p.send_signal(signal.SIGINT)
    logged(case.log, "signal Interrupt")
    with open(go, "w"):
        pass
    out, err = p.communicate(timeout=limit(20))
    assert p.returncode == 1
    assert err == b"test: stopped before its end\n"
    if ui == "quiet":
        assert out == b"test: no change; stopped\n"


def test_quit_ends_at_once(slow_case):
    case = filled(slow_case, 2)
    pid, master = on_terminal(case, "-u", "basic", "-l", case.log)
    try:
        read_until(master, b"Finished account")
        os.write(master, b"\x1c")
        assert os.WIFEXITED(await_end(pid))
    finally:
        os.close(master)


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


@pytest.mark.parametrize("key", [b"\x1c", b"\x03"])
@pytest.mark.parametrize("args", [("-u", "basic"), ("info",)])
def test_signal_at_the_prompt(slow_case, args, key):
    """Echo is on again, whoever ends it."""
    del slow_case.remote["pass"]
    pid, master = on_terminal(slow_case, *args)
    try:
        read_until(master, b"password for ")
        assert not echoes(master)
        os.write(master, key)
        # What a session's leader wrote last may be lost with it.
        with contextlib.suppress(OSError):
            while b"\n" not in os.read(master, 100):
                pass
        if args[0] == "-u":
            os.kill(pid, signal.SIGQUIT)
        await_end(pid)
        assert echoes(master)
    finally:
        os.close(master)


@needs_tmux
@pytest.mark.parametrize("args", ["-u basic", "info"])
def test_suspended_at_the_prompt(slow_case, args):
    case = slow_case
    del case.remote["pass"]
    case.blink.write_config()
    prompt = r"\$\s*\Z"
    screen = Screen(case.tmp, case.blink.environment())
    try:
        screen.send("%s -c %s %s" % (case.blink.binary, case.blink.config,
                                     args), "Enter")
        screen.wait("^password for")
        screen.send("C-z")
        screen.wait("Stopped|Suspended")
        screen.wait(prompt)
        screen.send("stty -a | grep -o -e '-*echo '", "Enter")
        screen.wait("^echo ?$")
        screen.send("clear", "Enter")
        screen.gone("password for")
        screen.send("fg", "Enter")
        screen.wait("^password for")
        screen.send("-l", dovecot.PASSWORD)
        screen.send("Enter")
        screen.wait("Finished account|INBOX")
        assert dovecot.PASSWORD not in screen.text()
        if args != "info":
            screen.send("C-c")
        screen.wait(prompt)
        screen.send("stty -a | grep -o -e '-*echo '", "Enter")
        screen.wait("^echo ?$")
    finally:
        screen.close()
