# SPDX-License-Identifier: GPL-2.0-or-later
# The program against real and scripted servers; Python 3 with pytest.

# The whole program again, with a mark before and after each effect at which
# the tests can kill it (src/base/step.h).
check_PROGRAMS += blinkmail-steps
blinkmail_steps_SOURCES = $(blinkmail_SOURCES) tests/integration/steps.c
blinkmail_steps_CPPFLAGS = $(AM_CPPFLAGS) -DSTEPS
blinkmail_steps_CFLAGS = $(AM_CFLAGS)
blinkmail_steps_LDADD = $(UI_LIBS) libcontrol.a libctl.a libwatch.a \
	libsync_steps.a libstore_maildir_steps.a libmaildir_steps.a \
	$(ENGINE_LIBS)

check_PROGRAMS += tests/integration/watcher
tests_integration_watcher_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
tests_integration_watcher_LDADD = $(ENGINE_LIBS)

# Commands at random to an engine.
check_PROGRAMS += tests/integration/hammer
tests_integration_hammer_CFLAGS = $(AM_CFLAGS) $(NETTLE_CFLAGS)
tests_integration_hammer_LDADD = $(ENGINE_LIBS)

dist_check_SCRIPTS += tests/integration/run.sh tests/lint.py tests/analyse.py
EXTRA_DIST += .clang-tidy
INTEGRATION_TESTS = tests/integration/run.sh
ANALYSE = tests/analyse.py
TESTS += tests/lint.py $(ANALYSE) $(INTEGRATION_TESTS)

EXTRA_DIST += demo .ci/run scripts/demo.py scripts/postman.py \
	scripts/programs.py scripts/screenshot.py scripts/servers.sh scripts/setup.sh \
	tests/integration/blink.py \
	tests/integration/conftest.py \
	tests/integration/courier.py \
	tests/integration/cyrus.py \
	tests/integration/dovecot.py \
	tests/integration/filebox.py \
	tests/integration/imapbox.py \
	tests/integration/maildirbox.py \
	tests/integration/pairs.py \
	tests/integration/patience.py \
	tests/integration/peak.py \
	tests/integration/processes.py \
	tests/integration/reaper.py \
	tests/integration/lights.py \
	tests/integration/test_absent.py \
	tests/integration/test_altered.py \
	tests/integration/test_blinkenlights.py \
	tests/integration/test_screen.py \
	tests/integration/test_screen_ask.py \
	tests/integration/test_bytes.py \
	tests/integration/test_ctl.py \
	tests/integration/test_demo.py \
	tests/integration/test_extensions.py \
	tests/integration/test_faults.py \
	tests/integration/test_first_run.py \
	tests/integration/test_folders.py \
	tests/integration/scripted.py \
	tests/integration/service.py \
	tests/integration/test_hammer.py \
	tests/integration/test_held.py \
	tests/integration/test_hooks.py \
	tests/integration/test_histories.py \
	tests/integration/test_hostile.py \
	tests/integration/test_identity.py \
	tests/integration/test_keywords.py \
	tests/integration/test_kill.py \
	tests/integration/test_late.py \
	tests/integration/test_output.py \
	tests/integration/test_pairs.py \
	tests/integration/test_poison.py \
	tests/integration/test_refused.py \
	tests/integration/test_renamed.py \
	tests/integration/test_wire_names.py \
	tests/integration/test_parallel.py \
	tests/integration/test_programs.py \
	tests/integration/test_push.py \
	tests/integration/test_reaper.py \
	tests/integration/test_safety.py \
	tests/integration/test_servers.py \
	tests/integration/test_service.py \
	tests/integration/test_marks.py \
	tests/integration/test_uids.py \
	tests/integration/test_validity.py \
	tests/integration/test_versions.py \
	tests/integration/test_names.py \
	tests/integration/test_odd.py \
	tests/integration/test_options.py \
	tests/integration/test_password.py \
	tests/integration/test_state.py \
	tests/integration/test_sure.py \
	tests/integration/test_table.py \
	tests/integration/test_tls.py \
	tests/integration/test_two_servers.py \
	tests/integration/test_watch.py \
	tests/integration/unpacked.py \
	tests/integration/waits.py

# The integration tests alone; PYTEST_ARGS="-k flags" selects.
integration: blinkmail blinkmail-steps tests/integration/watcher \
    tests/integration/hammer contrib/systemd/blinkmail.service
	BLINKMAIL=$(abs_builddir)/blinkmail \
	BLINKMAIL_STEPS=$(abs_builddir)/blinkmail-steps \
	WATCHER=$(abs_builddir)/tests/integration/watcher \
	HAMMER=$(abs_builddir)/tests/integration/hammer \
	BLINKMAIL_SOURCE=$(abs_top_srcdir) BLINKMAIL_BUILD=$(abs_builddir) \
	    $(srcdir)/tests/integration/run.sh
.PHONY: integration

# clang-format, clang-tidy with clang's analyzer, and cppcheck.
analyse:
	$(srcdir)/tests/analyse.py --all
.PHONY: analyse
