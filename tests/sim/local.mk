# SPDX-License-Identifier: GPL-2.0-or-later
# The engine between two simulated stores, with a mark at each step. It links
# no store and no socket, which proves that a sync needs none.
# The rooms that have such marks (base/step.h), built with them.
check_LIBRARIES += libsync_steps.a libstore_maildir_steps.a libmaildir_steps.a
libsync_steps_a_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
libsync_steps_a_CFLAGS = $(libsync_a_CFLAGS)
libsync_steps_a_SOURCES = $(libsync_a_SOURCES)
libstore_maildir_steps_a_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
libstore_maildir_steps_a_CFLAGS = $(libstore_maildir_a_CFLAGS)
libstore_maildir_steps_a_SOURCES = $(libstore_maildir_a_SOURCES)
libmaildir_steps_a_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
libmaildir_steps_a_CFLAGS = $(libmaildir_a_CFLAGS)
libmaildir_steps_a_SOURCES = $(libmaildir_a_SOURCES)

if HAVE_CMOCKA
check_PROGRAMS += tests/sim/t_sync tests/sim/t_server_copy tests/sim/t_past
TESTS += tests/sim/t_sync tests/sim/t_server_copy tests/sim/t_past
sim = tests/sim/sim_names.c \
	tests/sim/sim_run.c tests/sim/sim_run.h \
	tests/sim/sim_store.c tests/sim/sim_store.h \
	tests/sim/sim_users.c tests/sim/sim_words.c \
	tests/sim/sim_world.c tests/unit/rng.h
tests_sim_t_sync_SOURCES = tests/sim/t_sync.c $(sim)
tests_sim_t_sync_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
tests_sim_t_sync_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_sim_t_sync_LDADD = libsync_steps.a $(SYNC_LIBS) $(TEST_LIBS)
tests_sim_t_past_SOURCES = tests/sim/t_past.c \
	tests/sim/sim_backup.c tests/sim/sim_backup.h $(sim)
tests_sim_t_past_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
tests_sim_t_past_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_sim_t_past_LDADD = libsync_steps.a $(SYNC_LIBS) $(TEST_LIBS)
tests_sim_t_server_copy_SOURCES = tests/sim/t_server_copy.c $(sim)
tests_sim_t_server_copy_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
tests_sim_t_server_copy_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS)
tests_sim_t_server_copy_LDADD = libsync_steps.a $(SYNC_LIBS) $(TEST_LIBS)
endif

# The random tests with other seeds, ROUNDS times; what fails has printed its
# seed.
soak_tests = tests/sim/t_sync tests/sim/t_past tests/unit/t_plan tests/unit/t_uidset
soak: $(soak_tests) blinkmail blinkmail-steps tests/integration/hammer
	n=0; while test $$n -lt $${ROUNDS:-100}; do \
		for t in $(soak_tests); do \
			SEED=random ./$$t >soak.log 2>&1 || \
			    { cat soak.log; exit 1; }; \
		done; \
		SEED=random PYTEST_ARGS="-k random_" \
		    $(srcdir)/tests/integration/run.sh >soak.log 2>&1 || \
		    test $$? -eq 77 || { cat soak.log; exit 1; }; \
		n=$$((n + 1)); \
	done
	rm -f soak.log
.PHONY: soak
CLEANFILES += soak.log
