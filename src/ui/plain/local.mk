# SPDX-License-Identifier: GPL-2.0-or-later
# What prints lines.
noinst_LIBRARIES += libplain.a
libplain_a_CFLAGS = $(AM_CFLAGS)
libplain_a_SOURCES = \
	src/ui/plain/ask.c src/ui/plain/ask.h \
	src/ui/plain/hangup.c src/ui/plain/hangup.h \
	src/ui/plain/json.c src/ui/plain/json.h \
	src/ui/plain/lines.c src/ui/plain/lines.h \
	src/ui/plain/notices.c src/ui/plain/notices.h \
	src/ui/plain/output.c src/ui/plain/output.h \
	src/ui/plain/plain.c src/ui/plain/plain.h \
	src/ui/plain/progress.c src/ui/plain/progress.h \
	src/ui/plain/run_config.h \
	src/ui/plain/ui_kind.c src/ui/plain/ui_kind.h
