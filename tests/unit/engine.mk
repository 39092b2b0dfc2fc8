# SPDX-License-Identifier: GPL-2.0-or-later
# what the engine does beside mail: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
ENGINE_TESTS = \
	tests/unit/t_hooks \
	tests/unit/t_notify
check_PROGRAMS += $(ENGINE_TESTS)
TESTS += $(ENGINE_TESTS)

tests_unit_t_hooks_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_hooks_LDADD = libengine.a $(TEST_LIBS)
tests_unit_t_notify_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_notify_LDADD = libengine.a $(TEST_LIBS)
endif
