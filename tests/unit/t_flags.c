/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

#include "base/flags.h"

static uint32_t
flag(struct keywords *k, const char *name, bool add)
{
	return keywords_flag(k, name, strlen(name), add);
}

static void
test_system(void **state)
{
	static const struct {
		const char *name;
		uint32_t flag;
		char letter;
	} t[] = {
		{ "\\Draft", FLAG_DRAFT, 'D' },
		{ "\\FLAGGED", FLAG_FLAGGED, 'F' },
		{ "$forwarded", FLAG_FORWARDED, 'P' },
		{ "\\answered", FLAG_ANSWERED, 'R' },
		{ "\\Seen", FLAG_SEEN, 'S' },
		{ "\\Deleted", FLAG_DELETED, 'T' },
	};
	struct keywords k = { 0 };
	char letters[FLAGS_LETTERS_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(flag(&k, t[i].name, false), t[i].flag);
		assert_int_equal(
		    strcasecmp(keywords_name(&k, t[i].flag), t[i].name), 0);
		flags_to_letters(t[i].flag, letters);
		assert_int_equal(letters[0], t[i].letter);
		assert_int_equal(letters[1], '\0');
		assert_int_equal(
		    flags_from_letters(&t[i].letter, 1), t[i].flag);
	}
	assert_int_equal(flag(&k, "\\Recent", true), 0);
	assert_int_equal(flag(&k, "\\*", true), 0);
	assert_int_equal(flag(&k, "\\Seen2", true), 0);
	assert_int_equal(flag(&k, "", true), 0);
	for (i = 0; i < FLAG_KEYWORDS; i++)
		assert_null(k.names[i]);
}

static void
test_keywords(void **state)
{
	struct keywords k = { 0 };
	char name[8];
	unsigned i;

	(void)state;
	assert_int_equal(flag(&k, "$Junk", false), 0);
	for (i = 0; i < FLAG_KEYWORDS; i++) {
		snprintf(name, sizeof(name), "K%u", i);
		assert_int_equal(flag(&k, name, true), FLAG_KEYWORD(i));
	}
	assert_int_equal(flag(&k, "more", true), 0);
	assert_int_equal(flag(&k, "k7", true), FLAG_KEYWORD(7));
	assert_int_equal(
	    keywords_flag(&k, "k11111", 3, true), FLAG_KEYWORD(11));
	assert_string_equal(keywords_name(&k, FLAG_KEYWORD(25)), "K25");
	keywords_clear(&k);
	assert_null(keywords_name(&k, FLAG_KEYWORD(25)));
	assert_null(keywords_name(&k, 0));
	/* The lowest bit that is free. */
	flag(&k, "a", true);
	k.names[3] = k.names[0];
	k.names[0] = NULL;
	assert_int_equal(flag(&k, "A", true), FLAG_KEYWORD(3));
	assert_int_equal(flag(&k, "b", true), FLAG_KEYWORD(0));
	assert_int_equal(flag(&k, "c", true), FLAG_KEYWORD(1));
	keywords_clear(&k);
}

static void
test_letters(void **state)
{
	char letters[FLAGS_LETTERS_LEN];
	uint32_t flags;
	int i;

	(void)state;
	flags_to_letters(FLAG_ALL, letters);
	assert_string_equal(letters, "DFPRSTabcdefghijklmnopqrstuvwxyz");
	flags_to_letters(0, letters);
	assert_string_equal(letters, "");
	for (i = 0; i < 32; i++) {
		flags = UINT32_C(1) << i | FLAG_SEEN;
		flags_to_letters(flags, letters);
		assert_int_equal(
		    flags_from_letters(letters, strlen(letters)), flags);
	}
	/* Any order, unknown ones, doubles, and no further than len. */
	assert_int_equal(flags_from_letters("bXS,2S\xe4Ta", 8),
	    FLAG_KEYWORD(1) | FLAG_SEEN | FLAG_DELETED);
}

/* For one flag all eight cases; bits do not touch each other. */
static void
test_merge(void **state)
{
	uint32_t a, b, base, want;

	(void)state;
	for (a = 0; a < 2; a++)
		for (b = 0; b < 2; b++)
			for (base = 0; base < 2; base++) {
				want = a != base ? a : b;
				assert_int_equal(flags_merge(a, b, base), want);
				assert_int_equal(
				    flags_merge(a << 31 | 5, b << 31 | 5,
					base << 31 | 5),
				    want << 31 | 5);
			}
}

static void
test_translate(void **state)
{
	struct keywords from = { 0 }, to = { 0 };
	uint32_t work, junk;
	char name[8];
	unsigned i;

	(void)state;
	work = flag(&from, "work", true);
	junk = flag(&from, "junk", true);
	assert_int_equal(flag(&to, "JUNK", true), work);
	assert_int_equal(keywords_translate(FLAG_SEEN, &from, &to), FLAG_SEEN);
	assert_int_equal(keywords_translate(junk, &from, &to), work);
	assert_int_equal(keywords_translate(FLAG_ALL, &from, &to),
	    FLAG_SYSTEM | work | junk);
	assert_string_equal(keywords_name(&to, junk), "work");
	/* No bit is left. */
	keywords_clear(&to);
	for (i = 0; i < FLAG_KEYWORDS; i++) {
		snprintf(name, sizeof(name), "K%u", i);
		flag(&to, name, true);
	}
	assert_int_equal(
	    keywords_translate(work | FLAG_DRAFT, &from, &to), FLAG_DRAFT);
	keywords_clear(&from);
	keywords_clear(&to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_translate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
