# SPDX-License-Identifier: GPL-2.0-or-later
"""One Dovecot for each kind of storage, shared by all tests of a run; a fresh
user, home and configuration for each test; a time limit for each test."""

import contextlib
import itertools
import os
import re
import shutil
import signal
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import blink
import courier
import cyrus
import dovecot
import processes
from filebox import FileBox
from imapbox import ImapBox
from maildirbox import MaildirBox
from patience import limit
from service import Service

LIMIT = 90  # seconds for a test
_users = itertools.count(1)


def pytest_addoption(parser):
    parser.addoption("--shard", default="1/1", metavar="N/M",
                     help="run the N-th of M parts")
    parser.addoption("--once", action="store_true",
                     help="run each test in one place of the matrix only")


def pytest_configure(config):
    processes.adopt_orphans()
    config.addinivalue_line("markers", "seconds(n): time limit of the test")


# The parameters that say where a test runs, not what it does.
MATRIX = ("storage", "extensions", "part", "every")


def once(items):
    """Each test in one place of the matrix; the next test in the next, so
    that all of it is visited."""
    tests = {}
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        what = tuple(sorted((k, repr(v)) for k, v in params.items()
                            if k not in MATRIX))
        tests.setdefault((item.parent.nodeid, item.originalname, what),
                         []).append(item)
    return [places[n % len(places)]
            for n, places in enumerate(tests.values())]


def pytest_collection_modifyitems(config, items):
    if config.getoption("--once"):
        items[:] = once(items)
    n, m = map(int, config.getoption("--shard").split("/"))
    items[:] = items[n - 1::m]


def terminals():
    """The descriptors of terminals that this process has opened."""
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if os.readlink("/proc/self/fd/" + fd) in ("/dev/ptmx",
                                                      "/dev/pts/ptmx"):
                found.append(int(fd))
    return found


@pytest.fixture(autouse=True)
def nothing_left_over(servers):
    """What a test starts ends with it, whatever fails: daemons, too."""
    yield
    left = processes.end_below(os.getpid(), servers.pids(), limit(5))
    processes.reap()
    open_still = terminals()
    for fd in open_still:
        os.close(fd)
    assert left == [], "left over, and killed"
    assert open_still == [], "terminals left open, and closed"


@pytest.fixture(autouse=True)
def time_limit(request, nothing_left_over):
    mark = request.node.get_closest_marker("seconds")
    seconds = int(limit(mark.args[0] if mark else LIMIT))

    def late(*_):
        raise TimeoutError("test took longer than %d s" % seconds)
    old = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, old)


@pytest.fixture
def tmp():
    """A short path: sockets live below it."""
    d = tempfile.mkdtemp(prefix="t-",
                         dir=os.environ.get("TEST_DIRECTORY", "/tmp"))
    yield d
    try:
        blink.refuse_reports(d)
    finally:
        shutil.rmtree(d, ignore_errors=True)


OTHERS = {"cyrus": (cyrus, cyrus.Cyrus), "courier": (courier, courier.Courier)}


def make_server(storage="sdbox", **options):
    if storage not in OTHERS:
        return dovecot.Dovecot(storage=storage, **options)
    module, server = OTHERS[storage]
    why = module.available()
    if why is not None:
        pytest.skip(why)
    return server(**options)


class Servers:
    def __init__(self):
        self.running = {}

    def get(self, **options):
        key = tuple(sorted(options.items()))
        if key not in self.running:
            d = make_server(**options)
            d.start()
            self.running[key] = d
        return self.running[key]

    def pids(self):
        return [d.pid for d in self.running.values()]

    def stop(self):
        for d in self.running.values():
            d.stop()


@pytest.fixture(scope="session")
def servers():
    s = Servers()
    yield s
    s.stop()


def imap_side(server, user, extensions="all"):
    if server.port is None:
        side = {"type": "imap", "user": user, "host": "localhost",
                "preauthtunnel": server.imap_command(user)}
    else:
        side = {"type": "imap", "host": "127.0.0.1", "port": server.port,
                "user": user, "pass": dovecot.PASSWORD, "tls": "no"}
    if extensions == "none":
        side["disable_extensions"] = list(blink.EXTENSIONS)
    return side


