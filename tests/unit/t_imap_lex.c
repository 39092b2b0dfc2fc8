/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "imap_feed.h"
#include "net/imap_atoms.h"

static void
lex_open(struct imap_lex *l, struct feed *f)
{
	imap_lex_init(l, feed_fill, f);
	imap_lex_start(l);
}

/* All tokens as text, up to the end or an error. */
static void
dump(struct imap_lex *l, struct buf *out)
{
	struct err e = ERR_INIT;
	const char *data;
	size_t len;

	while (imap_lex_next(l, &e) == 0) {
		if (l->type == IMAP_ATOM || l->type == IMAP_STRING) {
			buf_puts(out, l->type == IMAP_ATOM ? " a:" : " s:");
			buf_append_visible(out, l->text, l->len);
		} else if (l->type == IMAP_LITERAL) {
			buf_printf(out, " l%llu:", (unsigned long long)l->size);
			while (
			    imap_lex_chunk(l, &data, &len, &e) == 0 && len > 0)
				buf_append_visible(out, data, len);
		} else if (l->type == IMAP_EOL) {
			buf_puts(out, " .");
			imap_lex_start(l);
		} else {
			buf_puts(out, l->type == IMAP_OPEN ? " (" : " )");
		}
	}
	buf_printf(out, " !%s", err_text(&e));
	err_clear(&e);
}

#define CLOSED " !connection closed by the server"
#define NOT_IMAP "the server does not speak IMAP: "
#define TOO_LONG "a line from the server is too long"
#define GARBAGE " !" NOT_IMAP
#define LONG " !" TOO_LONG

static const struct {
	const char *in;
	size_t len; /* 0: strlen */
	const char *out;
} tokens[] = {
	{ "* OK hi\r\n", 0, " a:* a:OK a:hi ." CLOSED },
	{ "* OK hi\n", 0, " a:* a:OK a:hi ." CLOSED },
	{ "a  b   \r\n", 0, " a:a a:b ." CLOSED },
	{ "(a (b)c)d\r\n", 0, " ( a:a ( a:b ) a:c ) a:d ." CLOSED },
	{ "\"\" \"a b\" \"a\\\"b\\\\\"\r\n", 0, " s: s:a b s:a\"b\\ ." CLOSED },
	{ "\"a\"b\r\n", 0, " s:a a:b ." CLOSED },
	{ "{3}\r\nabc)\r\n", 0, " l3:abc ) ." CLOSED },
	{ "~{4}\r\na\0\r\nx\r\n", 13, " l4:a\\x00\\x0D\\x0A a:x ." CLOSED },
	{ "{2+}\r\nab {0}\r\n\r\n", 0, " l2:ab l0: ." CLOSED },
	{ "{002}\r\nab\r\n", 0, " l2:ab ." CLOSED },
	{ "~x ~\r\n", 0, " a:~x a:~ ." CLOSED },
	{ "BODY[HEADER.FIELDS (A \"B\")] \\Seen NIL %*\r\n", 0,
	    " a:BODY[HEADER.FIELDS ( a:A s:B ) a:] a:\\Seen a:NIL a:%* ." //
	    CLOSED },
	{ "caf\xc3\xa9 \"\xff\"\r\n", 0, " a:caf\u00e9 s:\\xFF ." CLOSED },
	/* not allowed, and left to who uses the string */
	{ "\"a\0\n\rb\" c\r\n", 11, " s:a\\x00\\x0A\\x0Db a:c ." CLOSED },
	{ "\"a\\\n\"\r\n", 0, " s:a\\x0A ." CLOSED },
	{ "\"a\r", 0, CLOSED },
	{ "\r\n", 0, " ." CLOSED },
	{ "", 0, CLOSED },
	{ "abc", 0, CLOSED },
	{ "abc \r", 0, " a:abc" CLOSED },
	{ "\"abc", 0, CLOSED },
	{ "\"abc\\", 0, CLOSED },
	{ "{3}\r\nab", 0, " l3:ab" CLOSED },
	{ "{3", 0, CLOSED },
	{ "~", 0, CLOSED },
	/* no IMAP */
	{ "a\rb\r\n", 0, " a:a" GARBAGE "a bare CR" },
	{ "\"a\r\n\"\r\n", 0, GARBAGE "a quoted string has no end" },
	{ "\"a\\\r\n\"\r\n", 0, GARBAGE "a quoted string has no end" },
	{ "a\0b\r\n", 5, " a:a" GARBAGE "a control character" },
	{ "\x1b[0m\r\n", 0, GARBAGE "a control character" },
	{ "\x7f\r\n", 0, GARBAGE "a control character" },
	{ "a\tb\r\n", 0, " a:a" GARBAGE "a control character" },
	{ "{}\r\n", 0, GARBAGE "a literal without size" },
	{ "{+}\r\n", 0, GARBAGE "a literal without size" },
	{ "{-1}\r\n", 0, GARBAGE "a literal without size" },
	{ "{0x10}\r\n", 0, GARBAGE "a literal without size" },
	{ "{1 }\r\n", 0, GARBAGE "a literal without size" },
	{ "{1++}\r\n", 0, GARBAGE "a literal without size" },
	{ "{00000000000000000000000000000000000000000001}\r\n", 0,
	    GARBAGE "a literal without size" },
	{ "{3} \r\nabc\r\n", 0, GARBAGE "a literal without CRLF" },
	{ "{3}\nabc\r\n", 0, GARBAGE "a literal without CRLF" },
	{ "{18446744073709551616}\r\n", 0,
	    GARBAGE "the size of a literal is too large" },
	{ "{10737418240}\r\n", 0,
	    " !the server announces a literal of 10737418240 bytes; the limit "
	    "is 2147483648" },
	{ "{2147483649}\r\n", 0,
	    " !the server announces a literal of 2147483649 bytes; the limit "
	    "is 2147483648" },
};

