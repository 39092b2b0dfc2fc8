/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "stream_memory.h"

/* Reads until the script wants to hear the client, or ends. */
static void
read_all(struct stream *s, struct buf *b)
{
	struct err e = ERR_INIT;
	ssize_t n;

	while (stream_wait(s, 0, &e) == 1) {
		n = stream_read(s, buf_reserve(b, 100), 100, &e);
		assert_true(n >= 0);
		if (n == 0)
			return;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
	}
	err_clear(&e);
}

static void
say(struct stream *s, const char *text)
{
	struct err e = ERR_INIT;

	assert_int_equal(stream_write(s, text, strlen(text), &e), 0);
	err_clear(&e);
}

static void
test_dialogue(void **state)
{
	static const char script[] = "S: * OK hi\n"
				     "C: T1 LIST \"\" *\n"
				     "C: T2 NOOP\n"
				     "\n"
				     "S> a\\x41\\0\\\\\\r\\n\n"
				     "S: T2 OK two\n"
				     "S: T1 OK one\n"
				     "C: T LOGOUT\n"
				     "S: Text stays\n"
				     "EOF\n";
	static const size_t chunks[] = { 1, 2, 7, 1000 };
	struct err e = ERR_INIT;
	struct stream *s;
	struct buf b = { 0 };
	char c;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		s = stream_memory_new(script, chunks[i]);
		read_all(s, &b);
		assert_string_equal(buf_str(&b), "* OK hi\r\n");
		buf_reset(&b);
		say(s, "x7 LIST \"\" %*\r\nx8 NO");
		say(s, "OP\r\n");
		read_all(s, &b);
		assert_int_equal(b.len, 28);
		assert_memory_equal(
		    b.data, "aA\0\\\r\nx8 OK two\r\nx7 OK one\r\n", 28);
		buf_reset(&b);
		say(s, "x9 LOGOUT\r\n");
		read_all(s, &b);
		assert_string_equal(buf_str(&b), "Text stays\r\n");
		assert_int_equal(stream_read(s, &c, 1, &e), 0);
		assert_null(stream_memory_problem(s));
		stream_free(s);
		buf_clear(&b);
	}
	err_clear(&e);
}

/* What the client does wrong, and that it is told. */
static void
test_problems(void **state)
{
	static const struct {
		const char *script, *said, *problem;
	} t[] = {
		{ "C: T A\n", "x B\r\n",
		    "script expects \"C: T A\", client sent x B" },
		{ "C: T A\n", " A\r\n",
		    "script expects \"C: T A\", client sent  A" },
		{ "C: a*b*c\n", "a1b2b3\r\n",
		    "script expects \"C: a*b*c\", client sent a1b2b3" },
		{ "C: T A\n", "x A", "script stopped before \"C: T A\"" },
		{ "C: T A\n", "x A\r\nmore", "client sent too much: more" },
		{ "C: T A\nS: T\n", "x A\r\n", "client left 3 bytes unread" },
		{ "D: x\n", "", "bad line in script: D: x" },
		{ "S> \\q\n", "", "bad line in script: S> \\q" },
		{ "C: a*b*c\n", "a1b2b3c\r\n", NULL },
		{ "C: *\n", "\r\n", NULL },
		{ "C:\n", "\r\n", NULL },
		{ "C: T\n", "x\r\n", NULL },
	};
	struct err e = ERR_INIT;
	struct stream *s;
	const char *problem;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s = stream_memory_new(t[i].script, 100);
		if (t[i].said[0] != '\0') {
			say(s, t[i].said);
			stream_flush(s, &e);
		}
		problem = stream_memory_problem(s);
		if (t[i].problem == NULL)
			assert_null(problem);
		else
			assert_string_equal(problem, t[i].problem);
		stream_free(s);
	}
	err_clear(&e);
}

static void
test_timeout(void **state)
{
	struct err e = ERR_INIT;
	struct stream *s;
	char c;

	(void)state;
	s = stream_memory_new("S> x\n", 10);
	assert_int_equal(stream_read(s, &c, 1, &e), 1);
	assert_int_equal(stream_wait(s, 0, &e), 0);
	assert_int_equal(stream_read(s, &c, 1, &e), -1);
	assert_int_equal(e.num, ETIMEDOUT);
	assert_int_equal(e.scope, ERR_SESSION);
	assert_true(e.retry);
	assert_null(stream_memory_problem(s));
	stream_free(s);
	s = stream_memory_new("C: T A\n", 10);
	assert_int_equal(stream_read(s, &c, 1, &e), -1);
	assert_non_null(stream_memory_problem(s));
	stream_free(s);
	err_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogue),
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
