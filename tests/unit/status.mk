# status: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
STATUS_TESTS = \
	tests/unit/t_foldermap \
	tests/unit/t_foldername \
	tests/unit/t_lock \
	tests/unit/t_queue \
	tests/unit/t_status
check_PROGRAMS += $(STATUS_TESTS)
TESTS += $(STATUS_TESTS)

tests_unit_t_foldermap_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_foldermap_LDADD = libengine.a libplan.a $(TEST_LIBS) \
	$(PCRE2_LIBS)
tests_unit_t_foldername_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_foldername_LDADD = libplan.a $(TEST_LIBS)
tests_unit_t_lock_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_lock_LDADD = libengine.a $(TEST_LIBS)
tests_unit_t_queue_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_queue_LDADD = libengine.a $(TEST_LIBS)
tests_unit_t_status_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_status_LDADD = libengine.a libplan.a $(TEST_LIBS) $(SQLITE_LIBS)
endif
