# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 at marked points of a run, and at any moment: one more run leaves
both sides equal, with nothing lost, doubled or left over."""

import os
import random
import signal
import time

import pytest

import blink
from blink import STEPS, needs_steps
from conftest import lf, message

FOLDERS = ("INBOX", "Work", "Lists")

pytestmark = needs_steps


def prepare_first(case):
    """Mail on both sides that have never met, some of it the same."""
    case.imap.create("Work")
    for n in range(1, 5):
        case.imap.append(message(n), flags=["\\Seen"] if n % 2 else [])
    case.imap.append(message(11), "Work", flags=["blue"])
    case.maildir.create("INBOX")
    case.maildir.write(lf(message(1)), flags="F")
    case.maildir.write(lf(message(5)))
    case.maildir.create("Lists")
    case.maildir.write(lf(message(21)), "Lists", flags="S")
    return {"INBOX": {1, 2, 3, 4, 5}, "Work": {11}, "Lists": {21}}


def prepare_later(case):
    """And then all that can happen to them between two runs."""
    prepare_first(case)
    for n in (6, 7, 8):
        case.imap.append(message(n), flags=["blue"] if n == 6 else [])
    case.sync()
    case.equal(*FOLDERS)
    case.imap.delete(find(case, 2))
    case.imap.move(find(case, 3), "INBOX", "Work")
    case.imap.store(find(case, 1), "+", ["\\Answered", "green"])
    case.imap.append(message(9))
    case.maildir.delete(case.maildir.find("<4@test>"))
    case.maildir.set_flags(case.maildir.find("<5@test>"), "RS")
    case.maildir.move(case.maildir.find("<6@test>"), "Lists")
    case.maildir.copy(case.maildir.find("<7@test>"), "Work")
    case.maildir.write(lf(message(10)))
    return {"INBOX": {1, 5, 7, 8, 9, 10}, "Work": {3, 7, 11},
            "Lists": {6, 21}}


def find(case, n):
    text = b"<%d@test>" % n
    return next(m.uid for m in case.imap.list().values() if text in m.data)


def expect(case, folders):
    for folder, numbers in folders.items():
        want = sorted(lf(message(n)) for n in numbers)
        have = sorted(f.raw for f in case.maildir.list(folder))
        assert have == want, folder
    case.settled(*folders)


def steps_of(case, env_log):
    case.imap.unselect()
    case.blink.binary = STEPS
    case.blink.sync(env={"BLINKMAIL_STEP_LOG": env_log})
    case.blink.binary = blink.BINARY
    with open(env_log) as f:
        return len(f.readlines())


def count_steps(make_case, tmp, options, prepare):
    case = make_case(where="count", **options)
    prepare(case)
    return steps_of(case, os.path.join(tmp, "steps"))


def die_at(make_case, options, prepare, step, variable):
    case = make_case(**options)
    folders = prepare(case)
    case.imap.unselect()
    case.blink.binary = STEPS
    p = case.blink.start("-o", env={variable: str(step)})
    out, err, _ = blink.collect(p, 60)
    case.blink.sound(p.returncode, out, err)
    case.blink.binary = blink.BINARY
    if variable == "BLINKMAIL_STEP":
        assert p.returncode == -signal.SIGKILL, step
    else:  # a session that breaks is begun anew once or twice
        assert p.returncode in (0, 1), step
    case.sync()
    expect(case, folders)
    case.close()


def killed_at(case, name):
    case.imap.unselect()
    case.blink.binary = STEPS
    p = case.blink.start("-o", "-1", env={"BLINKMAIL_STEP": name})
    out, err, _ = blink.collect(p, 60)
    case.blink.sound(p.returncode, out, err)
    case.blink.binary = blink.BINARY
    assert p.returncode == -signal.SIGKILL, name


def flags(case, folder):
    """Of the one message there, the same on both sides."""
    (there,) = case.imap.list(folder).values()
    (here,) = case.maildir.list(folder)
    assert here.flags == there.flags
    return set(here.flags)


def test_flags_changed_after_an_upload_in_flight(case):
    case.maildir.create("INBOX")
    case.maildir.write(lf(message(1)), flags="FS")
    killed_at(case, "uploaded")
    assert len(case.imap.uids()) == 1
    case.maildir.set_flags(case.maildir.find("<1@test>"), "F")
    case.sync()
    assert flags(case, "INBOX") == {"\\Flagged"}
    case.settled()


def test_copied_twice_after_an_upload_in_flight(case):
    """Its name tells what its letters mean, like that of any other."""
    case.imap.create("Work")
    case.maildir.create("INBOX")
    case.maildir.write(lf(message(1)))
    killed_at(case, "uploaded")
    case.sync()
    case.maildir.copy(case.maildir.find("<1@test>"), "Work")
    case.sync()
    case.imap.store(find(case, 1), "+", ["blue"])
    case.sync()
    case.maildir.copy(case.maildir.find("<1@test>"), "Work")
    case.sync()
    assert sorted(map(sorted, (m.flags for m in case.imap.list(
        "Work").values()))) == [[], ["blue"]]
    case.settled("INBOX", "Work")


def test_copied_from_one_with_other_flags(case):
    """The server copies whichever it has of a message; what the copy gets on
    the way is not what the file had."""
    for folder in ("Work", "Lists"):
        case.imap.create(folder)
    case.imap.append(message(1), flags=["\\Flagged", "blue"])
    case.sync()
    case.maildir.copy(case.maildir.find("<1@test>"), "Lists")
    case.sync()
    case.maildir.set_flags(case.maildir.find("<1@test>", "Lists"), "S")
    case.sync()
    case.maildir.move(case.maildir.find("<1@test>", "Lists"), "Work")
    killed_at(case, "transferred")
    assert len(case.imap.uids("Work")) == 1
    case.sync()
    assert flags(case, "Work") == {"\\Seen"}
    assert flags(case, "INBOX") == {"\\Flagged", "blue"}
    case.settled(*FOLDERS)


# Each fourth step for each part: all of them, and on the other storage some.
PARTS = [("sdbox", part) for part in range(4)] + [("maildir", 1)]


@pytest.mark.parametrize("prepare", [prepare_first, prepare_later])
@pytest.mark.parametrize("storage,part", PARTS)
def test_killed_at_each_step(make_case, tmp, storage, extensions, prepare,
                             part):
    options = {"storage": storage, "extensions": extensions}
    steps = count_steps(make_case, tmp, options, prepare)
    assert steps > 20
    for step in range(1 + part, steps + 1, 4):
        die_at(make_case, options, prepare, step, "BLINKMAIL_STEP")


@pytest.mark.parametrize("prepare", [prepare_first, prepare_later])
@pytest.mark.parametrize("storage,every", [("sdbox", 5), ("maildir", 17)])
def test_failing_at_some_steps(make_case, tmp, storage, extensions, prepare,
                               every):
    options = {"storage": storage, "extensions": extensions}
    steps = count_steps(make_case, tmp, options, prepare)
    for step in range(1, steps + 1, every):
        die_at(make_case, options, prepare, step, "BLINKMAIL_STEP_FAIL")


def big(case):
    """Some hundreds, half of them on each side."""
    case.maildir.create("INBOX")
    for n in range(200):
        case.imap.append(message(n, "x" * (n * 97 % 20000) + "\r\n"))
        case.maildir.write(lf(message(1000 + n, "y" * (n * 89 % 20000) +
                                      "\r\n")))
    return sorted(list(range(200)) + list(range(1000, 1200)))


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("storage", ["sdbox", "maildir"])
def test_ended_at_any_moment(make_case, storage, extensions, sig):
    """--force-delete: so much different mail on both sides is asked about."""
    case = make_case(storage=storage, extensions=extensions)
    numbers = big(case)
    case.imap.unselect()
    rng = random.Random(os.environ.get("SEED", "7"))
    for _ in range(12):
        p = case.blink.start("-o", "--force-delete")
        time.sleep(rng.uniform(0, 0.15))
        p.send_signal(sig)
        out, err, _ = blink.collect(p, 30)
        case.blink.sound(p.returncode, out, err)
        if sig == signal.SIGTERM:
            assert p.returncode in (0, 1, -signal.SIGTERM)
    # What was under way may be stored after the next run's look; that is the
    # matter of test_late.py.
    case.server.wait_alone(case.user)
    case.sync("--force-delete")
    found = sorted(int(f.raw.split(b"Message-ID: <")[1].split(b"@")[0])
                   for f in case.maildir.list())
    assert found == numbers
    case.settled()
