# SPDX-License-Identifier: GPL-2.0-or-later
"""TLS, STARTTLS and authentication: with Dovecot, and against servers that
want the password without them or show a certificate that is not theirs."""

import base64
import hashlib
import hmac
import os
import socket
import ssl
import subprocess

import pytest

import blink
import dovecot
from conftest import message
from maildirbox import MaildirBox
from scripted import Scripted

PASS = dovecot.PASSWORD


@pytest.fixture
def secure(servers, make_case):
    """A case whose connection is as the test says."""
    def made(rc=None, server=None, **remote):
        server = server or servers.get(storage="sdbox")
        case = make_case(server=server)
        case.imap.append(message(1))
        del case.remote["tls"]
        case.remote["host"] = "localhost"
        case.remote["port"] = server.tls_port
        case.remote.update(remote)
        return case, server
    return made


def refused(case, *words):
    r = case.sync(rc=1)
    (e,) = r.of("error")
    for w in words:
        assert w in e["text"], e
    assert not case.maildir.folders()
    return r


def arrives(case):
    case.sync()
    assert len(case.maildir.list()) == 1


def test_verified(secure):
    case, server = secure()
    case.remote["sslcacertfile"] = server.ca
    arrives(case)


def test_unknown_authority(secure):
    case, server = secure()
    refused(case, "port %d: certificate refused: " % server.tls_port,
            "sslcacertfile", "cert_fingerprint")


def test_port_of_another_tls(secure):
    """TLS where STARTTLS is spoken, and the other way round."""
    case, server = secure()
    case.remote["port"] = server.port
    refused(case, "port %d: " % server.port, "tls = \"starttls\"")
    case.remote.update(port=server.tls_port, tls="starttls")
    case.blink.general["socktimeout"] = 1
    refused(case, "port %d: " % server.tls_port, "tls = \"yes\"")


def test_another_authority(secure):
    case, server = secure()
    case.remote["sslcacertfile"] = server.wrong_ca
    refused(case, "certificate")


def test_fingerprint(secure):
    case, server = secure()
    print_ = server.fingerprint()
    case.remote["cert_fingerprint"] = [print_]
    arrives(case)
    case.remote["cert_fingerprint"] = [
        "0" * 64, ":".join(print_[i:i + 2] for i in range(0, 64, 2)).upper()]
    case.sync()
    case.remote["cert_fingerprint"] = ["0" * 64]
    r = case.sync(rc=1)
    assert "fingerprint" in r.of("error")[0]["text"]


def test_starttls(secure):
    case, server = secure(tls="starttls")
    case.remote["port"] = server.port
    case.remote["sslcacertfile"] = server.ca
    arrives(case)
    case.remote["sslcacertfile"] = server.wrong_ca
    r = case.sync(rc=1)
    assert "certificate" in r.of("error")[0]["text"]


def test_plain_where_tls_is_wanted(secure):
    case, server = secure()
    case.remote["port"] = server.port  # speaks IMAP at once
    case.blink.general["socktimeout"] = 5
    refused(case, 'does not speak TLS, but sent "* OK')


def test_tls_where_plain_is_said(secure):
    case, server = secure(tls="no")
    case.blink.general["socktimeout"] = 1
    r = case.sync(rc=1)
    assert PASS not in r.out + r.err


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1",
                                       "CRAM-MD5", "PLAIN", "LOGIN"])
@pytest.mark.parametrize("sasl_ir", [True, False])
def test_mechanisms(secure, mechanism, sasl_ir, tmp):
    case, server = secure(auth_mechanisms=[mechanism])
    case.remote["sslcacertfile"] = server.ca
    if not sasl_ir:
        case.remote["disable_extensions"] = ["SASL-IR"]
    log = tmp + "/log"
    case.sync("-d", "imap", "-l", log)
    with open(log) as f:
        assert "AUTHENTICATE" in f.read()
    case.remote["pass"] = wrong = "Zugeknoepft-8163"
    r = case.sync("-d", "imap", "-l", log, rc=1)
    (e,) = r.of("error")
    assert "AUTHENTICATIONFAILED" in e["text"], e
    with open(log) as f:
        text = f.read() + r.out + r.err
    for form in blink.disguises(PASS) + blink.disguises(wrong):
        assert form not in text


