# SPDX-License-Identifier: GPL-2.0-or-later
# A side that is kept in a Maildir.
noinst_LIBRARIES += libstore_maildir.a
libstore_maildir_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libstore_maildir_a_SOURCES = \
	src/engine/store/maildir/store_maildir.c src/engine/store/maildir/store_maildir.h \
	src/engine/store/maildir/store_maildir_messages.c \
	src/engine/store/maildir/store_maildir_origin.c \
	src/engine/store/maildir/store_maildir_private.h \
	src/engine/store/maildir/store_maildir_relabel.c \
	src/engine/store/maildir/store_maildir_scan.c
