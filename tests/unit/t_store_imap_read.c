/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scanning a folder and reading its messages, with a scripted server. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "store_imap_fixture.h"

#define SCAN "C: T UID FETCH 1:4294967295 (FLAGS)\n"

/*
 * Scans a folder of n messages, where the server says answers. expected NULL:
 * it fails with error. Else expected is "uid:letters ...", and error, unless it
 * is NULL, says why the snapshot is not complete.
 */
static void
scan(const char *hello, const char *answers, const char *error,
    const char *expected)
{
	struct fixture f;
	struct snapshot snap = { 0 };
	struct buf text = { 0 }, out = { 0 };
	struct err e = ERR_INIT;
	char letters[FLAGS_LETTERS_LEN];
	size_t i, j;
	int rc;

	buf_printf(&text, "%s%s%s", hello, answers, BYE);
	for (i = 0; i < FIXTURE_CHUNKS; i++) {
		f = (struct fixture){ .settings = { .expunge = true } };
		fixture_inbox(&f, buf_str(&text), fixture_chunks[i]);
		snap.complete = true;
		rc = f.s->ops->scan(f.s, &snap, &e);
		if (expected == NULL) {
			if (rc == 0)
				fail_msg("no error: %s", buf_str(&text));
			fixture_error(&e, ERR_FOLDER, error);
			assert_false(snap.complete);
		} else {
			if (rc == -1)
				fail_msg(
				    "%s\n%s", buf_str(&text), err_text(&e));
			if (snap.complete != (error == NULL))
				fail_msg("%s\n%s", buf_str(&text),
				    err_text(&snap.shortfall));
			if (error != NULL)
				fixture_error(
				    &snap.shortfall, ERR_FOLDER, error);
			buf_reset(&out);
			for (j = 0; j < snap.len; j++) {
				flags_to_letters(snap.msgs[j].flags, letters);
				buf_printf(&out, "%s%u:%s", j > 0 ? " " : "",
				    snap.msgs[j].id, letters);
				assert_int_equal(snap.msgs[j].name, 0);
			}
			assert_string_equal(buf_str(&out), expected);
		}
		snapshot_clear(&snap);
		fixture_close(&f);
	}
	buf_clear(&text);
	buf_clear(&out);
	err_clear(&e);
}

#define OK3 "S: T OK\n"
#define F(seq, uid, flags)                                                     \
	"S: * " seq " FETCH (UID " uid " FLAGS (" flags "))\n"

static void
test_scan(void **state)
{
	(void)state;
	scan(HELLO("") SELECT("3", "10"),
	    SCAN F("1", "2", "\\Seen") F("2", "5", "") F("3", "9", "x") OK3,
	    NULL, "2:S 5: 9:a");
	scan(HELLO("") SELECT("0", "10"), SCAN OK3, NULL, "");
	/* In an order of its own, and one twice. */
	scan(HELLO("") SELECT("3", "10"),
	    SCAN F("3", "9", "") F("1", "2", "") F("2", "5", "\\Seen")
		F("1", "2", "") OK3,
	    NULL, "2: 5:S 9:");
	/* The flags changed meanwhile, with and without UID. */
	scan(HELLO("") SELECT("2", "10"),
	    SCAN F("1", "2", "") F("2", "5", "")
		F("1", "2", "\\Seen") "S: * 2 FETCH (FLAGS (\\Flagged))\n" OK3,
	    NULL, "2:S 5:F");
	/* A message arrives: it may be in the listing or not. */
	scan(HELLO("") SELECT("1", "10"),
	    SCAN F("1", "2", "") "S: * 2 EXISTS\n" OK3, NULL, "2:");
	scan(HELLO("") SELECT("1", "10"),
	    SCAN F("1", "2", "") "S: * 2 EXISTS\n" F("2", "10", "") OK3, NULL,
	    "2: 10:");
	/* What is not about flags is passed over. */
	scan(HELLO("") SELECT("1", "10"),
	    SCAN "S: * 1 FETCH (UID 2)\nS: * 1 RECENT\n" F("1", "2", "") OK3,
	    NULL, "2:");
}

