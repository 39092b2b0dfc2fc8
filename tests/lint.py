#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of the house that a machine can check; a part of "make check".

Floors: which folder may include which. One file for each foreign library.
Functions that no other file uses are static.
Sizes of files and functions. A licence line in each source. Calls that have
no place here. Prints what is wrong and where; exit 1 when there is anything.
"""

import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Room -> what its files may include, besides system headers and the room itself:
# one header, or, where the name ends in "/", those of a room, without those of
# the rooms inside it.
EVENTS = ("engine/event.h", "engine/request.h")
STORES = ("engine/store/imap/", "engine/store/maildir/")
FLOORS = {
    "base": (),
    "net": ("base/",),
    "maildir": ("base/",),
    "engine": ("base/",),
    "engine/plan": ("base/",),
    "engine/settings": ("base/", "net/imap_extension.h",
                        "net/sasl_mechanism.h"),
    "engine/store": ("base/", "engine/plan/snapshot.h"),
    "engine/store/imap": ("base/", "net/", "engine/store/",
                          "engine/plan/snapshot.h", "engine/settings/"),
    "engine/store/maildir": ("base/", "maildir/", "engine/store/",
                             "engine/plan/snapshot.h", "engine/settings/"),
    "engine/status": ("base/", "engine/plan/", "engine/store/"),
    "engine/sync": ("base/", "engine/plan/", "engine/status/",
                    "engine/store/", "engine/settings/") + EVENTS,
    "engine/watch": ("base/", "net/", "maildir/", "engine/store/",
                     "engine/settings/") + STORES + EVENTS,
    "engine/ctl": ("base/",) + EVENTS,
    "engine/control": ("base/", "net/tls.h", "engine/engine.h",
                       "engine/plan/", "engine/status/", "engine/store/",
                       "engine/settings/", "engine/sync/", "engine/watch/",
                       "engine/ctl/") + STORES + EVENTS,
    "ui": ("base/", "ui/plain/", "ui/screen/", "engine/engine.h") + EVENTS,
    "ui/plain": ("base/", "engine/engine.h") + EVENTS,
    "ui/screen": ("base/", "ui/plain/", "engine/engine.h") + EVENTS,
}

# headers that may appear in one file of src/ only
ALONE = ("gnutls/", "sqlite3.h", "libconfig.h", "gsasl.h", "curses.h",
         "ncurses.h", "ncursesw/")

FORBIDDEN = re.compile(
    r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strtok|strtok_r|atoi|atol|"
    r"atoll|atof|gets|system|popen|alloca|mktemp|tmpnam)\s*\(")
EXIT = re.compile(r"(?<![\w.>])exit\s*\(")

FILE_LINES = 800
FUNCTION_LINES = 100
FUNCTION_AIM = 60
COLUMNS = 80
PARAMETERS = 6

# A line of signs in a comment; diagrams have words or corners beside them.
BANNER = re.compile(r"^\W*[-=*#~_+]{5,}\W*$")

# Functions that no other file needs to call: the program's entry, two by which
# tests come in (with a stream of their own; with text of each width), and what
# is not used yet.
USED_ELSEWHERE = ("main", "store_imap_over", "progress_cut",
                  "status_folder_drop", "err_message")

SOURCES = (".c", ".h", ".py", ".sh")
GENERATED = ("config.h", "confdefs.h")

wrong = []
remarks = []


def complain(path, line, text):
    wrong.append("%s:%d: %s" % (path, line, text))


def in_git():
    """The files that git knows, or None where TOP is not its work tree."""
    if not os.path.exists(os.path.join(TOP, ".git")):
        return None
    try:
        r = subprocess.run(["git", "-C", TOP, "ls-files", "-z"],
                           capture_output=True)
    except FileNotFoundError:
        return None
    if r.returncode != 0:  # the tree of another user, for example
        return None
    return sorted(f.decode() for f in r.stdout.split(b"\0") if f)


def in_folders():
    """The files of a release; what configure makes there is left out."""
    for d, subs, names in os.walk(TOP):
        subs[:] = sorted(s for s in subs if not s.startswith(".") and
                         s not in ("autom4te.cache", "build", "build-aux",
                                   "__pycache__"))
        if d != TOP and "config.status" in names:
            subs[:] = []
            continue
        for name in sorted(names):
            if name not in GENERATED:
                yield os.path.relpath(os.path.join(d, name), TOP)


def files():
    """The project's own sources, wherever it is built."""
    known = in_git()
    for path in in_folders() if known is None else known:
        if path.endswith(SOURCES) and \
                os.path.isfile(os.path.join(TOP, path)):
            yield path


