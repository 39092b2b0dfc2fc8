# SPDX-License-Identifier: GPL-2.0-or-later
# The engine between two simulated stores, with a mark at each step.
if HAVE_CMOCKA
check_PROGRAMS += tests/sim/t_sync
TESTS += tests/sim/t_sync
tests_sim_t_sync_SOURCES = tests/sim/t_sync.c \
	tests/sim/sim_run.c tests/sim/sim_run.h \
	tests/sim/sim_store.c tests/sim/sim_store.h \
	tests/sim/sim_users.c tests/sim/sim_words.c \
	tests/sim/sim_world.c tests/unit/rng.h \
	src/engine/content.c \
	src/engine/crew.c \
	src/engine/db.c \
	src/engine/engine.h \
	src/engine/exec_adopt.c \
	src/engine/exec_copy.c \
	src/engine/exec_delete.c \
	src/engine/exec_flags.c \
	src/engine/exec_records.c \
	src/engine/exec_transfer.c \
	src/engine/exec_upload.c \
	src/engine/foldermap.c \
	src/engine/hooks.c \
	src/engine/known.c \
	src/engine/limits.c \
	src/engine/match.c \
	src/engine/match_altered.c \
	src/engine/nametrans.c \
	src/engine/process.c \
	src/engine/queue.c \
	src/engine/recover.c \
	src/engine/recover_late.c \
	src/engine/report.c \
	src/engine/revalidate.c \
	src/engine/status.c \
	src/engine/status_intent.c \
	src/engine/status_open.c \
	src/engine/status_pair.c \
	src/engine/status_sql.c \
	src/engine/sync.c \
	src/engine/sync_broken.c \
	src/engine/sync_share.c \
	src/engine/sync_folder.c \
	src/maildir/maildir_name.c
tests_sim_t_sync_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
tests_sim_t_sync_CFLAGS = $(TEST_CFLAGS) $(NETTLE_CFLAGS) $(SQLITE_CFLAGS) \
	$(PCRE2_CFLAGS)
tests_sim_t_sync_LDADD = libplan.a $(TEST_LIBS) $(SQLITE_LIBS) $(PCRE2_LIBS)
endif

# The random tests with other seeds, ROUNDS times; what fails has printed its
# seed.
soak_tests = tests/sim/t_sync tests/unit/t_plan tests/unit/t_uidset
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
