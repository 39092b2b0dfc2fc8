/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Appending messages, with a scripted server. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store_imap_fixture.h"

static const char *const three[] = { "one\r\n", "", "3\n" };

#define A(n) "APPEND \"INBOX\" " n " " DATE " "

static void
play_append(struct fixture *f)
{
	fixture_append(f, three, 3, "done 20/7, done 21/7, done 19/7");
}

static void
count_one(void *arg, const struct store_info *i)
{
	(void)i;
	++*(int *)arg;
}

/* One that is looked for twice. */
static void
play_append_look(struct fixture *f)
{
	const struct store_ref ref = { .id = 20 };
	struct err e = ERR_INIT;
	int n, found;

	fixture_append(f, three, 1, "done 20/7");
	for (n = 1; n <= 2; n++) {
		found = 0;
		assert_int_equal(
		    f->s->ops->details(f->s, &ref, 1, count_one, &found, &e),
		    0);
		assert_int_equal(found, 1);
	}
	err_clear(&e);
}

static void
play_append_no_uids(struct fixture *f)
{
	fixture_append(f, three, 3, "done, done, done");
}

static void
play_append_refused(struct fixture *f)
{
	fixture_append(f, three, 3,
	    "done 20/7, failed: APPEND: the server says NO [OVERQUOTA] full, "
	    "failed: APPEND: the server says BAD what");
}

/* One round trip for all, where literals need not be asked for. */
static void
test_append(void **state)
{
	(void)state;
#define ALL                                                                    \
	"C: T1 " A("(\\Seen)") "{5+}\nC: one\nC:\n"                            \
			       "C: T2 " A("()") "{0+}\nC:\n"                   \
						"C: T3 " A(                    \
						    "()") "{2+}\nC: *\n"
	fixture_run(HELLO("UIDPLUS LITERAL+") SELECT("0", "1") ALL
	    "S: T2 OK [APPENDUID 7 21] x\nS: * 3 EXISTS\n"
	    "S: T1 OK [APPENDUID 7 20] x\nS: T3 OK [APPENDUID 7 19] x\n" BYE,
	    play_append, fixture_inbox);
	/* Without UIDPLUS, and where APPENDUID cannot be. */
	fixture_run(HELLO("LITERAL+") SELECT("0", "1") ALL
	    "S: T1 OK [APPENDUID 7 20] x\nS: T2 OK\nS: T3 OK\n" BYE,
	    play_append_no_uids, fixture_inbox);
	fixture_run(HELLO("UIDPLUS LITERAL-") SELECT("0", "1") ALL
	    "S: T1 OK [APPENDUID 8 20] x\nS: T2 OK [APPENDUID 7 0] x\n"
	    "S: T3 OK [APPENDUID 7 20:21] x\n" BYE,
	    play_append_no_uids, fixture_inbox);
	fixture_run(HELLO("UIDPLUS LITERAL+") SELECT("0", "1") ALL
	    "S: T1 OK [APPENDUID 7 20] x\nS: T2 NO [OVERQUOTA] full\n"
	    "S: T3 BAD what\n" BYE,
	    play_append_refused, fixture_inbox);
	/* The server is asked for its news before it shows what was appended:
	 * once, and with the command that looks. */
#define DETAILS(n) "C: T" n " UID FETCH 20 (UID RFC822.SIZE INTERNALDATE)\n"
#define DETAIL(n)                                                              \
	"S: * 1 FETCH (UID 20 RFC822.SIZE 5 INTERNALDATE " DATE ")\n"          \
	"S: T" n " OK x\n"
	fixture_run(
	    HELLO("UIDPLUS LITERAL+") SELECT("0", "1") "C: T1 " A(
		"(\\Seen)") "{5+}\nC: one\nC:\nS: T1 OK [APPENDUID 7 20] x\n"
			    "C: T2 NOOP\n" DETAILS(
				"3") "S: * 1 EXISTS\nS: T2 OK x\n" DETAIL("3")
				DETAILS("4") DETAIL("4") BYE,
	    play_append_look, fixture_inbox);
	/* Each literal asked for. */
	fixture_run(
	    HELLO("UIDPLUS") SELECT("0", "1") "C: T1 " A(
		"(\\Seen)") "{5}\nS: + go\nC: one\nC:\n"
			    "C: T2 " A(
				"()") "{0}\nS: T1 OK [APPENDUID 7 20] x\nS: + "
				      "go\nC:\n"
				      "C: T3 " A(
					  "()") "{2}\nS: + go\nC: *\n"
						"S: T2 OK [APPENDUID 7 21] "
						"x\nS: T3 OK [APPENDUID 7 19] "
						"x\n" BYE,
	    play_append, fixture_inbox);
}

