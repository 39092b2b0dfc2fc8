# SPDX-License-Identifier: GPL-2.0-or-later
"""The second half of ./demo: a private Dovecot with three accounts full of
varied mail, to which more comes all the time, a configuration, and a blinkmail
that synchronises them."""

import argparse
import base64
import email.header
import email.utils
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))

import dovecot
from imapbox import ImapBox
from postman import Postman

ACCOUNTS = {
    "personal": ["INBOX", "Sent", "Archive/2024", "Archive/2025",
                 "Lists/debian-user", "Entwürfe", "家族"],
    "work": ["INBOX", "Sent", "Projects/Lighthouse", "Projects/100% done",
             "Rechnungen/März", "Q&A"],
    "uni": ["INBOX", "Kurse/Mathematik", "Kurse/Физика", "Kurse/v1.2"],
}
MESSAGES = {"personal": 260, "work": 220, "uni": 200}

PEOPLE = ["Ann Lee <ann@example.org>", "Björn Å <bjorn@example.se>",
          "Žofie Nováková <zofie@example.cz>", "佐藤 花子 <hanako@example.jp>",
          "O'Brien, Pat <pat@example.ie>", "build robot <ci@example.net>"]
SUBJECTS = ["Lunch on Friday?", "Re: the roof again", "Minutes of the meeting",
            "Prüfung am Donnerstag", "写真をありがとう", "Ваш заказ отправлен",
            "[debian-user] Maildir on two machines", "Invoice 2025-117", ""]
WORDS = ("light house keeper storm lamp oil rope tide log watch north bell "
         "fog signal harbour chart wind glass night ship").split()


def header(text):
    """RFC 2047 where it must be."""
    try:
        text.encode("ascii")
        return text
    except UnicodeEncodeError:
        return email.header.Header(text, "utf-8", maxlinelen=70).encode(
            linesep="\r\n")


def address(person):
    name, _, rest = person.partition(" <")
    return "%s <%s" % (header(name) if not name.isascii()
                       else '"%s"' % name, rest)


def prose(rng, lines):
    return "".join(" ".join(rng.choices(WORDS, k=rng.randint(4, 11)))
                   .capitalize() + ".\r\n" for _ in range(lines))


def plain(rng):
    return ("Content-Type: text/plain; charset=us-ascii\r\n\r\n" +
            prose(rng, rng.randint(1, 40))).encode()


def utf8(rng):
    return ("Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 8bit\r\n\r\nGrüße aus Zürich, "
            "приветы, こんにちは!\r\n" + prose(rng, 6)).encode()


def latin1(rng):
    return ("Content-Type: text/plain; charset=iso-8859-1\r\n"
            "Content-Transfer-Encoding: 8bit\r\n\r\nCafé, Smörgås, año\r\n" +
            prose(rng, 3)).encode("iso-8859-1")


def attachment(rng):
    data = base64.encodebytes(rng.randbytes(rng.randint(200, 90000)))
    mark = "=-%08x" % rng.getrandbits(32)
    return ("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
            'boundary="%s"\r\n\r\n--%s\r\nContent-Type: text/plain\r\n\r\n%s'
            "\r\n--%s\r\nContent-Type: application/octet-stream\r\n"
            "Content-Transfer-Encoding: base64\r\nContent-Disposition: "
            'attachment; filename="chart.bin"\r\n\r\n' %
            (mark, mark, prose(rng, 4), mark)).encode() + \
        data.replace(b"\n", b"\r\n") + ("--%s--\r\n" % mark).encode()


def long_line(rng):
    return (b"Content-Type: text/plain\r\n\r\n" +
            b"la" * rng.randint(2000, 60000) + b"\r\n")


def empty(_):
    return b"\r\n"


def from_lines(rng):
    return (b"Content-Type: text/plain\r\n\r\nFrom the top of the tower:\r\n"
            b"From here one sees the sea.\r\n.\r\n..\r\n" +
            prose(rng, 2).encode())


BODIES = [plain] * 8 + [utf8] * 3 + [attachment] * 3 + [latin1, long_line,
                                                        empty, from_lines]


def message(rng, account, n):
    date = 1735689600 + rng.randint(0, 300 * 86400)
    body = BODIES[n % len(BODIES)](rng)
    head = "From: %s\r\nTo: %s@example.org\r\nSubject: %s\r\nDate: %s\r\n" \
        "Message-ID: <%d.%s@demo.example.org>\r\n" % (
            address(rng.choice(PEOPLE)), account,
            header(rng.choice(SUBJECTS)),
            email.utils.formatdate(date), n, account)
    return head.encode() + body, date


