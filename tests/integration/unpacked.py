# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers that cannot be installed beside Dovecot: ./check unpacks their
packages in a directory each (scripts/servers.sh), which BLINKMAIL_SERVERS
names. They run from there, as an ordinary user; root becomes nobody."""

import glob
import os
import pwd
import shutil
import tempfile

DIRECTORY = os.environ.get("BLINKMAIL_SERVERS", "")


def available(name):
    """None, or the reason why this server is not to be had."""
    if os.path.exists(os.path.join(DIRECTORY, name, "whole")):
        return None
    return "%s is not there (./check fetches it: BLINKMAIL_SERVERS)" % name


def _open_to_all(path):
    while path != "/":
        if not os.stat(path).st_mode & 1:
            return False
        path = os.path.dirname(path)
    return True


class Unpacked:
    """What such a server stands on: its programs in self.tree, a directory of
    its own in self.base."""

    def __init__(self, name):
        self.base = tempfile.mkdtemp(
            prefix="s-", dir=os.environ.get("TEST_DIRECTORY", "/tmp"))
        self.uid, self.gid = os.getuid(), os.getgid()
        self.tree = os.path.join(os.path.abspath(DIRECTORY), name)
        if self.uid == 0:
            nobody = pwd.getpwnam("nobody")
            self.uid, self.gid = nobody.pw_uid, nobody.pw_gid
            os.chmod(self.base, 0o755)
            if not _open_to_all(self.tree):
                self.tree = shutil.copytree(
                    self.tree, os.path.join(self.base, "tree"), symlinks=True)
        self.pid = None

    def path(self, *names):
        return os.path.join(self.base, *names)

    def program(self, path):
        """The path of the unpacked program, or of the one that is installed."""
        found = os.path.join(self.tree, path)
        return found if os.path.exists(found) else "/" + path

    def environment(self):
        libraries = [os.path.join(self.tree, "usr/lib")] + glob.glob(
            os.path.join(self.tree, "usr/lib/*-linux-gnu"))
        return {"LD_LIBRARY_PATH": ":".join(libraries), "PATH": "/usr/bin:/bin"}

    def as_server(self):
        """How subprocess starts a program of this server."""
        who = {}
        if os.getuid() == 0:
            who = dict(user=self.uid, group=self.gid, extra_groups=[])
        return dict(who, env=self.environment(), cwd="/")

    def make(self, *names):
        """A directory that belongs to the server."""
        path = self.path(*names)
        os.makedirs(path, 0o700, exist_ok=True)
        self.own(path)
        return path

    def own(self, path):
        if os.getuid() == 0:
            os.chown(path, self.uid, self.gid)

    def remove(self):
        shutil.rmtree(self.base, ignore_errors=True)
