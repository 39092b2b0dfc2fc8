# SPDX-License-Identifier: GPL-2.0-or-later
"""Mistakes in the configuration, and traps around it, that would harm mail:
found before anything is touched."""

import os
import subprocess

import pytest
from conftest import message
from patience import limit


def marker(case):
    return os.path.join(case.maildir.root, ".blinkmail")


def read(path):
    with open(path) as f:
        return f.read()


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("path", [
    "N/c", "N/x/../c", "./N//c/", "N/c/.", "N/x/y/../../c", "L/c", "M"])
def test_one_maildir_twice(make_case, path, link):
    """However its path is written, and whether it is there or not."""
    case = make_case(local={"path": None})
    top = os.path.join(case.tmp, "top")
    os.mkdir(top)
    os.makedirs(os.path.join(top, "N")) if link else None
    os.symlink("N", os.path.join(top, "L"))
    os.symlink("N/c", os.path.join(top, "M"))
    case.local["path"] = os.path.join(top, "N", "c")
    case.blink.account("second", case.remote, {
        **case.local, "path": top + "/" + path})
    p = case.blink.run("check", ui=None)
    if path == "M" or (path == "L/c" and not link):
        # A link to nothing: nobody can know; the marker tells.
        case.imap.append(message(1))
        for _ in range(2):
            r = case.sync(rc=None)
            assert r.rc in (1, 2)
        assert len(case.imap.uids()) == 1
        return
    assert p.rc == 2, p
    assert "is already that of" in p.err + p.out


def test_marker_names_the_account(case):
    case.imap.append(message(1))
    case.sync()
    assert read(marker(case)).startswith("account test\nside local\ng")
    for text in ("", "account te", "account test\nside local\n"):
        with open(marker(case), "w") as f:
            f.write(text)  # of an older version, or cut by a crash
        case.sync("-n")
        assert read(marker(case)) == text
        case.sync()
        assert read(marker(case)).startswith("account test\nside local\n")


@pytest.mark.parametrize("dry", [True, False])
def test_marker_of_another_account(case, make_case, dry):
    """Another configuration, with another server."""
    case.imap.append(message(1))
    case.sync()
    other = make_case(local={"path": case.maildir.root})
    other.blink.accounts[0]["name"] = "other"
    before = read(marker(case))
    r = other.sync(*(["-n"] if dry else []), rc=1)
    (e,) = r.of("error")
    assert e["scope"] == "account"
    assert 'it is another\'s: "account test side local"' in e["text"]
    assert other.imap.uids() == []
    assert read(marker(case)) == before
    case.settled()


SEPS = {"flat": ".", "nested": "/", "maildir++": "++"}
NESTED = [("flat", "work", "maildir++"), ("flat", "INBOX", "maildir++"),
          ("flat", "work", "flat"), ("nested", "work", "nested"),
          ("nested", "a/b/work", "maildir++"),
          ("maildir++", ".work", "maildir++"), ("maildir++", "work", "flat")]


def nested(make_case, outer, below, inner):
    """Two configurations, each with its server."""
    a = make_case(sep=SEPS[outer])
    b = make_case(sep=SEPS[inner],
                  local={"path": os.path.join(a.maildir.root, below)})
    for case, name in ((a, "outer"), (b, "inner")):
        case.blink.accounts[0]["name"] = name
        case.imap.append(message({"outer": 1, "inner": 2}[name]))
    return a, b


def only_own(a, b):
    for case, n in ((a, 1), (b, 2)):
        for folder in case.imap.folders():
            for m in case.imap.list(folder).values():
                assert b"<%d@test>" % n in m.data, (case, folder)


@pytest.mark.parametrize("outer,below,inner", NESTED)
def test_nested_is_a_mistake(make_case, outer, below, inner):
    a, b = nested(make_case, outer, below, inner)
    a.blink.account("inner", b.remote, b.local)
    p = a.blink.run("check", ui=None)
    assert p.rc == 2, p
    assert "lie one inside the other" in p.err + p.out


@pytest.mark.parametrize("outer,below,inner", NESTED)
@pytest.mark.parametrize("first", ["outer", "inner"])
def test_nested_in_two_configurations(make_case, outer, below, inner, first):
    """Nobody can compare their paths; the markers tell."""
    a, b = nested(make_case, outer, below, inner)
    for case in ([a, b] if first == "outer" else [b, a]) * 2:
        r = case.sync(rc=None)
        if case is b and first == "outer":
            (e,) = r.of("error")
            assert "lies in" in e["text"] and "another" in e["text"], e
    only_own(a, b)


