# SPDX-License-Identifier: GPL-2.0-or-later
# What comes by itself: news of both sides, and of the network.
noinst_LIBRARIES += libwatch.a
libwatch_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libwatch_a_SOURCES = \
	src/engine/watch/network.c src/engine/watch/network.h \
	src/engine/watch/watch.c src/engine/watch/watch.h \
	src/engine/watch/watch_maildir.c \
	src/engine/watch/watch_private.h \
	src/engine/watch/watch_imap.c \
	src/engine/watch/watches.c src/engine/watch/watches.h
