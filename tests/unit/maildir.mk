# SPDX-License-Identifier: GPL-2.0-or-later
# maildir: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
maildir_tests = \
	tests/unit/t_maildir_name \
	tests/unit/t_maildir_layout \
	tests/unit/t_maildir_keywords \
	tests/unit/t_maildir_read \
	tests/unit/t_maildir_deliver \
	tests/unit/t_maildir_scan \
	tests/unit/t_maildir_watch \
	tests/unit/t_store_maildir \
	tests/unit/t_store_maildir_origin \
	tests/unit/t_store_maildir_tree
check_PROGRAMS += $(maildir_tests)
TESTS += $(maildir_tests)
endif

maildir_libs = libmaildir.a $(TEST_LIBS)
maildir_settle = tests/unit/settle.c tests/unit/settle.h
maildir_temp = tests/unit/maildir_temp.c tests/unit/maildir_temp.h \
	$(maildir_settle)
maildir_faults = tests/unit/faults.c tests/unit/faults.h
maildir_wraps = $(AM_LDFLAGS) -Wl,--wrap=fsync,--wrap=syncfs \
	-Wl,--wrap=renameat,--wrap=renameat2,--wrap=write,--wrap=time \
	-Wl,--wrap=pwrite,--wrap=pwrite64,--wrap=pread,--wrap=pread64 \
	-Wl,--wrap=close,--wrap=nanosleep,--wrap=openat,--wrap=openat64
store_maildir_libs = libstore_maildir.a libstore.a libplan.a \
	libmaildir.a $(TEST_LIBS)
maildir_fixture = tests/unit/maildir_fixture.c tests/unit/maildir_fixture.h \
	$(maildir_settle)

tests_unit_t_maildir_name_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_maildir_name_LDADD = $(maildir_libs)
tests_unit_t_maildir_layout_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_maildir_layout_LDADD = $(maildir_libs)
tests_unit_t_maildir_keywords_SOURCES = tests/unit/t_maildir_keywords.c \
	$(maildir_temp) $(maildir_faults)
tests_unit_t_maildir_keywords_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_maildir_keywords_LDFLAGS = $(maildir_wraps)
tests_unit_t_maildir_keywords_LDADD = $(maildir_libs)
tests_unit_t_maildir_read_SOURCES = tests/unit/t_maildir_read.c \
	$(maildir_temp) $(maildir_faults)
tests_unit_t_maildir_read_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_maildir_read_LDFLAGS = $(maildir_wraps)
tests_unit_t_maildir_read_LDADD = $(maildir_libs)
tests_unit_t_maildir_deliver_SOURCES = tests/unit/t_maildir_deliver.c \
	$(maildir_temp) $(maildir_faults)
tests_unit_t_maildir_deliver_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_maildir_deliver_LDFLAGS = $(maildir_wraps)
tests_unit_t_maildir_deliver_LDADD = $(maildir_libs)
tests_unit_t_maildir_scan_SOURCES = tests/unit/t_maildir_scan.c \
	$(maildir_temp) $(maildir_faults)
tests_unit_t_maildir_scan_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_maildir_scan_LDFLAGS = $(maildir_wraps)
tests_unit_t_maildir_scan_LDADD = $(maildir_libs)

tests_unit_t_maildir_watch_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_maildir_watch_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=inotify_add_watch
tests_unit_t_maildir_watch_LDADD = $(maildir_libs)
tests_unit_t_store_maildir_SOURCES = tests/unit/t_store_maildir.c \
	$(maildir_fixture)
tests_unit_t_store_maildir_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_maildir_LDADD = $(store_maildir_libs)
tests_unit_t_store_maildir_origin_SOURCES = \
	tests/unit/t_store_maildir_origin.c $(maildir_fixture)
tests_unit_t_store_maildir_origin_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_maildir_origin_LDADD = $(store_maildir_libs)
tests_unit_t_store_maildir_tree_SOURCES = tests/unit/t_store_maildir_tree.c \
	$(maildir_fixture)
tests_unit_t_store_maildir_tree_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_maildir_tree_LDADD = $(store_maildir_libs)
