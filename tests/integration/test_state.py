# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run finds wrong on the local side, or is told not to touch."""

import contextlib
import errno
import os
import re
import resource
import shutil
import signal
import sqlite3
import stat
import threading

import pytest

import blink
import dovecot
from conftest import lf, message
from service import logged


def status_file(case):
    return os.path.join(case.blink.metadata, "test", "status.db")


def damage_cut(path):
    with open(path, "r+b") as f:
        f.truncate(os.path.getsize(path) // 2)


def damage_noise(path):
    with open(path, "r+b") as f:
        f.write(os.urandom(os.path.getsize(path)))


def damage_middle(path):
    with open(path, "r+b") as f:
        f.seek(4096)
        f.write(b"\xff" * 8192)


def damage_empty(path):
    with open(path, "wb"):
        pass


@pytest.mark.parametrize("damage", [damage_cut, damage_noise, damage_middle,
                                    damage_empty])
def test_damaged_status_is_rebuilt(case, damage):
    for n in range(1, 31):
        case.imap.append(message(n), flags=["\\Seen", "todo"])
    case.sync()
    path = status_file(case)
    for more in ("-wal", "-shm"):
        if os.path.exists(path + more):
            os.unlink(path + more)
    damage(path)
    case.maildir.delete(case.maildir.find("<3@test>"))
    r = case.sync()
    # Nothing is deleted, and nothing but the missing one is transferred.
    assert r.ops("expunge") == []
    assert len(r.transfers()) == 1
    assert len(case.imap.uids()) == 30
    case.settled()
    if damage is not damage_empty:
        kept = [n for n in os.listdir(os.path.dirname(path))
                if n.startswith("status.db.")]
        assert kept, os.listdir(os.path.dirname(path))


# Makes version 4 of version 7.
SIZES_BEFORE = """
    ALTER TABLE folder DROP COLUMN remote_older;
    ALTER TABLE folder DROP COLUMN local_older;
    ALTER TABLE folder DROP COLUMN remote_arrived;
    ALTER TABLE folder DROP COLUMN local_arrived;
    ALTER TABLE pair DROP COLUMN kin;
    ALTER TABLE pair DROP COLUMN remote_told;
    ALTER TABLE pair DROP COLUMN local_told;
    ALTER TABLE pair DROP COLUMN unread;
    PRAGMA user_version = 4;
"""

# Makes version 3 of version 4, which knows why deletions wait.
FOLDERS_BEFORE = """
    CREATE TABLE folder3 (id INTEGER PRIMARY KEY AUTOINCREMENT,
     remote_name TEXT NOT NULL UNIQUE, local_name TEXT NOT NULL,
     remote_validity INTEGER NOT NULL, local_validity INTEGER NOT NULL,
     remote_next INTEGER NOT NULL, local_next INTEGER NOT NULL,
     remote_free INTEGER NOT NULL, local_free INTEGER NOT NULL,
     remote_modseq INTEGER NOT NULL, local_modseq INTEGER NOT NULL,
     remote_token BLOB, local_token BLOB, scanned_at INTEGER NOT NULL);
    INSERT INTO folder3 SELECT id, remote_name, local_name, remote_validity,
     local_validity, remote_next, local_next, remote_free, local_free,
     remote_modseq, local_modseq, remote_token, local_token, scanned_at
     FROM folder;
    DROP TABLE folder;
    ALTER TABLE folder3 RENAME TO folder;
    CREATE TRIGGER folder_drop AFTER DELETE ON folder BEGIN
     DELETE FROM pair WHERE folder = old.id; END;
    DROP TABLE removed;
    DROP TABLE fact;
    PRAGMA user_version = 3;
"""

# Makes version 2 of version 3: names on the local side only.
NAMES_BEFORE = """
    ALTER TABLE folder DROP COLUMN local_next;
    ALTER TABLE folder DROP COLUMN remote_free;
    ALTER TABLE folder RENAME COLUMN local_free TO local_next;
    DROP INDEX pair_local;
    DROP INDEX pair_remote;
    ALTER TABLE pair DROP COLUMN remote_name;
    ALTER TABLE pair DROP COLUMN remote_key;
    ALTER TABLE pair RENAME COLUMN local_name TO name;
    ALTER TABLE pair RENAME COLUMN local_key TO name_key;
    CREATE INDEX pair_name ON pair (name_key);
    PRAGMA user_version = 2;
"""


def test_status_of_before(synced):
    """One that does not say yet which flags an upload in flight had, and has
    names for one side only."""
    with contextlib.closing(sqlite3.connect(status_file(synced))) as db:
        (made,) = db.execute("SELECT sql FROM sqlite_master"
                             " WHERE name = 'intent'").fetchone()
        before, cut, _ = made.partition(", -- Maildir base name")
        assert cut
        db.executescript(SIZES_BEFORE)
        db.executescript(FOLDERS_BEFORE)
        db.executescript(NAMES_BEFORE)
        db.execute("DROP TABLE intent")
        db.execute(before + " -- a comment\n)")
        db.execute("PRAGMA user_version = 1")
        db.commit()
    synced.maildir.write(lf(message(6)), flags="S")
    r = synced.sync()
    assert len(r.transfers()) == 1 and r.ops("adopt") == []
    synced.settled()


def test_disk_not_mounted(synced):
    """An empty directory in place of the Maildirs is no deletion."""
    root = synced.maildir.root
    os.rename(root, root + ".away")
    r = synced.sync(rc=1)
    assert r.ops() == []
    assert not os.path.exists(root)
    os.mkdir(root)  # the mount point without the disk
    r = synced.sync(rc=1)
    assert r.ops() == []
    assert os.listdir(root) == []
    assert len(synced.imap.uids()) == 5
    os.rmdir(root)
    os.rename(root + ".away", root)
    synced.settled()


@blink.needs_strace
@pytest.mark.parametrize("sep", [".", "/"])
@pytest.mark.parametrize("what", ["root", "Work"])
@pytest.mark.parametrize("num", ["EACCES", "EIO", "ESTALE"])
def test_unreadable_is_not_gone(make_case, what, num, sep):
    """It is said what is wrong, and not how to delete it for good."""
    case = make_case(sep=sep)
    case.imap.create("Work")
    for n in range(1, 4):
        case.imap.append(message(n), "Work")
    case.sync()
    log = os.path.join(case.tmp, "log")
    paths = [case.maildir.root] if what == "root" else ["Work", "Work/cur"]
    rc, _ = case.blink.traced(
        *(x for p in paths for x in ("-P", p)),
        "-e", "inject=/^(newfstatat|fstatat64|statx|openat)$:error=" + num,
        args=("-o", "-l", log))
    with open(log) as f:
        text = f.read()
    assert rc == 1, text
    where = case.maildir.root if what == "root" else case.maildir.path("Work")
    assert "%s: %s" % (where, os.strerror(getattr(errno, num))) in text
    assert text.count("ERROR") == 1, text
    assert "mounted" not in text and "gone" not in text, text
    assert len(case.imap.list("Work")) == 3
    case.settled("INBOX", "Work")


@blink.needs_strace
@pytest.mark.parametrize("what", ["new", "flags", "deletions"])
@pytest.mark.parametrize("num", ["EACCES", "EROFS"])
def test_directory_that_stays_as_it_is(make_case, what, num):
    """One error, and not one for each message; nothing waits afterwards."""
    case = make_case()
    for n in range(1, 8):
        case.imap.append(message(n))
    case.sync()
    if what == "new":
        for n in range(11, 14):
            case.imap.append(message(n))
    elif what == "flags":
        case.imap.store(case.imap.uids(), "+", ["\\Flagged"])
    else:
        case.imap.delete(case.imap.uids()[:3])
    case.imap.unselect()
    log = os.path.join(case.tmp, "log")
    call = "unlinkat" if what == "deletions" else "/^renameat2?$"
    rc, trace = case.blink.traced("-e", "inject=%s:error=%s" % (call, num),
                                  args=("-o", "-l", log))
    assert "(INJECTED)" in trace
    with open(log) as f:
        text = f.read()
    assert rc == 1, text
    assert text.count("ERROR") == 1, text
    assert os.strerror(getattr(errno, num)) in text
    case.sync()
    case.settled()


@pytest.mark.parametrize("sub", ["cur", "INBOX"])
def test_folder_gone_is_no_deletion(synced, sub):
    path = synced.maildir.path("INBOX")
    path = path if sub == "INBOX" else os.path.join(path, sub)
    shutil.rmtree(path)
    synced.sync(rc=None)
    assert len(synced.imap.uids()) == 5
    synced.sync(rc=None)
    assert len(synced.imap.uids()) == 5


@pytest.mark.parametrize("n", [6, 30])
@pytest.mark.parametrize("side", ["local", "remote"])
def test_brake(case, side, n):
    """Held, and still held when something new came to the side that they are
    gone from."""
    for i in range(1, n + 1):
        case.imap.append(message(i))
    case.sync()
    if side == "local":
        for f in case.maildir.list():
            case.maildir.delete(f)
    else:
        case.imap.delete(list(range(1, n + 1)))
    for new in range(2):
        case.imap.append(message(99 + new))
        r = case.sync(rc=4)
        assert len(r.of("held")) == 1
        assert r.ops("expunge") == []
    left = (n + 2, 2) if side == "local" else (2, n + 2)
    assert (len(case.imap.uids()), len(case.maildir.list())) == left
    case.imap.unselect()
    case.sync("--force-delete")
    assert len(case.imap.uids()) == len(case.maildir.list()) == 2
    case.settled()


def test_brake_is_released_by_what_comes_back(case):
    for n in range(8):
        case.imap.append(message(n))
    case.sync()
    gone = {}
    for f in case.maildir.list():
        with open(f.path, "rb") as g:
            gone[f.path] = g.read()
        case.maildir.delete(f)
    case.sync(rc=4)
    for path in list(gone)[:4]:
        with open(path, "wb") as g:
            g.write(gone[path])
    r = case.sync()
    assert len(r.ops("expunge")) == 4  # as many are deleted by hand
    case.settled()


def test_dry_run_changes_nothing(synced):
    synced.imap.append(message(8))
    synced.imap.delete(1)
    synced.imap.store(2, "+", ["\\Flagged"])
    synced.maildir.write(lf(message(9)))
    synced.maildir.delete(synced.maildir.find("<3@test>"))

    def picture():
        out = {}
        for base in (synced.maildir.root, synced.blink.metadata):
            for d, _, files in os.walk(base):
                for f in files:
                    p = os.path.join(d, f)
                    if not p.endswith(("-shm", "-wal", "lock")):
                        with open(p, "rb") as g:
                            out[p] = g.read()
        return out
    before, there = picture(), synced.remote_state()
    r = synced.sync("-n")
    assert sorted(o["op"] for o in r.ops()) == [
        "copy", "copy", "expunge", "expunge", "flags"]
    assert all(o["planned"] and o["reason"] for o in r.ops())
    assert picture() == before
    assert synced.remote_state() == there
    r = synced.sync()
    assert len(r.ops()) == 5
    synced.settled()


def test_first_dry_run_leaves_nothing(case):
    case.imap.append(message(1))
    case.sync("-n")
    assert not os.path.exists(case.maildir.root)
    assert not os.path.exists(status_file(case))


def test_brake_where_one_is_elsewhere_too(case):
    """A message that also lies in another folder is no reason to let all the
    others of its folder go."""
    case.imap.create("A")
    case.imap.create("C")
    for n in range(9):
        case.imap.append(message(n), "A")
    case.imap.append(message(3), "C")
    case.sync()
    case.sync()
    for f in case.maildir.list("A"):
        case.maildir.delete(f)
    r = case.sync(rc=4)
    assert r.ops("expunge") == [] and len(r.of("held")) == 1
    assert len(case.imap.uids("A")) == 9
    case.imap.unselect()
    case.sync("--force-delete")
    case.settled("A", "C")
    assert len(case.imap.uids("C")) == 1


def test_gone_and_back_empty(case):
    """An empty directory in the place of a folder that was missing deletes
    nothing, however few messages it had."""
    case.imap.create("Few")
    for n in range(3):
        case.imap.append(message(n), "Few")
    case.sync()
    away = os.path.join(case.tmp, "away")
    os.rename(case.maildir.path("Few"), away)
    r = case.sync(rc=1)
    (e,) = r.of("error")
    assert e["folder"] == "Few" and "gone from the local side" in e["text"]
    case.maildir.create("Few")
    for _ in range(2):
        r = case.sync(rc=4)
        assert r.ops() == []
        (held,) = r.of("held")
        assert held["total"] == 3 and "came back without" in held["text"]
    assert len(case.imap.uids("Few")) == 3
    case.imap.unselect()
    shutil.rmtree(case.maildir.path("Few"))
    os.rename(away, case.maildir.path("Few"))
    case.sync()
    case.settled("Few")
    case.maildir.delete(case.maildir.list("Few")[0])
    case.sync()
    case.settled("Few")
    assert len(case.imap.uids("Few")) == 2


def test_a_dry_run_ends(make_case):
    case = make_case(autorefresh=60.0)
    case.imap.append(message(1))
    case.imap.unselect()
    r = case.blink.run("-n", timeout=20)
    assert r.rc == 0 and len(r.ops("copy")) == 1
    assert case.maildir.folders() == []


def test_second_instance(case):
    for n in range(300):
        case.imap.append(message(n, "x" * 20000 + "\r\n"))
    case.imap.unselect()
    p = case.blink.start("-o", ui="quiet")
    logged(os.path.join(case.blink.metadata, "test", "lock"),
           "pid %d," % p.pid)
    p.send_signal(signal.SIGSTOP)
    r = case.blink.run("-o")
    p.send_signal(signal.SIGCONT)
    out, err = p.communicate()
    case.blink.sound(p.returncode, out, err)
    assert p.returncode == 0
    assert r.rc == 3, r
    assert str(p.pid) in r.err
    case.settled()


def test_nobody_else_can_read(case):
    old = os.umask(0o022)
    case.imap.create("Work")
    for n in range(1, 4):
        case.imap.append(message(n), "Work", flags=["todo"])
    case.sync("-l", os.path.join(case.tmp, "log"), "-d", "all")
    os.umask(old)
    for base in (case.maildir.root, case.blink.metadata,
                 os.path.join(case.tmp, "log")):
        for d, subs, files in os.walk(base):
            for name in [d] + [os.path.join(d, f) for f in files]:
                mode = stat.S_IMODE(os.lstat(name).st_mode)
                assert mode & 0o077 == 0, (name, oct(mode))
    mode = stat.S_IMODE(os.lstat(os.path.join(case.tmp, "log")).st_mode)
    assert mode & 0o077 == 0


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5",
                                       "SCRAM-SHA-256"])
