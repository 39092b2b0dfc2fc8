# SPDX-License-Identifier: GPL-2.0-or-later
# maildir: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
maildir_tests = \
	tests/unit/t_store_maildir \
	tests/unit/t_store_maildir_tree
check_PROGRAMS += $(maildir_tests)
TESTS += $(maildir_tests)
endif

store_maildir_libs = libengine.a libplan.a libmaildir.a $(TEST_LIBS)
maildir_fixture = tests/unit/maildir_fixture.c tests/unit/maildir_fixture.h

tests_unit_t_store_maildir_SOURCES = tests/unit/t_store_maildir.c \
	$(maildir_fixture)
tests_unit_t_store_maildir_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_maildir_LDADD = $(store_maildir_libs)
tests_unit_t_store_maildir_tree_SOURCES = tests/unit/t_store_maildir_tree.c \
	$(maildir_fixture)
tests_unit_t_store_maildir_tree_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_maildir_tree_LDADD = $(store_maildir_libs)
