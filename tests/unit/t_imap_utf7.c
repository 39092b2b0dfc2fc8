/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "net/imap_names.h"
#include "base/imap_utf7.h"
#include "rng.h"

static void
test_pairs(void **state)
{
	static const struct {
		const char *utf8, *utf7;
	} t[] = {
		{ "", "" },
		{ "INBOX", "INBOX" },
		{ "a&b", "a&-b" },
		{ "&", "&-" },
		{ "&&-", "&-&--" },
		{ "+-,/ ~", "+-,/ ~" },
		{ "\u00e9", "&AOk-" },
		{ "Entw\u00fcrfe", "Entw&APw-rfe" },
		{ "\u9001\u4fe1\u6e08\u307f", "&kAFP4W4IMH8-" },
		/* RFC 3501 section 5.1.3 */
		{ "~peter/mail/\u53f0\u5317/\u65e5\u672c\u8a9e",
		    "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
		{ "\u0418\u0441\u0445\u043e\u0434\u044f\u0449\u0438\u0435",
		    "&BBgEQQRFBD4ENARPBEkEOAQ1-" },
		{ "\U0001f4e7", "&2D3c5w-" },
		{ "a\U0001f4e7\u00e9b", "a&2D3c5wDp-b" },
		{ "\U0010ffff", "&2,,f,w-" },
		{ "\uffff", "&,,8-" },
		{ "\x01\n\x7f", "&AAEACgB,-" },
		{ "\u00e9-", "&AOk--" },
		{ "\u00e9&\u00e9", "&AOk-&-&AOk-" },
	};
	struct buf b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_reset(&b);
		assert_true(imap_utf7_encode(t[i].utf8, strlen(t[i].utf8), &b));
		assert_string_equal(buf_str(&b), t[i].utf7);
		buf_reset(&b);
		buf_puts(&b, "x");
		assert_true(imap_utf7_decode(t[i].utf7, strlen(t[i].utf7), &b));
		assert_string_equal(buf_str(&b) + 1, t[i].utf8);
	}
	buf_clear(&b);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *utf7;
		size_t len;
	} t[] = {
		{ "\xc3\xa9", 2 }, /* not ASCII */
		{ "a\nb", 3 },	   /* control characters */
		{ "a\x7f", 2 },
		{ "a\0b", 3 },
		{ "&AAAA-", 6 }, /* NUL in disguise */
		{ "&AAA-", 5 },
		{ "&AC4ALgAv-x", 11 }, /* ../ in disguise */
		{ "&AGE-", 5 },	       /* what needs no shift */
		{ "&ACY-", 5 },	       /* & itself */
		{ "&AOk", 4 },	       /* not closed */
		{ "&", 1 },
		{ "&AOk-&AOk-", 10 }, /* two runs that must be one */
		{ "&AOl-", 5 },	      /* bits left over */
		{ "&AOkA-", 6 },
		{ "&A-", 3 },
		{ "&AO-", 4 },
		{ "&U/BTFw-", 8 }, /* / of plain base64 */
		{ "&AOk=-", 6 },
		{ "&A Ok-", 6 },
		{ "&2D0-", 5 }, /* half a surrogate pair */
		{ "&3Oc-", 5 },
		{ "&3OfYPQ-", 8 }, /* the wrong way round */
		{ "&2D3YPQ-", 8 },
		{ "&2D0A6Q-", 8 },
	};
	struct buf b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_reset(&b);
		if (imap_utf7_decode(t[i].utf7, t[i].len, &b))
			fail_msg("%s was taken", t[i].utf7);
	}
	buf_reset(&b);
	assert_false(imap_utf7_encode("\xff", 1, &b));
	assert_false(imap_utf7_encode("a\xc3", 2, &b));
	assert_false(imap_utf7_encode("\xed\xa0\x80", 3, &b));
	assert_false(imap_utf7_encode("a\0b", 3, &b));
	buf_clear(&b);
}

/* Any character, alone and between others. */
static void
test_all_characters(void **state)
{
	struct buf in = { 0 }, wire = { 0 }, back = { 0 };
	unsigned cp;

	(void)state;
	for (cp = 1; cp <= 0x10ffff; cp += cp < 0x3000 ? 1 : 61) {
		if (cp >= 0xd800 && cp < 0xe000)
			continue;
		buf_reset(&in);
		buf_reset(&wire);
		buf_reset(&back);
		buf_put_utf8(&in, cp);
		buf_puts(&in, "x");
		buf_put_utf8(&in, 0xe9);
		buf_put_utf8(&in, cp);
		assert_true(imap_utf7_encode(in.data, in.len, &wire));
		assert_true(imap_utf7_decode(wire.data, wire.len, &back));
		assert_string_equal(in.data, back.data);
	}
	buf_clear(&in);
	buf_clear(&wire);
	buf_clear(&back);
}

/* What is taken has one form only. */
static void
test_random(void **state)
{
	static const char set[] = "&&&&---AOkwgZ29,2D3c/x";
	struct buf in = { 0 }, text = { 0 }, wire = { 0 };
	struct rng r;
	unsigned n, taken = 0;
	size_t i, len;

	(void)state;
	r.state = rng_seed();
	for (n = 0; n < 200000; n++) {
		buf_reset(&in);
		buf_reset(&text);
		buf_reset(&wire);
		len = rng_below(&r, 10);
		for (i = 0; i < len; i++)
			buf_putc(&in, set[rng_below(&r, sizeof(set) - 1)]);
		if (!imap_utf7_decode(buf_str(&in), in.len, &text))
			continue;
		taken++;
		assert_true(imap_utf7_encode(buf_str(&text), text.len, &wire));
		assert_string_equal(buf_str(&wire), buf_str(&in));
	}
	assert_true(taken > 1000);
	buf_clear(&in);
	buf_clear(&text);
	buf_clear(&wire);
}

/* What is not canonical is read where that hides nothing; else it stays. */
static void
test_loose(void **state)
{
	static const struct {
		const char *wire, *name;
		bool utf8, canonical;
	} t[] = {
		{ "INBOX", "INBOX", false, true },
		{ "&AOk-", "\u00e9", false, true },
		{ "&BBAEMQQyACYEMwQ0BDU-",
		    "\u0410\u0431\u0432&\u0433\u0434\u0435", false, false },
		{ "R&D", "R&D", false, false },
		{ "a&b&-c", "a&b&c", false, false },
		{ "&AGE-b", "ab", false, false },
		{ "&AOk-&AOk-", "\u00e9\u00e9", false, false },
		{ "\u00e9", "\u00e9", false, false },
		{ "\u00e9&AOk-", "\u00e9\u00e9", false, false },
		{ "&AOk", "&AOk", false, false },
		{ "&AC4ALgAv-x", "&AC4ALgAv-x", false, false },
		{ "&AAAA-", "&AAAA-", false, false },
		{ "&AAo-", "\n", false, true },
		{ "&ACYACg-", "&ACYACg-", false, false },
		{ "&2D0-", "&2D0-", false, false },
		{ "a\nb", NULL, false, false },
		{ "\xff", NULL, false, false },
		{ "\xff", NULL, true, true },
		{ "&AOk-", "&AOk-", true, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		bool canonical;
		char *name = imap_names_decode(
		    t[i].wire, strlen(t[i].wire), t[i].utf8, &canonical);

		if (name == NULL || t[i].name == NULL)
			assert_true(name == t[i].name);
		else
			assert_string_equal(name, t[i].name);
		assert_int_equal(canonical, t[i].canonical);
		free(name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_loose),
		cmocka_unit_test(test_all_characters),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
