# SPDX-License-Identifier: GPL-2.0-or-later
"""Several connections for one account: folders side by side, and parts of one
large folder."""

import os

import pytest

from test_kill import STEPS, pytestmark  # noqa: F401

from conftest import message
from patience import limit

MANY = 1600  # enough to be read in parts


def connections(r):
    return len(r.of("connecting"))


def fill_locally(case, n, folder="INBOX"):
    """Messages that a delivery agent put there: quicker than APPEND."""
    case.maildir.create(folder)
    for i in range(1, n + 1):
        case.maildir.write(message(i, body="Line.\r\n" * (i % 50)), folder,
                           "S" if i % 3 == 0 else "")


@pytest.fixture
def large(make_case):
    """A large folder on the server, with a keyword now and then, and an
    empty Maildir beside it."""
    giver = make_case(where="giver")
    fill_locally(giver, MANY)
    giver.sync()
    for uid in range(1, MANY, 100):
        giver.imap.store(uid, "+", ["Later", "$Forwarded"])

    def make(**remote):
        taker = make_case(where="taker%d" % remote.get("maxconnections", 0),
                          remote=dict(remote, user=giver.user))
        taker.imap = giver.imap
        return taker
    return make


def test_folders_side_by_side(make_case):
    case = make_case(remote={"maxconnections": 4})
    names = ["INBOX"] + ["F%d" % n for n in range(8)]
    for name in names[1:5]:
        case.imap.create(name)
    for name in names[5:]:
        case.maildir.create(name)
    for i, name in enumerate(names[:5]):
        for n in range(20):
            case.imap.append(message(100 * i + n), name, flags=["\\Flagged"])
    for i, name in enumerate(names[5:]):
        for n in range(20):
            case.maildir.write(message(1000 + 100 * i + n), name, "RS")
    r = case.sync()
    assert 2 <= connections(r) <= 4
    assert len(r.ops("copy")) == 9 * 20
    case.settled(*names)


def test_parts_of_a_folder(large):
    case = large(maxconnections=3)
    r = case.sync()
    assert 2 <= connections(r) <= 3
    assert len(r.ops("copy")) == MANY
    case.settled()


@pytest.mark.parametrize("how", ["one connection", "one thread"])
def test_alone(large, how):
    case = large(maxconnections=1 if how == "one connection" else 4)
    r = case.sync(*(["-1"] if how == "one thread" else []))
    assert connections(r) == 1
    case.equal()


def test_the_server_allows_fewer(servers, make_case):
    """More connections are wanted than the server gives: it goes on with
    those that there are, and that is no failure."""
    server = servers.get(extra="mail_max_userip_connections = 1")
    case = make_case(server=server, remote={"maxconnections": 4})
    for n in range(6):
        case.maildir.create("F%d" % n)
        for i in range(30):
            case.maildir.write(message(100 * n + i), "F%d" % n)
    case.imap.close()  # it counts, too
    log = os.path.join(case.tmp, "log")
    r = case.blink.sync("-l", log)
    assert connections(r) >= 2
    with open(log) as f:
        assert "no further connection" in f.read()
    assert len(r.ops("copy")) == 180


@pytest.mark.parametrize("step", [1, 3, 6, 9, 12, 20])
def test_kill_in_parts(large, step):
    case = large(maxconnections=3)
    case.blink.binary = STEPS
    p = case.blink.start("-o", env={"BLINKMAIL_STEP": str(step)})
    p.communicate(timeout=limit(60))
    assert p.returncode == -9
    case.sync()
    case.settled()


def test_a_connection_breaks_in_a_part(large):
    """Each step fails in turn; what was copied stays, nothing is doubled."""
    case = large(maxconnections=3)
    case.blink.binary = STEPS
    for step in range(1, 14, 3):
        case.blink.run("-o", env={"BLINKMAIL_STEP_FAIL": str(step)})
    case.sync()
    case.settled()