def test_password_is_nowhere(make_case, mechanism):
    case = make_case(remote={"auth_mechanisms": [mechanism]})
    case.imap.append(message(1))
    log = os.path.join(case.tmp, "log")
    case.imap.unselect()
    p = case.blink.start("-o", "-d", "all", "-l", log)
    seen = b""
    while p.poll() is None:
        for name in ("cmdline", "environ"):
            try:
                with open("/proc/%d/%s" % (p.pid, name), "rb") as f:
                    seen += f.read()
            except OSError:
                pass
    out, err = p.communicate()
    case.blink.sound(p.returncode, out, err)
    assert p.returncode == 0 and len(case.maildir.list()) == 1
    for top, _, files in os.walk(case.tmp):
        for name in files:
            path = os.path.join(top, name)
            if path != case.blink.config:
                with open(path, "rb") as f:
                    seen += f.read()
    assert b"AUTHENTICATE" in seen
    for form in blink.disguises(dovecot.PASSWORD):
        assert form.encode() not in seen + out + err


def test_traps_in_the_maildir(synced, tmp):
    """What is no regular file is no message; no link leads out."""
    secret = os.path.join(tmp, "secret")
    with open(secret, "w") as f:
        f.write("Subject: secret\n\n")
    cur = os.path.join(synced.maildir.path(), "cur")
    os.symlink(secret, os.path.join(cur, "1.link:2,S"))
    os.mkfifo(os.path.join(cur, "2.fifo:2,S"))
    os.mkdir(os.path.join(cur, "3.dir:2,S"))
    os.link(secret, os.path.join(cur, "4.hard:2,S"))  # a file as any other
    synced.sync(rc=None)
    assert len(synced.imap.uids()) == 6
    assert not any(b"secret" in m.data for u, m in synced.imap.list().items()
                   if u <= 5)
    for name in ("1.link:2,S", "2.fifo:2,S", "3.dir:2,S"):
        assert os.path.lexists(os.path.join(cur, name))