/* Messages go while we list: list again, and not for ever. */
static void
test_scan_expunge(void **state)
{
	(void)state;
	scan(HELLO("") SELECT("3", "10"),
	    SCAN F("1", "2", "") "S: * 1 EXPUNGE\n" F("1", "5", "")
		F("2", "9", "") OK3 SCAN F("1", "5", "") F("2", "9", "") OK3,
	    NULL, "5: 9:");
	scan(HELLO("") SELECT("3", "10"),
	    SCAN F("1", "2", "") "S: * VANISHED 2\n" OK3 SCAN F("1", "5", "")
		F("2", "9", "") OK3,
	    NULL, "5: 9:");
	scan(HELLO("") SELECT("3", "10"),
	    SCAN "S: * 1 EXPUNGE\n" OK3 SCAN "S: * 1 EXPUNGE\n" OK3 SCAN
		 "S: * 1 EXPUNGE\n" OK3,
	    "messages kept disappearing during the listing", NULL);
}

#define REST(set) "C: T FETCH " set " (UID FLAGS)\n"
#define STAR "C: T UID FETCH 1:* (FLAGS)\n"

/* What was listed is there; what was not may be there. */
static const struct {
	const char *n, *answers, *error, *expected;
} listings[] = {
	/* EXISTS and what is listed are not the same */
	{ "3", F("1", "2", "") F("2", "5", "") OK3 REST("3") OK3,
	    "the server listed 2 messages, but counts 3", "2: 5:" },
	{ "1", F("1", "2", "") F("2", "5", "") OK3 "C: T NOOP\n" OK3,
	    "invalid data from the server: UID 5 is beyond the end", "2:" },
	{ "0", F("1", "2", "") OK3 "C: T NOOP\n" OK3,
	    "invalid data from the server: UID 2 is beyond the end", "" },
	{ "2", F("1", "2", "") F("2", "2", "") OK3 REST("2") OK3,
	    "invalid data from the server: UID 2 belongs to two "
	    "messages",
	    "2:" },
	{ "2", F("1", "2", "") F("1", "3", "") OK3,
	    "invalid data from the server: UID 3 is out of order", "2: 3:" },
	{ "2", F("1", "5", "") F("2", "2", "") OK3,
	    "invalid data from the server: UID 5 is out of order", "2: 5:" },
	{ "1", F("1", "10", "") OK3,
	    "invalid data from the server: UID 10 is not below UIDNEXT", NULL },
	/* The UID is lost, or the number. */
	{ "2", F("1", "0", "") F("2", "3", "") OK3 REST("1") OK3,
	    "invalid data from the server: message 1 (UID 0)", "3:" },
	{ "1", F("1", "4294967296", "") OK3 STAR OK3 REST("1") OK3,
	    "invalid data from the server", NULL },
	{ "2",
	    F("1", "1", "") F("2", "../x", "") OK3 REST("2")
		F("2", "5", "\\Seen") OK3,
	    NULL, "1: 5:S" },
	{ "2", F("0", "2", "") F("0", "5", "") F("0", "2", "\\Seen") OK3, NULL,
	    "2:S 5:" },
	{ "2", F("0", "2", "") F("2", "5", "") OK3, NULL, "2: 5:" },
	{ "3", F("0", "2", "") F("2", "5", "") OK3,
	    "the server listed 2 messages, but counts 3", "2: 5:" },
	/* counts that cannot be */
	{ "3", F("1", "2", "") "S: * 1 EXISTS\n" OK3,
	    "the server listed 1 messages, but counts 1", "2:" },
	{ "1",
	    F("1", "2", "") "S: * 4294967295 EXISTS\nS: * 1 "
			    "EXISTS\n" OK3,
	    "the server listed 1 messages, but counts 1", "2:" },
};

