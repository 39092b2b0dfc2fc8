#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""clang-format, clang-tidy and cppcheck over the sources, in the directory
that has config.h: what is cheap as a part of "make check", and with --all, as
in "make analyse", clang's analyzer as well, which takes some minutes.

The tools of another version format and complain differently, and are passed
over. Exit 1 when a tool complains, 77 when none does but not all were run.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FLAGS = ["-std=c11", "-I" + os.path.join(TOP, "src"), "-I" + os.getcwd(),
         "-D_FILE_OFFSET_BITS=64", '-DSYSCONFDIR="/etc"']
# How far the analyzer follows one function; the default takes four times as
# long, and found no more.
PATHS = ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=40000"]
VERSIONS = {"clang-format": "14", "clang-tidy": "14", "cppcheck": "2.10"}


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


def why_not(tool):
    """Why it cannot be run, or None."""
    if shutil.which(tool) is None:
        return "is not installed"
    out = subprocess.run([tool, "--version"], capture_output=True,
                         text=True).stdout
    version = re.search(r"\d+(\.\d+)*", out)
    if version is None or not (version.group() + ".").startswith(
            VERSIONS[tool] + "."):
        return "is not version %s" % VERSIONS[tool]
    return None


def clang_format():
    files = [f for top in ("src", "tests") for f in sources(top, (".c", ".h"))]
    yield ["clang-format", "--dry-run", "-Werror"] + files


def clang_tidy(checks):
    for f in sources("src", ".c"):
        yield ["clang-tidy", "--quiet", "--checks=" + checks, f, "--",
               *PATHS, *FLAGS]


def cppcheck():
    yield ["cppcheck", "--quiet", "--std=c11", "--error-exitcode=1",
           "--enable=warning,performance,portability", "--inline-suppr",
           "--suppress=missingIncludeSystem", "-I", "src", "src"]


def main():
    checks = "" if sys.argv[1:] == ["--all"] else "-clang-analyzer-*"
    commands = [("cppcheck", cppcheck()), ("clang-format", clang_format()),
                ("clang-tidy", clang_tidy(checks))]
    refused = {tool: why_not(tool) for tool in VERSIONS}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [text for text in pool.map(run, (
            c for tool, some in commands if refused[tool] is None
            for c in some)) if text]
    print("".join(said), end="")
    for tool, why in refused.items():
        if why is not None:
            print("SKIP: %s %s" % (tool, why))
    print("analyse: %d complaints" % len(said))
    return 1 if said else 77 if any(refused.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
