# settings: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
SETTINGS_TESTS = tests/unit/t_credentials tests/unit/t_json \
	tests/unit/t_lines tests/unit/t_options tests/unit/t_settings \
	tests/unit/t_settings_files tests/unit/t_notices
check_PROGRAMS += $(SETTINGS_TESTS)
TESTS += $(SETTINGS_TESTS)

tests_unit_t_credentials_SOURCES = tests/unit/t_credentials.c
tests_unit_t_credentials_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_credentials_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_left
tests_unit_t_credentials_LDADD = libsettings.a $(TEST_LIBS)

tests_unit_t_json_SOURCES = tests/unit/t_json.c
tests_unit_t_json_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_json_LDADD = libplain.a libevent.a $(TEST_LIBS)

tests_unit_t_lines_SOURCES = tests/unit/t_lines.c
tests_unit_t_lines_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_lines_LDADD = libplain.a libevent.a $(TEST_LIBS)

tests_unit_t_options_SOURCES = tests/unit/t_options.c
tests_unit_t_options_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_options_LDADD = libui.a $(TEST_LIBS)

SETTINGS_FIXTURE = tests/unit/settings_fixture.c tests/unit/settings_fixture.h
tests_unit_t_settings_SOURCES = tests/unit/t_settings.c $(SETTINGS_FIXTURE)
tests_unit_t_settings_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_settings_LDADD = $(SETTINGS_LIBS) $(TEST_LIBS)
tests_unit_t_settings_files_SOURCES = tests/unit/t_settings_files.c \
	$(SETTINGS_FIXTURE)
tests_unit_t_settings_files_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_settings_files_LDADD = $(SETTINGS_LIBS) $(TEST_LIBS)

tests_unit_t_notices_SOURCES = tests/unit/t_notices.c
tests_unit_t_notices_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_notices_LDADD = libplain.a libevent.a $(TEST_LIBS)
endif