def bare(text):
    """C text without comments and the insides of strings; same lines."""
    def blank(m):
        s = m.group(0)
        if s.startswith("/"):
            return re.sub(r"[^\n]", " ", s)
        return s[0] + " " * (len(s) - 2) + s[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'
                  r"'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)


def check_includes(path, text, owners):
    parts = path.split("/")
    for n, line in enumerate(text.split("\n"), 1):
        m = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if not m:
            continue
        name = m.group(2)
        for header in ALONE:
            if name.startswith(header):
                owners.setdefault(header, set()).add(path)
        if m.group(1) == "<" or name == "config.h" or len(parts) < 3:
            continue
        room = os.path.dirname(path)[len("src/"):]
        if room not in FLOORS:
            complain(path, n, "src/%s is not in the list of rooms" % room)
        elif not may_include(room, name):
            complain(path, n, "src/%s must not include %s" % (room, name))


def may_include(room, name):
    return any(name == f or os.path.dirname(name) + "/" == f
               for f in FLOORS[room] + (room + "/",))


def check_sizes(path, lines):
    if len(lines) > FILE_LINES:
        complain(path, len(lines), "%d lines, the limit is %d" %
                 (len(lines), FILE_LINES))
    start = None
    for n, line in enumerate(lines, 1):
        if line == "{":
            start = n
        elif line == "}" and start is not None:
            size = n - start - 1
            if size > FUNCTION_LINES:
                complain(path, start, "a function of %d lines, the limit "
                         "is %d" % (size, FUNCTION_LINES))
            elif size > FUNCTION_AIM:
                remarks.append("%s:%d: a function of %d lines" %
                               (path, start, size))
            start = None


def check_columns(path, lines):
    for n, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > COLUMNS:
            complain(path, n, "%d columns, the limit is %d" %
                     (len(line.expandtabs(8)), COLUMNS))


def check_banners(path, lines):
    for n, line in enumerate(lines, 1):
        if line.lstrip().startswith(("/*", "*", "#", "//")) and \
                BANNER.search(line):
            complain(path, n, "a banner")


def parameters(text):
    """Line and number of parameters of each function, and each pointer to
    one, that is declared or defined in bare C text."""
    for m in re.finditer(r"(^(?:[a-z][\w \t*]*[ *])?[a-z]\w*|\(\*\w+\))"
                         r"\(((?:[^()]|\([^()]*\))*)\)"
                         r"(?=\s*(?:;|\{|__attribute__))", text, flags=re.M):
        inside = m.group(2)
        depth = 0
        n = 1
        for c in inside:
            depth += (c == "(") - (c == ")")
            n += c == "," and depth == 0
        yield text.count("\n", 0, m.start()) + 1, n


def check_parameters(path, text):
    for line, n in parameters(bare(text)):
        if n > PARAMETERS:
            complain(path, line, "%d parameters, the limit is %d" %
                     (n, PARAMETERS))


def check_errors(path, text):
    """Each local error is cleared, or given to a function that takes it."""
    for body in re.finditer(r"^\{.*?^\}", bare(text), re.M | re.S):
        line = text.count("\n", 0, body.start()) + 1
        for name in re.findall(r"\b(\w+) = ERR_INIT", body[0]):
            if not re.search(r"\b(err_clear|err_move|complain|\w+_take)"
                             r"\([^;]*&%s\b" % name, body[0]):
                complain(path, line, "the error %s is not cleared" % name)


def check_calls(path, text):
    for n, line in enumerate(bare(text).split("\n"), 1):
        m = FORBIDDEN.search(line)
        if m:
            complain(path, n, "%s() has no place here" % m.group(1))
        if path.startswith("src/") and path != "src/main.c" and \
                EXIT.search(line):
            complain(path, n, "exit() outside main.c")


def check_head(path, lines):
    if not any("SPDX-License-Identifier: GPL-2.0-or-later" in x
               for x in lines[:3]):
        complain(path, 1, "no SPDX line")
    if path.startswith("src/") and path.endswith(".c"):
        first = next((x for x in lines if x.startswith("#include")), "")
        if first != '#include "config.h"':
            complain(path, 1, 'config.h must be included first')
        if not lines[1].startswith("/* ") and lines[1] != "/*":
            complain(path, 2, "no line of purpose")


def check_linkage(texts):
    """What one file of src/ defines for others is used by another one there;
    in a header it is declared, and perhaps used by a macro."""
    words = {path: set(re.findall(r"\w+", bare(text)))
             for path, text in texts.items() if path.endswith(".c")}
    macros = set()
    for path, text in texts.items():
        if path.endswith(".h"):
            for m in re.findall(r"^#define(?:.*\\\n)*.*$", text, flags=re.M):
                macros.update(re.findall(r"\w+", m))
    for path in words:
        text = bare(texts[path])
        for m in re.finditer(r"^(.*)\n(\w+)\((?:[^;{}]*)\)\n\{", text,
                             flags=re.M):
            name = m.group(2)
            if m.group(1).startswith("static") or name in macros or \
                    name in USED_ELSEWHERE:
                continue
            if not any(name in w for p, w in words.items() if p != path):
                complain(path, text.count("\n", 0, m.start(2)) + 1,
                         "%s() is used by no other file, tests apart" % name)


TABLE = "docs/PECULIARITIES.md"


def check_table():
    """Each test that the table names is there."""
    with open(os.path.join(TOP, TABLE), encoding="utf-8") as f:
        lines = f.read().split("\n")
    for n, line in enumerate(lines, 1):
        for name in re.findall(r"`(test_[\w.]+)`", line):
            module, _, function = name.partition(".")
            path = os.path.join(TOP, "tests/integration/%s.py" % module)
            if not os.path.exists(path):
                complain(TABLE, n, "there is no " + path)
                continue
            with open(path, encoding="utf-8") as f:
                if "def %s(" % function not in f.read() and function:
                    complain(TABLE, n, "there is no " + name)


def unit(path, families):
    """What counts as one thing among the includes: foo.c with foo.h, and with
    its parts where they share a foo_private.h."""
    name = os.path.splitext(path)[0]
    for family in families:
        if name == family or name.startswith(family + "_"):
            return family
    return name


def circles(includes):
    """Groups of units that include each other, in src/."""
    families = sorted((p[:-len("_private.h")] for p in includes
                       if p.endswith("_private.h")), key=len)
    graph = {}
    for path, names in includes.items():
        here = graph.setdefault(unit(path, families), set())
        here.update(unit("src/" + n, families) for n in names)
    reach = {}
    for start in graph:
        seen, todo = set(), list(graph[start] - {start})
        while todo:
            u = todo.pop()
            if u not in seen:
                seen.add(u)
                todo.extend(graph.get(u, ()))
        reach[start] = seen
    return sorted({tuple(sorted(v for v in reach[u] | {u}
                                if u in reach.get(v, ()) or v == u))
                   for u in graph if u in reach[u]})


def main():
    includes = {}
    owners = {}
    texts = {}
    for path in files():
        with open(os.path.join(TOP, path), encoding="utf-8") as f:
            text = f.read()
        lines = text.rstrip("\n").split("\n")
        check_head(path, lines)
        if path.endswith((".c", ".h")):
            check_sizes(path, lines)
            check_calls(path, text)
            check_columns(path, lines)
            check_banners(path, lines)
            check_parameters(path, text)
            if path.startswith("src/"):
                check_errors(path, text)
                check_includes(path, text, owners)
                texts[path] = text
                includes[path] = re.findall(r'^#include "([^"]+)"', text,
                                            flags=re.M)
        elif path.endswith(".py") and len(lines) > FILE_LINES:
            complain(path, len(lines), "%d lines, the limit is %d" %
                     (len(lines), FILE_LINES))
    check_linkage(texts)
    check_table()
    for header, where in sorted(owners.items()):
        if len(where) > 1:
            complain(sorted(where)[1], 1, "<%s> is in %s; one file only" %
                     (header, ", ".join(sorted(where))))
    found = circles(includes)
    for c in found:
        complain(c[0], 1, "a circle of includes: %s" % ", ".join(c))
    for r in remarks:
        print("long:", r)
    for w in wrong:
        print(w)
    print("lint: %d wrong, %d long functions, %d circles" %
          (len(wrong), len(remarks), len(found)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