static void
test_scan_lies(void **state)
{
	struct buf answers = { 0 }, hello = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
		buf_reset(&hello);
		buf_puts(&hello, HELLO(""));
		buf_printf(&hello,
		    "C: T LIST \"\" \"\"\nS: * LIST () \"/\" \"\"\nS: T OK\n"
		    "C: T SELECT *\nS: * %s EXISTS\n"
		    "S: * OK [UIDVALIDITY 7] x\nS: * OK [UIDNEXT 10] x\n"
		    "S: T OK\n",
		    listings[i].n);
		buf_reset(&answers);
		buf_printf(&answers, "%s%s", SCAN, listings[i].answers);
		scan(buf_str(&hello), buf_str(&answers), listings[i].error,
		    listings[i].expected);
	}
	buf_clear(&answers);
	buf_clear(&hello);
}

/* The server lists a part; all comes that it has. */
static void
test_scan_parts(void **state)
{
	(void)state;
	/* RFC 9738: the newest at first. */
	scan(HELLO("") SELECT("5", "10"),
	    SCAN F("4", "8", "") F(
		"5", "9", "\\Seen") "S: T OK [MESSAGELIMIT 2 8] x\n" REST("1:2")
		F("2", "4", "") "S: T OK [MESSAGELIMIT 1 4] x\n" REST("1")
		    F("1", "2", "") OK3 REST("3") F("3", "5", "") OK3,
	    NULL, "2: 4: 5: 8: 9:S");
	/* A message that arrives is listed before it is counted. */
	scan(HELLO("") SELECT("1", "10"),
	    SCAN F("1", "2", "") F("2", "10", "") "S: * 2 EXISTS\n" OK3, NULL,
	    "2: 10:");
	scan(HELLO("") SELECT("1", "10"),
	    SCAN F("1", "2", "") F("2", "10", "") OK3 "C: T NOOP\n"
						      "S: * 2 EXISTS\n" OK3,
	    NULL, "2: 10:");
	/* One cannot be listed, and nothing can be beside it. */
	scan(HELLO("") SELECT("5", "10"),
	    SCAN "S: T NO [SERVERBUG] x\n" STAR "S: T NO x\n" REST(
		"1:5") "S: T NO x\n" REST("1:3") "S: T NO x\n" REST("1:2")
		F("1", "2", "") F("2", "3", "")
		    OK3 REST("3:5") "S: T BAD x\n" REST(
			"3:4") "S: T NO x\n" REST("3") "S: T NO y\n" REST("4")
			F("4", "5", "") OK3 REST("5") F("5", "6", "") OK3,
	    "the server listed 4 messages, but counts 5", "2: 3: 5: 6:");
	/* Numbers that are too large for it. */
	scan(HELLO("") SELECT("2", "10"),
	    SCAN "S: T BAD x\n" STAR F("1", "2", "") F("2", "3", "") OK3, NULL,
	    "2: 3:");
	scan(HELLO("") SELECT("2", "10"),
	    SCAN OK3 STAR F("1", "2", "") F("2", "3", "") OK3, NULL, "2: 3:");
	scan(HELLO("") SELECT("2", "10"),
	    SCAN "S: T BAD x\n" STAR "S: T BAD x\n" REST("1:2") F("1", "2", "")
		F("2", "3", "") OK3,
	    NULL, "2: 3:");
	scan(HELLO("") SELECT("0", "10"), SCAN "S: T BAD none\n", NULL, "");
	scan(HELLO("") SELECT("0", "10"), SCAN "S: T NO not now\n",
	    "FETCH: the server says NO not now", "");
}

static void
test_scan_unfinished(void **state)
{
	(void)state;
	/* All listed, and then NO. */
	scan(HELLO("") SELECT("1", "10"),
	    SCAN F("1", "2", "") "S: T NO [LIMIT] partial\n" REST("1")
		F("1", "2", "") "S: T NO [LIMIT] partial\n",
	    "FETCH: the server says NO [LIMIT] partial", "2:");
	/* More go than there were: the counts are worth nothing any more. */
	scan(HELLO("") SELECT("1", "10"),
	    SCAN "S: * VANISHED 1:4294967295\n" OK3 SCAN OK3,
	    "the server listed 0 messages, but counts 0", "");
	scan(HELLO("") SELECT("1", "10"),
	    SCAN F("1", "2", "") "S: * VANISHED x\n" OK3 SCAN F("1", "2", "")
		OK3,
	    "the server listed 1 messages, but counts 1", "2:");
}

