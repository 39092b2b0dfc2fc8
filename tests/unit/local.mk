# SPDX-License-Identifier: GPL-2.0-or-later
# What the test programs share; only what one of them uses is linked.
if HAVE_CMOCKA
check_LIBRARIES += libtest.a
libtest_a_CFLAGS = $(TEST_CFLAGS)
libtest_a_SOURCES = \
	tests/unit/ok.c tests/unit/ok.h \
	tests/unit/process_wait.c tests/unit/process_wait.h \
	tests/unit/tmpdir.c tests/unit/tmpdir.h
endif

# Each area has its own list, so that each stands by itself.
include tests/unit/base.mk
include tests/unit/net.mk
include tests/unit/imap.mk
include tests/unit/maildir.mk
include tests/unit/plan.mk
include tests/unit/status.mk
include tests/unit/settings.mk
include tests/unit/sync.mk
include tests/unit/engine.mk
include tests/unit/ui.mk
