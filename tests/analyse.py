#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""clang-format, clang-tidy and cppcheck over the sources: "make analyse". A
tool that is not installed is passed over, and said so. Runs in the directory
that has config.h. Exit 1 when a tool complains, 77 when none is there.
"""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FLAGS = ["-std=c11", "-I" + os.path.join(TOP, "src"), "-I" + os.getcwd(),
         "-D_FILE_OFFSET_BITS=64", '-DSYSCONFDIR="/etc"']


def sources(top, endings):
    for d, subs, names in os.walk(os.path.join(TOP, top)):
        subs.sort()
        for name in sorted(names):
            if name.endswith(endings):
                yield os.path.join(d, name)


def run(command):
    """What the command printed, when it failed."""
    r = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True)
    return r.stdout if r.returncode != 0 else ""


def clang_format(tool):
    files = [f for top in ("src", "tests") for f in sources(top, (".c", ".h"))]
    yield [tool, "--dry-run", "-Werror"] + files


def clang_tidy(tool):
    for f in sources("src", ".c"):
        yield [tool, "--quiet", f, "--"] + FLAGS


def cppcheck(tool):
    yield [tool, "--quiet", "--std=c11", "--error-exitcode=1",
           "--enable=warning,performance,portability", "--inline-suppr",
           "--suppress=missingIncludeSystem", "-I", "src", "src"]


def main():
    tools = {"clang-format": clang_format, "clang-tidy": clang_tidy,
             "cppcheck": cppcheck}
    there = {name: shutil.which(name) for name in tools}
    missing = [name for name in tools if there[name] is None]
    if missing:
        print("not installed:", ", ".join(missing))
    commands = [c for name in tools if there[name] is not None
                for c in tools[name](there[name])]
    if not commands:
        return 77
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [text for text in pool.map(run, commands) if text]
    print("".join(said), end="")
    print("analyse: %d complaints" % len(said))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
