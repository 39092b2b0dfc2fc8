# SPDX-License-Identifier: GPL-2.0-or-later
# Parts of a sync, with the simulated sides of tests/sim.
if HAVE_CMOCKA
SYNC_TESTS = \
	tests/unit/t_limits \
	tests/unit/t_match
check_PROGRAMS += $(SYNC_TESTS)
TESTS += $(SYNC_TESTS)

sim_sides = tests/sim/sim_names.c \
	tests/sim/sim_store.c tests/sim/sim_store.h \
	tests/sim/sim_words.c tests/sim/sim_world.c
sim_libs = libsync_steps.a $(SYNC_LIBS) libmaildir.a $(TEST_LIBS)
counted_store = tests/unit/counted_store.c tests/unit/counted_store.h
tests_unit_t_limits_SOURCES = tests/unit/t_limits.c $(counted_store) \
	$(sim_sides)
tests_unit_t_limits_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
tests_unit_t_limits_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_limits_LDADD = $(sim_libs)
tests_unit_t_match_SOURCES = tests/unit/t_match.c $(counted_store) $(sim_sides)
tests_unit_t_match_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
tests_unit_t_match_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_unit_t_match_LDADD = $(sim_libs)
endif