static void
test_tokens(void **state)
{
	struct buf out = { 0 };
	struct imap_lex l;
	size_t i, j, len;

	(void)state;
	for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		for (j = 0; j < FEED_CHUNKS; j++) {
			len = tokens[i].len > 0 ? tokens[i].len
						: strlen(tokens[i].in);
			struct feed f = FEED(tokens[i].in, len, feed_chunks[j]);

			lex_open(&l, &f);
			buf_reset(&out);
			dump(&l, &out);
			assert_string_equal(buf_str(&out), tokens[i].out);
			imap_lex_clear(&l);
		}
	}
	buf_clear(&out);
}

/* What never ends is an error, and soon. */
static void
test_endless(void **state)
{
	static const struct {
		const char *start, *again, *out;
		uint64_t most; /* bytes that may be read until then */
	} t[] = {
		{ "", "a", LONG, 300 << 10 },
		{ "* ", "a", " a:*" LONG, 300 << 10 },
		{ "", " ", LONG, 1300 << 10 },
		{ "\"", "a", LONG, 300 << 10 },
		{ "\"", "\\\"", LONG, 300 << 10 },
		{ "{", "0", GARBAGE "a literal without size", 170 << 10 },
	};
	struct buf out = { 0 };
	struct imap_lex l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct feed f = FEED(t[i].start, strlen(t[i].start), 1);

		f.again = t[i].again;
		lex_open(&l, &f);
		buf_reset(&out);
		dump(&l, &out);
		assert_string_equal(buf_str(&out), t[i].out);
		assert_true(f.given <= t[i].most);
		imap_lex_clear(&l);
	}
	buf_clear(&out);
}

/* Many short tokens in one response. */
static void
test_line_bound(void **state)
{
	static const char *const again[] = { "(", "a ", ")", "\"x\"",
		"{1}\r\n(" };
	struct err e = ERR_INIT;
	struct imap_lex l;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
		struct feed f = { .again = again[i], .chunk = 1 };

		lex_open(&l, &f);
		for (n = 0; imap_lex_next(&l, &e) == 0; n++)
			assert_true(n <= IMAP_LINE_MAX);
		assert_string_equal(err_text(&e), TOO_LONG);
		assert_int_equal(e.scope, ERR_SESSION);
		imap_lex_clear(&l);
	}
	err_clear(&e);
}

