# SPDX-License-Identifier: GPL-2.0-or-later
"""Courier's IMAP server, without its login: a tunnel for each connection, to
the Maildir of a user."""

import contextlib
import os
import signal
import subprocess

import processes
import unpacked
from patience import until

SCRIPT = """#!/bin/sh
# USER: the server for this user.
mkdir -p "{base}/home/$1/Maildir/cur" "{base}/home/$1/Maildir/new" \\
    "{base}/home/$1/Maildir/tmp"
cd "{base}/home/$1" || exit
export AUTHENTICATED="$1" HOME="$PWD" LD_LIBRARY_PATH="{libraries}"
export IMAP_CAPABILITY="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE QUOTA IDLE"
export IMAP_KEYWORDS=1 IMAP_USELOCKS=1 IMAP_ENHANCEDIDLE=1 IMAP_UMASK=022
export IMAP_EMPTYTRASH= GAM_CLIENT_ID="{watch}"
exec "{tree}/usr/bin/imapd" Maildir 2>>"{base}/log"
"""


def available():
    return unpacked.available("courier")


class Courier(unpacked.Unpacked):
    storage = "courier"
    prefix, separator = "INBOX.", "."
    port = None

    def __init__(self):
        super().__init__("courier")
        self.script = self.path("imapd")

    def start(self):
        """What tells its servers of news; each waits for it otherwise."""
        self.own(self.base)
        self.make("home")
        watch = os.path.basename(self.base)
        with open(self.script, "w") as f:
            f.write(SCRIPT.format(
                base=self.base, tree=self.tree, watch=watch,
                libraries=self.environment()["LD_LIBRARY_PATH"]))
        os.chmod(self.script, 0o755)
        with open(self.path("said"), "wb") as said:
            p = subprocess.Popen(
                [os.path.join(self.tree, "usr/libexec/gam_server"),
                 "--notimeout", watch],
                stdout=said, stderr=said, **self.as_server())
        self.pid = p.pid
        until(self._listens, 10, lambda: "gam_server does not listen")

    def _listens(self):
        with open("/proc/net/unix") as f:
            return "/tmp/fam-" in (text := f.read()) and \
                os.path.basename(self.base) in text

    def imap_command(self, user):
        command = "%s %s" % (self.script, user)
        if os.getuid() != 0:
            return command
        return "setpriv --reuid=%d --regid=%d --clear-groups %s" % (
            self.uid, self.gid, command)

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        until(lambda: not processes.alive(self.pid), 10,
              lambda: "gam_server does not end")
        self.remove()
