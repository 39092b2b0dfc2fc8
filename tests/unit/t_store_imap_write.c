/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Appending, changing and removing messages, with a scripted server. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "store_imap_fixture.h"

/* Results as text: "done 12/7, failed: why, ...". */
static void
dump(const struct store_result *r, size_t n, struct buf *out)
{
	static const char *const names[] = { "pending", "done", "gone",
		"changed", "failed" };
	size_t i;

	buf_reset(out);
	for (i = 0; i < n; i++) {
		buf_printf(out, "%s%s", i > 0 ? ", " : "", names[r[i].outcome]);
		if (r[i].id != 0)
			buf_printf(out, " %u/%u", r[i].id, r[i].validity);
		if (r[i].moved)
			buf_puts(out, " moved");
		if (r[i].outcome == STORE_FAILED)
			buf_printf(out, ": %s%s", err_text(&r[i].err),
			    r[i].err.retry ? " (again)" : "");
	}
}

static void
expect(struct store_result *r, size_t n, const char *expected)
{
	struct buf out = { 0 };

	dump(r, n, &out);
	assert_string_equal(buf_str(&out), expected);
	buf_clear(&out);
	store_results_clear(r, n);
}

/* Pushes one message; what end() says, or what went wrong before. */
static int
push(struct store_sink *sink, const char *text, uint64_t size, uint32_t flags,
    struct err *e)
{
	const struct store_meta m = {
		.id = 1, .flags = flags, .size = size, .date = WHEN
	};
	size_t half = strlen(text) / 2;

	if (sink->begin(sink->arg, &m, e) == -1 ||
	    (half > 0 && sink->data(sink->arg, text, half, e) == -1) ||
	    sink->data(sink->arg, text + half, strlen(text) - half, e) == -1)
		return -1;
	return sink->end(sink->arg, e);
}

/* Appends n messages in one batch; results as text. */
static void
append(
    struct fixture *f, const char *const *texts, size_t n, const char *expected)
{
	struct store_result r[8];
	struct store_batch *b;
	struct store_sink sink;
	struct err e = ERR_INIT;
	size_t i;

	assert_true(n <= 8);
	assert_int_equal(f->s->ops->batch_begin(f->s, n, &b, &sink, &e), 0);
	for (i = 0; i < n; i++)
		if (push(&sink, texts[i], strlen(texts[i]),
			i == 0 ? FLAG_SEEN : 0, &e) == -1)
			fail_msg("%s\n%s", f->text, err_text(&e));
	assert_int_equal(f->s->ops->batch_commit(b, r, n, &e), 0);
	expect(r, n, expected);
	err_clear(&e);
}

static const char *const three[] = { "one\r\n", "", "3\n" };

#define A(n) "APPEND \"INBOX\" " n " " DATE " "

static void
play_append(struct fixture *f)
{
	append(f, three, 3, "done 20/7, done 21/7, done 19/7");
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

	append(f, three, 1, "done 20/7");
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
	append(f, three, 3, "done, done, done");
}

