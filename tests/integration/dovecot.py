# SPDX-License-Identifier: GPL-2.0-or-later
"""A private Dovecot (2.3) in a directory of its own, as an ordinary user.

Root gives up its rights for the server: it then runs as nobody. Ports are on
127.0.0.1 only. Any user name is accepted, with PASSWORD; each has a home of
its own, so that tests can share one server and never meet.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

import processes
from patience import until

PASSWORD = "sesame-4711"
BINARY = next((p for p in ("/usr/sbin/dovecot", "/usr/local/sbin/dovecot")
               if os.access(p, os.X_OK)), None)

CONFIG = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 0
protocols = imap
listen = 127.0.0.1
instance_name = {base}
mail_max_userip_connections = 200
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
disable_plaintext_auth = {plaintext_refused}
ssl = {ssl}
ssl_cert = <{base}/tls/cert.pem
ssl_key = <{base}/tls/key.pem
ssl_min_protocol = TLSv1.2
ssl_dh =
mail_fsync = never
mail_location = {location}
mailbox_idle_check_interval = 1 secs
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = {separator}
  mailbox Sent {{
    special_use = \\Sent
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home/%u
}}
service anvil {{
  chroot =
  # Without this listener a wrong password costs no seconds.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  process_min_avail = 2
  service_count = 0
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
  }}
}}
service imap {{
  process_limit = 200
  service_count = 50
}}
protocol imap {{
  mail_plugins = {plugins}
  {capability}
}}
{extra}
"""

LOCATIONS = {
    "sdbox": "sdbox:~/mail",
    "mdbox": "mdbox:~/mail",
    "maildir": "maildir:~/mail:LAYOUT=fs",
    "maildir++": "maildir:~/mail",
}


def available():
    """None, or the reason why there is no Dovecot to be had."""
    if BINARY is None:
        return "dovecot is not installed"
    v = subprocess.run([BINARY, "--version"], capture_output=True, text=True)
    if not v.stdout.startswith("2.3."):
        return "dovecot 2.3 is needed, this is " + v.stdout.strip()
    if shutil.which("openssl") is None:
        return "openssl is not installed"
    return None


