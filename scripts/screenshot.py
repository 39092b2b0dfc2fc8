#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A picture of ./demo, taken from a real terminal: tmux runs it, and what
stands on its screen, with colours, becomes an SVG.

    screenshot.py [--size 100x28] [--build DIR] [--keys K,K,...]
                  [--until REGEX] [--after SECONDS] OUTPUT.svg

Keys are pressed (as tmux calls them) when the demo has been running for
--after seconds; then the picture is taken as soon as the screen matches
--until.
"""

import argparse
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIMIT = 300             # seconds, with the building
CELL = (8.4, 17)        # pixels of a character at 14 pixels
FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace"
BACKGROUND, FOREGROUND = "#16181d", "#d8dee4"
BASIC = ["#2e3440", "#e0565b", "#8fbf5f", "#e0b33c", "#5f8fe0", "#c678dd",
         "#4fb8c4", "#d8dee4", "#6c7689", "#ff6b70", "#a8d977", "#ffd75f",
         "#7fb0ff", "#e29bff", "#6fdbe8", "#ffffff"]


def colour(n):
    """#rrggbb of one of the 256."""
    if n < 16:
        return BASIC[n]
    if n >= 232:
        return "#%02x%02x%02x" % ((8 + 10 * (n - 232),) * 3)
    n -= 16
    return "#%02x%02x%02x" % tuple(
        0 if v == 0 else 55 + 40 * v for v in (n // 36, n // 6 % 6, n % 6))


class Pen:
    """What SGR sequences (ECMA-48 8.3.117) have set."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.front = self.back = None
        self.bold = self.dim = self.line = self.reverse = False

    def set(self, codes):
        codes = [int(c or 0) for c in codes.split(";")]
        while codes:
            c = codes.pop(0)
            if c == 0:
                self.reset()
            elif c == 1:
                self.bold = True
            elif c == 2:
                self.dim = True
            elif c == 4:
                self.line = True
            elif c == 7:
                self.reverse = True
            elif c in (38, 48) and codes[:1] == [5]:
                value = colour(codes[1])
                del codes[:2]
                if c == 38:
                    self.front = value
                else:
                    self.back = value
            elif 30 <= c <= 37 or 90 <= c <= 97:
                self.front = BASIC[c - 30 if c < 40 else c - 82]
            elif c == 39:
                self.front = None
            elif c == 49:
                self.back = None

    def look(self):
        """(colour, background or None, the rest as attributes)"""
        front, back = self.front or FOREGROUND, self.back
        if self.reverse:
            front, back = back or BACKGROUND, front
        more = ' font-weight="bold"' if self.bold else ""
        if self.dim:
            more += ' opacity="0.6"'
        if self.line:
            more += ' text-decoration="underline"'
        return front, back, more


def runs(line, pen):
    """[(column, columns, text, look)] of one line. Each character that is no
    plain ASCII is a run of its own, for fonts differ in its width."""
    column = 0
    found = []
    for part in re.findall(r"\x1b\[[\d;]*m|[ -~]+|.", line):
        if part.startswith("\x1b"):
            if len(part) > 1:
                pen.set(part[2:-1])
            continue
        width = len(part) if part.isascii() else \
            0 if unicodedata.combining(part) else \
            2 if unicodedata.east_asian_width(part) in "WF" else 1
        found.append((column, width, part, pen.look()))
        column += width
    return found


def block(c):
    """(x, y, width, height) in a cell of 1 by 1, for block characters, which
    look best when they are drawn."""
    n = ord(c)
    if 0x2581 <= n <= 0x2588:
        h = (n - 0x2580) / 8
        return 0, 1 - h, 1, h
    if 0x2589 <= n <= 0x258f:
        return 0, 0, (0x2590 - n) / 8, 1
    return None


def svg(text, columns):
    lines = text.rstrip("\n").split("\n")
    w, h = CELL
    pad = 12
    width, height = columns * w + 2 * pad, len(lines) * h + 2 * pad
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" '
           'height="%.0f" viewBox="0 0 %.0f %.0f">' % (
               width, height, width, height),
           '<rect width="100%%" height="100%%" rx="8" fill="%s"/>' %
           BACKGROUND,
           '<g font-family="%s" font-size="14" xml:space="preserve">' % FONT]
    pen = Pen()
    for y, line in enumerate(lines):
        for x, n, part, (front, back, more) in runs(line, pen):
            left, top = pad + x * w, pad + y * h
            if back:
                out.append('<rect x="%.1f" y="%.1f" width="%.1f" '
                           'height="%.1f" fill="%s"/>' % (
                               left, top, n * w, h, back))
            shape = block(part) if len(part) == 1 else None
            if shape:
                out.append('<rect x="%.2f" y="%.2f" width="%.2f" '
                           'height="%.2f" fill="%s"%s/>' % (
                               left + shape[0] * w, top + shape[1] * (h - 2),
                               shape[2] * w, shape[3] * (h - 2), front,
                               more))
            elif part.strip() or 'decoration' in more:
                out.append('<text x="%.1f" y="%.1f" fill="%s"%s textLength='
                           '"%.1f">%s</text>' % (
                               left, top + 13, front, more, n * w,
                               html.escape(part)))
    return "\n".join(out + ["</g>", "</svg>", ""])


class Tmux:
    def __init__(self, where, width, height, command):
        self.socket = os.path.join(where, "tmux")
        env = {k: v for k, v in os.environ.items()
               if k not in ("TMUX", "NO_COLOR")}
        env.update(LC_ALL="C.UTF-8", TERM="tmux-256color")
        self.call("-f", "/dev/null", "new-session", "-d", "-x", str(width),
                  "-y", str(height), "-s", "shot", *command, env=env)
        self.call("set", "-g", "status", "off")

    def call(self, *args, env=None):
        return subprocess.run(["tmux", "-S", self.socket, *args], env=env,
                              check=True, capture_output=True,
                              text=True).stdout

    def screen(self, *more):
        return self.call("capture-pane", "-t", "shot", "-p", *more)

    def wait(self, pattern):
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            if re.search(pattern, self.screen(), re.MULTILINE):
                return
            time.sleep(0.02)
        sys.exit("screenshot: no %r on the screen:\n%s" % (pattern,
                                                         self.screen()))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--size", default="100x28")
    p.add_argument("--build", help="take blinkmail from there")
    p.add_argument("--keys", default="")
    p.add_argument("--until", default=r"\[█{4,}")
    p.add_argument("--after", type=float, default=10)
    p.add_argument("output")
    args = p.parse_args()
    if shutil.which("tmux") is None:
        sys.exit("screenshot: tmux is needed")
    width, height = map(int, args.size.split("x"))
    command = [os.path.join(TOP, "demo"), "--yes"]
    if args.build:
        command += ["--build", os.path.abspath(args.build)]
    with tempfile.TemporaryDirectory(prefix="blinkmail-shot-") as d:
        t = Tmux(d, width, height, command)
        try:
            t.wait(r"\*Control")
            time.sleep(args.after)  # some life on the screen
            if args.keys:
                t.call("send-keys", "-t", "shot", *args.keys.split(","))
            t.wait(args.until)
            text = t.screen("-e")
            t.call("send-keys", "-t", "shot", "q")
            with open(args.output, "w", encoding="utf-8") as f:
                f.write(svg(text, width))
            while subprocess.run(["tmux", "-S", t.socket, "has-session"],
                                 capture_output=True).returncode == 0:
                time.sleep(0.1)  # the demo puts its server away
        finally:
            subprocess.run(["tmux", "-S", t.socket, "kill-server"],
                           capture_output=True)


if __name__ == "__main__":
    main()
