# SPDX-License-Identifier: GPL-2.0-or-later
# A side that is kept on an IMAP server.
noinst_LIBRARIES += libstore_imap.a
libstore_imap_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libstore_imap_a_SOURCES = \
	src/engine/store/imap/store_imap.c src/engine/store/imap/store_imap.h \
	src/engine/store/imap/store_imap_append.c \
	src/engine/store/imap/store_imap_change.c \
	src/engine/store/imap/store_imap_list.c \
	src/engine/store/imap/store_imap_private.h \
	src/engine/store/imap/store_imap_read.c \
	src/engine/store/imap/store_imap_scan.c \
	src/engine/store/imap/store_imap_watch.c
