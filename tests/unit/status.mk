# status: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
STATUS_TESTS = \
	tests/unit/t_crew \
	tests/unit/t_foldermap \
	tests/unit/t_foldername \
	tests/unit/t_lock \
	tests/unit/t_network \
	tests/unit/t_queue \
	tests/unit/t_status \
	tests/unit/t_status_damage \
	tests/unit/t_watch
check_PROGRAMS += $(STATUS_TESTS)
TESTS += $(STATUS_TESTS)

tests_unit_t_crew_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_crew_LDADD = libsync.a $(TEST_LIBS)
tests_unit_t_foldermap_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_foldermap_LDADD = $(SYNC_LIBS) $(TEST_LIBS)
tests_unit_t_foldername_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_foldername_LDADD = libstore.a $(TEST_LIBS)
tests_unit_t_lock_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_lock_LDADD = $(TEST_LIBS)
tests_unit_t_network_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_network_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_unit_t_network_LDADD = libwatch.a $(TEST_LIBS)
tests_unit_t_queue_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_queue_LDADD = $(TEST_LIBS)
tests_unit_t_watch_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_watch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=poll
tests_unit_t_watch_LDADD = libwatch.a libevent.a $(STORE_LIBS) $(TEST_LIBS)
STATUS_FIXTURE = tests/unit/status_fixture.c tests/unit/status_fixture.h
tests_unit_t_status_SOURCES = tests/unit/t_status.c $(STATUS_FIXTURE)
tests_unit_t_status_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_status_LDADD = $(STATUS_LIBS) $(TEST_LIBS)
tests_unit_t_status_damage_SOURCES = tests/unit/t_status_damage.c \
	$(STATUS_FIXTURE)
tests_unit_t_status_damage_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_status_damage_LDADD = $(STATUS_LIBS) $(TEST_LIBS)
endif
