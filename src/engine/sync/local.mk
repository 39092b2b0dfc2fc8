# SPDX-License-Identifier: GPL-2.0-or-later
# One account: it links no store, which proves that it knows none.
noinst_LIBRARIES += libsync.a
libsync_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libsync_a_SOURCES = \
	src/engine/sync/content.c \
	src/engine/sync/crew.c src/engine/sync/crew.h \
	src/engine/sync/exec_adopt.c \
	src/engine/sync/exec_copy.c \
	src/engine/sync/exec_delete.c \
	src/engine/sync/exec_flags.c \
	src/engine/sync/exec_records.c \
	src/engine/sync/exec_transfer.c \
	src/engine/sync/exec_upload.c \
	src/engine/sync/folder.h \
	src/engine/sync/foldermap.c src/engine/sync/foldermap.h \
	src/engine/sync/limits.c \
	src/engine/sync/match.c \
	src/engine/sync/match_altered.c \
	src/engine/sync/recover.c \
	src/engine/sync/recover_late.c \
	src/engine/sync/report.c \
	src/engine/sync/revalidate.c \
	src/engine/sync/sync.c src/engine/sync/sync.h \
	src/engine/sync/sync_broken.c \
	src/engine/sync/sync_folder.c \
	src/engine/sync/sync_share.c
SYNC_LIBS = libsync.a libevent.a libstatus.a libstore.a libplan.a \
	libsettings.a libbase.a $(SQLITE_LIBS) $(PCRE2_LIBS) $(LIBCONFIG_LIBS) \
	$(NETTLE_LIBS)
