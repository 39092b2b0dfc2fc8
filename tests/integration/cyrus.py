# SPDX-License-Identifier: GPL-2.0-or-later
"""A private Cyrus in a directory of its own.

In the clear it takes any user's name with any password; over TLS it wants the
ones that add_user() made, by SCRAM.
"""

import contextlib
import grp
import os
import pwd
import signal
import socket
import subprocess

import dovecot
import processes
import unpacked
from patience import until

CONFIG = """
configdirectory: {base}/conf
defaultpartition: default
partition-default: {base}/spool
sievedir: {base}/conf/sieve
proc_path: {base}/conf/proc
mboxname_lockpath: {base}/conf/lock
lmtpsocket: {base}/conf/lmtp
idlesocket: {base}/conf/idle
notifysocket: {base}/conf/notify
servername: localhost
cyrus_user: {user}
cyrus_group: {group}
allowplaintext: yes
unixhierarchysep: yes
altnamespace: yes
autocreate_quota: 0
skiplist_unsafe: yes
tls_server_cert: {base}/tls/cert.pem
tls_server_key: {base}/tls/key.pem
sasl_sasldb_path: {base}/sasldb
"""

PLAIN = """
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN LOGIN
"""

SCRAM = """
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: SCRAM-SHA-256 SCRAM-SHA-256-PLUS SCRAM-SHA-1 SCRAM-SHA-1-PLUS
"""

SERVICES = """
START {{
  recover cmd="{bin}/ctl_cyrusdb -C {base}/plain.conf -r"
}}
SERVICES {{
  imap cmd="{bin}/imapd -C {base}/plain.conf" listen="127.0.0.1:{port}"
  imaps cmd="{bin}/imapd -C {base}/scram.conf -s" listen="127.0.0.1:{tls_port}"
}}
EVENTS {{
}}
"""


def available():
    return unpacked.available("cyrus")


class Cyrus(unpacked.Unpacked):
    storage = "cyrus"
    prefix, separator = "", "/"

    def __init__(self):
        super().__init__("cyrus")
        self.ports = [dovecot.Port(), dovecot.Port()]
        self.port, self.tls_port = (p.number for p in self.ports)

    @property
    def ca(self):
        return self.path("tls", "ca.pem")

    def environment(self):
        env = super().environment()
        here = env["LD_LIBRARY_PATH"].split(":")
        return dict(env, SASL_PATH=":".join(
            d + "/sasl2" for d in here + ["/usr/lib/x86_64-linux-gnu",
                                          "/usr/lib/aarch64-linux-gnu"]))

    def start(self):
        for name in ("conf", "spool"):
            self.make(name)
        os.makedirs(self.path("tls"), exist_ok=True)
        dovecot.make_certificates(self.path("tls"))
        self.own(self.path("tls", "key.pem"))
        self.own(self.base)
        values = dict(user=pwd.getpwuid(self.uid).pw_name,
                      group=grp.getgrgid(self.gid).gr_name, base=self.base, port=self.port, tls_port=self.tls_port,
                      bin=os.path.join(self.tree, "usr/lib/cyrus/bin"))
        for name, text in (("plain.conf", CONFIG + PLAIN),
                           ("scram.conf", CONFIG + SCRAM),
                           ("cyrus.conf", SERVICES)):
            with open(self.path(name), "w") as f:
                f.write(text.format(**values))
        with open(self.path("said"), "wb") as said:
            p = subprocess.Popen(
                [values["bin"] + "/master", "-C", self.path("plain.conf"),
                 "-M", self.path("cyrus.conf"), "-p", self.path("pid"), "-D"],
                stdout=said, stderr=said, **self.as_server())
        self.pid = p.pid
        until(self._answers, 30, lambda: "cyrus does not answer")

    def _answers(self):
        with contextlib.suppress(OSError), socket.create_connection(
                ("127.0.0.1", self.port), 5) as s:
            return s.recv(100).startswith(b"* OK")

    def add_user(self, name, password):
        subprocess.run(
            [self.program("usr/sbin/saslpasswd2"), "-c", "-p", "-u",
             "localhost", "-f", self.path("sasldb"), name],
            input=password.encode(), check=True, **self.as_server())

    def stop(self):
        pids = [self.pid] + processes.below(self.pid)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(map(processes.alive, pids)), 10,
              lambda: "cyrus does not end")
        for port in self.ports:
            port.close()
        self.remove()
