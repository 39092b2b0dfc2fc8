#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual against the program; a part of "make check".

Options and commands of --help and of blinkmail(1); the exit status; the keys of
Blinkenlights;
types and keys of the JSON events; keys of the configuration, with their
places, ranges and defaults; IMAP extensions and SASL mechanisms; the example
configurations of the README and the manual, which "blinkmail check" must
accept. Each both ways: what is missing, and what does not exist. And the
files that ARCHITECTURE.md names. Prints what differs; exit 1 when there is
anything.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.environ.get("BLINKMAIL", os.path.abspath("blinkmail"))
PAGES = ("man/blinkmail.1", "man/blinkmail.conf.5")

wrong = []


def complain(*words):
    wrong.append(" ".join(words))


def compare(what, program, manual):
    for x in sorted(program - manual):
        complain(what, "the manual lacks", str(x))
    for x in sorted(manual - program):
        complain(what, "the manual has, and the program lacks", str(x))


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


def section(page, macro, name):
    """What stands below a .Sh or .Ss."""
    m = re.search(r"^\.%s %s\n(.*?)(?=^\.%s |\Z)" % (
        macro, re.escape(name), "Sh" if macro == "Sh" else "S[hs]"),
        page, re.M | re.S)
    if m is None:
        complain("no section", name)
        return ""
    return m.group(1)


def items(text):
    """[(the line of .It, what follows it)] of the outermost lists."""
    parts = re.split(r"^\.It (.*)\n", re.sub(
        r"^\.(Bl|El).*\n", "", text, flags=re.M), flags=re.M)
    return list(zip(parts[1::2], parts[2::2]))


def variables(text):
    """The words marked with Va."""
    found = set()
    for line in re.findall(r"^\.(?:It |Pq )?Va (.*)$", text, re.M):
        line = re.split(r" (?:Pq|Ns|Cm)\b", line)[0]
        found.update(w for w in line.split() if re.match(r"\w", w))
    return found


def quoted(text):
    """The words marked with Ql."""
    found = set()
    for line in re.findall(r"^\.Ql (.*)$", text, re.M):
        found.update(w for w in line.split() if w not in ",.;:)")
    return found