/* One message told without end, out of order: bounded memory. */
static void
test_scan_flood(void **state)
{
	struct fixture f = { .settings = { .expunge = true } };
	struct snapshot snap = { 0 };
	struct buf text = { 0 };
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	buf_puts(&text, HELLO("") SELECT("2", "10") SCAN F("2", "9", ""));
	for (i = 0; i < 100000; i++)
		buf_puts(&text, "S: * 1 FETCH (UID 2 FLAGS ())\n");
	buf_puts(&text, OK3 BYE);
	fixture_inbox(&f, buf_str(&text), 100000);
	assert_int_equal(f.s->ops->scan(f.s, &snap, &e), 0);
	assert_false(snap.complete);
	fixture_error(
	    &snap.shortfall, ERR_FOLDER, "invalid data from the server: UID 2");
	assert_true(snap.cap < 1000);
	snapshot_clear(&snap);
	fixture_close(&f);
	buf_clear(&text);
	err_clear(&e);
}

/* What a reader got, as text. */
struct sink {
	struct buf out;
	uint64_t size, seen;
	uint32_t refuse;      /* this UID */
	enum err_scope scope; /* with this */
	bool quiet, open;
};

static int
sink_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct sink *s = arg;
	char letters[FLAGS_LETTERS_LEN];

	assert_false(s->open);
	if (s->refuse == m->id)
		return err_set(e, s->scope, "not that one");
	s->open = true;
	s->size = m->size;
	s->seen = 0;
	flags_to_letters(m->flags, letters);
	buf_printf(&s->out, "%u#%zu:%s %lld%+d <", m->id, m->index, letters,
	    (long long)(m->date - WHEN), m->zone);
	return 0;
}

static int
sink_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct sink *s = arg;

	(void)e;
	assert_true(s->open);
	s->seen += len;
	if (!s->quiet)
		buf_append_visible(&s->out, data, len);
	return 0;
}

static int
sink_end(void *arg, struct err *e)
{
	struct sink *s = arg;

	(void)e;
	assert_true(s->open && s->seen == s->size);
	s->open = false;
	buf_puts(&s->out, "> ");
	return 0;
}

static void
sink_abort(void *arg)
{
	struct sink *s = arg;

	assert_true(s->open);
	s->open = false;
	buf_puts(&s->out, "aborted");
}

static void
sink_missing(void *arg, size_t index, const struct err *why)
{
	struct sink *s = arg;

	assert_false(s->open);
	assert_int_equal(why->scope, ERR_MESSAGE);
	buf_printf(&s->out, "missing #%zu: %s; ", index, err_text(why));
}

#define SINK(s)                                                                \
	{                                                                      \
		&(s), sink_begin, sink_data, sink_end, sink_abort,             \
		    sink_missing                                               \
	}

/* Reads UIDs 2, 5, 9 where the server says answers. */
static void
read_three(struct sink *sink, const char *answers, enum err_scope scope,
    const char *error, const char *expected)
{
	const struct store_sink ops = SINK(*sink);
	const struct store_ref refs[] = { { .id = 9 }, { .id = 2 },
		{ .id = 5 } };
	struct fixture f;
	struct buf text = { 0 };
	struct err e = ERR_INIT;
	size_t i;
	int rc;

	buf_printf(&text, "%s%s", HELLO("") SELECT("3", "10"), answers);
	for (i = 0; i < FIXTURE_CHUNKS; i++) {
		f = (struct fixture){ .settings = { .expunge = true } };
		fixture_inbox(&f, buf_str(&text), fixture_chunks[i]);
		buf_reset(&sink->out);
		rc = f.s->ops->read(f.s, refs, 3, STORE_WHOLE, &ops, &e);
		assert_int_equal(rc, error != NULL ? -1 : 0);
		if (error != NULL)
			fixture_error(&e, scope, error);
		assert_string_equal(buf_str(&sink->out), expected);
		assert_false(sink->open);
		fixture_close(&f);
	}
	buf_clear(&text);
	buf_clear(&sink->out);
	err_clear(&e);
}

