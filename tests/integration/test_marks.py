# SPDX-License-Identifier: GPL-2.0-or-later
"""A server without UIDPLUS can only expunge all that is marked as deleted.
Where others are marked, ours stays marked; that mark is not the user's."""

import pytest

from conftest import message
from test_hostile import make  # noqa: F401


def search(c, tag, arg):
    c.send("* SEARCH %s\r\n" % " ".join(
        str(u) for u, m in sorted(c.box.messages.items())
        if "\\Deleted" in m[0]))


def dies(c, tag, arg):
    c.close()
    return ""


@pytest.mark.parametrize("how", ["foreign marks", "connection lost"])
def test_mark_is_not_the_users(make, how):
    case = make({"INBOX": [message(n) for n in range(1, 5)]},
                capability="IMAP4rev1")
    box = case.server.boxes["INBOX"]
    case.server.on["UID SEARCH"] = search
    case.server.on["EXPUNGE"] = dies
    case.run(rc=0)
    if how == "foreign marks":
        box.messages[1][0].add("\\Deleted")
        case.run(rc=0)
    victim = case.maildir.find(b"<3@test>")
    case.maildir.delete(victim)
    case.run(rc=1)
    case.run(rc=1)
    assert box.messages[3][0] == {"\\Deleted"}
    assert len(case.maildir.list()) == 3  # nor has it come back
    # The user puts it back: it is neither marked here nor there.
    with open(victim.path, "wb") as f:
        f.write(victim.raw)
    case.run(rc=0)
    case.run(rc=0)
    assert "T" not in case.maildir.find(b"<3@test>").name.rpartition(",")[2]
    assert box.messages[3][0] == set()
    assert len(case.maildir.list()) == 4