def fill(server):
    """A few hundred messages for each account; the same ones every time."""
    for account, folders in ACCOUNTS.items():
        rng = random.Random(account)
        box = ImapBox(server.port, account, dovecot.PASSWORD)
        for folder in folders[1:]:
            box.create(folder)
        for n in range(MESSAGES[account]):
            data, date = message(rng, account, n)
            folder = rng.choices(folders, [len(folders)] +
                                 [1] * (len(folders) - 1))[0]
            flags = rng.choice([[], ["\\Seen"], ["\\Seen"],
                                ["\\Seen", "\\Answered"],
                                ["\\Flagged", "$Label1"]])
            box.append(data, folder, flags, date)
        box.close()


CONFIG = """\
general = {{
  metadata = "{base}/metadata";
  accounts = [ "personal", "work", "uni" ];
}};
accounts = (
{accounts}
);
"""
ACCOUNT = """\
  {{ name = "{name}";
    autorefresh = {minutes};
    remote = {{ type = "imap"; host = "localhost"; port = {port};
               user = "{name}"; pass = "{password}";
               sslcacertfile = "{ca}"; }};
    local = {{ type = "maildir"; path = "{base}/Mail/{name}"; sep = "/"; }};
  }}"""


def write(path, text):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as f:
        f.write(text)


def configure(base, server):
    path = os.path.join(base, "blinkmail.conf")
    minutes = {"personal": 0.1, "work": 0.2, "uni": 0.3}
    write(path, CONFIG.format(base=base, accounts=",\n".join(
        ACCOUNT.format(name=name, minutes=minutes[name], base=base,
                       port=server.tls_port, ca=server.ca,
                       password=dovecot.PASSWORD) for name in ACCOUNTS)))
    write(os.path.join(base, "muttrc"),
          "set mbox_type=Maildir\nset folder=%s/Mail\n"
          "set spoolfile=+personal/INBOX\nset record=''\n"
          "mailboxes `find %s/Mail -type d -name cur -printf '\"%%h\" '`\n" %
          (base, base))
    return path


def reading(base):
    """How to read the mail."""
    mutt = shutil.which("neomutt") or shutil.which("mutt")
    name = os.path.basename(mutt) if mutt else "mutt"
    return "with %s%s:\n\n    %s -F %s/muttrc\n" % (
        name, "" if mutt else " (which is not installed here)", name, base)


def report(base):
    total = 0
    for account in ACCOUNTS:
        n = sum(len(files) for d, _, files in
                os.walk(os.path.join(base, "Mail", account))
                if os.path.basename(d) in ("new", "cur"))
        print("  %-9s %4d messages in %s/Mail/%s" % (account, n, base,
                                                     account))
        total += n
    print("Read them %s\n(in it, press c and ? to see the folders), and remove "
          "them with\n\n    rm -r %s\n" % (reading(base), base))
    return total


def nothing(*_):
    """A handler, so that a signal is not ignored by the programs started."""


def run(command):
    """Runs the program as the terminal's own: what is typed to end or to stop
    it reaches both, and this process stops only after the program has. Returns
    its exit status."""
    for number in (signal.SIGINT, signal.SIGTSTP):
        signal.signal(number, nothing)
    child = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os.kill(child.pid, signal.SIGTERM))
    while True:
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        # What lets this process go on lets the program go on, too. (A SIGCONT
        # of our own could take a later SIGTSTP back.)
        os.kill(os.getpid(), signal.SIGSTOP)


def show(blinkmail, once, server, base):
    """Synchronises what the server has; returns the exit status."""
    print("Filling three accounts with %d messages ..." %
          sum(MESSAGES.values()), flush=True)
    fill(server)
    config = configure(base, server)
    command = [blinkmail, "-c", config]
    if once or not sys.stdout.isatty():
        command += ["-u", "basic"]
    postman = None
    if once:
        command.append("-o")
    else:
        print("Press q (or Ctrl-C) to end. Meanwhile you may read the mail in "
              "another terminal,\n%s" % reading(base))
        postman = Postman(server.port, dovecot.PASSWORD,
                          os.path.join(base, "Mail"), ACCOUNTS, message)
        postman.start()
    print("$ " + " ".join(command), flush=True)
    status = run(command)
    if postman:
        postman.stop()
    print()
    n = report(base)
    if status == 0 and once and n != sum(MESSAGES.values()):
        sys.exit("demo: %d messages were expected" % sum(MESSAGES.values()))
    return status if once else 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--once", action="store_true")
    p.add_argument("blinkmail")
    args = p.parse_args()
    why = dovecot.available()
    if why:
        sys.exit("demo: " + why)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))

    print("Starting a private Dovecot ...", flush=True)
    base = tempfile.mkdtemp(
        prefix="blinkmail-demo-", dir=os.environ.get("TEST_DIRECTORY", "/tmp"))
    server = dovecot.Dovecot()
    try:
        server.start()
        print("It runs on 127.0.0.1, port %d (imaps) and %d." %
              (server.tls_port, server.port))
        return show(args.blinkmail, args.once, server, base)
    except OSError as e:  # the terminal is gone, for example
        return "demo: %s" % e
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