static void
play_append_refused(struct fixture *f)
{
	append(f, three, 3,
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
	append(f, three, 3,
	    "failed: APPEND: the server says NO one of them (again), failed: "
	    "APPEND: the server says NO one of them (again), failed: APPEND: "
	    "the server says NO one of them (again)");
	append(f, three, 2, "done 20/7, done 21/7");
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
	assert_int_equal(push(&sink, "twelve bytes", 12, 0, &e), -1);
	fixture_error(&e, ERR_MESSAGE, "the message has 12 bytes");
	/* no BINARY */
	assert_int_equal(sink.begin(sink.arg, &nul, &e), 0);
	assert_int_equal(sink.data(sink.arg, "a\0b", 3, &e), 0);
	assert_int_equal(sink.end(sink.arg, &e), -1);
	fixture_error(&e, ERR_MESSAGE, "the message contains a NUL");
	/* not the size that was said */
	assert_int_equal(push(&sink, "abc", 4, 0, &e), -1);
	fixture_error(&e, ERR_MESSAGE, "the message changed");
	assert_int_equal(push(&sink, "abc", 2, 0, &e), -1);
	fixture_error(&e, ERR_MESSAGE, "the message changed");
	/* its source broke */
	assert_int_equal(sink.begin(sink.arg, &nul, &e), 0);
	assert_int_equal(sink.data(sink.arg, "a", 1, &e), 0);
	sink.abort(sink.arg);
	/* refused when it was announced */
	assert_int_equal(push(&sink, "no", 2, 0, &e), -1);
	fixture_error(
	    &e, ERR_MESSAGE, "APPEND: the server says NO [LIMIT] small");
	/* none of them left a trace */
	assert_int_equal(push(&sink, "yes", 3, 0, &e), 0);
	assert_int_equal(f->s->ops->batch_commit(b, r, 3, &e), 0);
	expect(r, 1, "done 5/7");
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
	expect(&r, 1, "done");
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
			expect(&r, 1, "done 5/7");
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
		    push(&sink, three[i], strlen(three[i]), 0, &e), 0);
	assert_int_equal(f->s->ops->batch_commit(b, r, 3, &e), -1);
	fixture_error(&e, ERR_SESSION, "connection closed by the server");
	/* What was not answered may be there or not. */
	expect(r, 3, "done 20/7, pending, pending");
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
	assert_int_equal(push(&sink, "abc", 3, 0, &e), 0);
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

static const struct store_ref refs[] = {
	{ .id = 9, .size = 90, .date = WHEN },
	{ .id = 2, .size = 20, .date = WHEN },
	{ .id = 5, .size = 50, .date = WHEN },
};

static void
play_flags(struct fixture *f)
{
	struct store_result r[3];
	struct err e = ERR_INIT;
	uint32_t work;

	work = keywords_flag(&f->words, "Work", 4, true);
	assert_int_equal(
	    f->s->ops->flags(f->s, refs, 3,
		(struct store_delta){ FLAG_SEEN | work, FLAG_FLAGGED }, r, &e),
	    0);
	expect(r, 3, "done, gone, failed: the server did not keep the flags");
	assert_int_equal(f->s->ops->flags(f->s, refs, 3,
			     (struct store_delta){ FLAG_SEEN, 0 }, r, &e),
	    0);
	expect(r, 3,
	    "done, failed: STORE: the server says NO read-only, failed: STORE: "
	    "the server says NO read-only");
	assert_int_equal(f->s->ops->flags(f->s, refs, 3,
			     (struct store_delta){ FLAG_SEEN, 0 }, r, &e),
	    -1);
	fixture_error(&e, ERR_FOLDER, "invalid data from the server");
	err_clear(&e);
}

static void
test_flags(void **state)
{
	(void)state;
	fixture_run(
	    HELLO("") SELECT("3",
		"10") "C: T1 UID STORE 2,5,9 +FLAGS.SILENT (Work \\Seen)\n"
		      "C: T2 UID STORE 2,5,9 -FLAGS.SILENT (\\Flagged)\n"
		      "C: T3 UID FETCH 2,5,9 (UID FLAGS)\n"
		      "S: * 3 FETCH (FLAGS (\\Seen work) UID 9)\n"
		      "S: * 2 FETCH (UID 5 FLAGS (\\Seen \\Flagged work))\n"
		      "S: T1 OK\nS: T2 OK\nS: T3 OK\n"
		      "C: T1 UID STORE 2,5,9 +FLAGS.SILENT (\\Seen)\n"
		      "C: T2 UID FETCH 2,5,9 (UID FLAGS)\n"
		      "S: T1 NO read-only\n"
		      "S: * 3 FETCH (FLAGS (\\Seen) UID 9)\n"
		      "S: * 2 FETCH (FLAGS () UID 5)\nS: T2 OK\n"
		      "C: T1 UID STORE 2,5,9 +FLAGS.SILENT (\\Seen)\n"
		      "C: T2 UID FETCH 2,5,9 (UID FLAGS)\n"
		      "S: * 3 FETCH (FLAGS (\\Seen) UID 0)\nS: T1 OK\nS: T2 "
		      "OK\n" BYE,
	    play_flags, fixture_inbox);
}

#define LOOK "C: T UID FETCH 2,5,9 (UID RFC822.SIZE INTERNALDATE)\n"
#define L(seq, uid, size)                                                      \
	"S: * " seq " FETCH (UID " uid " RFC822.SIZE " size                    \
	" INTERNALDATE " DATE ")\n"
#define ALL_THERE LOOK L("1", "2", "20") L("2", "5", "50") L("3", "9", "90")
#define T_OK "S: T OK\n"
#define MARK(set) "C: T UID STORE " set " +FLAGS.SILENT (\\Deleted)\n" T_OK

/* Removes 9, 2, 5 where the server says so, and expects this. */
static void
removes(const char *hello, bool only_mark, const char *answers,
    const char *error, const char *expected)
{
	struct fixture f;
	struct store_result r[3];
	struct buf text = { 0 };
	struct err e = ERR_INIT;
	size_t i;
	int rc;

	buf_printf(&text, "%s%s", hello, answers);
	for (i = 0; i < FIXTURE_CHUNKS; i++) {
		f = (struct fixture){ .settings = { .expunge = !only_mark } };
		fixture_inbox(&f, buf_str(&text), fixture_chunks[i]);
		rc = f.s->ops->remove(f.s, refs, 3, r, &e);
		if (rc != (error != NULL ? -1 : 0))
			fail_msg("%s\n%s", f.text, err_text(&e));
		if (error != NULL)
			assert_non_null(strstr(err_text(&e), error));
		expect(r, 3, expected);
		fixture_close(&f);
	}
	buf_clear(&text);
	err_clear(&e);
}

#define PLUS HELLO("UIDPLUS") SELECT("3", "10")
#define MINUS HELLO("") SELECT("3", "10")

static void
test_remove(void **state)
{
	(void)state;
	removes(PLUS, false,
	    ALL_THERE T_OK MARK(
		"2,5,9") "C: T UID EXPUNGE 2,5,9\n"
			 "S: * 1 EXPUNGE\nS: * 1 EXPUNGE\nS: * 1 EXPUNGE\n" T_OK
			     BYE,
	    NULL, "done, done, done");
	/* Gone, and another message under its number. */
	removes(PLUS, false,
	    LOOK L("1", "2", "21") L("3", "9", "90")
		T_OK MARK("9") "C: T UID EXPUNGE 9\n" T_OK BYE,
	    NULL, "done, changed, gone");
	removes(PLUS, false,
	    LOOK L("1", "2",
		"20") "S: * 2 FETCH (UID 5 RFC822.SIZE 50 INTERNALDATE "
		      "\"01-Jan-2020 "
		      "00:00:01 +0000\")\nS: * 3 FETCH (UID 9 FLAGS ())\n" T_OK
			  MARK("2") "C: T UID EXPUNGE 2\n" T_OK BYE,
	    NULL, "changed, done, changed");
	/* Nothing is left to do. */
	removes(PLUS, false, LOOK T_OK BYE, NULL, "gone, gone, gone");
	/* Refused, or a lie: nothing is removed. */
	removes(PLUS, false, LOOK "S: T NO [CANNOT] no\n" BYE, NULL,
	    "failed: UID FETCH: the server says NO [CANNOT] no, failed: UID "
	    "FETCH: the server says NO [CANNOT] no, failed: UID FETCH: the "
	    "server says NO [CANNOT] no");
	removes(PLUS, false, LOOK L("1", "2", "20") L("2", "0", "50") T_OK BYE,
	    "invalid data from the server", "pending, pending, pending");
	removes(PLUS, false,
	    ALL_THERE T_OK
	    "C: T UID STORE 2,5,9 +FLAGS.SILENT (\\Deleted)\nS: T NO x\n" BYE,
	    NULL,
	    "failed: UID STORE: the server says NO x, failed: UID STORE: the "
	    "server says NO x, failed: UID STORE: the server says NO x");
	removes(PLUS, false,
	    ALL_THERE T_OK MARK(
		"2,5,9") "C: T UID EXPUNGE 2,5,9\nS: * BYE x\nEOF\n",
	    "the server says goodbye", "pending, pending, pending");
	/* expunge = false */
	removes(PLUS, true, ALL_THERE T_OK MARK("2,5,9") BYE, NULL,
	    "done, done, done");
}

/* Without UIDPLUS only when nothing else would go with them. */
static void
test_remove_plain(void **state)
{
	(void)state;
#define DELETED "C: T UID SEARCH DELETED\n"
	removes(MINUS, false,
	    ALL_THERE T_OK MARK("2,5,9") DELETED
	    "S: * SEARCH 9 5 2\n" T_OK
	    "C: T EXPUNGE\nS: * 1 EXPUNGE\n" T_OK BYE,
	    NULL, "done, done, done");
	removes(MINUS, false,
	    ALL_THERE T_OK MARK("2,5,9") DELETED
	    "S: * SEARCH 2 4 5 9\n" T_OK BYE,
	    NULL,
	    "failed: it stays, marked as deleted: other messages are marked, "
	    "too, and the server can only expunge all of them, failed: it "
	    "stays, marked as deleted: other messages are marked, too, and the "
	    "server can only expunge all of them, failed: it stays, marked as "
	    "deleted: other messages are marked, too, and the server can only "
	    "expunge all of them");
	removes(MINUS, false, ALL_THERE T_OK MARK("2,5,9") DELETED T_OK BYE,
	    "the server does not say which", "pending, pending, pending");
	removes(MINUS, false,
	    ALL_THERE T_OK MARK("2,5,9") DELETED "S: T NO x\n" BYE,
	    "SEARCH: the server says NO x", "pending, pending, pending");
	removes(MINUS, false,
	    ALL_THERE T_OK MARK("2,5,9") DELETED "S: * SEARCH 2 0\n" T_OK BYE,
	    "invalid data from the server", "pending, pending, pending");
}

/* Copies or moves 9, 2, 5 to "Sub/x". */
static void
transfers(const char *caps, bool move, const char *answers, const char *error,
    const char *expected)
{
	struct fixture f;
	struct store_result r[3];
	struct buf text = { 0 };
	struct err e = ERR_INIT;
	size_t i;
	int rc;

	buf_printf(&text, "S: * PREAUTH [CAPABILITY IMAP4rev1 %s] hi\n%s%s",
	    caps, SELECT("3", "10"), answers);
	for (i = 0; i < FIXTURE_CHUNKS; i++) {
		f = (struct fixture){ .settings = { .expunge = true } };
		fixture_inbox(&f, buf_str(&text), fixture_chunks[i]);
		rc = f.s->ops->transfer(f.s, refs, 3,
		    (struct store_destination){ "Sub/x", move }, r, &e);
		if (rc != (error != NULL ? -1 : 0))
			fail_msg("%s\n%s", f.text, err_text(&e));
		if (error != NULL)
			assert_non_null(strstr(err_text(&e), error));
		expect(r, 3, expected);
		fixture_close(&f);
	}
	buf_clear(&text);
	err_clear(&e);
}

static void
test_move(void **state)
{
	(void)state;
#define MOVE_ALL "C: T UID MOVE 2,5,9 \"Sub/x\"\n"
	transfers("UIDPLUS MOVE", true,
	    ALL_THERE T_OK MOVE_ALL
	    "S: * OK [COPYUID 44 2,5,9 70:72] x\n"
	    "S: * 1 EXPUNGE\nS: * VANISHED 5,9\n" T_OK BYE,
	    NULL, "done 72/44 moved, done 70/44 moved, done 71/44 moved");
	/* In the tagged answer, in an order of its own, not all of them. */
	transfers("UIDPLUS MOVE", true,
	    ALL_THERE T_OK MOVE_ALL "S: T OK [COPYUID 44 9,2 70,90] x\n" BYE,
	    NULL, "done 70/44 moved, done 90/44 moved, gone");
	transfers("MOVE", true,
	    ALL_THERE T_OK MOVE_ALL
	    "S: * OK [COPYUID 44 2,5,9 70:72] x\n" T_OK BYE,
	    NULL, "done moved, done moved, done moved");
	/* No MOVE: copied, and still here. */
	transfers("UIDPLUS", true,
	    LOOK L("1", "2", "20") L("2", "5", "51") L("3", "9", "90") T_OK
	    "C: T UID COPY 2,9 \"Sub/x\"\n"
	    "S: T OK [COPYUID 44 2,9 70:71] x\n" BYE,
	    NULL, "done 71/44, done 70/44, changed");
	transfers("UIDPLUS MOVE", true,
	    ALL_THERE T_OK MOVE_ALL "S: T NO [TRYCREATE] x\n" BYE, NULL,
	    "failed: MOVE: the server says NO [TRYCREATE] x, failed: MOVE: the "
	    "server says NO [TRYCREATE] x, failed: MOVE: the server says NO "
	    "[TRYCREATE] x");
	/* Half of it done, and then no: not known to have left. */
	transfers("UIDPLUS MOVE", true,
	    ALL_THERE T_OK MOVE_ALL "S: * OK [COPYUID 44 2 70] x\n"
				    "S: T NO oops\n" BYE,
	    NULL,
	    "failed: MOVE: the server says NO oops, done 70/44, failed: MOVE: "
	    "the server says NO oops");
	transfers("UIDPLUS MOVE", true, ALL_THERE T_OK MOVE_ALL "EOF\n",
	    "connection closed", "pending, pending, pending");
}

static void
test_copy(void **state)
{
	(void)state;
#define COPY_ALL "C: T UID COPY 2,5,9 \"Sub/x\"\n"
	transfers("UIDPLUS MOVE", false,
	    ALL_THERE T_OK COPY_ALL "S: T OK [COPYUID 44 2,5,9 72:70] x\n" BYE,
	    NULL, "done 70/44, done 72/44, done 71/44");
	/* Lies: sets that do not fit, or that would take for ever to walk. */
	transfers("UIDPLUS", false,
	    ALL_THERE T_OK COPY_ALL "S: T OK [COPYUID 44 2,5,9 72] x\n" BYE,
	    NULL, "done, done, done");
	transfers("UIDPLUS", false,
	    ALL_THERE T_OK COPY_ALL
	    "S: T OK [COPYUID 44 1:4294967295 1:4294967295] x\n" BYE,
	    NULL, "done, done, done");
	transfers("UIDPLUS", false,
	    ALL_THERE T_OK COPY_ALL "S: T OK [COPYUID 0 2,5,9 70:72] x\n" BYE,
	    NULL, "done, done, done");
	transfers("UIDPLUS", false, LOOK T_OK BYE, NULL, "gone, gone, gone");
}

#define EVERYTHING                                                             \
	"UIDPLUS MOVE LITERAL+ MULTIAPPEND CONDSTORE ENABLE QRESYNC "          \
	"NAMESPACE ID BINARY IMAP4rev2 LIST-EXTENDED LIST-STATUS SPECIAL-USE"

/* Each extension turned off where the server offers all: what it sends in
 * opening, and what it no longer does. */
static void
test_disable(void **state)
{
	static const struct {
		const char *off, *sends, *never;
	} t[] = {
		{ NULL, "ENABLE CONDSTORE QRESYNC IMAP4rev2", "XYZ" },
		{ "ENABLE", " NAMESPACE", "ENABLE" },
		{ "QRESYNC", "ENABLE CONDSTORE IMAP4rev2", "QRESYNC" },
		{ "CONDSTORE", "ENABLE QRESYNC", "CONDSTORE" },
		{ "IMAP4rev2", "ENABLE CONDSTORE QRESYNC\r\n", "IMAP4rev2" },
		{ "NAMESPACE", "ENABLE", "NAMESPACE" },
		{ "ID", "ENABLE", " ID " },
		{ "LIST-STATUS", "LIST \"\" \"*\"\r\n", "RETURN" },
		{ "LIST-EXTENDED", "LIST \"\" \"*\"\r\n", "RETURN" },
		{ "SPECIAL-USE", "RETURN (STATUS", "SPECIAL-USE" },
		{ "literal+", "ENABLE", "XYZ" },
	};
	char name[32];
	char *off[] = { name, NULL };
	struct fixture f;
	struct store_folders l = { 0 };
	struct buf text = { 0 };
	struct err e = ERR_INIT;
	size_t i, n, commands;
	const char *sent;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		f = (struct fixture){ .problems_fine = true };
		if (t[i].off != NULL) {
			snprintf(name, sizeof(name), "%s", t[i].off);
			f.settings.disable_extensions = off;
		}
		commands = 4;
		if (i == 1 || i == 5 || i == 6)
			commands = 3;
		buf_reset(&text);
		buf_puts(&text, HELLO(EVERYTHING));
		for (n = 1; n <= commands; n++)
			buf_printf(&text, "C: T%zu *\n", n);
		for (n = 1; n <= commands; n++)
			buf_printf(&text, "S: T%zu OK\n", n);
		fixture_open(&f, buf_str(&text), 100000);
		if (f.s->ops->list(f.s, &l, &e) == -1)
			fail_msg("%s", err_text(&e));
		sent = buf_str(&f.script.sent);
		if (strstr(sent, t[i].sends) == NULL ||
		    strstr(sent, t[i].never) != NULL)
			fail_msg("%s: %s", t[i].off, sent);
		store_folders_clear(&l);
		fixture_close(&f);
	}
	buf_clear(&text);
	err_clear(&e);
}