static void
play_multi_refused(struct fixture *f)
{
	/* All or none; none of them may be tried together again. */
	fixture_append(f, three, 3,
	    "failed: APPEND: the server says NO one of them (again), failed: "
	    "APPEND: the server says NO one of them (again), failed: APPEND: "
	    "the server says NO one of them (again)");
	fixture_append(f, three, 2, "done 20/7, done 21/7");
}

static void
test_multiappend(void **state)
{
	(void)state;
#define MULTI                                                                  \
	"C: T1 " A("(\\Seen)") "{5+}\nC: one\n"                                \
			       "C: *() " DATE " {0+}\nC: *() " DATE            \
			       " {2+}\nC: *\n"
	fixture_run(HELLO("UIDPLUS LITERAL+ MULTIAPPEND") SELECT("0", "1") MULTI
	    "S: T1 OK [APPENDUID 7 20:21,19] x\n" BYE,
	    play_append, fixture_inbox);
	/* Too few, too many, or the wrong way round. */
	fixture_run(HELLO("UIDPLUS LITERAL+ MULTIAPPEND") SELECT("0", "1") MULTI
	    "S: T1 OK [APPENDUID 7 20:21] x\n" BYE,
	    play_append_no_uids, fixture_inbox);
	fixture_run(HELLO("UIDPLUS LITERAL+ MULTIAPPEND") SELECT("0", "1") MULTI
	    "S: T1 OK [APPENDUID 7 1:4294967295] x\n" BYE,
	    play_append_no_uids, fixture_inbox);
	fixture_run(HELLO("UIDPLUS LITERAL+ MULTIAPPEND") SELECT("0", "1") MULTI
	    "S: T1 OK [APPENDUID 7 21:19] x\n" BYE,
	    play_append_no_uids, fixture_inbox);
	fixture_run(HELLO("UIDPLUS LITERAL+ MULTIAPPEND") SELECT("0", "1") MULTI
	    "S: T1 NO one of them\n"
	    "C: T1 " A("(\\Seen)") "{5+}\nC: one\nC:\n"
				   "C: T2 " A(
				       "()") "{0+}\nC:\n"
					     "S: T1 OK [APPENDUID 7 20] x\nS: "
					     "T2 OK [APPENDUID 7 21] x\n" BYE,
	    play_multi_refused, fixture_inbox);
}

static void
play_not_taken(struct fixture *f)
{
	struct store_result r[3];
	struct store_batch *b;
	struct store_sink sink;
	struct err e = ERR_INIT;
	const struct store_meta nul = { .id = 1, .size = 3, .date = WHEN };

	assert_int_equal(f->s->ops->batch_begin(f->s, 3, &b, &sink, &e), 0);
	/* too big, says the server beforehand */
	assert_int_equal(fixture_push(&sink, "twelve bytes", 12, 0, &e), -1);
	fixture_error(&e, ERR_MESSAGE, "the message has 12 bytes");
	/* no BINARY */
	assert_int_equal(sink.begin(sink.arg, &nul, &e), 0);
	assert_int_equal(sink.data(sink.arg, "a\0b", 3, &e), 0);
	assert_int_equal(sink.end(sink.arg, &e), -1);
	fixture_error(&e, ERR_MESSAGE, "the message contains a NUL");
	/* not the size that was said */
	assert_int_equal(fixture_push(&sink, "abc", 4, 0, &e), -1);
	fixture_error(&e, ERR_MESSAGE, "the message changed");
	assert_int_equal(fixture_push(&sink, "abc", 2, 0, &e), -1);
	fixture_error(&e, ERR_MESSAGE, "the message changed");
	/* its source broke */
	assert_int_equal(sink.begin(sink.arg, &nul, &e), 0);
	assert_int_equal(sink.data(sink.arg, "a", 1, &e), 0);
	sink.abort(sink.arg);
	/* refused when it was announced */
	assert_int_equal(fixture_push(&sink, "no", 2, 0, &e), -1);
	fixture_error(
	    &e, ERR_MESSAGE, "APPEND: the server says NO [LIMIT] small");
	/* none of them left a trace */
	assert_int_equal(fixture_push(&sink, "yes", 3, 0, &e), 0);
	assert_int_equal(f->s->ops->batch_commit(b, r, 3, &e), 0);
	fixture_expect(r, 1, "done 5/7");
	err_clear(&e);
}