def test_the_strongest_is_chosen(secure, tmp):
    case, server = secure(tls="no")
    case.remote["port"] = server.port
    case.remote["host"] = "127.0.0.1"
    case.imap.unselect()
    r = case.blink.run("info", ui=None)
    assert r.rc == 0 and PASS not in r.out
    assert "SCRAM-SHA-256" in r.out
    case.imap.create("Spam")
    case.remote["folders"] = ["!Spam"]
    r = case.blink.run("info", ui=None)
    assert "left out: Spam: by folders of the remote side" in r.out
    case.remote["pass"] = "wrong"
    r = case.blink.run("info", ui=None)
    assert r.rc == 1 and r.err.startswith("blinkmail: test: 127.0.0.1: login")


# name: (subjectAltName, extendedKeyUsage, from, to)
CERTIFICATES = {
    "good": ("DNS:localhost,IP:127.0.0.1", "serverAuth", 2020, 2090),
    "name only": ("DNS:localhost", "serverAuth", 2020, 2090),
    "address only": ("IP:127.0.0.1", "serverAuth", 2020, 2090),
    "other name": ("DNS:other.example", "serverAuth", 2020, 2090),
    "no name but CN": (None, "serverAuth", 2020, 2090),
    "any name": ("DNS:*", "serverAuth", 2020, 2090),
    "expired": ("DNS:localhost", "serverAuth", 2020, 2021),
    "not yet valid": ("DNS:localhost", "serverAuth", 2089, 2090),
    "for clients": ("DNS:localhost", "clientAuth", 2020, 2090),
    "signed by no authority": ("DNS:localhost", "serverAuth", 2020, 2090),
}
CA_CONFIG = """
[ca]
default_ca = here
[here]
database = index
new_certs_dir = .
default_md = sha256
unique_subject = no
rand_serial = yes
policy = any
[any]
commonName = supplied
"""


def openssl(where, *args):
    subprocess.run(["openssl", *args], cwd=where, check=True,
                   capture_output=True)


