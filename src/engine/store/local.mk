# SPDX-License-Identifier: GPL-2.0-or-later
# What a side is kept in, as the engine sees it.
noinst_LIBRARIES += libstore.a
libstore_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libstore_a_SOURCES = \
	src/engine/store/foldername.c src/engine/store/foldername.h \
	src/engine/store/known.c src/engine/store/known.h \
	src/engine/store/store.c src/engine/store/store.h
include src/engine/store/imap/local.mk
include src/engine/store/maildir/local.mk