def imap_box(server, user, **options):
    if server.port is None:
        return ImapBox(None, user, None, command=server.imap_command(user),
                       **options)
    return ImapBox(server.port, user, dovecot.PASSWORD, **options)


class Case:
    """An IMAP account, a Maildir, and a blinkmail that joins them."""

    def __init__(self, server, tmp, extensions="all", sep=".", remote=None,
                 local=None, **account):
        self.server = server
        self.tmp = tmp
        self.user = "u%d" % next(_users)
        self.imap = imap_box(server, self.user)
        self.maildir = MaildirBox(os.path.join(tmp, "Mail"), sep)
        self.blink = blink.Blink(tmp)
        self.remote = imap_side(server, self.user, extensions)
        self.remote.update(remote or {})
        self.local = {"type": "maildir", "path": self.maildir.root,
                      "sep": sep}
        if sep == "++":
            del self.local["sep"]
            self.local["layout"] = "maildir++"
        self.local.update(local or {})
        self.account = self.blink.account("test", self.remote, self.local,
                                          **account)

    def close(self):
        self.imap.close()

    def sync(self, *args, rc=0, **more):
        """Lets go of the server's folder, runs, expects the exit status."""
        self.imap.unselect()
        return self.blink.sync(*args, rc=rc, **more)

    def remote_state(self, folder="INBOX"):
        return sorted((m.sha, tuple(sorted(m.flags)))
                      for m in self.imap.list(folder).values())

    def local_state(self, folder="INBOX"):
        return sorted((f.sha, tuple(sorted(f.flags)))
                      for f in self.maildir.list(folder))

    def equal(self, *folders):
        """Both sides hold the same messages with the same flags."""
        for folder in folders or ("INBOX",):
            assert self.local_state(folder) == self.remote_state(folder), \
                folder
        assert self.maildir.tmp() == []

    def settled(self, *folders):
        """Equal, and one more run finds nothing to do."""
        self.equal(*folders)
        r = self.sync()
        assert r.ops() == [], r.ops()
        self.equal(*folders)


def names(server, other):
    """nametrans for a side: what its server has in front of a name goes, what
    the other one has comes."""
    rules = []
    if server.prefix:
        rules.append(("^" + server.prefix.replace(".", "\\."), ""))
    if other.prefix:
        rules.append(("^(?!INBOX$)",
                      other.prefix.replace(other.separator,
                                           server.separator)))
    return {"nametrans": rules} if rules else {}


class Pair(Case):
    """Two sides, there (remote) and here (local), and a blinkmail that joins
    them. Each is an account on that server, or a Maildir (FileBox)."""

    def __init__(self, there, here, tmp, extensions="all", remote=None,
                 local=None, **account):
        self.servers = {"remote": there, "local": here}
        self.tmp = tmp
        self.blink = blink.Blink(tmp)
        self.boxes, settings = {}, {}
        for side, server, other in (("remote", there, here),
                                    ("local", here, there)):
            if server is FileBox:
                settings[side] = {"type": "maildir", "sep": ".",
                                  "path": os.path.join(tmp, side)}
            else:
                settings[side] = imap_side(server, "u%d" % next(_users),
                                           extensions)
            settings[side].update(names(server, other))
            self.boxes[side] = self.connect(server, settings[side])
        self.there, self.here = self.boxes["remote"], self.boxes["local"]
        self.remote, self.local = settings["remote"], settings["local"]
        self.remote.update(remote or {})
        self.local.update(local or {})
        self.account = self.blink.account("test", self.remote, self.local,
                                          **account)

    @staticmethod
    def connect(server, settings):
        if server is FileBox:
            return FileBox(settings["path"])
        return imap_box(server, settings["user"], prefix=server.prefix,
                        separator=server.separator)

    def home(self, side):
        """The directory that holds all of a side's mail."""
        if self.servers[side] is FileBox:
            return self.account[side]["path"]
        return self.servers[side].home(self.account[side]["user"])

    def close(self):
        for box in self.boxes.values():
            box.close()

    def reconnect(self, side, call):
        """Does this while nobody is connected as that user."""
        self.boxes[side].close()
        call()
        self.boxes[side] = self.connect(self.servers[side],
                                        self.account[side])
        self.there, self.here = self.boxes["remote"], self.boxes["local"]

    def sync(self, *args, rc=0, **more):
        for box in self.boxes.values():
            box.unselect()
        return self.blink.sync(*args, rc=rc, **more)

    def state(self, side, folder="INBOX"):
        return sorted((m.sha, tuple(sorted(m.flags)), m.date)
                      for m in self.boxes[side].list(folder).values())

    def equal(self, *folders):
        for folder in folders or ("INBOX",):
            assert self.state("local", folder) == \
                self.state("remote", folder), folder


