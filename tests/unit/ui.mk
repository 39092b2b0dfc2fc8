# SPDX-License-Identifier: GPL-2.0-or-later
if HAVE_CMOCKA
ui_tests = tests/unit/t_canvas tests/unit/t_model tests/unit/t_view
check_PROGRAMS += $(ui_tests)
TESTS += $(ui_tests)
endif

tests_unit_t_canvas_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_canvas_LDADD = libui.a $(TEST_LIBS)
tests_unit_t_model_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_model_LDADD = libui.a $(TEST_LIBS)
tests_unit_t_view_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_view_LDADD = libui.a $(TEST_LIBS)
