# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders, names, moves and logins with servers other than Dovecot. (The
decision table runs against them in test_table.py.)"""

import pytest

from conftest import OTHERS, imap_box, lf, message

FOLDERS = ["Work", "Work/Été", "Grüße & so", "日本語", "a b"]


@pytest.fixture(params=sorted(OTHERS))
def storage(request):
    return request.param


@pytest.fixture
def world(servers, make_case, storage, extensions):
    """A case whose folders have the same names on both sides."""
    server = servers.get(storage=storage)
    remote = {"nametrans": [("^INBOX\\.", "")]} if server.prefix else {}
    local = {"nametrans": [("^(?!INBOX$)", server.prefix)]} \
        if server.prefix else {}
    c = make_case(server=server, extensions=extensions,
                  sep=server.separator, remote=remote, local=local)
    c.imap.close()
    c.imap = imap_box(server, c.user, prefix=server.prefix,
                      separator=server.separator)
    return c


def local_name(case, folder):
    """As MaildirBox has it."""
    return folder.replace("/", case.server.separator)


def settled(case, *folders):
    for folder in folders:
        assert case.remote_state(folder) == case.local_state(
            local_name(case, folder)), folder
    r = case.sync()
    assert r.ops() == [] and r.of("warning") == [], r


def test_folders_of_the_server_come_here(world):
    for n, folder in enumerate(FOLDERS):
        world.imap.create(folder)
        world.imap.append(message(n), folder, flags=["\\Seen"])
    world.sync()
    settled(world, "INBOX", *FOLDERS)


def test_folders_from_here_come_to_the_server(world):
    world.sync()
    for n, folder in enumerate(FOLDERS):
        world.maildir.create(local_name(world, folder))
        world.maildir.write(lf(message(n)), local_name(world, folder),
                            flags="FS")
    world.sync()
    assert set(FOLDERS) <= set(world.imap.folders())
    settled(world, "INBOX", *FOLDERS)


def test_moves(world):
    """On either side; none is lost, none is doubled."""
    world.imap.create("Work")
    for n in range(1, 7):
        world.imap.append(message(n), flags=["\\Seen", "$work"])
    world.sync()
    uids = world.imap.uids()
    world.imap.copy(uids[:2], "INBOX", "Work")
    world.imap.delete(uids[:2])
    for n in (4, 5):
        world.maildir.move(world.maildir.find("<%d@test>" % n), "Work")
    world.sync()
    assert len(world.imap.uids()) == 2
    assert len(world.imap.uids("Work")) == 4
    settled(world, "INBOX", "Work")


def test_status_lost(world):
    import glob
    import os
    world.imap.create("Work")
    for n in range(1, 21):
        world.imap.append(message(n), "Work" if n % 2 else "INBOX")
    world.sync()
    for path in glob.glob(os.path.join(world.blink.metadata, "test",
                                       "status.db*")):
        os.unlink(path)
    r = world.sync()
    assert {o["op"] for o in r.ops()} == {"adopt"}
    settled(world, "INBOX", "Work")


def body(data):
    return lf(data).partition(b"\n\n")[2].rstrip(b"\n")


def test_odd_bytes(world):
    """A server may refuse a message, end its last line, and put something else
    for 8-bit letters in a header. Nothing is sent twice, and what is here
    stays as it was."""
    world.sync()
    texts = [b"From: a@b\nDate: Mon, 6 Feb 2023 10:00:00 +0000\n"
             b"Message-ID: <%d@test>\nSubject: " % n + text
             for n, text in enumerate((
                 b"a\n", b"b\n\n", b"c\n\n\xff\xfe\x80\n",
                 b"d\n\n.\n..\nFrom x\n", b"e\n\nno end",
                 b"f\n\n" + b"x" * 100000 + b"\n"))]
    if "UIDPLUS" not in world.remote.get("disable_extensions", []):
        texts.append(b"Subject: \xc3\xa4\n\n8 bits\n")
    for text in texts:
        world.maildir.write(text)
    r = world.sync(rc=None)
    there = [body(m.data) for m in world.imap.list().values()]
    assert len(there) + len(r.of("error")) == len(texts), r
    assert len(r.of("error")) <= 1
    assert set(there) <= set(map(body, texts))
    for _ in range(2):
        r = world.sync(rc=None)
        assert r.ops() == [], r
    assert sorted(f.raw for f in world.maildir.list()) == sorted(texts)


@pytest.fixture
def secure(servers, make_case):
    server = servers.get(storage="cyrus")
    case = make_case(server=server)
    server.add_user(case.user, "sesame-4711")
    for n in range(3):
        case.imap.append(message(n))
    return case


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256", None])
def test_login_over_tls(secure, mechanism):
    """Without auth_mechanisms it is -PLUS, whose binding is another one there
    with TLS 1.3, and then the same without it."""
    secure.remote.update(host="localhost", port=secure.server.tls_port,
                         tls="yes", sslcacertfile=secure.server.ca)
    if mechanism is not None:
        secure.remote["auth_mechanisms"] = [mechanism]
    secure.sync()
    secure.settled()


def test_login_with_binding_alone(secure):
    secure.remote.update(host="localhost", port=secure.server.tls_port,
                         tls="yes", sslcacertfile=secure.server.ca)
    secure.remote["auth_mechanisms"] = ["SCRAM-SHA-256-PLUS"]
    (e,) = secure.sync(rc=1).of("error")
    assert "SCRAM-SHA-256-PLUS" in e["text"]
    assert "auth_mechanisms" in e["text"]