@pytest.fixture
def make_pair(servers, tmp):
    """Both users on one server, or on two that name folders otherwise; or
    "files": two Maildirs; or "mixed": a Maildir as the remote side."""
    pairs = []

    def make(storage="sdbox", there=None, here=None, **options):
        one = servers.get(storage="sdbox")
        if storage in ("files", "mixed"):
            there = FileBox
            here = FileBox if storage == "files" else one
        there = there or one
        here = here or (one if storage == "sdbox" else servers.get(
            storage=storage, separator=".", prefix="INBOX."))
        d = os.path.join(tmp, "p%d" % len(pairs))
        os.mkdir(d, 0o700)
        pairs.append(Pair(there, here, d, **options))
        return pairs[-1]
    yield make
    for p in pairs:
        p.close()


@pytest.fixture
def make_case(servers, tmp):
    cases = []

    def make(storage="sdbox", server=None, where=None, **options):
        server = server or servers.get(storage=storage)
        d = os.path.join(tmp, where or "c%d" % len(cases))
        os.mkdir(d, 0o700)
        c = Case(server, d, **options)
        cases.append(c)
        return c
    yield make
    for c in cases:
        c.close()


@pytest.fixture(params=["all", "none"])
def extensions(request):
    return request.param


@pytest.fixture
def storage():
    """What the server keeps its mail in; a file of tests that wants more than
    one has a fixture of this name with more."""
    return "sdbox"


@pytest.fixture
def case(make_case, storage, extensions):
    """The ordinary case, with all extensions and with none."""
    return make_case(storage=storage, extensions=extensions)


@pytest.fixture
def synced(case):
    """Five messages, on both sides."""
    for n in range(1, 6):
        case.imap.append(message(n))
    case.sync()
    case.equal()
    return case


@pytest.fixture
def slow_case(make_case):
    """One message; synchronised by itself once an hour only."""
    c = make_case(autorefresh=60.0, push=False)
    c.imap.append(message(1))
    c.imap.unselect()
    return c


@pytest.fixture
def service():
    """Starts a blinkmail that goes on for a case; none is left behind."""
    made = []

    def make(case, *args, **more):
        made.append(Service(case.blink, *args, **more))
        return made[-1]
    yield make
    for s in made:
        s.close()


def message(n, body="Hello.\r\n", **headers):
    """A small well-formed message, recognised by '<n@test>'."""
    more = "".join("%s: %s\r\n" % (k.replace("_", "-"), v)
                   for k, v in headers.items())
    return ("From: Ann <ann@example.org>\r\nTo: bob@example.org\r\n"
            "Subject: message %s\r\nDate: Mon, 6 Feb 2023 10:00:00 +0000\r\n"
            "Message-ID: <%s@test>\r\n%s\r\n%s" % (n, n, more, body)).encode()


def lf(data):
    return data.replace(b"\r\n", b"\n")


def mode_of(path):
    return os.lstat(path).st_mode & 0o777


def strip_times(text):
    return re.sub(r"\d+\.\d+ s", "- s", text)
