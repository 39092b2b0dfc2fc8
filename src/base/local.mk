# SPDX-License-Identifier: GPL-2.0-or-later
# What knows nothing of mail folders: errors, text, time, threads, processes.
noinst_LIBRARIES += libbase.a
libbase_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libbase_a_SOURCES = \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/digest.c src/base/digest.h \
	src/base/err.c src/base/err.h \
	src/base/exit_status.c src/base/exit_status.h \
	src/base/flags.c src/base/flags.h \
	src/base/imap_utf7.c src/base/imap_utf7.h \
	src/base/json.c src/base/json.h \
	src/base/lock.c src/base/lock.h \
	src/base/log.c src/base/log.h \
	src/base/metadata.c src/base/metadata.h \
	src/base/namelist.c src/base/namelist.h \
	src/base/nearest.c src/base/nearest.h \
	src/base/process.c src/base/process.h \
	src/base/queue.c src/base/queue.h \
	src/base/side.c src/base/side.h \
	src/base/step.h \
	src/base/uidset.c src/base/uidset.h \
	src/base/xalloc.c src/base/xalloc.h