#define READ                                                                   \
	"C: T UID FETCH 2,5,9 (UID FLAGS INTERNALDATE RFC822.SIZE "            \
	"BODY.PEEK[])\n"
#define B(seq, uid, flags, body)                                               \
	"S> * " seq " FETCH (UID " uid " FLAGS (" flags ") INTERNALDATE " DATE \
	" BODY[] " body ")\\r\\n\n"

static void
test_read(void **state)
{
	struct sink s = { .size = 0 };

	(void)state;
	read_three(&s,
	    READ B("1", "2", "\\\\Seen",
		"{3}\\r\\na\\0b") "S: * 2 FETCH (UID 5 FLAGS () "
				  "INTERNALDATE " DATE
				  " RFC822.SIZE 0 BODY[] \"\")\n" B(
				      "3", "9", "", "\"x\"") OK3 BYE,
	    ERR_NONE, NULL, "2#1:S 0+0 <a\\x00b> 5#2: 0+0 <> 9#0: 0+0 <x> ");
	/* Gone meanwhile, or without a body. */
	read_three(&s,
	    READ B("2", "5", "", "NIL") "S: * 3 EXPUNGE\n" B(
		"1", "2", "", "\"x\"") OK3 BYE,
	    ERR_NONE, NULL,
	    "missing #2: the server has no body for this message; 2#1: 0+0 <x> "
	    "missing #0: the server no longer has this message; ");
	/* A body for what was not asked for, or twice. */
	read_three(&s,
	    READ B("1", "3", "", "\"evil\"") B("1", "2", "", "\"x\"")
		B("1", "2", "", "\"evil\"") B("3", "9", "", "\"z\"")
		    B("2", "5", "", "\"y\"") OK3 BYE,
	    ERR_NONE, NULL, "2#1: 0+0 <x> 9#0: 0+0 <z> 5#2: 0+0 <y> ");
	/* A message that the sink does not want. */
	s.refuse = 5;
	s.scope = ERR_MESSAGE;
	read_three(&s,
	    READ B("1", "2", "", "\"x\"") B("2", "5", "", "\"y\"")
		B("3", "9", "", "\"z\"") OK3 BYE,
	    ERR_NONE, NULL, "2#1: 0+0 <x> 9#0: 0+0 <z> ");
	/* ... nor any after it. */
	s.scope = ERR_FOLDER;
	read_three(&s,
	    READ B("1", "2", "", "\"x\"") B("2", "5", "", "\"y\"")
		B("3", "9", "", "\"z\"") OK3 BYE,
	    ERR_FOLDER, "not that one", "2#1: 0+0 <x> ");
}