/* UIDPLUS, MOVE, MULTIAPPEND, LITERAL+ and BINARY off, each in its turn. */
static void
play_no_uidplus(struct fixture *f)
{
	struct store_result r[3];
	struct err e = ERR_INIT;

	append(f, three, 1, "done");
	assert_int_equal(f->s->ops->remove(f->s, refs, 3, r, &e), 0);
	expect(r, 3, "done, done, done");
	assert_int_equal(f->s->ops->transfer(f->s, refs, 3,
			     (struct store_destination){ "x", true }, r, &e),
	    0);
	expect(r, 3, "done, done, done");
	err_clear(&e);
}

static void
open_bare(struct fixture *f, const char *text, size_t chunk)
{
	static char a[] = "UIDPLUS", b[] = "MOVE", c[] = "MULTIAPPEND",
		    d[] = "LITERAL+", g[] = "BINARY",
		    *off[] = { a, b, c, d, g, NULL };

	f->settings.disable_extensions = off;
	fixture_inbox(f, text, chunk);
}

static void
test_disable_writing(void **state)
{
	(void)state;
	fixture_run(
	    HELLO("UIDPLUS MOVE MULTIAPPEND LITERAL+ BINARY")
		SELECT("3", "10") "C: T " A(
		    "(\\Seen)") "{5}\nS: + go\nC: one\nC:\n"
				"S: T OK [APPENDUID 7 20] x\n" ALL_THERE T_OK
				    MARK("2,5,9") DELETED
	    "S: * SEARCH 2 5 9\n" T_OK "C: T EXPUNGE\n" T_OK ALL_THERE T_OK
	    "C: T UID COPY 2,5,9 \"x\"\n"
	    "S: T OK [COPYUID 44 2,5,9 70:72] x\n" BYE,
	    play_no_uidplus, open_bare);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_multiappend),
		cmocka_unit_test(test_not_taken),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_append_cut),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_remove_plain),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_disable),
		cmocka_unit_test(test_disable_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
