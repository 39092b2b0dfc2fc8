# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of pairs share: to fill a side, to look into it, and to say
what both have."""

import os

from conftest import message

SIDES = ["remote", "local"]
DATE = 1_600_000_000


def other(side):
    return "local" if side == "remote" else "remote"


def fill(box, numbers, folder="INBOX", date=DATE, **more):
    for n in numbers:
        box.append(message(n), folder, date=date, **more)


def find(box, n, folder="INBOX"):
    text = b"<%d@test>" % n
    (m,) = (m for m in box.list(folder).values() if text in m.data)
    return m


def numbers(box, folder="INBOX"):
    return sorted(int(m.data.split(b"Message-ID: <")[1].split(b"@")[0])
                  for m in box.list(folder).values())


def both(pair, want, folder="INBOX"):
    for side in SIDES:
        assert numbers(pair.boxes[side], folder) == sorted(want), side


def moves(r):
    """(operation, side) of each."""
    return sorted((o["op"], o["side"]) for o in r.ops())


def adopted(pair, numbers, dates=(DATE, DATE)):
    """Messages that were on both sides before they met."""
    fill(pair.there, numbers, date=dates[0])
    fill(pair.here, numbers, date=dates[1])
    r = pair.sync()
    assert {o["op"] for o in r.ops()} == {"adopt"}, r


def status(pair):
    return os.path.join(pair.blink.metadata, "test", "status.db")
