#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""programs.py DIRECTORY PACKAGE...: fills the directory with links to the
programs of these Debian packages, of what they depend on, and of what every
Debian has. With no other PATH than that, a program that belongs to none of
them is missing here as it is on a fresh machine. A PACKAGE may also be
+PROGRAM: a program whose absence is all right, if it is here."""

import glob
import os
import shutil
import subprocess
import sys

FIELDS = ("Package", "Status", "Essential", "Provides", "Pre-Depends",
          "Depends")


def names(field):
    """The packages that a field lists: a list of lists of alternatives."""
    return [[one.split("(")[0].split(":")[0].strip()
             for one in entry.split("|")]
            for entry in field.split(",") if entry.strip()]


def installed():
    """{package: its fields}, and {what is provided: the packages}."""
    out = subprocess.run(
        ["dpkg-query", "-W", "-f", "\t".join("${%s}" % f for f in FIELDS) +
         "\n"], stdout=subprocess.PIPE, text=True, check=True).stdout
    packages, provided = {}, {}
    for line in out.splitlines():
        fields = dict(zip(FIELDS, line.split("\t")))
        if not fields["Status"].endswith(" installed"):
            continue
        packages[fields["Package"]] = fields
        for name in names(fields["Provides"]):
            provided.setdefault(name[0], []).append(fields["Package"])
    return packages, provided


def with_dependencies(wanted):
    """The packages, and all that an installation of them brings along."""
    packages, provided = installed()
    todo = list(wanted) + [p for p, fields in packages.items()
                           if fields["Essential"] == "yes"]
    found = set()
    while todo:
        name = todo.pop()
        if name in found or name not in packages:
            continue
        found.add(name)
        for field in ("Pre-Depends", "Depends"):
            for entry in names(packages[name][field]):
                todo += next(([n] if n in packages else provided[n]
                              for n in entry if n in packages or
                              n in provided), [])
    return found


def files(packages):
    """What these packages consist of, links followed."""
    found = set()
    for package in packages:
        for path in glob.glob("/var/lib/dpkg/info/%s.list" % package) + \
                glob.glob("/var/lib/dpkg/info/%s:*.list" % package):
            with open(path, encoding="utf-8", errors="replace") as f:
                found.update(os.path.realpath(line.rstrip("\n"))
                             for line in f if "bin/" in line)
    return found


def programs():
    """(name, path) of all that PATH has, in its order."""
    for directory in os.environ["PATH"].split(":"):
        if os.path.isdir(directory):
            for name in os.listdir(directory):
                yield name, os.path.join(directory, name)


def main():
    directory, *wanted = sys.argv[1:]
    may_be = {w[1:] for w in wanted if w.startswith("+")}
    known = files(with_dependencies(w for w in wanted if w[0] != "+"))
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    for name, path in programs():
        link = os.path.join(directory, name)
        if not os.path.lexists(link) and (
                name in may_be or os.path.realpath(path) in known):
            os.symlink(path, link)


if __name__ == "__main__":
    main()
