/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ui/screen/canvas.h"
#include "canvas_text.h"

static void
expect(const struct canvas *c, const char *text)
{
	struct buf b = { 0 };

	canvas_text(c, &b);
	assert_string_equal(buf_str(&b), text);
	buf_clear(&b);
}

static void
text_stays_on_its_line(void **state)
{
	struct canvas c = { 0 };

	(void)state;
	canvas_clear(&c, 6, 2);
	assert_int_equal(canvas_put(&c, 4, 0, 9, ROLE_COPY, "abc"), 2);
	assert_int_equal(canvas_put(&c, 0, 1, 2, ROLE_COPY, "xyz"), 2);
	assert_int_equal(canvas_put(&c, 0, 2, 2, ROLE_COPY, "below"), 0);
	expect(&c, "    ab\nxy\n");
	assert_int_equal(canvas_at(&c, 4, 0)->role, ROLE_COPY);
	assert_int_equal(canvas_at(&c, 3, 0)->role, ROLE_PLAIN);
	canvas_clear(&c, 3, 1);
	expect(&c, "\n");
	canvas_free(&c);
}

static void
wide_characters_are_whole(void **state)
{
	struct canvas c = { 0 };

	(void)state;
	canvas_clear(&c, 5, 1);
	/* Two columns each; half of one is not shown. */
	assert_int_equal(canvas_put(&c, 0, 0, 5, ROLE_PLAIN, "家族家"), 4);
	assert_string_equal(canvas_at(&c, 2, 0)->text, "族");
	assert_string_equal(canvas_at(&c, 3, 0)->text, "");
	expect(&c, "家族\n");
	/* A mark without width goes with its letter. */
	canvas_clear(&c, 5, 1);
	assert_int_equal(canvas_put(&c, 0, 0, 5, ROLE_PLAIN, "e\u0301x"), 2);
	assert_string_equal(canvas_at(&c, 0, 0)->text, "e\u0301");
	assert_int_equal(canvas_columns("家e\u0301x"), 4);
	assert_string_equal(canvas_fit("家族", 3), "族");
	assert_string_equal(canvas_fit("ab", 3), "");
	canvas_free(&c);
}

static void
nothing_moves_the_cursor(void **state)
{
	struct canvas c = { 0 };

	(void)state;
	canvas_clear(&c, 12, 1);
	canvas_put(&c, 0, 0, 12, ROLE_PLAIN, "a\033[2J\n\x7f\xff\xc2\x9b");
	expect(&c, "a?[2J????\n");
	canvas_clear(&c, 12, 1);
	canvas_put(&c, 0, 0, 12, ROLE_PLAIN, "a\u202eb\u200bc\ufeff\U000e0041");
	expect(&c, "a?b?c??\n");
	canvas_free(&c);
}

/* Terminals disagree about what is joined: it comes to them in parts. */
static void
pictures_are_not_joined(void **state)
{
	static const struct {
		const char *text, *shown;
		unsigned columns;
	} cases[] = {
		{ "👩\u200d👩\u200d👧x", "👩👩👧x", 7 },
		{ "🏳\ufe0f\u200d🌈z", "🏳🌈z", 4 },
		{ "👍\U0001f3fd.", "👍.", 3 },
		{ "\U0001f1e9\U0001f1eaq", "DEq", 3 },
		{ "می\u200cخواهم", "میخواهم", 7 },
	};
	struct canvas c = { 0 };
	struct buf want = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		canvas_clear(&c, 12, 1);
		assert_int_equal(
		    canvas_put(&c, 0, 0, 12, ROLE_PLAIN, cases[i].text),
		    cases[i].columns);
		assert_int_equal(
		    canvas_columns(cases[i].text), cases[i].columns);
		buf_reset(&want);
		buf_printf(&want, "%s\n", cases[i].shown);
		expect(&c, buf_str(&want));
	}
	buf_clear(&want);
	canvas_free(&c);
}

/* However many marks there are, a cell holds what it can. */
static void
marks_do_not_overflow(void **state)
{
	struct canvas c = { 0 };
	struct buf text = { 0 };
	int i;

	(void)state;
	buf_puts(&text, "e");
	for (i = 0; i < 60; i++)
		buf_puts(&text, "\u0301");
	canvas_clear(&c, 4, 1);
	assert_int_equal(
	    canvas_put(&c, 0, 0, 4, ROLE_PLAIN, buf_str(&text)), 1);
	assert_true(strlen(canvas_at(&c, 0, 0)->text) < CELL_BYTES);
	/* One without a letter has none to go with. */
	assert_int_equal(canvas_put(&c, 0, 0, 4, ROLE_PLAIN, "\u0301"), 0);
	buf_clear(&text);
	canvas_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays_on_its_line),
		cmocka_unit_test(wide_characters_are_whole),
		cmocka_unit_test(nothing_moves_the_cursor),
		cmocka_unit_test(pictures_are_not_joined),
		cmocka_unit_test(marks_do_not_overflow),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
