# libplan holds what is pure: it links with base alone, which proves it.
noinst_LIBRARIES += libplan.a libengine.a
libplan_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libplan_a_SOURCES = \
	src/engine/foldername.c \
	src/engine/brake.c \
	src/engine/plan.c src/engine/plan.h \
	src/engine/plan_join.c src/engine/plan_join.h \
	src/engine/schedule.c src/engine/schedule.h \
	src/engine/store.c src/engine/store.h
libengine_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS) $(SQLITE_CFLAGS) \
	$(LIBCONFIG_CFLAGS) $(PCRE2_CFLAGS)
libengine_a_SOURCES = \
	src/engine/account.c src/engine/account.h \
	src/engine/account_lanes.c src/engine/account_private.h \
	src/engine/content.c \
	src/engine/control.c \
	src/engine/crew.c src/engine/crew.h \
	src/engine/engine.c src/engine/engine_private.h \
	src/engine/exec_adopt.c \
	src/engine/exec_copy.c \
	src/engine/exec_delete.c \
	src/engine/exec_flags.c \
	src/engine/exec_records.c \
	src/engine/exec_transfer.c \
	src/engine/exec_upload.c \
	src/engine/folder.h \
	src/engine/info.c \
	src/engine/limits.c \
	src/engine/match.c \
	src/engine/match_altered.c \
	src/engine/recover.c \
	src/engine/recover_late.c \
	src/engine/report.c \
	src/engine/revalidate.c \
	src/engine/sync.c src/engine/sync.h \
	src/engine/sync_broken.c \
	src/engine/sync_folder.c \
	src/engine/sync_share.c \
	src/engine/credentials.c src/engine/credentials.h \
	src/engine/ctl.c src/engine/ctl.h \
	src/engine/ctl_client.c src/engine/ctl_client.h \
	src/engine/ctl_socket.c src/engine/ctl_socket.h \
	src/engine/ctl_status.c src/engine/ctl_status.h \
	src/engine/ctl_target.c src/engine/ctl_target.h \
	src/engine/db.c src/engine/db.h \
	src/engine/foldermap.c \
	src/engine/hooks.c src/engine/hooks.h \
	src/engine/known.c src/engine/known.h \
	src/engine/lock.c \
	src/engine/lookout.c src/engine/lookout.h \
	src/engine/metadata.c src/engine/metadata.h \
	src/engine/nametrans.c src/engine/nametrans.h \
	src/engine/queue.c \
	src/engine/status.c src/engine/status_db.h \
	src/engine/status_intent.c \
	src/engine/status_open.c \
	src/engine/status_pair.c \
	src/engine/status_sql.c \
	src/engine/engine.h \
	src/engine/foldermap.h \
	src/engine/lock.h \
	src/engine/netrc.c src/engine/netrc.h \
	src/engine/network.c src/engine/network.h \
	src/engine/notify.c src/engine/notify.h \
	src/engine/passcmd.c src/engine/passcmd.h \
	src/engine/pool.c \
	src/engine/process.c src/engine/process.h \
	src/engine/queue.h \
	src/engine/settings.c src/engine/settings.h \
	src/engine/settings_check.c \
	src/engine/settings_free.c \
	src/engine/settings_keys.c \
	src/engine/settings_node.c src/engine/settings_node.h \
	src/engine/settings_parts.h \
	src/engine/settings_path.c \
	src/engine/settings_regex.c \
	src/engine/settings_text.c \
	src/engine/settings_value.c src/engine/settings_value.h \
	src/engine/status.h \
	src/engine/store_imap.h \
	src/engine/store_maildir.c src/engine/store_maildir.h \
	src/engine/store_maildir_messages.c \
	src/engine/store_maildir_private.h \
	src/engine/store_maildir_scan.c \
	src/engine/store_maildir_adopt.c src/engine/store_maildir_strays.c
PLAN_LIBS = libplan.a libbase.a $(NETTLE_LIBS)
ENGINE_LIBS = libengine.a libplan.a libnet.a libmaildir.a libbase.a \
	$(SQLITE_LIBS) $(LIBCONFIG_LIBS) $(PCRE2_LIBS) $(GNUTLS_LIBS) \
	$(GSASL_LIBS) $(ZLIB_LIBS) $(IDN2_LIBS) $(NETTLE_LIBS)
libengine_a_SOURCES += \
	src/engine/store_imap.c src/engine/store_imap_private.h \
	src/engine/store_imap_append.c \
	src/engine/store_imap_change.c \
	src/engine/store_imap_list.c \
	src/engine/store_imap_read.c \
	src/engine/store_imap_scan.c \
	src/engine/store_imap_watch.c \
	src/engine/watch.c src/engine/watch.h \
	src/engine/watch_local.c \
	src/engine/watch_private.h \
	src/engine/watch_remote.c
