# SPDX-License-Identifier: GPL-2.0-or-later
# base: check_PROGRAMS, TESTS and sources
if HAVE_CMOCKA
BASE_TESTS = \
	tests/unit/t_err \
	tests/unit/t_flags \
	tests/unit/t_uidset
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)

tests_unit_t_err_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_err_LDADD = $(TEST_LIBS)
tests_unit_t_flags_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_flags_LDADD = $(TEST_LIBS)
tests_unit_t_uidset_SOURCES = tests/unit/t_uidset.c tests/unit/rng.h
tests_unit_t_uidset_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_uidset_LDADD = $(TEST_LIBS)
endif