def sign(where, name, ca):
    """A key and a certificate of that name, signed by the ca's."""
    san, usage, begin, end = CERTIFICATES[name]
    openssl(where, "req", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            name + ".key", "-out", "request", "-subj", "/CN=localhost")
    with open(os.path.join(where, "ext"), "w") as f:
        f.write("%sextendedKeyUsage=%s\nbasicConstraints=CA:false\n" % (
            "subjectAltName=%s\n" % san if san else "", usage))
    openssl(where, "ca", "-batch", "-notext", "-config", "ca.cnf",
            "-in", "request", "-cert", ca + ".pem",
            "-keyfile", ca + ".key", "-startdate", "%d0101000000Z" % begin,
            "-enddate", "%d0101000000Z" % end, "-extfile", "ext", "-out",
            name + ".pem")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """The directory with all of CERTIFICATES and ca.pem."""
    where = str(tmp_path_factory.mktemp("tls"))
    openssl(where, "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
            "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    with open(os.path.join(where, "ca.cnf"), "w") as f:
        f.write(CA_CONFIG)
    open(os.path.join(where, "index"), "w").close()
    for name in CERTIFICATES:
        sign(where, name, "good" if name == "signed by no authority" else
             "ca")
    with open(os.path.join(where, "signed by no authority.pem"), "a") as f, \
            open(os.path.join(where, "good.pem")) as leaf:
        f.write(leaf.read())
    return where


class Secure(Scripted):
    """Speaks TLS at once, with one of the certificates."""

    def __init__(self, where, name="good", highest=None, silent=False):
        super().__init__({"INBOX": [message(n) for n in range(1, 6)]})
        self.where = where
        self.silent = silent
        self.handshakes = []  # version, and whether it was resumed
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(os.path.join(where, name + ".pem"),
                                     os.path.join(where, name + ".key"))
        if highest is not None:
            self.context.set_ciphers("ALL:@SECLEVEL=0")
            self.context.minimum_version = ssl.TLSVersion.TLSv1
            self.context.maximum_version = highest

    def serve(self, c):
        if self.silent:
            c.file.read()  # until the client gives up
            return
        try:
            c.sock = self.context.wrap_socket(c.sock, server_side=True)
        except OSError:
            c.close()
            return
        c.file = c.sock.makefile("rb")
        self.handshakes.append((c.sock.version(), c.sock.session_reused))
        super().serve(c)

    def client(self, tmp, host="localhost"):
        return Bare(tmp, self, host=host, sslcacertfile=os.path.join(
            self.where, "ca.pem"))


REFUSED = {
    "other name": "it is not for localhost but for other.example",
    "no name but CN": "in its subject only",
    "any name": "it is not for localhost but for *",
    "expired": "no longer valid since 2021-01-01",
    "not yet valid": "not valid before 2089-01-01",
    "for clients": "it is not for a server",
    "signed by no authority":
        "signed by a certificate that is not an authority",
}


@pytest.mark.parametrize("name", REFUSED)
def test_certificate_is_refused(tmp, certificates, name):
    with Secure(certificates, name) as s:
        case = s.client(tmp)
        r = case.blink.run("-o")
        assert r.rc == 1
        (e,) = r.of("error")
        assert REFUSED[name] in e["text"], e
        assert s.seen == []
        assert not case.maildir.folders()


def test_certificate_is_taken(tmp, certificates):
    with Secure(certificates) as s:
        case = s.client(tmp)
        case.blink.sync()
        assert len(case.maildir.list()) == 5
        assert s.handshakes == [("TLSv1.3", False)]


@pytest.mark.parametrize("host,name,rc", [
    ("localhost", "name only", 0), ("localhost", "address only", 1),
    ("127.0.0.1", "address only", 0), ("127.0.0.1", "name only", 1)])
def test_names_and_addresses(tmp, certificates, host, name, rc):
    """A name is no address, though it resolves to it, nor the other way."""
    with Secure(certificates, name) as s:
        case = s.client(tmp, host=host)
        r = case.blink.run("-o")
        assert r.rc == rc, r
        if rc == 1:
            assert "it is not for %s" % host in r.of("error")[0]["text"]
            assert s.seen == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("highest,rc", [
    (ssl.TLSVersion.TLSv1, 1), (ssl.TLSVersion.TLSv1_1, 1),
    (ssl.TLSVersion.TLSv1_2, 0)])
def test_old_versions(tmp, certificates, highest, rc):
    with Secure(certificates, highest=highest) as s:
        client = ssl.create_default_context(cafile=certificates + "/ca.pem")
        client.set_ciphers("ALL:@SECLEVEL=0")
        client.minimum_version = ssl.TLSVersion.TLSv1
        with socket.create_connection(("127.0.0.1", s.port)) as c, \
                client.wrap_socket(c, server_hostname="localhost") as t:
            assert t.read(4) == b"* OK"
        with_python = list(s.handshakes)
        assert len(with_python) == 1  # the server can do it
        r = s.client(tmp).blink.run("-o")
        assert r.rc == rc, r
        assert s.handshakes == with_python * (2 if rc == 0 else 1)
        assert rc == 0 or s.seen == []


def test_silent_handshake(tmp, certificates):
    with Secure(certificates, silent=True) as s:
        case = s.client(tmp)
        case.blink.general["socktimeout"] = 1
        r = case.blink.run("-o")
        assert r.rc == 1
        (e,) = r.of("error")
        assert "TLS handshake: nothing from the server for 1 s" in e["text"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("highest", [ssl.TLSVersion.TLSv1_2,
                                     ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("offers,wanted,mechanism,header", [
    # Nobody took -PLUS out of the list, or the server notices it.
    (["SCRAM-SHA-256"], None, "SCRAM-SHA-256", b"y,,"),
    (["SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS"], None,
     "SCRAM-SHA-256", b"y,,"),
    (["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"], None, "SCRAM-SHA-1-PLUS", b"p="),
    # It is the user who does not want it.
    (["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"], ["SCRAM-SHA-1"], "SCRAM-SHA-1",
     b"n,,"),
    (["SCRAM-SHA-1"], ["SCRAM-SHA-1"], "SCRAM-SHA-1", b"y,,")])
def test_downgrade_is_told(tmp, certificates, highest, offers, wanted,
                           mechanism, header):
    """RFC 5802 section 6: "y" says that we could bind to the channel, and
    saw no -PLUS."""
    heard = []

    def authenticate(c, tag, arg):
        heard.append(arg)
        c.send("+ \r\n")
        heard.append(base64.b64decode(c.file.readline()))
        c.send("+ ????\r\n")
        c.file.readline()
        return "NO no"
    with Secure(certificates, highest=highest) as s:
        s.capability += "".join(" AUTH=" + o for o in offers)
        s.on["AUTHENTICATE"] = authenticate
        case = s.client(tmp)
        if wanted is not None:
            case.blink.accounts[0]["remote"]["auth_mechanisms"] = wanted
        case.blink.sync(rc=1)
    assert heard[0] == mechanism
    assert heard[1].startswith(header), heard


class Scram:
    """AUTHENTICATE of a server that knows "sesame-4711"; refuses: the
    mechanisms that it says no to, when and as it does."""

    def __init__(self, *refuses):
        self.refuses = refuses
        self.heard = []

    def __call__(self, c, tag, arg):
        self.heard.append(arg)
        c.send("+ \r\n")
        first = base64.b64decode(c.file.readline())
        self.heard.append(first)
        if arg in self.refuses:
            return "NO bad protocol / cancel"
        bare = first.split(b",", 2)[2]
        nonce = bare.partition(b"r=")[2] + b"server"
        salt = b"salt-of-it"
        server = b"r=%s,s=%s,i=4096" % (nonce, base64.b64encode(salt))
        c.send(b"+ " + base64.b64encode(server) + b"\r\n")
        final = base64.b64decode(c.file.readline())
        plain, _, proof = final.rpartition(b",p=")
        auth = b",".join((bare, server, plain))
        salted = hashlib.pbkdf2_hmac("sha256", PASS.encode(), salt, 4096)

        def mac(key, text):
            return hmac.new(key, text, "sha256").digest()
        key = mac(salted, b"Client Key")
        sign = mac(hashlib.sha256(key).digest(), auth)
        if bytes(a ^ b for a, b in zip(key, sign)) != \
                base64.b64decode(proof):
            return "NO [AUTHENTICATIONFAILED] wrong"
        c.send(b"+ " + base64.b64encode(b"v=" + base64.b64encode(
            mac(mac(salted, b"Server Key"), auth))) + b"\r\n")
        c.file.readline()
        return "OK [CAPABILITY IMAP4rev1 UIDPLUS] in"


PLUS = "SCRAM-SHA-256-PLUS"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("highest", [ssl.TLSVersion.TLSv1_2,
                                     ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("offers,wanted,refuses,tried,rc", [
    # The binding is another one there: the same without it.
    ([PLUS, "SCRAM-SHA-256", "PLAIN"], None, [PLUS],
     [PLUS, "SCRAM-SHA-256"], 0),
    # Nobody in the middle is shown the password for that,
    ([PLUS, "SCRAM-SHA-256", "PLAIN"], None, [PLUS, "SCRAM-SHA-256"],
     [PLUS, "SCRAM-SHA-256"], 1),
    ([PLUS, "PLAIN", "LOGIN"], None, [PLUS], [PLUS], 1),
    ([PLUS], None, [PLUS], [PLUS], 1),
    # and nothing else is tried when the user wants to be bound.
    ([PLUS, "SCRAM-SHA-256", "PLAIN"], [PLUS], [PLUS], [PLUS], 1),
    ([PLUS, "SCRAM-SHA-256"], [PLUS, "SCRAM-SHA-256"], [PLUS],
     [PLUS, "SCRAM-SHA-256"], 0)])
def test_binding_fails(tmp, certificates, highest, offers, wanted, refuses,
                       tried, rc):
    scram = Scram(*refuses)
    with Secure(certificates, highest=highest) as s:
        s.capability += "".join(" AUTH=" + o for o in offers)
        s.on["AUTHENTICATE"] = scram
        case = s.client(tmp)
        if wanted is not None:
            case.blink.accounts[0]["remote"]["auth_mechanisms"] = wanted
        r = case.blink.sync(rc=rc)
    assert scram.heard[::2] == tried
    assert scram.heard[1].startswith(b"p=")
    if len(tried) > 1:
        assert scram.heard[3].startswith(b"n,,")
    if rc:
        (e,) = r.of("error")
        assert PLUS in e["text"] and "auth_mechanisms" in e["text"]
        assert "LOGIN" not in s.seen and PASS not in r.out + r.err


def test_nothing_to_bind_to(tmp):
    """Without TLS there is nothing that could be taken away."""
    heard = []

    def authenticate(c, tag, arg):
        c.send("+ \r\n")
        heard.append(base64.b64decode(c.file.readline()))
        c.close()
        return ""
    with Scripted({"INBOX": []}) as s:
        s.capability += " AUTH=SCRAM-SHA-256"
        s.on["AUTHENTICATE"] = authenticate
        Bare(tmp, s, tls="no").blink.sync(rc=1)
    assert heard[0].startswith(b"n,,"), heard


@pytest.mark.parametrize("notify", [False, True])
def test_cut_in_a_literal(tmp, certificates, notify):
    """The TCP connection ends, with or without TLS's own end: what came is
    no message."""
    with Secure(certificates) as s:
        def fetch(c, tag, arg):
            if "BODY.PEEK[]" not in arg:
                return c.do_uid_fetch(tag, arg)
            data = c.fetched(1, 1, arg)
            c.send(data[:-30])
            if notify:
                c.sock.unwrap()
            c.close()
            return ""
        s.on["UID FETCH"] = fetch
        case = s.client(tmp)
        r = case.blink.run("-o")
        assert r.rc == 1, r
        said = [e["text"] for e in r.of("error")]
        assert said and all(("closed by the server" if notify else
                             "cut without a farewell") in t for t in said)
        assert case.maildir.list() == case.maildir.tmp() == []
        s.on.clear()
        case.blink.sync()
        assert sorted(f.data for f in case.maildir.list()) == \
            [message(n) for n in range(1, 6)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("highest", [ssl.TLSVersion.TLSv1_2,
                                     ssl.TLSVersion.TLSv1_3])
def test_next_connection_resumes(tmp, certificates, highest):
    with Secure(certificates, highest=highest) as s:
        def select(c, tag, arg):
            s.on.clear()
            c.close()
            return ""
        s.on["SELECT"] = select
        case = s.client(tmp)
        case.blink.sync()
        assert len(case.maildir.list()) == 5
        assert [resumed for _, resumed in s.handshakes] == [False, True]


class Bare:
    """blinkmail against a scripted server that offers no TLS."""

    def __init__(self, tmp, server, **remote):
        self.maildir = MaildirBox(tmp + "/Mail", "/")
        self.blink = blink.Blink(tmp)
        self.blink.general["socktimeout"] = 3
        self.blink.account(
            "a", {"type": "imap", "host": "127.0.0.1", "port": server.port,
                  "user": "u", "pass": PASS, **remote},
            {"type": "maildir", "path": self.maildir.root, "sep": "/"})


@pytest.mark.parametrize("how", [
    "not offered", "NO", "BAD", "preauth", "injected", "rubbish", "bye"])
def test_starttls_fails_closed(tmp, how):
    with Scripted({"INBOX": [message(1)]}) as s:
        if how != "not offered":
            s.capability = "IMAP4rev1 STARTTLS AUTH=PLAIN"
        if how == "preauth":
            s.greeting = b"* PREAUTH [CAPABILITY IMAP4rev1] in\r\n"

        def starttls(c, tag, arg):
            if how == "injected":
                c.send("%s OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
                       "x1 OK done\r\n" % tag)
                return ""
            if how == "rubbish":
                c.send("%s OK go\r\n" % tag)
                c.send(b"\x15\x03\x01 no handshake at all" * 9)
                return ""
            if how == "bye":
                c.send("* BYE\r\n")
                c.close()
                return ""
            return how + " not here"
        s.on["STARTTLS"] = starttls
        secrets = []
        s.on["LOGIN"] = s.on["AUTHENTICATE"] = \
            lambda c, tag, arg: secrets.append(arg)
        case = Bare(tmp, s, tls="starttls")
        r = case.blink.run("-o")
        assert r.rc == 1 and r.of("error"), r
        assert secrets == []
        assert not {"LOGIN", "AUTHENTICATE", "LIST", "SELECT",
                    "APPEND"} & set(s.seen)
        assert not case.maildir.folders()


@pytest.mark.parametrize("capability", [
    "IMAP4rev1 LOGINDISABLED", "IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2"])
def test_login_disabled(tmp, capability):
    with Scripted({"INBOX": []}, capability=capability) as s:
        case = Bare(tmp, s, tls="no")
        r = case.blink.run("-o")
        assert r.rc == 1
        assert "LOGIN" not in s.seen and "AUTHENTICATE" not in s.seen


def test_login_command(tmp):
    """Where there is no SASL; the password is not in the log either."""
    with Scripted({"INBOX": []}) as s:
        heard = []

        def login(c, tag, arg):
            heard.append(arg)
            return "OK in"
        s.on["LOGIN"] = login
        case = Bare(tmp, s, tls="no")
        r = case.blink.sync("-d", "all", "-l", tmp + "/log")
        assert heard == ['"u" "%s"' % PASS]
        with open(tmp + "/log") as f:
            text = f.read() + r.out + r.err
        assert " LOGIN " in text
        assert not any(form in text for form in blink.disguises(PASS))


def test_referral_is_not_followed(tmp):
    with Scripted({"INBOX": []}) as s, Scripted({"INBOX": []}) as other:
        s.on["LOGIN"] = lambda c, tag, arg: \
            "NO [REFERRAL imap://u;AUTH=*@127.0.0.1:%d/] go there" % \
            other.port
        case = Bare(tmp, s, tls="no")
        r = case.blink.run("-o")
        assert r.rc == 1
        assert other.connections == []


def test_tunnel(servers, make_case):
    """A command that speaks IMAP on its stdin and stdout."""
    server = servers.get(storage="sdbox")
    case = make_case(server=server)
    case.imap.append(message(1))
    del case.remote["tls"]
    case.remote["host"] = "localhost"
    case.remote["transporttunnel"] = (
        "openssl s_client -quiet -connect 127.0.0.1:%d 2>/dev/null" %
        server.tls_port)
    case.remote["tls"] = "no"
    case.sync()
    assert len(case.maildir.list()) == 1
    case.remote["transporttunnel"] = "echo no way >&2; exit 3"
    r = case.sync(rc=1)
    assert r.of("error")