class Port:
    """A port of 127.0.0.1 that nobody else gets, while the server that is to
    listen there is away, either: this socket is bound to it, too."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]

    def close(self):
        self.socket.close()


def make_certificates(where):
    """A CA, a certificate for localhost signed by it, and a stranger CA."""
    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=where, check=True,
                       capture_output=True)
    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt",
           "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30")
    for name in ("ca", "other"):
        openssl(*new, "-keyout", name + ".key", "-out", name + ".pem",
                "-subj", "/CN=blinkmail test " + name, "-addext",
                "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem",
            "-out", "req.pem", "-subj", "/CN=localhost")
    with open(os.path.join(where, "ext"), "w") as f:
        f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n"
                "extendedKeyUsage=serverAuth\nbasicConstraints=CA:false\n")
    openssl("x509", "-req", "-in", "req.pem", "-CA", "ca.pem", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "ext",
            "-out", "cert.pem")


class Dovecot:
    """Use as a context manager, or start() and stop()."""

    def __init__(self, storage="sdbox", separator="/", prefix="",
                 capability=None, ssl="yes", plaintext_refused=False,
                 mechanisms="plain login cram-md5 scram-sha-1 scram-sha-256",
                 plugins="zlib imap_zlib", extra="", base=None):
        self.storage = storage
        self.separator, self.prefix = separator, prefix
        self.keep = base is not None
        self.base = base or tempfile.mkdtemp(
            prefix="d-", dir=os.environ.get("TEST_DIRECTORY", "/tmp"))
        self.pid = None
        self.ports = [Port(), Port()]
        self.uid, self.gid = os.getuid(), os.getgid()
        if self.uid == 0:
            nobody = pwd.getpwnam("nobody")
            self.uid, self.gid = nobody.pw_uid, nobody.pw_gid
        import grp
        self.values = dict(
            base=self.base, user=pwd.getpwuid(self.uid).pw_name,
            group=grp.getgrgid(self.gid).gr_name, uid=self.uid, gid=self.gid,
            location=LOCATIONS[storage], separator=separator, prefix=prefix,
            password=PASSWORD, ssl=ssl, mechanisms=mechanisms,
            plaintext_refused="yes" if plaintext_refused else "no",
            plugins=plugins, extra=extra,
            capability="" if capability is None else
            "imap_capability = " + capability)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def ca(self):
        return os.path.join(self.base, "tls", "ca.pem")

    @property
    def wrong_ca(self):
        return os.path.join(self.base, "tls", "other.pem")

    def home(self, user):
        return os.path.join(self.base, "home", user)

    def imap_command(self, user):
        """For preauthtunnel: the server without a login, as that user."""
        command = "env USER=%s HOME=%s /usr/lib/dovecot/imap -c %s" % (
            user, self.home(user), os.path.join(self.base, "dovecot.conf"))
        if os.getuid() != 0:
            return command
        return "setpriv --reuid=%d --regid=%d --clear-groups %s" % (
            self.uid, self.gid, command)

    def fingerprint(self):
        """SHA-256 of the server's certificate, in hexadecimal."""
        import hashlib
        with open(os.path.join(self.base, "tls", "cert.pem")) as f:
            der = ssl.PEM_cert_to_DER_cert(f.read())
        return hashlib.sha256(der).hexdigest()

    def start(self):
        for d in ("run", "state", "tls", "home"):
            os.makedirs(os.path.join(self.base, d), exist_ok=True)
        tls = os.path.join(self.base, "tls")
        if not os.path.exists(os.path.join(tls, "cert.pem")):
            make_certificates(tls)
        self.again()

    @property
    def port(self):
        return self.ports[0].number

    @property
    def tls_port(self):
        return self.ports[1].number

    def again(self):
        """Starts what was halted, on the same ports."""
        conf = os.path.join(self.base, "dovecot.conf")
        with open(conf, "w") as f:
            f.write(CONFIG.format(port=self.port, tls_port=self.tls_port,
                                  **self.values))
        self._own_all()
        said = os.path.join(self.base, "start")
        with open(said, "wb") as f:  # a pipe would stay open in the server
            r = subprocess.run([BINARY, "-c", conf], stdout=f, stderr=f,
                               cwd="/", **self._as_server())
        if r.returncode != 0:
            with open(said) as f:
                raise RuntimeError("dovecot: " + f.read() + self.log())
        self.pid = self._read_pid()
        self._wait_ready()

    def _as_server(self):
        if os.getuid() != 0:
            return {}
        return dict(user=self.uid, group=self.gid, extra_groups=[])

    def _own_all(self):
        if os.getuid() != 0:
            return
        for path, dirs, files in os.walk(self.base):
            for name in [path] + [os.path.join(path, f) for f in files]:
                os.chown(name, self.uid, self.gid)
        os.chmod(self.base, 0o755)

    def own(self, path):
        """Gives what root wrote to the server."""
        if os.getuid() == 0:
            os.chown(path, self.uid, self.gid)

    def _read_pid(self):
        path = os.path.join(self.base, "run", "master.pid")
        def pid():
            with contextlib.suppress(OSError, ValueError):
                with open(path) as f:
                    return int(f.read())
        return until(pid, 10, lambda: "dovecot wrote no pid:\n" + self.log())

    def _wait_ready(self):
        def answers():
            with contextlib.suppress(OSError), socket.create_connection(
                    ("127.0.0.1", self.port), 5) as s:
                return s.recv(100).startswith(b"* OK")
        until(answers, 15, lambda: "dovecot does not answer:\n" + self.log())

    def log(self):
        try:
            with open(os.path.join(self.base, "log"),
                      errors="replace") as f:
                return f.read()[-4000:]
        except OSError:
            return "(no log)"

    def connections(self, user):
        """How many of the user's it is still busy with, those included whose
        other end is gone."""
        out = subprocess.run(
            ["doveadm", "-c", os.path.join(self.base, "dovecot.conf"), "who",
             user], capture_output=True, text=True, check=True).stdout
        return sum(int(line.split()[1]) for line in out.splitlines()
                   if line.split()[0] == user)

    def wait_alone(self, user):
        """Until there is one left, the test's own."""
        until(lambda: self.connections(user) <= 1, 30,
              lambda: user + " is still there")

    def _processes(self):
        """The master and its children."""
        return [self.pid] + processes.below(self.pid)

    def halt(self):
        """Ends the server at once; its mail stays, and start() goes on."""
        if self.pid is None:
            return
        pids = self._processes()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not any(processes.alive(pid) for pid in pids), 10,
              lambda: "dovecot does not end")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.base, "run", "master.pid"))
        self.pid = None

    def stop(self):
        self.halt()
        for port in self.ports:
            port.close()
        if not self.keep:
            shutil.rmtree(self.base, ignore_errors=True)