static void
test_not_taken(void **state)
{
	(void)state;
	fixture_run(HELLO("UIDPLUS APPENDLIMIT=10") SELECT("0", "1") "C: T " A(
			"()") "{2}\nS: T NO [LIMIT] small\n"
			      "C: T " A("()") "{3}\nS: + go\nC: yes\n"
					      "S: T OK [APPENDUID 7 5] x\n" BYE,
	    play_not_taken, fixture_inbox);
}

static void
play_binary(struct fixture *f)
{
	struct store_result r;
	struct store_batch *b;
	struct store_sink sink;
	struct err e = ERR_INIT;
	const struct store_meta nul = { .id = 1, .size = 3, .date = WHEN };

	assert_int_equal(f->s->ops->batch_begin(f->s, 1, &b, &sink, &e), 0);
	assert_int_equal(sink.begin(sink.arg, &nul, &e), 0);
	assert_int_equal(sink.data(sink.arg, "a\0b", 3, &e), 0);
	assert_int_equal(sink.end(sink.arg, &e), 0);
	assert_int_equal(f->s->ops->batch_commit(b, &r, 1, &e), 0);
	fixture_expect(&r, 1, "done");
	err_clear(&e);
}

static void
test_binary(void **state)
{
	(void)state;
	fixture_run(HELLO("BINARY LITERAL+") SELECT("0", "1") "C: T " A(
			"()") "~{3+}\nC: a*b\nS: T OK\n" BYE,
	    play_binary, fixture_inbox);
}

static void
play_utf8(struct fixture *f)
{
	static const char *const texts[] = { "S: \xc3\xa4\r\n\r\n",
		"S: a\r\n\r\n\xc3\xa4", "S: \xe4\r\n\r\n" };
	static const char *const again[] = { "S: \xc3\xa4\r\n\r\n" };

	fixture_append(f, texts, 3,
	    "failed: APPEND: the server says BAD what (again), done 21/7, done "
	    "22/7");
	fixture_append(f, again, 1, "done 23/7");
}

/* clang-format off */
#define UTF8_ON "C: T ENABLE UTF8=ACCEPT\nS: * ENABLED UTF8=ACCEPT\nS: T OK\n"
#define UTF8_THREE                                                             \
	"C: T1 " A("(\\Seen)") "UTF8 (~{9+}\nC: S: \xc3\xa4\nC:\nC: )\n"      \
	"C: T2 " A("()") "{10+}\nC: S: a\nC:\nC: \xc3\xa4\n"                  \
	"C: T3 " A("()") "{8+}\nC: S: \xe4\nC:\nC:\n"                         \
	"S: T1 BAD what\nS: T2 OK [APPENDUID 7 21] x\n"                        \
	"S: T3 OK [APPENDUID 7 22] x\n"
#define UTF8_AGAIN                                                             \
	"C: T " A("(\\Seen)") "{9+}\nC: S: \xc3\xa4\nC:\nC:\n"                \
	"S: T OK [APPENDUID 7 23] x\n"
/* clang-format on */

/* A message with UTF-8 in its header, and no other, is announced as one; not
 * to a server that does not know that. */
static void
test_utf8(void **state)
{
	(void)state;
	fixture_run(HELLO("UIDPLUS LITERAL+ ENABLE UTF8=ACCEPT")
			UTF8_ON SELECT("0", "1") UTF8_THREE UTF8_AGAIN BYE,
	    play_utf8, fixture_inbox);
}

#define BIG (3 * 1024 * 1024)

/* A big message streams; one that breaks in the middle costs the connection,
 * and does not become a message. */