static void
test_read_late(void **state)
{
	struct sink s = { .size = 0 };

	(void)state;
	/* Flags and date behind the body, as some servers have them. */
	read_three(&s,
	    READ
	    "S: * 1 FETCH (UID 2 BODY[] \"x\" FLAGS () INTERNALDATE " DATE
	    ")\n" B("2", "5", "",
		"\"y\"") "S: * 3 FETCH (BODY[] \"z\" UID 9 FLAGS () "
			 "INTERNALDATE " DATE ")\n" OK3
			 "C: T UID FETCH 2,9 (UID FLAGS INTERNALDATE "
			 "RFC822.SIZE)\n"
			 "S: * 3 FETCH (UID 9 FLAGS (\\Seen) INTERNALDATE " DATE
			 ")\n"
			 "S: * 1 FETCH (UID 2 FLAGS () INTERNALDATE " DATE
			 ")\n" OK3 "C: T UID FETCH 2,9 (UID BODY.PEEK[])\n"
			 "S: * 1 FETCH (UID 2 BODY[] \"x\")\n"
			 "S: * 3 FETCH (UID 9 BODY[] \"z\")\n" OK3 BYE,
	    ERR_NONE, NULL, "5#2: 0+0 <y> 2#1: 0+0 <x> 9#0:S 0+0 <z> ");
	/* The whole command refused: each for itself. */
	read_three(&s,
	    READ B("1", "2", "",
		"\"x\"") "S: T NO [SERVERBUG] oops\n"
			 "C: T1 UID FETCH 5 *\nC: T2 UID FETCH 9 *\n"
			 "S: T1 NO [SERVERBUG] broken\n" B(
			     "3", "9", "", "\"z\"") "S: T2 OK\n" BYE,
	    ERR_NONE, NULL,
	    "2#1: 0+0 <x> 9#0: 0+0 <z> missing #2: UID FETCH: the server says "
	    "NO [SERVERBUG] broken; ");
	/* Nobody knows whose body that is. */
	read_three(&s,
	    READ "S: * 1 FETCH (UID 0 BODY[] \"x\")\n" B(
		"3", "9", "", "\"z\"") "S: * 2 FETCH (UID 5 X \"a)\n" OK3 BYE,
	    ERR_NONE, NULL,
	    "9#0: 0+0 <z> missing #1: invalid data from the server: message 1 "
	    "(UID 0) has an invalid UID; missing #2: invalid data from the "
	    "server: message 1 (UID 0) has an invalid UID; ");
	/* ... or which message it is. */
	read_three(&s, READ "S: * 1 FETCH (UID 2 UID 5 BODY[] \"x\")\n" OK3 BYE,
	    ERR_FOLDER, "invalid data from the server", "");
}

/* The end in the middle of a body: it is aborted, and nothing else. */
static void
test_read_cut(void **state)
{
	struct sink s = { .size = 0 };

	(void)state;
	read_three(&s,
	    READ B("1", "2", "",
		"\"x\"") "S> * 2 FETCH (UID 5 FLAGS () INTERNALDATE " DATE
			 " BODY[] {10}\\r\\nabc\nEOF\n",
	    ERR_SESSION, "connection closed",
	    "2#1: 0+0 <x> 5#2: 0+0 <abcaborted");
	read_three(&s,
	    READ "S> * 2 FETCH (UID 5 FLAGS () INTERNALDATE " DATE
		 " BODY[] {10737418240}\n",
	    ERR_SESSION, "the server announces a literal", "");
	read_three(&s, READ B("1", "2", "", "\"x\"") "S: * BYE\nEOF\n",
	    ERR_SESSION, "the server says goodbye", "2#1: 0+0 <x> ");
}

/* Many messages: several commands on their way at once. */
static void
test_read_pipelined(void **state)
{
	struct sink s = { .quiet = true };
	const struct store_sink ops = SINK(s);
	struct fixture f = { .settings = { .expunge = true } };
	struct store_ref refs[1000] = { 0 };
	struct buf text = { 0 };
	struct err e = ERR_INIT;
	unsigned i, j;

	(void)state;
	buf_puts(&text, HELLO("") SELECT("1000", "1001"));
	/* Four before the first is answered, then one for each answer. */
	for (i = 0; i < 4; i++)
		buf_printf(&text, "C: T%u UID FETCH %u:%u *\n", i + 1,
		    i * 200 + 1, i * 200 + 200);
	for (i = 0; i < 5; i++) {
		for (j = 1; j <= 200; j++)
			buf_printf(&text,
			    "S: * %u FETCH (UID %u FLAGS () INTERNALDATE " DATE
			    " BODY[] \"x\")\n",
			    i * 200 + j, i * 200 + j);
		buf_printf(&text, "S: T%u OK\n", i + 1);
		if (i == 0)
			buf_puts(&text, "C: T5 UID FETCH 801:1000 *\n");
	}
	buf_puts(&text, BYE);
	for (i = 0; i < 1000; i++)
		refs[i].id = 1000 - i;
	fixture_inbox(&f, buf_str(&text), 100000);
	assert_int_equal(
	    f.s->ops->read(f.s, refs, 1000, STORE_WHOLE, &ops, &e), 0);
	assert_memory_equal(s.out.data, "1#999: 0+0 <> ", 14);
	assert_null(strstr(buf_str(&s.out), "missing"));
	fixture_close(&f);
	buf_clear(&text);
	buf_clear(&s.out);
	err_clear(&e);
}

