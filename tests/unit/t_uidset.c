/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/uidset.h"
#include "rng.h"

static void
check_text(const struct uidset *s, const char *want)
{
	struct buf b = { 0 };

	uidset_format(s, &b);
	assert_string_equal(buf_str(&b), want);
	buf_clear(&b);
}

static bool
parse(struct uidset *s, const char *text)
{
	return uidset_parse(s, text, strlen(text));
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "1", "1" },
		{ "1:5,7,12:9", "1:5,7,9:12" },
		{ "3,2,1", "1:3" },
		{ "1:4294967295", "1:4294967295" },
		{ "4294967295,4294967294", "4294967294:4294967295" },
		{ "5:5", "5" },
		{ "1:10,2:3", "1:10" },
		{ "2,4,6,1:7", "1:7" },
		{ "007", "7" },
	};
	struct uidset s = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(parse(&s, t[i].text));
		check_text(&s, t[i].want);
	}
	uidset_clear(&s);
}

static void
test_parse_bad(void **state)
{
	static const char *const t[] = { "", ",", "1,", ",1", "1,,2", "0",
		"0:3", "3:0", "*", "1:*", "1:", ":1", "1:2:3", "4294967296",
		"1:4294967296", "99999999999999999999999", "-1", "+1", " 1",
		"1 ", "a", "1;2" };
	struct uidset s = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uidset_add(&s, 9);
		if (parse(&s, t[i]))
			fail_msg("\"%s\" was taken", t[i]);
		assert_int_equal(s.len, 0);
	}
	/* What is behind len does not count. */
	assert_true(uidset_parse(&s, "12,34", 2));
	check_text(&s, "12");
	uidset_clear(&s);
}

/* From "1:5,7". */
static void
set(struct uidset *s, const char *text)
{
	uint32_t first, last;
	char *end;

	uidset_clear(s);
	while (*text != '\0') {
		first = last = (uint32_t)strtoul(text, &end, 10);
		if (*end == ':')
			last = (uint32_t)strtoul(end + 1, &end, 10);
		uidset_add_range(s, first, last);
		text = *end == ',' ? end + 1 : end;
	}
}

static void
test_ranges(void **state)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "", "" },
		{ "1", "1" },
		{ "1:5,7,9:12", "1:5,7,9:12" },
		{ "3,2,1", "1:3" },
		{ "1:4294967295", "1:4294967295" },
		{ "4294967295,4294967294", "4294967294:4294967295" },
		{ "5:5", "5" },
		{ "1:10,2:3", "1:10" },
		{ "2,4,6,1:7", "1:7" },
	};
	struct uidset s = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		set(&s, t[i].text);
		check_text(&s, t[i].want);
	}
	uidset_clear(&s);
}

#define MODEL 64

static void
check_model(const struct uidset *s, const bool *model)
{
	uint64_t u, count;
	size_t i;

	for (count = 0, u = 1; u < MODEL; u++) {
		assert_int_equal(uidset_has(s, (uint32_t)u), model[u]);
		count += model[u];
	}
	for (i = 0; i < s->len; i++) {
		assert_true(s->ranges[i].first <= s->ranges[i].last);
		assert_true(
		    i == 0 || s->ranges[i - 1].last + 1 < s->ranges[i].first);
	}
	UIDSET_FOREACH (s, i, u) {
		assert_true(u < MODEL && model[u]);
		count--;
	}
	assert_int_equal(count, 0);
}

/* Against an array of bits. */
static void
test_model(void **state)
{
	struct rng r = { rng_seed() };
	struct uidset s = { 0 };
	bool model[MODEL] = { false };
	uint32_t a, b;
	int i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		a = 1 + rng_below(&r, MODEL - 1);
		b = a + rng_below(&r, (MODEL - a) / 4 + 1);
		if (i % 20 == 0) {
			uidset_clear(&s);
			memset(model, 0, sizeof(model));
		}
		uidset_add_range(&s, a, b);
		memset(model + a, 1, b - a + 1);
		check_model(&s, model);
	}
	uidset_clear(&s);
}

static void
test_split(void **state)
{
	static const struct {
		const char *all;
		uint64_t count;
		size_t bytes;
		const char *head, *rest;
	} t[] = {
		{ "", 5, 100, "", "" },
		{ "1:10", 3, 100, "1:3", "4:10" },
		{ "1:10", 10, 100, "1:10", "" },
		{ "1,3,5,7", 2, 100, "1,3", "5,7" },
		{ "1,3:9,20", 4, 100, "1,3:5", "6:9,20" },
		{ "1000,2000,3000", 99, 10, "1000,2000", "3000" },
		{ "1000,2000,3000", 99, 9, "1000", "2000,3000" },
		{ "1000,2000", 99, 1, "1000", "2000" },
		{ "1000,2000", 0, 99, "1000", "2000" },
		{ "1:4294967295", UINT32_MAX, 99, "1:4294967295", "" },
		{ "4294967294:4294967295", 1, 99, "4294967294", "4294967295" },
	};
	struct uidset s = { 0 }, head = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		set(&s, t[i].all);
		uidset_add(&head, 77);
		uidset_split(&s, &head, t[i].count, t[i].bytes);
		check_text(&head, t[i].head);
		check_text(&s, t[i].rest);
	}
	uidset_clear(&s);
	uidset_clear(&head);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_bad),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