@pytest.mark.parametrize("place", ["tmp", "cur"])
def test_links_in_place_of_directories(synced, tmp, place):
    out = os.path.join(tmp, "elsewhere")
    os.mkdir(out)
    path = os.path.join(synced.maildir.path(), place)
    os.rename(path, path + ".was")
    os.symlink(out, path)
    synced.imap.append(message(77))
    synced.sync(rc=None)
    assert os.listdir(out) == []
    assert len(synced.imap.uids()) == 6
    os.unlink(path)
    os.rename(path + ".was", path)
    synced.sync()
    synced.settled()


def test_reader_renames_meanwhile(case):
    """A mail reader that changes flags all the time loses nothing."""
    for n in range(1, 101):
        case.imap.append(message(n))
    case.sync()
    stop = threading.Event()

    def rename():
        k = 0
        while not stop.is_set():
            for f in case.maildir.list():
                k += 1
                try:
                    case.maildir.set_flags(f, "S" if k % 3 else "FS")
                except OSError:
                    pass
    thread = threading.Thread(target=rename)
    thread.start()
    try:
        for _ in range(5):
            case.sync(rc=None)
            assert len(case.imap.uids()) == 100
    finally:
        stop.set()
        thread.join()
    case.sync()
    case.settled()
    assert len(case.imap.uids()) == 100


