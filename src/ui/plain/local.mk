# SPDX-License-Identifier: GPL-2.0-or-later
# What prints lines.
noinst_LIBRARIES += libplain.a
libplain_a_CFLAGS = $(AM_CFLAGS)
libplain_a_SOURCES = \
	src/ui/plain/json.c src/ui/plain/json.h \
	src/ui/plain/lines.c src/ui/plain/lines.h \
	src/ui/plain/output.c src/ui/plain/output.h \
	src/ui/plain/progress.c src/ui/plain/progress.h \
	src/ui/plain/trouble.c src/ui/plain/trouble.h