/* A stream that puts very many bytes where the script has a mark. */
struct filler {
	struct stream head;
	uint64_t left;
	size_t seen; /* of the mark */
};

#define MARK "{268435456}\r\n"
#define HUGE_SIZE UINT64_C(268435456)

static ssize_t
filler_read(struct stream *s, void *data, size_t size, struct err *e)
{
	struct filler *f = (struct filler *)s;
	const char *c = data;
	ssize_t n;

	if (f->left > 0) {
		size = size < f->left ? size : (size_t)f->left;
		memset(data, 'x', size);
		f->left -= size;
		return (ssize_t)size;
	}
	n = stream_read(s->below, data, 1, e);
	if (n == 1) {
		f->seen = *c == MARK[f->seen] ? f->seen + 1 : *c == '{';
		if (f->seen == sizeof(MARK) - 1) {
			f->left = HUGE_SIZE;
			f->seen = 0;
		}
	}
	return n;
}

static int
filler_write(struct stream *s, const void *data, size_t size, struct err *e)
{
	return stream_write(s->below, data, size, e);
}

static int
filler_flush(struct stream *s, struct err *e)
{
	return stream_flush(s->below, e);
}

static size_t
filler_pending(const struct stream *s)
{
	return stream_pending(s->below) +
	       (((const struct filler *)s)->left > 0);
}

static int
filler_wait(struct stream *s, int64_t deadline, struct err *e)
{
	return stream_wait(s->below, deadline, e);
}

static void
filler_free(struct stream *s)
{
	free(s);
}

static const struct stream_ops filler_ops = { "filler", filler_read,
	filler_write, filler_flush, filler_pending, filler_wait, filler_free };

