# SPDX-License-Identifier: GPL-2.0-or-later
if HAVE_CMOCKA
ui_tests = tests/unit/t_canvas tests/unit/t_model tests/unit/t_prompt \
	tests/unit/t_scheme tests/unit/t_screens tests/unit/t_view
check_PROGRAMS += $(ui_tests)
TESTS += $(ui_tests)
endif

canvas_text = tests/unit/canvas_text.c tests/unit/canvas_text.h
tests_unit_t_canvas_SOURCES = tests/unit/t_canvas.c $(canvas_text)
tests_unit_t_canvas_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_canvas_LDADD = libscreen.a libplain.a libevent.a $(TEST_LIBS)
tests_unit_t_model_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_model_LDADD = libscreen.a libplain.a libevent.a $(TEST_LIBS)
tests_unit_t_prompt_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_prompt_LDADD = libscreen.a libplain.a libevent.a $(TEST_LIBS)
tests_unit_t_scheme_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_scheme_LDADD = libscreen.a libplain.a libevent.a $(TEST_LIBS)
tests_unit_t_screens_SOURCES = tests/unit/t_screens.c $(canvas_text)
tests_unit_t_screens_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_screens_LDADD = libscreen.a libplain.a libevent.a $(TEST_LIBS)
tests_unit_t_view_SOURCES = tests/unit/t_view.c $(canvas_text)
tests_unit_t_view_CFLAGS = $(TEST_CFLAGS)
tests_unit_t_view_LDADD = libscreen.a libplain.a libevent.a $(TEST_LIBS)

EXTRA_DIST += tests/unit/screens/account-20x5.txt \
	tests/unit/screens/account-40x12.txt \
	tests/unit/screens/account-80x24.txt \
	tests/unit/screens/account-120x40.txt \
	tests/unit/screens/account-300x100.txt \
	tests/unit/screens/blocks-20x5.txt \
	tests/unit/screens/blocks-40x12.txt \
	tests/unit/screens/blocks-80x24.txt \
	tests/unit/screens/blocks-120x40.txt \
	tests/unit/screens/blocks-300x100.txt \
	tests/unit/screens/busy-20x5.txt \
	tests/unit/screens/busy-40x12.txt \
	tests/unit/screens/busy-80x24.txt \
	tests/unit/screens/busy-120x40.txt \
	tests/unit/screens/busy-300x100.txt \
	tests/unit/screens/held-20x5.txt \
	tests/unit/screens/held-40x12.txt \
	tests/unit/screens/held-80x24.txt \
	tests/unit/screens/held-120x40.txt \
	tests/unit/screens/held-300x100.txt \
	tests/unit/screens/help-20x5.txt \
	tests/unit/screens/help-40x12.txt \
	tests/unit/screens/help-80x24.txt \
	tests/unit/screens/help-120x40.txt \
	tests/unit/screens/help-300x100.txt \
	tests/unit/screens/password-20x5.txt \
	tests/unit/screens/password-40x12.txt \
	tests/unit/screens/password-80x24.txt \
	tests/unit/screens/password-120x40.txt \
	tests/unit/screens/password-300x100.txt \
	tests/unit/screens/quiet-20x5.txt \
	tests/unit/screens/quiet-40x12.txt \
	tests/unit/screens/quiet-80x24.txt \
	tests/unit/screens/quiet-120x40.txt \
	tests/unit/screens/quiet-300x100.txt
