# SPDX-License-Identifier: GPL-2.0-or-later
"""The same two-way scenario with all extensions of a real server, seen in the
log of the protocol, and with each of them taken away in turn."""

import re

import pytest

import blink
from conftest import lf, message


def two_ways(case):
    """New, changed, deleted, moved and copied mail, and folders, on both
    sides; in the end both hold the same."""
    for n in range(1, 9):
        case.imap.append(message(n), flags=["\\Seen"] if n % 2 else [])
    case.imap.create("Work/Old")
    case.imap.append(message(20), "Work/Old", flags=["$Label1", "todo"])
    case.sync()
    case.equal("INBOX", "Work/Old")
    case.imap.delete(1)
    case.imap.move(2, "INBOX", "Work/Old")
    case.imap.store(3, "+", ["\\Answered", "blue"])
    case.imap.append(message(9))
    case.maildir.delete(case.maildir.find("<4@test>"))
    case.maildir.set_flags(case.maildir.find("<5@test>"), "FRS")
    case.maildir.move(case.maildir.find("<6@test>"), "Work/Old")
    case.maildir.copy(case.maildir.find("<7@test>"), "Work/Old")
    case.maildir.create("Lists")
    for n in range(30, 33):
        case.maildir.write(lf(message(n)), "Lists", flags="S")
    case.maildir.write(lf(message(10)), flags="D")
    case.sync()
    folders = ("INBOX", "Work/Old", "Lists")
    case.settled(*folders)
    assert sorted(len(case.imap.uids(f)) for f in folders) == [3, 4, 6]


# What the log shows of each that is used where it is offered. Dovecot 2.3 has
# neither OBJECTID nor UTF8=ACCEPT; IDLE, NOTIFY, UNSELECT, ESEARCH and
# STATUS=SIZE it has, but a single sync wants none of them.
EVIDENCE = {
    "LITERAL+": r"C: \S+ APPEND .*\{\d+\+\}",
    "UIDPLUS": r"C: \S+ UID EXPUNGE",
    "MOVE": r"C: \S+ UID MOVE",
    "CONDSTORE": r"C: \S+ SELECT .*\(CONDSTORE\)",
    "QRESYNC": r"C: \S+ ENABLE .*QRESYNC",
    "ENABLE": r"C: \S+ ENABLE ",
    "LIST-EXTENDED": r'C: \S+ LIST "" "\*" RETURN',
    "LIST-STATUS": r"C: \S+ LIST .*RETURN \(.*STATUS \(",
    "SPECIAL-USE": r"C: \S+ LIST .*RETURN \(.*SPECIAL-USE",
    "NAMESPACE": r"C: \S+ NAMESPACE",
    "COMPRESS=DEFLATE": r"C: \S+ COMPRESS DEFLATE",
    "MULTIAPPEND": r"S: \S+ OK \[APPENDUID \d+ \d+[:,]\d+",
    "ID": r"C: \S+ ID \(",
}


class Logged:
    """A case that keeps the protocol of all its runs."""

    def __init__(self, make_case, disabled=(), **options):
        self.case = make_case(remote={
            "disable_extensions": list(disabled), "usecompression": "always",
            "auth_mechanisms": ["PLAIN"]}, **options)
        self.path = self.case.tmp + "/log"
        sync = self.case.sync
        self.case.sync = lambda *args, **more: sync(
            "-d", "imap", "-l", self.path, *args, **more)

    def log(self):
        with open(self.path, encoding="utf-8") as f:
            return f.read()

    def used(self, name):
        if name == "SASL-IR":  # else the server asks for the answer
            return "S: + ****" not in self.log()
        return re.search(EVIDENCE[name], self.log()) is not None


def test_with_all(make_case):
    made = Logged(make_case)
    two_ways(made.case)
    for name in ["SASL-IR", *EVIDENCE]:
        assert made.used(name), name


@pytest.mark.parametrize("name", blink.EXTENSIONS)
def test_without(make_case, name):
    made = Logged(make_case, [name])
    two_ways(made.case)
    if name in ("SASL-IR", *EVIDENCE):
        assert not made.used(name)


def test_short_literals(servers, make_case):
    """LITERAL- (RFC 7888): what is longer than 4096 bytes waits."""
    made = Logged(make_case, ["LITERAL+"], server=servers.get(
        storage="sdbox", capability="+LITERAL-"))
    two_ways(made.case)
    assert re.search(r"C: \S+ APPEND .*\{\d+\+\}", made.log())
    made.case.maildir.write(lf(message(50, "long\r\n" * 2000)))
    made.case.sync()
    assert re.search(r"C: \S+ APPEND .*\{12\d\d\d\}", made.log())
    made.case.settled()


@pytest.mark.parametrize("storage", ["sdbox", "maildir", "maildir++"])
def test_storages(make_case, storage, extensions):
    two_ways(make_case(storage=storage, extensions=extensions,
                       sep="/" if storage == "sdbox" else "."))


def test_maildirpp(make_case):
    two_ways(make_case(sep="++"))
