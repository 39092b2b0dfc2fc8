# SPDX-License-Identifier: GPL-2.0-or-later
dist_man_MANS += man/blinkmail.1 man/blinkmail.conf.5
EXTRA_DIST += docs/ARCHITECTURE.md docs/PECULIARITIES.md

# The manual says what the program does, and its examples work.
dist_check_SCRIPTS += tests/manual.py
TESTS += tests/manual.py