def options_of_help():
    text = subprocess.run([PROGRAM, "--help"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    commands, options = text.split("\ncommands:\n")[1].split("\noptions:\n")
    options = {(m.group(1) or "", m.group(2), m.group(3) or "") for m in
               re.finditer(r"^  (?:-(\w), |    )--([\w-]+)(?: (\S+))?(?:  |$)",
                           options, re.M)}
    return set(re.findall(r"^  (\w+)  ", commands, re.M)), options


def options_of_manual(page):
    commands, options = set(), set()
    for head, _ in items(section(page, "Sh", "DESCRIPTION")):
        m = re.match(r"(?:Fl (\w) , )?Fl -([\w-]+)(?: Ar (\S+))?$", head)
        if m:
            options.add((m.group(1) or "", m.group(2), m.group(3) or ""))
        elif head.startswith("Cm "):
            commands.add(head[3:])
        else:
            complain("blinkmail(1): neither option nor command:", head)
    return commands, options


def check_options(page):
    commands, options = options_of_help()
    if len(commands) < 3 or len(options) < 10:
        complain("--help: not understood")
    for what, a, b in zip(("command:", "option:"), (commands, options),
                          options_of_manual(page)):
        compare(what, a, b)
    synopsis = section(page, "Sh", "SYNOPSIS")
    used = set()
    for word, argument in re.findall(r"Fl (\S+)(?: Ar (\S+))?", synopsis):
        names = [word[1:]] if word.startswith("-") else list(word)
        used.update((n, argument) for n in names)
    compare("synopsis:", {(s or l, a) for s, l, a in options
                          if l != "help"} | {("h", "")}, used)
    return {"-" + s for s, _, _ in options} | \
        {"--" + l for _, l, _ in options}


def check_commands_in_examples(path, text, known):
    """What examples call must exist: blinkmail -o -a work ..."""
    for line in re.findall(r"^(?:\.Dl \$ |\$ |    )(.*)$", text, re.M):
        m = re.search(r"(?:^|\s)blinkmail((?: [^|#]*)?)", line)
        for word in re.findall(r"\s(--?[\w-]+)", m.group(1) if m else ""):
            if word not in known:
                complain(path + ":", line.strip(), "has no option", word)


def check_exit_status(page):
    """The enumeration of them, and the manual's list."""
    told = {head for head, _ in items(section(page, "Sh", "EXIT STATUS"))}
    values = re.findall(r"^\tEXIT_\w+ = (\d),", read("src/base/exit_status.h"),
                        re.M)
    if not values:
        complain("exit_status.h is not understood")
    compare("exit status:", set(values), told)


def check_screen_keys(page):
    """The table that keys are obeyed by, and the manual's list."""
    source = read("src/ui/screen/blink_keys.c")
    table = re.search(r"blink_keys\[\] = \{\n(.*?)^};", source, re.M | re.S).group(1)
    rows = re.findall(r'^\t\{ [^"]*?, "([^"]+)",\s*"[^"]+",\s*key_\w+ \},$',
                      table, re.M)
    if len(rows) != len(re.findall(r"^\t\{ ", table, re.M)) - 1:
        complain("blink_keys.c: the table of keys is not understood")
    told = set()
    for head, _ in items(section(page, "Sh", "BLINKENLIGHTS")):
        if head.startswith("Ic "):
            told.update(head[3:].replace("\\&", "").split(" , "))
    compare("key of Blinkenlights:",
            {word for row in rows for word in row.split()}, told)


PUT = r'put_(?:text|number|bool|name|id)\(out, "(\w+)"'


def body(source, function):
    return re.search(r"^%s\(.*?^}" % function, source, re.M | re.S).group(0)


def event_members(source):
    """HAS_... -> keys, from put_members()."""
    members = {}
    for names, what in re.findall(
            r"if \(\(members & \(?([\w |]+)\)?\) != 0(.*?)(?=\n\tif|\n})",
            body(source, "put_members"), re.S):
        keys = set(re.findall(PUT, what))
        if "put_operation" in what:
            keys |= set(re.findall(PUT, body(source, "put_operation")))
        if "put_counts" in what:
            keys.add("counts")
        if "json_subject" in what:
            keys |= set(re.findall(PUT, body(read("src/base/json.c"),
                                             "json_subject")))
        if not keys:
            complain("json.c: not understood:", names)
        for name in names.split(" | "):
            members.setdefault(name, set()).update(keys)
    return members


def check_events(page):
    source = read("src/ui/plain/json.c")
    members = event_members(source)
    types = {}
    for name, shape in re.findall(r'\{ EV_\w+,\s*\{ "([\w-]+)",\s*([^}]*)\}',
                                  source):
        types[name] = set().union(*(members[x] for x in
                                    re.findall(r"HAS_\w+", shape)))
    if len(types) != len(re.findall(r"\{ EV_", source)):
        complain("json.c: the table of shapes is not understood")
    heads = {}
    keys = {}
    for head, text in items(section(page, "Sh", "EVENTS")):
        if head.startswith("Cm "):
            heads[head[3:]] = text
        else:
            for key in variables(".It " + head):
                keys[key] = text
    compare("event:", set(types), set(heads))
    for name in sorted(set(types) & set(heads)):
        text = re.split(r"^\.El|^\.Pp", heads[name], flags=re.M)[0]
        compare("event %s:" % name, types[name], variables(text))
    emitted = set().union(*members.values()) | {"account"} | \
        set(re.findall(r'\\"(\w+)\\":', body(source, "json_event")))
    compare("key of events:", emitted, set(keys))
    compare("counts:", {"local", "remote"} | set(re.findall(
        r'\{ "(\w+)", COUNT_', source)), variables(keys.get("counts", "")))
    compare("op:", set(re.findall(r'\[EVOP_\w+\] = "(\w+)"',
                                  read("src/engine/event.c"))),
            quoted(keys.get("op", "")))
    scopes = re.search(r"names\[\] = \{([^}]*)\}.*", read("src/base/err.c")[
        read("src/base/err.c").index("err_scope_name"):], re.S).group(1)
    compare("scope:", set(re.findall(r'"(\w+)"', scopes)),
            quoted(keys.get("scope", "")))


PLACES = {
    "IN_ROOT": "Top level",
    "IN_GENERAL": "general",
    "IN_ACCOUNT": "account",
    "IN_STORE": "Each side",
    "IN_IMAP": "A side of type imap",
    "IN_MAILDIR": "A side of type maildir",
}


def check_default(name, default, text):
    """A default that depends on nothing is told as "Default: 60." """
    m = re.search(r"^Default:(?: (?=\d|true|false)|\n\.Ql )([^\s,]+?) ?[.,;]"
                  r"(?: |$)", text, re.M)
    told = m.group(1).replace("\\&", "").replace("\\-", "-") if m else ""
    if told and not default:
        complain("key %s: the program does not have the default" % name, told)
    if default and default != told and (told or "\nDefault:" not in
                                        "\n" + text):
        complain("key %s: the manual does not say" % name,
                 "Default: %s." % default)


def check_range(source, name, value, head):
    """A range of plain numbers is told as "1 to 100"."""
    m = re.match(r"(?:WHOLE\(\w+, |REAL\()([\w-]+), (\w+)\)", value)
    if m is None:
        return
    low, high = (re.sub(r"^[A-Z_]+$", lambda w: (re.findall(
        r"#define %s (\d+)" % w.group(0), source) + [w.group(0)])[0], x)
        for x in m.groups())
    told = "%s to %s" % (low.replace("-", "\\-"), high)
    if high.isdigit() and told not in head:
        complain("key %s: the manual does not say" % name, told)


def table_rows(path, array):
    """The rows of a table of C."""
    table = re.search(r"\b%s\[\] = \{\n(.*?)^};" % array, read(path),
                      re.M | re.S).group(1)
    found = re.split(r"^\t(?=[{[])", table, flags=re.M)[1:]
    if len(found) < 2:
        complain("%s: the table %s is not understood" % (path, array))
    return found


def check_lists(texts):
    """What the lists of known words hold."""
    def names(found):
        return {re.search(r'"([^\s"]+)"', row).group(1) for row in found
                if '"' in row}
    extensions = table_rows("src/net/imap_extension.c", "rows")
    idle = {row for row in extensions if row.rstrip().endswith("NULL },")}
    told, idle_told = (texts.get("disable_extensions", "") +
                       "not used yet:").split("not used yet:")[:2]
    compare("disable_extensions:", names(extensions), quoted(told))
    compare("extension without use:", names(idle), quoted(idle_told))
    compare("auth_mechanisms:", names(table_rows("src/net/sasl_mechanism.c",
                                                 "mechanisms")),
            quoted(texts.get("auth_mechanisms", "")))
    compare("colorscheme:", names(table_rows(
        "src/engine/settings/settings_keys.c", "colour_words")),
            quoted(texts.get("colorscheme", "")))


def check_keys(page):
    source = read("src/engine/settings/settings_keys.c")
    table = re.search(r"keys\[\] = \{\n(.*?)^};", source, re.M | re.S).group(1)
    rows = re.findall(r'\{ "(\w+)", (IN_[\w |]+),\s*(.*?),\s*'
                      r"(?:NOWHERE|\w+\(\w+\)),\s*(USED|NOT_YET|REFUSED),"
                      r'\s*(?:NULL|"([^"]*)") \}',
                      table, re.S)
    if len(rows) != len(re.findall(r"^\t\{ ", table, re.M)):
        complain("settings_blink_keys.c: the table of keys is not understood")
    wanted = {place: set() for place in PLACES.values()}
    idle = set()
    rows_by_place = {}
    for name, scope, value, use, default in rows:
        if use != "USED" or scope == "IN_MBNAMES":
            idle.add(name)
        else:
            wanted[PLACES[scope]].add(name)
            rows_by_place[PLACES[scope], name] = value, default
    texts = {}
    for place, names in wanted.items():
        told = {}
        for head, text in items(section(page, "Ss", place)):
            for key in variables(".It " + head):
                told[key] = head
                texts[key] = text
        compare("key in %s:" % place, names, set(told))
        for key in names & set(told):
            value, default = rows_by_place[place, key]
            check_range(source, key, value, told[key])
            check_default(key, default, texts[key])
    compare("key without effect:", idle,
            variables(section(page, "Ss", "Without effect")))
    check_lists(texts)


def examples(path, text):
    if path.endswith(".md"):
        return re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)
    return [b.replace("\\e", "\\") for b in
            re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.M | re.S)]