def test_nested_folder_of_the_same_name(make_case):
    """What the outer server calls so is not put there."""
    a, b = nested(make_case, "flat", "work", "maildir++")
    b.sync()
    a.imap.create("work")
    a.imap.append(message(1), "work")
    r = a.sync(rc=None)
    assert any("another account" in e["text"]
               for e in r.of("error") + r.of("warning")), r
    b.sync()
    only_own(a, b)


def test_nested_after_it_was_a_folder(make_case):
    """One that was synchronised, and is another's now, is not emptied."""
    a, b = nested(make_case, "flat", "work", "maildir++")
    a.imap.create("work")
    a.imap.append(message(1), "work")
    a.sync()
    path = os.path.join(a.maildir.root, "work", ".blinkmail")
    with open(path, "w") as f:
        f.write("account inner\nside local\n")
    for f in os.listdir(os.path.join(a.maildir.root, "work", "cur")):
        os.unlink(os.path.join(a.maildir.root, "work", "cur", f))
    for _ in range(2):
        a.sync(rc=None)
        assert len(a.imap.uids("work")) == 1


def test_state_behind_a_link(case, tmp):
    case.imap.append(message(1))
    elsewhere = os.path.join(tmp, "elsewhere")
    os.mkdir(elsewhere, 0o700)
    os.mkdir(case.blink.metadata, 0o700)
    os.symlink(elsewhere, os.path.join(case.blink.metadata, "test"))
    for args in ([], ["-n"]):
        (e,) = case.sync(*args, rc=1).of("error")
        assert "symbolic link" in e["text"]
        assert os.listdir(elsewhere) == []
    assert not os.path.exists(case.maildir.root)


@pytest.mark.parametrize("which", ["metadata", "account"])
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_state_that_others_can_write(case, which, mode):
    case.imap.append(message(1))
    case.sync()
    path = case.blink.metadata
    if which == "account":
        path = os.path.join(path, "test")
    os.chmod(path, mode)
    case.imap.append(message(2))
    r = case.sync(rc=1)
    assert any("others can write there" in e["text"] and e["file"] == path
               for e in r.of("error")), r
    assert len(case.maildir.list()) == 1
    os.chmod(path, 0o755)
    case.sync()
    case.settled()


def test_metadata_may_be_a_link(case, tmp):
    """The user's own choice of a place."""
    elsewhere = os.path.join(tmp, "elsewhere")
    os.mkdir(elsewhere, 0o700)
    os.symlink(elsewhere, case.blink.metadata)
    case.imap.append(message(1))
    case.sync()
    case.settled()
    assert os.path.isdir(os.path.join(elsewhere, "test"))


def test_all_mistakes_at_once(make_case):
    case = make_case()
    case.blink.general["ui"] = "foo"
    case.blink.accounts[0]["autorefresh"] = "x"
    case.blink.extra = "nonsense = 1;"
    p = case.blink.run("check", ui=None)
    assert p.rc == 2
    lines = p.err.splitlines()
    assert sum(line.startswith(case.blink.config + ":")
               for line in lines) == 3, p
    assert any('no user interface is called "foo"' in line
               for line in lines), p


def check_with(case, path):
    return subprocess.run(
        [case.blink.binary, "-c", path, "check"], capture_output=True,
        env=case.blink.environment(), stdin=subprocess.DEVNULL,
        timeout=limit(30), text=True)


def test_configuration_that_is_no_file(make_case, tmp):
    case = make_case()
    fifo = os.path.join(tmp, "fifo")
    os.mkfifo(fifo)
    for path, why in ((fifo, "not closed"), ("/dev/zero", "neither"),
                      ("/dev/null", "neither"), (tmp, "is a directory")):
        p = check_with(case, path)
        assert p.returncode == 2, p
        assert why in p.stderr, p


def test_configuration_from_a_pipe(make_case):
    case = make_case()
    case.blink.write_config()
    command = 'exec "$0" -c <(sleep 0.3; cat "$1") check'
    for how in (command, 'cat "$1" | exec "$0" -c /dev/stdin check',
                'exec "$0" -c /dev/stdin check < "$1"'):
        p = subprocess.run(
            ["bash", "-c", how, case.blink.binary, case.blink.config],
            capture_output=True, env=case.blink.environment(),
            timeout=limit(30), text=True)
        assert p.returncode == 0, p
        assert "no mistakes" in p.stdout


def test_passcmd_without_end(make_case):
    """What never stops printing is stopped, and the other account goes on."""
    case = make_case()
    case.imap.append(message(1))
    endless = {k: v for k, v in case.remote.items() if k != "pass"}
    endless.update(passcmd="yes", passcmd_timeout=3600)
    case.blink.account("endless", endless, {
        **case.local, "path": os.path.join(case.tmp, "Endless")})
    r = case.sync(rc=1)
    (e,) = r.of("error")
    assert e["account"] == "endless"
    assert len(case.maildir.list()) == 1
