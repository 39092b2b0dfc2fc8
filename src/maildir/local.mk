noinst_LIBRARIES += libmaildir.a
libmaildir_a_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
libmaildir_a_SOURCES = \
	src/maildir/maildir_change.c src/maildir/maildir_change.h \
	src/maildir/maildir_deliver.c src/maildir/maildir_deliver.h \
	src/maildir/maildir_folder.c src/maildir/maildir_folder.h \
	src/maildir/maildir_keywords.c src/maildir/maildir_keywords.h \
	src/maildir/maildir_layout.c src/maildir/maildir_layout.h \
	src/maildir/maildir_letters.c src/maildir/maildir_letters.h \
	src/maildir/maildir_list.c \
	src/maildir/maildir_name.c src/maildir/maildir_name.h \
	src/maildir/maildir_read.c src/maildir/maildir_read.h \
	src/maildir/maildir_scan.c src/maildir/maildir_scan.h \
	src/maildir/maildir_table.c src/maildir/maildir_table.h \
	src/maildir/maildir_tree.c src/maildir/maildir_tree.h \
	src/maildir/maildir_tree_private.h \
	src/maildir/maildir_utf7.c src/maildir/maildir_utf7.h \
	src/maildir/maildir_watch.c src/maildir/maildir_watch.h
MAILDIR_LIBS = libmaildir.a libbase.a $(NETTLE_LIBS)
