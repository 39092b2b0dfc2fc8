#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of src/ the tests ran, for each room: "make coverage".

coverage.py FOLDER: a tree that was built with --coverage and tested. A source
that is built more than once, with and without marks for instance, counts as
one: a line was run when it was run in any of its objects.
"""

import collections
import json
import os
import subprocess
import sys

GCOV = os.environ.get("GCOV", "gcov")
AT_ONCE = 40  # objects that gcov is asked for


def notes(top):
    """The notes that gcc left beside each object of src/."""
    for d, subs, names in os.walk(os.path.join(top, "src")):
        subs.sort()
        for name in sorted(names):
            if name.endswith(".gcno"):
                yield os.path.relpath(os.path.join(d, name), top)


def reports(top):
    """What gcov says about each source, once for each of its objects."""
    found = list(notes(top))
    if not found:
        sys.exit("%s: nothing was built with --coverage" % top)
    for i in range(0, len(found), AT_ONCE):
        r = subprocess.run([GCOV, "--json-format", "--stdout"] +
                           found[i:i + AT_ONCE], cwd=top, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in r.stdout.splitlines():
            if line.startswith("{"):
                yield from json.loads(line)["files"]


def lines_of_sources(top):
    """{source: {line: whether it was run}}"""
    sources = collections.defaultdict(dict)
    for f in reports(top):
        path = os.path.normpath(f["file"])
        if os.path.isabs(path):
            path = os.path.relpath(path, top)
        if not path.startswith("src/"):
            continue
        lines = sources[path]
        for one in f["lines"]:
            n = one["line_number"]
            lines[n] = lines.get(n, False) or one["count"] > 0
    return sources


def row(name, run, lines):
    print("%-24s %6d %6d %6.1f %%" %
          (name, lines, run, 100.0 * run / lines if lines else 0))


def main():
    top = os.path.abspath(sys.argv[1])
    rooms = collections.defaultdict(lambda: [0, 0])
    for path, lines in lines_of_sources(top).items():
        room = rooms[os.path.dirname(path)]
        room[0] += sum(lines.values())
        room[1] += len(lines)
    print("%-24s %6s %6s %8s" % ("room", "lines", "run", "share"))
    for name in sorted(rooms):
        row(name, *rooms[name])
    row("all", *map(sum, zip(*rooms.values())))


if __name__ == "__main__":
    main()
