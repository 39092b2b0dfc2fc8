/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "ui/screen/scheme.h"
#include "ui/screen/speed.h"

static const int depths[] = { 8, 16, 256 };

/* What a thread does is told by its colour and weight; only these two share
 * one, as documented: what is removed and what is wrong, what is deleted and
 * what waits. */
static bool
may_be_alike(unsigned a, unsigned b)
{
	return (a == ROLE_FLAGS_DEL && b == ROLE_PROBLEM) ||
	       (a == ROLE_DELETE && b == ROLE_WAIT);
}

static void
lights_differ_by_colour(void **state)
{
	unsigned scheme, a, b;
	size_t d;

	(void)state;
	for (scheme = 0; scheme < SCHEME_MONO; scheme++)
		for (d = 0; d < 3; d++)
			for (a = ROLE_ACCOUNT; a < ROLES; a++)
				for (b = a + 1; b < ROLES; b++) {
					struct look x, y;

					x = scheme_look(scheme, a, depths[d]);
					y = scheme_look(scheme, b, depths[d]);
					assert_int_equal(x.colour == y.colour &&
							     x.attr == y.attr,
					    may_be_alike(a, b));
				}
}

static void
colours_are_within_what_there_is(void **state)
{
	unsigned scheme, role;
	size_t d;

	(void)state;
	for (scheme = 0; scheme < SCHEMES; scheme++)
		for (d = 0; d < 3; d++)
			for (role = 0; role < ROLES; role++)
				assert_in_range(
				    scheme_look(scheme, role, depths[d])
					    .colour +
					1,
				    0, depths[d]);
}

static void
there_may_be_none(void **state)
{
	unsigned scheme, role;

	(void)state;
	for (role = 0; role < ROLES; role++) {
		assert_int_equal(
		    scheme_look(SCHEME_MONO, role, 256).colour, -1);
		for (scheme = 0; scheme < SCHEMES; scheme++)
			assert_int_equal(
			    scheme_look(scheme, role, 0).colour, -1);
	}
}

/* White is not to be seen on white, nor bright yellow. */
static void
light_backgrounds_have_dark_text(void **state)
{
	unsigned role;

	(void)state;
	for (role = 0; role < ROLES; role++) {
		assert_int_not_equal(
		    scheme_look(SCHEME_LIGHT, role, 8).colour, 7);
		assert_false(scheme_look(SCHEME_LIGHT, role, 16).colour >= 8);
	}
}

static void
speed_is_kept_by_the_second(void **state)
{
	struct speed s = { 0 };

	(void)state;
	assert_int_equal(speed_most(&s, 5000), 0);
	assert_int_equal(speed_now(&s, 5000), 0);
	speed_add(&s, 100000, 0);
	assert_int_equal(s.first, 0);
	speed_add(&s, 100200, 300);
	speed_add(&s, 100900, 100);
	assert_int_equal(speed_at(&s, 100999, 0), 400);
	assert_int_equal(speed_now(&s, 100999), 400);
	speed_add(&s, 103000, 50);
	assert_int_equal(speed_at(&s, 103000, 0), 50);
	assert_int_equal(speed_at(&s, 103000, 1), 0);
	assert_int_equal(speed_at(&s, 103000, 3), 400);
	assert_int_equal(speed_most(&s, 103000), 400);
	assert_int_equal(speed_now(&s, 103000), 150);
	/* Time goes on without bytes. */
	assert_int_equal(speed_at(&s, 110000, 7), 50);
	assert_int_equal(speed_now(&s, 110000), 0);
	assert_int_equal(speed_most(&s, 119999), 400);
	assert_int_equal(speed_most(&s, 120000), 50);
	assert_int_equal(speed_most(&s, 123000), 0);
	/* After a long silence nothing old comes back. */
	speed_add(&s, 1000000, 7);
	assert_int_equal(speed_most(&s, 1000000), 7);
	assert_int_equal(speed_at(&s, 1000000, 19), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lights_differ_by_colour),
		cmocka_unit_test(colours_are_within_what_there_is),
		cmocka_unit_test(there_may_be_none),
		cmocka_unit_test(light_backgrounds_have_dark_text),
		cmocka_unit_test(speed_is_kept_by_the_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