static void
test_streams(void **state)
{
	static char piece[65536];
	const struct store_meta m = { .id = 1, .size = BIG, .date = WHEN };
	struct fixture f;
	struct store_result r;
	struct store_batch *b;
	struct store_sink sink;
	struct snapshot snap = { 0 };
	struct err e = ERR_INIT;
	size_t n;
	int cut;

	(void)state;
	memset(piece, 'x', sizeof(piece));
	for (cut = 0; cut < 2; cut++) {
		f = (struct fixture){ .settings = { .expunge = true },
			.problems_fine = cut == 1 };
		fixture_inbox(&f,
		    HELLO("UIDPLUS LITERAL+") SELECT("0", "1") "C: T " A(
			"()") "{3145728+}\nC: *\n"
			      "S: T OK [APPENDUID 7 5] x\n" BYE,
		    100000);
		assert_int_equal(
		    f.s->ops->batch_begin(f.s, 1, &b, &sink, &e), 0);
		assert_int_equal(sink.begin(sink.arg, &m, &e), 0);
		for (n = 0; n < BIG / (size_t)(cut + 1); n += sizeof(piece))
			assert_int_equal(
			    sink.data(sink.arg, piece, sizeof(piece), &e), 0);
		assert_true(f.script.sent.len > BIG / 2 - sizeof(piece));
		if (cut == 0) {
			assert_int_equal(sink.end(sink.arg, &e), 0);
			assert_int_equal(
			    f.s->ops->batch_commit(b, &r, 1, &e), 0);
			fixture_expect(&r, 1, "done 5/7");
		} else {
			sink.abort(sink.arg);
			assert_int_equal(
			    f.s->ops->batch_commit(b, &r, 1, &e), -1);
			fixture_error(&e, ERR_SESSION, "the connection was");
			assert_int_equal(f.s->ops->scan(f.s, &snap, &e), -1);
			fixture_error(&e, ERR_SESSION, "the connection was");
			assert_null(memmem(f.script.sent.data,
			    f.script.sent.len, "xx\r\n", 4));
		}
		fixture_close(&f);
		if (cut == 1)
			assert_null(strstr(buf_str(&f.script.sent), "LOGOUT"));
	}
	err_clear(&e);
}

static void
play_append_cut(struct fixture *f)
{
	struct store_result r[3];
	struct store_batch *b;
	struct store_sink sink;
	struct err e = ERR_INIT;
	size_t i;

	assert_int_equal(f->s->ops->batch_begin(f->s, 3, &b, &sink, &e), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(
		    fixture_push(&sink, three[i], strlen(three[i]), 0, &e), 0);
	assert_int_equal(f->s->ops->batch_commit(b, r, 3, &e), -1);
	fixture_error(&e, ERR_SESSION, "connection closed by the server");
	/* What was not answered may be there or not. */
	fixture_expect(r, 3, "done 20/7, pending, pending");
	err_clear(&e);
}

static void
play_append_abort(struct fixture *f)
{
	struct store_batch *b;
	struct store_sink sink;
	struct snapshot snap = { 0 };
	struct err e = ERR_INIT;

	assert_int_equal(f->s->ops->batch_begin(f->s, 3, &b, &sink, &e), 0);
	assert_int_equal(fixture_push(&sink, "abc", 3, 0, &e), 0);
	f->s->ops->batch_abort(b);
	assert_int_equal(f->s->ops->scan(f->s, &snap, &e), 0);
	snapshot_clear(&snap);
	err_clear(&e);
}

static void
test_append_cut(void **state)
{
	(void)state;
	fixture_run(
	    HELLO("UIDPLUS LITERAL+")
		SELECT("0", "1") "C: T1 " A("()") "{5+}\nC: one\nC:\nC: T2 " A(
		    "()") "{0+}\nC:\n"
			  "C: T3 " A("()") "{2+}\nC: *\n"
					   "S: T1 OK [APPENDUID 7 20] x\nEOF\n",
	    play_append_cut, fixture_inbox);
	/* What was sent already is waited for. */
	fixture_run(HELLO("UIDPLUS LITERAL+") SELECT("0", "1") "C: T " A(
			"()") "{3+}\nC: abc\nS: T NO x\n"
			      "C: T UID FETCH *\nS: T OK\n" BYE,
	    play_append_abort, fixture_inbox);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_multiappend),
		cmocka_unit_test(test_not_taken),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_append_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