static long
rss_kb(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

/* A literal passes and is never whole in memory. */
static void
test_literal_streams(void **state)
{
	static const char start[] = "{1073741824}\r\n";
	struct feed f = { .data = start,
		.len = sizeof(start) - 1,
		.chunk = 1000,
		.again = "x" };
	struct err e = ERR_INIT;
	struct imap_lex l;
	const char *data;
	uint64_t sum = 0;
	size_t len;
	long before;

	(void)state;
	f.again = "x";
	lex_open(&l, &f);
	assert_int_equal(imap_lex_next(&l, &e), 0);
	assert_int_equal(l.type, IMAP_LITERAL);
	before = rss_kb();
	do {
		assert_int_equal(imap_lex_chunk(&l, &data, &len, &e), 0);
		sum += len;
	} while (len > 0);
	assert_true(sum == UINT64_C(1) << 30);
	assert_true(rss_kb() - before < 16 * 1024);
	imap_lex_clear(&l);
	err_clear(&e);
}

/* What is left of a literal is not taken for tokens. */
static void
test_literal_left(void **state)
{
	static const char in[] = "{9}\r\n) (\r\n A1 x\r\n";
	struct err e = ERR_INIT;
	struct imap_lex l;
	const char *data;
	size_t i, len;

	(void)state;
	for (i = 0; i < FEED_CHUNKS; i++) {
		struct feed f = FEED(in, sizeof(in) - 1, feed_chunks[i]);

		lex_open(&l, &f);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		if (i % 2 == 0)
			assert_int_equal(
			    imap_lex_chunk(&l, &data, &len, &e), 0);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		assert_true(imap_lex_is(&l, "x"));
		imap_lex_clear(&l);
	}
	err_clear(&e);
}

static void
test_gather(void **state)
{
	static const char in[] = "{5}\r\na\r\n)b c\r\n{65537}\r\n";
	struct err e = ERR_INIT;
	struct imap_lex l;
	size_t i;

	(void)state;
	for (i = 0; i < FEED_CHUNKS; i++) {
		struct feed f = FEED(in, sizeof(in) - 1, feed_chunks[i]);

		lex_open(&l, &f);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		assert_int_equal(imap_lex_gather(&l, &e), 0);
		assert_int_equal(l.type, IMAP_STRING);
		assert_int_equal(l.len, 5);
		assert_memory_equal(l.text, "a\r\n)b", 5);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		assert_true(imap_lex_is(&l, "C"));
		assert_int_equal(imap_lex_next(&l, &e), 0);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		assert_int_equal(imap_lex_gather(&l, &e), -1);
		assert_string_equal(err_text(&e), TOO_LONG);
		imap_lex_clear(&l);
	}
	err_clear(&e);
}

/* Literals that become strings are a part of the response's length. */
static void
test_gather_bound(void **state)
{
	struct feed f = { .again = "{1000}\r\n", .chunk = 1 };
	struct err e = ERR_INIT;
	struct imap_lex l;
	size_t sum = 0;

	(void)state;
	lex_open(&l, &f);
	while (imap_lex_next(&l, &e) == 0 && imap_lex_gather(&l, &e) == 0) {
		sum += l.len;
		assert_true(sum <= IMAP_LINE_MAX);
	}
	assert_string_equal(err_text(&e), TOO_LONG);
	imap_lex_clear(&l);
	err_clear(&e);
}

static void
test_text(void **state)
{
	static const char in[] = "* \xff\0\x01 \"(\r\n\n\r\nlast\rx\n no end";
	static const struct {
		const char *text;
		size_t len;
	} t[] = { { " \xff\0\x01 \"(", 7 }, { "", 0 }, { "", 0 },
		{ "last\rx", 6 } };
	struct err e = ERR_INIT;
	struct imap_lex l;
	size_t i, j;

	(void)state;
	for (i = 0; i < FEED_CHUNKS; i++) {
		struct feed f = FEED(in, sizeof(in) - 1, feed_chunks[i]);

		lex_open(&l, &f);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		for (j = 0; j < sizeof(t) / sizeof(t[0]); j++) {
			assert_int_equal(imap_lex_text(&l, &e), 0);
			assert_int_equal(l.len, t[j].len);
			assert_memory_equal(l.text, t[j].text, t[j].len);
		}
		assert_int_equal(imap_lex_text(&l, &e), -1);
		assert_string_equal(
		    err_text(&e), "connection closed by the server");
		imap_lex_clear(&l);
	}
	struct feed f = { .again = "x", .chunk = 1 };
	lex_open(&l, &f);
	assert_int_equal(imap_lex_text(&l, &e), -1);
	assert_string_equal(err_text(&e), TOO_LONG);
	imap_lex_clear(&l);
	err_clear(&e);
}

static void
test_skip(void **state)
{
	static const char in[] = "(a (b {2}\r\n))) \"c\") {3}\r\n() x \"y\" 7 "
				 "z (q {1}\r\n\n)\r\nNEXT\r\n";
	struct err e = ERR_INIT;
	struct imap_lex l;
	size_t i, j;

	(void)state;
	for (i = 0; i < FEED_CHUNKS; i++) {
		struct feed f = FEED(in, sizeof(in) - 1, feed_chunks[i]);

		lex_open(&l, &f);
		for (j = 0; j < 4; j++)
			assert_int_equal(imap_lex_skip_value(&l, &e), 0);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		assert_true(imap_lex_is(&l, "7"));
		assert_int_equal(imap_lex_skip_line(&l, &e), 0);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		assert_true(imap_lex_is(&l, "next"));
		assert_int_equal(imap_lex_skip_value(&l, &e), -1);
		assert_string_equal(
		    err_text(&e), NOT_IMAP "a value is missing");
		imap_lex_clear(&l);
	}
	struct feed deep = { .again = "(", .chunk = 1 };
	lex_open(&l, &deep);
	assert_int_equal(imap_lex_skip_value(&l, &e), -1);
	assert_string_equal(err_text(&e), NOT_IMAP "too many parentheses");
	imap_lex_clear(&l);
	struct feed close = { .again = ")", .chunk = 1 };
	lex_open(&l, &close);
	assert_int_equal(imap_lex_skip_value(&l, &e), -1);
	assert_string_equal(err_text(&e), NOT_IMAP "a value is missing");
	imap_lex_clear(&l);
	err_clear(&e);
}

static const struct {
	const char *in;
	uint64_t count;	 /* UINT64_MAX: an error */
	const char *set; /* as a uidset */
	bool bad;
} sets[] = {
	{ "1", 1, "1", false },
	{ "  5:1,7", 6, "1:5,7", false },
	{ "3,2,1", 3, "1:3", false },
	{ "1:4294967295", 4294967295, "1:4294967295", false },
	{ "0", 0, "", true },
	{ "4294967296,5", 1, "5", true },
	{ "18446744073709551617,6", 1, "6", true },
	{ "99999999999999999999999999999999999999999,6", 1, "6", true },
	{ "0:5", 0, "", true },
	{ "5:4294967296", 0, "", true },
	{ "", UINT64_MAX, NULL, false },
	{ "1,", UINT64_MAX, NULL, false },
	{ "1:", UINT64_MAX, NULL, false },
	{ "1:*", UINT64_MAX, NULL, false },
	{ "*", UINT64_MAX, NULL, false },
	{ "-1", UINT64_MAX, NULL, false },
	{ "a", UINT64_MAX, NULL, false },
};

static void
check_set(size_t i, size_t chunk)
{
	struct imap_set set = { 0 };
	struct uidset uids = { 0 };
	struct err e = ERR_INIT;
	struct buf in = { 0 }, out = { 0 };
	struct imap_lex l;
	bool bad = false;
	int rc;

	buf_printf(&in, "%s x\r\n", sets[i].in);
	struct feed f = FEED(in.data, in.len, chunk);

	lex_open(&l, &f);
	rc = imap_lex_set(&l, &set, &bad, &e);
	assert_int_equal(rc, sets[i].count == UINT64_MAX ? -1 : 0);
	if (rc == 0) {
		assert_true(imap_set_count(&set) == sets[i].count);
		assert_int_equal(bad, sets[i].bad);
		imap_set_to_uidset(&set, &uids);
		uidset_format(&uids, &out);
		assert_string_equal(buf_str(&out), sets[i].set);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		assert_true(imap_lex_is(&l, "x"));
	}
	imap_lex_clear(&l);
	imap_set_clear(&set);
	uidset_clear(&uids);
	buf_clear(&in);
	buf_clear(&out);
	err_clear(&e);
}

static void
test_sets(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		for (j = 0; j < FEED_CHUNKS; j++)
			check_set(i, feed_chunks[j]);
}

/* A set may be longer than a line, but not endless. */
static void
test_endless_set(void **state)
{
	static const char *const again[] = { "7,", "1" };
	struct imap_set set = { 0 };
	struct err e = ERR_INIT;
	struct imap_lex l;
	bool bad = false;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct feed f = { .again = again[i], .chunk = 1 };

		lex_open(&l, &f);
		assert_int_equal(imap_lex_set(&l, &set, &bad, &e), -1);
		assert_string_equal(err_text(&e), TOO_LONG);
		assert_true(f.given <= IMAP_LONG_MAX + IMAP_BUFFER);
		assert_true(set.cap <= 2 * IMAP_RANGES_MAX);
		imap_lex_clear(&l);
		imap_set_reset(&set);
	}
	imap_set_clear(&set);
	err_clear(&e);
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *in;
		uint64_t max, n;
		bool ok;
	} t[] = {
		{ "0", 10, 0, true },
		{ "10", 10, 10, true },
		{ "11", 10, 11, false },
		{ "007", 10, 7, true },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, true },
		{ "18446744073709551616", UINT64_MAX, 0, false },
		{ "4294967296", UINT32_MAX, 0, false },
		{ "-1", 10, 0, false },
		{ "1a", 10, 0, false },
		{ "NIL", 10, 0, false },
		{ "\"1\"", 10, 0, false },
	};
	struct err e = ERR_INIT;
	struct imap_lex l;
	struct buf in = { 0 };
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_reset(&in);
		buf_printf(&in, "%s\r\n", t[i].in);
		struct feed f = FEED(in.data, in.len, 100);

		lex_open(&l, &f);
		assert_int_equal(imap_lex_next(&l, &e), 0);
		assert_int_equal(imap_lex_number(&l, t[i].max, &n), t[i].ok);
		if (t[i].ok)
			assert_true(n == t[i].n);
		imap_lex_clear(&l);
	}
	buf_clear(&in);
	err_clear(&e);
}

