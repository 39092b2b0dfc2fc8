# SPDX-License-Identifier: GPL-2.0-or-later
# what the engine does beside mail: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
ENGINE_TESTS = \
	tests/unit/t_control \
	tests/unit/t_ctl \
	tests/unit/t_ctl_text \
	tests/unit/t_hooks \
	tests/unit/t_notify
check_PROGRAMS += $(ENGINE_TESTS)
TESTS += $(ENGINE_TESTS)

tests_unit_t_control_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_control_LDADD = $(ENGINE_LIBS) $(TEST_LIBS)
# The tests turn the clock forward.
tests_unit_t_ctl_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_ctl_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_ms
tests_unit_t_ctl_LDADD = libctl.a libevent.a $(TEST_LIBS)
tests_unit_t_ctl_text_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_ctl_text_LDADD = libctl.a libevent.a $(TEST_LIBS)
tests_unit_t_hooks_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_hooks_LDADD = libcontrol.a libevent.a $(TEST_LIBS)
tests_unit_t_notify_SOURCES = tests/unit/t_notify.c $(fake_clock)
tests_unit_t_notify_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_notify_LDADD = libcontrol.a $(TEST_LIBS)
endif
