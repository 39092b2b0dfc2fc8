# SPDX-License-Identifier: GPL-2.0-or-later
"""TLS, STARTTLS and authentication, with Dovecot and against servers that
want the password without them."""

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
    refused(case, "certificate")


def test_another_authority(secure):
    case, server = secure()
    case.remote["sslcacertfile"] = server.wrong_ca
    refused(case, "certificate")


def test_another_host(secure):
    """The certificate is for localhost and 127.0.0.1."""
    case, server = secure(host="::1")
    case.remote["sslcacertfile"] = server.ca
    case.remote["host"] = "127.0.0.2"
    r = case.sync(rc=1)
    assert r.of("error") and not case.maildir.folders()


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
    refused(case)


def test_tls_where_plain_is_said(secure):
    case, server = secure(tls="no")
    case.blink.general["socktimeout"] = 3
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
        text = f.read()
    assert "AUTHENTICATE" in text and PASS not in text
    case.remote["pass"] = "wrong"
    r = case.sync(rc=1)
    assert "wrong" not in r.out + r.err.replace("wrong password", "")


def test_the_strongest_is_chosen(secure, tmp):
    case, server = secure(tls="no")
    case.remote["port"] = server.port
    case.remote["host"] = "127.0.0.1"
    case.imap.unselect()
    r = case.blink.run("info", ui=None)
    assert r.rc == 0 and PASS not in r.out
    assert "SCRAM-SHA-256" in r.out


class Bare:
    """blinkmail against a scripted server that offers no TLS."""

    def __init__(self, tmp, server, **remote):
        self.maildir = MaildirBox(tmp + "/Mail", "/")
        self.blink = blink.Blink(tmp)
        self.blink.general["socktimeout"] = 3
        self.blink.account(
            "a", {"type": "imap", "host": "127.0.0.1", "port": server.port,
                  "user": "u", "pass": PASS, **remote},
            {"type": "maildir", "path": self.maildir.root})


def heard(c, tag, arg):
    return "OK in"


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
