# SPDX-License-Identifier: GPL-2.0-or-later
# One account: it links no store, which proves that it knows none.
noinst_LIBRARIES += libsync.a
libsync_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libsync_a_SOURCES = \
	src/engine/sync/content.c \
	src/engine/sync/content.h \
	src/engine/sync/content_header.c \
	src/engine/sync/copy.c \
	src/engine/sync/copy.h \
	src/engine/sync/copy_learn.c \
	src/engine/sync/crew.c \
	src/engine/sync/crew.h \
	src/engine/sync/deletions.c \
	src/engine/sync/deletions.h \
	src/engine/sync/doubled.c \
	src/engine/sync/doubled.h \
	src/engine/sync/deletions_judge.c \
	src/engine/sync/deletions_judge.h \
	src/engine/sync/elsewhere.c \
	src/engine/sync/elsewhere.h \
	src/engine/sync/exec.c \
	src/engine/sync/exec.h \
	src/engine/sync/exec_download.c \
	src/engine/sync/exec_download.h \
	src/engine/sync/exec_expunge.c \
	src/engine/sync/exec_expunge.h \
	src/engine/sync/exec_flags.c \
	src/engine/sync/exec_flags.h \
	src/engine/sync/exec_names.c \
	src/engine/sync/exec_names.h \
	src/engine/sync/exec_poison.c \
	src/engine/sync/exec_poison.h \
	src/engine/sync/exec_records.c \
	src/engine/sync/exec_records.h \
	src/engine/sync/exec_server_copy.c \
	src/engine/sync/exec_server_copy.h \
	src/engine/sync/exec_server_copy_plan.c \
	src/engine/sync/exec_upload.c \
	src/engine/sync/exec_upload.h \
	src/engine/sync/folder.c \
	src/engine/sync/folder.h \
	src/engine/sync/folder_names.c \
	src/engine/sync/folder_names.h \
	src/engine/sync/folder_scan.c \
	src/engine/sync/folder_scan.h \
	src/engine/sync/foldermap.c \
	src/engine/sync/foldermap.h \
	src/engine/sync/identity.c \
	src/engine/sync/identity.h \
	src/engine/sync/limits.c \
	src/engine/sync/limits.h \
	src/engine/sync/match.c \
	src/engine/sync/match.h \
	src/engine/sync/match_altered.c \
	src/engine/sync/old_pairs.c \
	src/engine/sync/old_pairs.h \
	src/engine/sync/overdue.c \
	src/engine/sync/overdue.h \
	src/engine/sync/poison.c \
	src/engine/sync/poison.h \
	src/engine/sync/proof.c \
	src/engine/sync/proof.h \
	src/engine/sync/reconsider.c \
	src/engine/sync/reconsider.h \
	src/engine/sync/recover.c \
	src/engine/sync/recover.h \
	src/engine/sync/refs.c \
	src/engine/sync/refs.h \
	src/engine/sync/refused.c \
	src/engine/sync/refused.h \
	src/engine/sync/report.c \
	src/engine/sync/report.h \
	src/engine/sync/revalidate.c \
	src/engine/sync/revalidate.h \
	src/engine/sync/server_copy.c \
	src/engine/sync/server_copy.h \
	src/engine/sync/suspect.c \
	src/engine/sync/suspect.h \
	src/engine/sync/sync.c \
	src/engine/sync/sync.h \
	src/engine/sync/sync_account.c \
	src/engine/sync/sync_account.h \
	src/engine/sync/sync_broken.c \
	src/engine/sync/sync_broken.h \
	src/engine/sync/sync_folder.c \
	src/engine/sync/sync_folder.h \
	src/engine/sync/sync_share.c \
	src/engine/sync/sync_share.h \
	src/engine/sync/terms.c \
	src/engine/sync/terms.h \
	src/engine/sync/unpaired.c \
	src/engine/sync/unpaired.h \
	src/engine/sync/unread.c \
	src/engine/sync/unread.h
SYNC_LIBS = libsync.a libevent.a libstatus.a libstore.a libplan.a \
	libsettings.a libbase.a $(SQLITE_LIBS) $(PCRE2_LIBS) $(LIBCONFIG_LIBS) \
	$(NETTLE_LIBS)