static long
rss_kb(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

/* A message of 256 MB passes, and memory does not grow. */
static void
test_read_huge(void **state)
{
	static const char text[] = HELLO("")
	    SELECT("1", "10") "C: T UID FETCH 2 *\n"
			      "S> * 1 FETCH (UID 2 FLAGS () INTERNALDATE " DATE
			      " BODY[] {268435456}\\r\\n\nS: )\nS: T OK\n" BYE;
	struct sink s = { .quiet = true };
	const struct store_sink ops = SINK(s);
	struct store_ref ref = { .id = 2 };
	struct fixture f = { .settings = { .expunge = true } };
	struct store_imap *st;
	struct filler *filler;
	struct err e = ERR_INIT;
	long before;

	(void)state;
	fixture_inbox(&f, text, 100000);
	st = (struct store_imap *)f.s;
	filler = xcalloc(1, sizeof(*filler));
	stream_init(&filler->head, &filler_ops, st->session->stream);
	st->session->stream = &filler->head;
	before = rss_kb();
	assert_int_equal(
	    f.s->ops->read(f.s, &ref, 1, STORE_WHOLE, &ops, &e), 0);
	assert_true(s.seen == HUGE_SIZE);
	assert_true(rss_kb() - before < 8 * 1024);
	fixture_close(&f);
	buf_clear(&s.out);
	err_clear(&e);
}

static void
play_headers(struct fixture *f)
{
	struct sink s = { .size = 0 };
	const struct store_sink ops = SINK(s);
	const struct store_ref refs[] = { { .id = 2 } };
	struct err e = ERR_INIT;

	assert_int_equal(
	    f->s->ops->read(f->s, refs, 1, STORE_HEADER, &ops, &e), 0);
	assert_string_equal(
	    buf_str(&s.out), "2#0: 0+0 <A: b\\x0D\\x0A\\x0D\\x0A> ");
	buf_clear(&s.out);
	assert_int_equal(
	    f->s->ops->read(f->s, NULL, 0, STORE_WHOLE, &ops, &e), 0);
	err_clear(&e);
}

static void
test_read_headers(void **state)
{
	(void)state;
	fixture_run(HELLO("") SELECT("1",
			"10") "C: T UID FETCH 2 (UID FLAGS INTERNALDATE "
			      "RFC822.SIZE BODY.PEEK[HEADER])\n"
			      "S> * 1 FETCH (UID 2 FLAGS () INTERNALDATE " DATE
			      " BODY[HEADER] {8}\\r\\nA: "
			      "b\\r\\n\\r\\n)\\r\\n\nS: T OK\n" BYE,
	    play_headers, fixture_inbox);
}

static void
detail(void *arg, const struct store_info *i)
{
	buf_printf(arg, "%u:%llu:%lld ", i->id, (unsigned long long)i->size,
	    (long long)(i->date - WHEN));
}

static void
play_details(struct fixture *f)
{
	const struct store_ref refs[] = { { .id = 9 }, { .id = 2 } };
	struct buf out = { 0 };
	struct err e = ERR_INIT;

	assert_int_equal(
	    f->s->ops->details(f->s, refs, 2, detail, &out, &e), 0);
	assert_string_equal(buf_str(&out), "2:77:0 ");
	assert_int_equal(
	    f->s->ops->details(f->s, refs, 2, detail, &out, &e), -1);
	fixture_error(&e, ERR_FOLDER, "invalid data from the server");
	assert_int_equal(
	    f->s->ops->details(f->s, refs, 2, detail, &out, &e), -1);
	fixture_error(&e, ERR_FOLDER, "UID FETCH: the server says NO no");
	buf_clear(&out);
	err_clear(&e);
}

static void
test_details(void **state)
{
	(void)state;
#define DETAILS "C: T UID FETCH 2,9 (UID RFC822.SIZE INTERNALDATE)\n"
	fixture_run(HELLO("") SELECT("2", "10") DETAILS
	    "S: * 2 FETCH (UID 9 FLAGS ())\n"
	    "S: * 1 FETCH (UID 2 RFC822.SIZE 77 INTERNALDATE " DATE ")\n"
	    "S: * 2 FETCH (UID 5 RFC822.SIZE 77 INTERNALDATE " DATE ")\n"
	    "S: T OK\n" DETAILS
	    "S: * 1 FETCH (UID -2 RFC822.SIZE 77)\nS: T OK\n" DETAILS
	    "S: T NO no\n" BYE,
	    play_details, fixture_inbox);
}

static void
play_closed(struct fixture *f)
{
	const struct store_ref ref = { .id = 2 };
	struct sink s = { .size = 0 };
	const struct store_sink ops = SINK(s);
	struct snapshot snap = { 0 };
	struct store_result result;
	struct err e = ERR_INIT;

	assert_int_equal(f->s->ops->scan(f->s, &snap, &e), -1);
	fixture_error(&e, ERR_FOLDER, "no folder is open");
	assert_int_equal(
	    f->s->ops->read(f->s, &ref, 1, STORE_WHOLE, &ops, &e), -1);
	fixture_error(&e, ERR_FOLDER, "no folder is open");
	assert_int_equal(f->s->ops->remove(f->s, &ref, 1, &result, &e), -1);
	fixture_error(&e, ERR_FOLDER, "no folder is open");
	err_clear(&e);
}

static void
test_closed(void **state)
{
	(void)state;
	fixture_run(HELLO("") BYE, play_closed, fixture_open);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_scan_expunge),
		cmocka_unit_test(test_scan_lies),
		cmocka_unit_test(test_scan_parts),
		cmocka_unit_test(test_scan_unfinished),
		cmocka_unit_test(test_scan_flood),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_late),
		cmocka_unit_test(test_read_cut),
		cmocka_unit_test(test_read_pipelined),
		cmocka_unit_test(test_read_huge),
		cmocka_unit_test(test_read_headers),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