def test_copies_of_a_file(synced):
    """The same U= twice in a folder: a copy is a message of its own."""
    f = synced.maildir.find("<2@test>")
    shutil.copy(f.path, os.path.join(os.path.dirname(f.path),
                                     "9." + f.name))
    synced.sync()
    assert len(synced.imap.uids()) == len(synced.maildir.list()) == 6
    synced.settled()


def start_up(case, call):
    """How often the loader makes this call, before the program begins."""
    text = case.blink.traced("-e", "trace=%s,openat" % call)[1]
    before, found, _ = text.partition(case.blink.config)
    assert found
    before = before[:before.rindex("\n") + 1]
    return len(re.findall(r"^\d+ +%s\(" % call, before, re.MULTILINE))


# The calls that a run makes on files and on its connection, an error that each
# may have, and which of them fail: 1 is the first after the program's start.
FAILING = {
    "openat:error=EMFILE": (1, 2, 3, 4, 5, 7, 9, 10),
    "mkdir:error=ENOSPC": (1, 2),
    "pwrite64:error=ENOSPC": (1, 2, 3, 5, 8, 13),
    "ftruncate:error=EIO": (1, 1),
    "fsync:error=EIO": (1, 2),
    "fdatasync:error=EIO": (1, 2, 3, 5),
    "syncfs:error=EIO": (1, 1),
    "renameat2:error=EIO": (1, 2, 3),
    "getdents64:error=EIO": (1, 2, 4),
    "pread64:error=EIO": (1, 2, 3, 5),
    "utimensat:error=EPERM": (1, 2),
    "sendto:error=ECONNRESET": (1, 2, 3, 5),
    "recvfrom:error=ETIMEDOUT": (1, 2, 3, 5, 8),
}

