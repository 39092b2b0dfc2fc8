/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "net/imap_date.h"
#include "rng.h"

static void
test_pairs(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
		int zone;
		const char *back; /* NULL: text */
	} t[] = {
		{ "01-Jan-1970 00:00:00 +0000", 0, 0, NULL },
		{ "17-Jul-1996 02:44:25 -0700", 837596665, -420, NULL },
		{ " 7-Feb-1994 21:52:25 -0800", 760686745, -480,
		    "07-Feb-1994 21:52:25 -0800" },
		{ "7-Feb-1994 21:52:25 -0800", 760686745, -480,
		    "07-Feb-1994 21:52:25 -0800" },
		{ "29-Feb-2000 12:00:00 +0545", 951804900, 345, NULL },
		{ "31-Dec-1969 23:59:59 +0000", -1, 0, NULL },
		{ "01-Jan-1900 00:00:00 +0000", -2208988800, 0, NULL },
		{ "31-Dec-9999 23:59:59 +0000", 253402300799, 0, NULL },
		{ "01-Jan-0001 00:00:00 +0000", -62135596800, 0, NULL },
		{ "19-Jan-2038 03:14:08 +0000", INT64_C(1) << 31, 0, NULL },
		{ "30-JUN-2015 23:59:60 -0000", 1435708800, 0,
		    "01-Jul-2015 00:00:00 +0000" },
		{ "01-Jan-2020 00:00:00 +2359", 1577750460, 1439, NULL },
	};
	char out[IMAP_DATE_LEN];
	int64_t seconds;
	size_t i;
	int zone;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(imap_date_parse(
		    t[i].text, strlen(t[i].text), &seconds, &zone));
		assert_true(seconds == t[i].seconds);
		assert_int_equal(zone, t[i].zone);
		imap_date_format(seconds, zone, out);
		assert_string_equal(
		    out, t[i].back != NULL ? t[i].back : t[i].text);
	}
}

static void
test_refused(void **state)
{
	static const char *const t[] = {
		"",
		"NIL",
		"17-Jul-1996",
		"17-Jul-1996 02:44:25",
		"17-Jul-1996 02:44:25 0700",
		"17-Jul-1996 02:44:25 +07000",
		"17-Foo-1996 02:44:25 -0700",
		"00-Jul-1996 02:44:25 -0700",
		"32-Jul-1996 02:44:25 -0700",
		"17-Jul-0000 02:44:25 -0700",
		"17-Jul-1996 24:44:25 -0700",
		"17-Jul-1996 02:60:25 -0700",
		"17-Jul-1996 02:44:61 -0700",
		"17-Jul-1996 02:44:25 -2400",
		"17-Jul-1996 02:44:25 -0760",
		"17/Jul/1996 02:44:25 -0700",
		"-7-Jul-1996 02:44:25 -0700",
		"1 -Jul-1996 02:44:25 -0700",
		"17-Jul-199x 02:44:25 -0700",
		"17-Jul-1996T02:44:25 -0700",
		"17-Jul-1996 02-44-25 -0700",
		"17-Jul-1996 02:44:25  0700",
		"+7-Jul-1996 02:44:25 -0700",
		"17-Jul-+996 02:44:25 -0700",
	};
	char *copy;
	int64_t seconds;
	size_t i;
	int zone;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		/* Exactly as much memory as there is text. */
		copy = malloc(strlen(t[i]) + 1);
		assert_non_null(copy);
		memcpy(copy, t[i], strlen(t[i]));
		if (imap_date_parse(copy, strlen(t[i]), &seconds, &zone))
			fail_msg("%s was taken", t[i]);
		free(copy);
	}
}

/* What cannot be written is held at what can. */
static void
test_held(void **state)
{
	static const struct {
		int64_t seconds;
		int zone;
		const char *text;
	} t[] = {
		{ INT64_MAX, 0, "31-Dec-9999 23:59:59 +0000" },
		{ INT64_MAX, 60, "31-Dec-9999 23:59:59 +0000" },
		{ INT64_MIN, 0, "01-Jan-0001 00:00:00 +0000" },
		{ INT64_MIN, -60, "01-Jan-0001 00:00:00 +0000" },
		{ 0, 1440, "01-Jan-1970 00:00:00 +0000" },
		{ 0, -100000, "01-Jan-1970 00:00:00 +0000" },
		{ 0, -1439, "31-Dec-1969 00:01:00 -2359" },
	};
	char out[IMAP_DATE_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		imap_date_format(t[i].seconds, t[i].zone, out);
		assert_string_equal(out, t[i].text);
	}
}

/* The C library agrees, and the way back leads to where it began. */
static void
test_library(void **state)
{
	char out[IMAP_DATE_LEN], theirs[64];
	int64_t seconds, back;
	struct rng r;
	struct tm tm;
	time_t when;
	unsigned n;
	int zone, zone_back;

	(void)state;
	r.state = rng_seed();
	for (n = 0; n < 100000; n++) {
		seconds =
		    (int64_t)rng_below(&r, UINT32_MAX) * (n % 2 == 0 ? 1 : 50) -
		    (INT64_C(1) << 31);
		zone = (int)rng_below(&r, 2 * 1439) - 1439;
		imap_date_format(seconds, zone, out);
		assert_true(
		    imap_date_parse(out, IMAP_DATE_LEN - 1, &back, &zone_back));
		assert_true(back == seconds);
		assert_int_equal(zone_back, zone);
		when = (time_t)(seconds + zone * 60);
		assert_non_null(gmtime_r(&when, &tm));
		strftime(theirs, sizeof(theirs), "%d-%b-%Y %H:%M:%S", &tm);
		assert_memory_equal(out, theirs, strlen(theirs));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
