# SPDX-License-Identifier: GPL-2.0-or-later
# What needs a screen.
noinst_LIBRARIES += libscreen.a
libscreen_a_CFLAGS = $(AM_CFLAGS) $(NCURSES_CFLAGS)
libscreen_a_SOURCES = \
	src/ui/screen/blink.c src/ui/screen/blink.h \
	src/ui/screen/blink_ask.c \
	src/ui/screen/blink_private.h \
	src/ui/screen/canvas.c src/ui/screen/canvas.h \
	src/ui/screen/folders.c src/ui/screen/folders.h \
	src/ui/screen/blink_keys.c src/ui/screen/key.h \
	src/ui/screen/model.c src/ui/screen/model.h \
	src/ui/screen/model_log.c \
	src/ui/screen/prompt.c src/ui/screen/prompt.h \
	src/ui/screen/scheme.c src/ui/screen/scheme.h \
	src/ui/screen/speed.c src/ui/screen/speed.h \
	src/ui/screen/term.c src/ui/screen/term.h \
	src/ui/screen/view.c src/ui/screen/view.h \
	src/ui/screen/view_account.c \
	src/ui/screen/view_help.c \
	src/ui/screen/view_log.c \
	src/ui/screen/view_numbers.c \
	src/ui/screen/view_private.h \
	src/ui/screen/view_rows.c
