# SPDX-License-Identifier: GPL-2.0-or-later
# Options, and which user interface runs.
noinst_LIBRARIES += libui.a
libui_a_CFLAGS = $(AM_CFLAGS)
libui_a_SOURCES = \
	src/ui/carry.c src/ui/carry.h \
	src/ui/options.c src/ui/options.h \
	src/ui/ui.c src/ui/ui.h
include src/ui/screen/local.mk
include src/ui/plain/local.mk
UI_LIBS = libui.a libscreen.a libplain.a $(NCURSES_LIBS)