def check_examples(path, text):
    found = 0
    for n, example in enumerate(examples(path, text), 1):
        if "accounts = (" not in example:
            continue
        found += 1
        with tempfile.TemporaryDirectory() as d:
            conf = os.path.join(d, "example.conf")
            with open(conf, "w", encoding="utf-8") as f:
                f.write(example)
            os.chmod(conf, 0o600)
            for name in re.findall(r'sslcacertfile = "~/([^"]+)"', example):
                os.makedirs(os.path.join(d, os.path.dirname(name)))
                open(os.path.join(d, name), "w").close()
            r = subprocess.run([PROGRAM, "-c", conf, "check"], text=True,
                               stderr=subprocess.PIPE,
                               stdout=subprocess.DEVNULL,
                               env=dict(os.environ, HOME=d))
        if r.returncode != 0 or r.stderr:
            complain("%s: example %d: status %d: %s" %
                     (path, n, r.returncode, r.stderr.strip()))
    if found == 0:
        complain(path + ": no example of a configuration was found")


def check_files(path):
    """Files are named from src/ or from the top."""
    names = re.findall(r"`([\w/.-]+\.(?:[ch]|py|1|5)|[\w.]+/[\w/]*/)`",
                       read(path))
    for name in names:
        if not any(os.path.exists(os.path.join(TOP, d, name))
                   for d in ("src", "")):
            complain(path + ": there is no", name)
    if not names:
        complain(path + ": names no file")


def check_language(path):
    if shutil.which("mandoc") is None:
        print("manual: no mandoc here, so its opinion is not asked")
        return
    r = subprocess.run(["mandoc", "-Tlint", "-W", "warning",
                        os.path.join(TOP, path)], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if r.returncode != 0:
        complain(r.stdout.strip())


def main():
    manual, keys = (read(p) for p in PAGES)
    known = check_options(manual)
    check_exit_status(manual)
    check_screen_keys(manual)
    check_events(manual)
    check_keys(keys)
    for path in PAGES + ("README.md",):
        check_examples(path, read(path))
        check_commands_in_examples(path, read(path), known)
    check_files("docs/ARCHITECTURE.md")
    for path in PAGES:
        check_language(path)
    for w in wrong:
        print(w)
    print("manual: %d wrong" % len(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