def more_mail(case, i, whole):
    """So that there is something to do; whole gets it as files hold it."""
    for n in range(4):
        there = message("%d-%d" % (i, n), "x" * 5000 + "\r\n")
        here = lf(message("%d+%d" % (i, n), "y" * 5000 + "\r\n"))
        case.imap.append(there)
        case.maildir.write(here)
        whole |= {lf(there), here}
    case.imap.unselect()


def settled_with(case, whole):
    case.sync("--force-delete")
    assert len(case.imap.uids()) == len(case.maildir.list()) == len(whole)
    case.settled()


@blink.needs_strace
@pytest.mark.parametrize("what", FAILING)
def test_system_calls_that_fail(make_case, what):
    case = make_case()
    case.blink.general["fsync"] = True
    case.maildir.create("INBOX")
    first = start_up(make_case(), what.partition(":")[0])
    whole = set()
    for i, when in enumerate(FAILING[what]):
        more_mail(case, i, whole)
        rc, trace = case.blink.traced(
            "-e", "inject=%s:when=%d" % (what, first + when))
        assert "(INJECTED)" in trace, when
        # 4: the first run is still to come, and both sides are full of mail
        assert rc in (0, 1, 2, 4), (when, rc)
        for f in case.maildir.list():
            assert f.raw in whole, f  # never a part of one
    settled_with(case, whole)


@pytest.mark.skipif(blink.has_sanitizer("tsan"),
                    reason="the thread sanitizer needs big files itself")
def test_files_that_cannot_grow(make_case):
    """As on a full disk: a part is written, and then no more."""
    case = make_case()
    case.maildir.create("INBOX")
    whole = set()

    def limit(size):
        def in_child():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return in_child
    failed = 0
    for i, size in enumerate((0, 100, 3000, 20000, 5100, 60000, 4096)):
        more_mail(case, i, whole)
        p = case.blink.start("-o", preexec_fn=limit(size))
        out, err, _ = blink.collect(p, 60)
        case.blink.sound(p.returncode, out, err)
        assert p.returncode in (0, 1, 4)
        failed += p.returncode != 0
        for f in case.maildir.list():
            assert f.raw in whole, f
    assert failed >= 4
    settled_with(case, whole)
