# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose mail it is: another account under the same name, and another way to
the same one."""

import copy

import blink
import pytest
from conftest import message
from scripted import Box, Scripted
from test_sure import make, numbers  # noqa: F401: a fixture


@pytest.fixture
def another():
    """Starts one more server."""
    servers = []

    def start(boxes):
        servers.append(Scripted(boxes).__enter__())
        return servers[-1]
    yield start
    for s in servers:
        s.__exit__()


def picture(server):
    return {n: {u: (sorted(f), d) for u, (f, d) in b.messages.items()}
            for n, b in server.boxes.items()}


def texts(n, count, body="x\r\n"):
    """Of one size, for each n another one, with the UIDs 1 to count."""
    return Box([message(n + i, body) for i in range(count)], validity=1)


def use(case, server, **more):
    case.account["remote"].update(port=server.port, **more)


@pytest.mark.parametrize("count", [3, 6, 12])
def test_another_account(make, another, count):
    """UIDVALIDITY 1, the same UIDs, dates and sizes, or a part of them."""
    case = make({"INBOX": texts(100, 6)})
    other = another({"INBOX": texts(500, count)})
    other.boxes["INBOX"].messages[2][0].add("\\Seen")
    case.maildir.set_flags(case.maildir.find("<104@test>"), "FS")
    before = picture(other)
    mine = picture(case.server)
    use(case, other)
    for args in ([], ["-f", "INBOX"], ["-n"], []):
        r = case.sync(*args, rc=4)
        assert r.ops() == [] and "another account" in r.err
    assert picture(other) == before and picture(case.server) == mine
    assert case.here() == [*range(100, 106)]
    # Back to the first one, as if nothing had been.
    use(case, case.server)
    case.sync()
    assert "\\Flagged" in case.box().messages[5][0]


def test_another_account_is_let_in(make, another):
    """Nothing is deleted, and both have all of it; once."""
    case = make({"INBOX": texts(100, 6)})
    shared = case.box().messages[3][1]
    other = another({"INBOX": texts(500, 5), "Extra": texts(700, 2)})
    other.boxes["INBOX"].add(shared)
    use(case, other)
    case.sync(rc=4)
    case.sync("--force-delete")
    everything = [*range(100, 106), *range(500, 505)]
    assert case.here() == everything
    assert numbers(d for _, d in other.boxes["INBOX"].messages.values()) == \
        everything
    assert case.here("Extra") == [700, 701]
    assert case.sync().ops() == []


def test_the_same_account_by_another_name(make, another):
    """A server that was renamed, a user with a domain."""
    case = make({"INBOX": texts(100, 20), "Work": texts(200, 3),
                 "Empty": Box([])})
    moved = another(copy.deepcopy(case.server.boxes))
    del moved.boxes["INBOX"].messages[2]
    case.remove(110)
    use(case, moved, user="u@example.org")
    r = case.sync()
    assert "example.org" not in r.err
    assert 101 not in case.here() and 11 not in moved.boxes["INBOX"].messages
    case.account["remote"]["host"] = "localhost"
    assert case.sync().ops() == []


@pytest.mark.parametrize("what", ["validity", "gone", "message", "header"])
def test_what_speaks_against_it(make, another, what):
    case = make({"INBOX": texts(100, 6), "Work": texts(200, 3)})
    moved = another(copy.deepcopy(case.server.boxes))
    if what == "validity":
        moved.boxes["Work"].validity = 2
    elif what == "gone":
        del moved.boxes["Work"]
    elif what == "message":
        moved.boxes["Work"].messages[2][1] = message(202)
    else:
        del moved.boxes["Work"].messages[2]
        moved.boxes["Work"].messages = {
            u + 10: m for u, m in moved.boxes["Work"].messages.items()}
        moved.boxes["Work"].next = 20
    use(case, moved)
    r = case.sync(rc=4)
    assert "Work" in r.err and r.ops() == []
    assert case.here() == [*range(100, 106)]
    assert case.here("Work") == [*range(200, 203)]


def test_two_servers(tmp, another):
    """Either side may be another one."""
    a, b = (another({"INBOX": texts(100, 6)}) for _ in range(2))
    twin = another({"INBOX": texts(300, 6)})
    prog = blink.Blink(tmp)

    def side(s):
        return {"type": "imap", "host": "127.0.0.1", "port": s.port,
                "user": "u", "pass": "secret", "tls": "no"}
    account = prog.account("test", side(a), side(b))
    prog.sync()
    for name, good in (("local", b), ("remote", a)):
        account[name] = side(twin)
        before = picture(twin)
        r = prog.sync(rc=4)
        assert "the %s side was" % name in r.err and r.ops() == []
        assert picture(twin) == before
        account[name] = side(good)
    assert prog.sync().ops() == []


def test_a_status_from_before(make):
    """One that does not know it yet takes what it finds."""
    case = make(n=3)
    case.status("DELETE FROM fact")
    case.sync()
    assert "u@127.0.0.1:%d" % case.server.port in str(
        case.status("SELECT value FROM fact"))


def test_ctl_lets_in_only_what_was_shown(make, another, service):
    case = make({"INBOX": texts(100, 6)})
    other = another({"INBOX": texts(500, 6)})
    use(case, other)
    case.account.update(autorefresh=60.0, push=False)
    s = service(case)
    s.wait("another account")
    s.ctl("sync", "test", "--wait", options=["--force-delete"])
    s.stop()
    assert case.here() == [*range(100, 106), *range(500, 506)]
