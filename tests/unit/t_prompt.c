/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ui/screen/prompt.h"
#include "ui/screen/term.h"

/* Keys in a string: < > left and right, ^ $ home and end, - backspace,
 * # delete, U W A E with control; other characters are typed. */
static int
key_of(char c)
{
	static const struct {
		char c;
		int key;
	} special[] = { { '<', TERM_LEFT }, { '>', TERM_RIGHT },
		{ '^', TERM_HOME }, { '$', TERM_END }, { '-', TERM_BACKSPACE },
		{ '#', TERM_DELETE }, { 'U', TERM_CTRL('U') },
		{ 'W', TERM_CTRL('W') }, { 'A', TERM_CTRL('A') },
		{ 'E', TERM_CTRL('E') }, { 'o', 0xf6 }, /* two bytes */
		{ 'k', 0x5bb6 }, /* three, and wide */ { 't', 0x1f512 } };
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (special[i].c == c)
			return special[i].key;
	return c;
}

static const struct {
	const char *typed, *text; /* '|': the cursor */
} cases[] = {
	{ "", "|" },
	{ "abc", "abc|" },
	{ "abc<<x", "ax|bc" },
	{ "abc<<<<<x", "x|abc" },
	{ "abc<>>>x", "abcx|" },
	{ "abc^x$y", "xabcy|" },
	{ "abcAxEy", "xabcy|" },
	{ "abc-", "ab|" },
	{ "abc^-", "|abc" },
	{ "abc^#", "|bc" },
	{ "abc#", "abc|" },
	{ "abc<<U", "|bc" },
	{ "ab cd  ef  W", "ab cd  |" },
	{ "ab cd  ef  WWWW", "|" },
	{ "ab cd<W", "ab |d" },
	{ "akoto", "a\u5bb6\u00f6\U0001f512\u00f6|" },
	{ "akot----b", "b|" },
	{ "akot<<<#x", "ax|\u00f6\U0001f512" },
	{ "akot^>>x", "a\u5bb6x|\u00f6\U0001f512" },
};

static void
type(struct prompt *p, const char *keys)
{
	for (; *keys != '\0'; keys++)
		assert_true(prompt_key(p, key_of(*keys)));
}

static void
a_line_is_edited(void **state)
{
	struct prompt p;
	char shown[PROMPT_CAP + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		prompt_wipe(&p);
		type(&p, cases[i].typed);
		snprintf(shown, sizeof(shown), "%.*s|%s", (int)p.at, p.text,
		    p.text + p.at);
		assert_string_equal(shown, cases[i].text);
		assert_int_equal(p.len, strlen(p.text));
	}
}

static void
stars_are_as_many_as_characters(void **state)
{
	struct prompt p = { 0 };
	char stars[PROMPT_CAP];

	(void)state;
	assert_int_equal(prompt_stars(&p, stars), 0);
	assert_string_equal(stars, "");
	type(&p, "akot<");
	assert_int_equal(prompt_stars(&p, stars), 3);
	assert_string_equal(stars, "****");
	type(&p, "$");
	assert_int_equal(prompt_stars(&p, stars), 4);
	type(&p, "^");
	assert_int_equal(prompt_stars(&p, stars), 0);
}

static void
it_holds_no_more_than_it_can(void **state)
{
	struct prompt p = { 0 };
	char stars[PROMPT_CAP];
	int i;

	(void)state;
	for (i = 0; i < 2 * PROMPT_CAP; i++)
		prompt_key(&p, 'x');
	assert_int_equal(p.len, PROMPT_CAP - 1);
	assert_int_equal(prompt_stars(&p, stars), PROMPT_CAP - 1);
	prompt_key(&p, TERM_BACKSPACE);
	prompt_key(&p, 0x5bb6); /* three bytes, and there is one */
	assert_int_equal(p.len, PROMPT_CAP - 2);
}

static void
other_keys_mean_nothing(void **state)
{
	static const int others[] = { TERM_NONE, TERM_UP, TERM_PAGE_UP,
		TERM_OTHER, TERM_ENTER, TERM_ESCAPE, TERM_CTRL('B'), 0x7f,
		0x9b };
	struct prompt p = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(prompt_key(&p, others[i]));
	assert_int_equal(p.len, 0);
}

static void
nothing_is_left_of_it(void **state)
{
	static const struct prompt empty;
	struct prompt p = { 0 };

	(void)state;
	type(&p, "secretU");
	assert_memory_equal(&p, &empty, sizeof(p));
	type(&p, "secret");
	prompt_wipe(&p);
	assert_memory_equal(&p, &empty, sizeof(p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_edited),
		cmocka_unit_test(stars_are_as_many_as_characters),
		cmocka_unit_test(it_holds_no_more_than_it_can),
		cmocka_unit_test(other_keys_mean_nothing),
		cmocka_unit_test(nothing_is_left_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