static void
test_words(void **state)
{
	(void)state;
	assert_true(imap_atom_is("inBox", 5, "INBOX"));
	assert_false(imap_atom_is("INBO", 4, "INBOX"));
	assert_false(imap_atom_is("INBOXX", 6, "INBOX"));
	assert_false(imap_atom_is("INB\0X", 5, "INBOX"));
	assert_true(imap_atom_is("", 0, ""));
	/* Not what a locale, or a table of bits, would fold. */
	assert_false(imap_atom_is("[", 1, "{"));
	assert_false(imap_atom_is("\xe9", 1, "\xc9"));
}

/* What comes behind is not lost when the stream changes its form. */
static void
test_drain(void **state)
{
	static const char in[] = "a OK\r\nbinary\n\0x";
	struct feed f = FEED(in, sizeof(in) - 1, 1000);
	struct err e = ERR_INIT;
	struct imap_lex l;
	const char *rest;
	size_t len;

	(void)state;
	lex_open(&l, &f);
	assert_int_equal(imap_lex_skip_line(&l, &e), 0);
	assert_int_equal(imap_lex_pending(&l), 9);
	rest = imap_lex_drain(&l, &len);
	assert_int_equal(len, 9);
	assert_memory_equal(rest, "binary\n\0x", 9);
	assert_int_equal(imap_lex_pending(&l), 0);
	imap_lex_clear(&l);
	err_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_line_bound),
		cmocka_unit_test(test_literal_streams),
		cmocka_unit_test(test_literal_left),
		cmocka_unit_test(test_gather),
		cmocka_unit_test(test_gather_bound),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_endless_set),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
