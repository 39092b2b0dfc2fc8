# maildir: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
maildir_tests = tests/unit/t_store_maildir
check_PROGRAMS += $(maildir_tests)
TESTS += $(maildir_tests)
tests_unit_t_store_maildir_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_store_maildir_LDADD = libengine.a libplan.a libmaildir.a \
	$(TEST_LIBS)
endif
