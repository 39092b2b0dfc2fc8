/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Responses: what servers say, and what nobody should. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "imap_feed.h"
#include "imap_recorded.h"
#include "imap_transcripts.h"
#include "net/imap_resp.h"

/* Bodies, as a reader would see them. */
struct bodies {
	struct buf *out;
	uint64_t size, seen;
};

static int
body_begin(void *arg, const struct imap_fetch *f, uint64_t size, struct err *e)
{
	struct bodies *b = arg;

	(void)e;
	b->size = size;
	b->seen = 0;
	buf_printf(b->out, "body of %u%s:", f->uid,
	    (f->have & FETCH_FLAGS) != 0 ? " flags" : "");
	return 0;
}

static int
body_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct bodies *b = arg;

	(void)e;
	assert_true(len > 0);
	b->seen += len;
	if (b->seen < 1000)
		buf_append_visible(b->out, data, len);
	return 0;
}

static int
body_end(void *arg, struct err *e)
{
	struct bodies *b = arg;

	(void)e;
	assert_true(b->seen == b->size);
	buf_putc(b->out, '\n');
	return 0;
}

static void
dump_atoms(const struct imap_atoms *w, struct buf *out)
{
	size_t i;

	for (i = 0; i < w->len; i++) {
		buf_putc(out, i == 0 ? ' ' : '|');
		buf_append_visible(out, w->list[i], strlen(w->list[i]));
	}
}

static void
dump_set(const struct imap_set *set, struct buf *out)
{
	size_t i;

	for (i = 0; i < set->len; i++)
		buf_printf(out, "%c%u:%u", i == 0 ? ' ' : ',',
		    set->ranges[i].first, set->ranges[i].last);
}

static void
dump_text(const struct imap_resp *r, struct buf *out)
{
	static const char *const conds[] = { "OK", "NO", "BAD", "BYE",
		"PREAUTH" };
	const struct imap_code *c = &r->code;

	buf_printf(out, " %s", conds[r->cond]);
	if (c->type != CODE_NONE)
		buf_printf(
		    out, " [%s%s", c->name, c->type == CODE_OTHER ? "?" : "");
	if (c->type == CODE_CAPABILITY || c->type == CODE_PERMANENTFLAGS ||
	    c->type == CODE_MAILBOXID)
		dump_atoms(&r->atoms, out);
	if (c->type == CODE_UIDNEXT || c->type == CODE_UIDVALIDITY ||
	    c->type == CODE_HIGHESTMODSEQ)
		buf_printf(out, " %llu", (unsigned long long)c->number);
	if (c->type == CODE_APPENDUID || c->type == CODE_COPYUID) {
		buf_printf(out, " %u", c->validity);
		dump_set(&c->from, out);
		dump_set(&c->to, out);
	}
	buf_puts(out, c->type != CODE_NONE ? "] \"" : " \"");
	buf_append_visible(out, buf_str(&r->text), r->text.len);
	buf_puts(out, "\"");
}

static void
dump_list(const struct imap_resp *r, struct buf *out)
{
	static const char *const names[] = { "noselect", "nonexistent",
		"subscribed", "noinferiors" };
	size_t i;

	buf_puts(out, " \"");
	buf_append_visible(out, buf_str(&r->name), r->name.len);
	buf_puts(out, "\"");
	if (r->list.delimiter != '\0')
		buf_printf(out, " %c", r->list.delimiter);
	if (r->type == RESP_NAMESPACE)
		return;
	for (i = 0; i < 4; i++)
		if ((r->list.attributes >> i & 1) != 0)
			buf_printf(out, " %s", names[i]);
	if (r->list.special_use != NULL)
		buf_printf(out, " %s", r->list.special_use);
}

static void
dump_status(const struct imap_resp *r, struct buf *out)
{
	const struct imap_status *s = &r->status;
	const uint64_t values[] = { s->messages, s->uidnext, s->uidvalidity,
		s->modseq, s->size };
	static const char *const names[] = { "messages", "uidnext",
		"uidvalidity", "modseq", "size" };
	size_t i;

	buf_puts(out, " \"");
	buf_append_visible(out, buf_str(&r->name), r->name.len);
	buf_puts(out, "\"");
	for (i = 0; i < 5; i++)
		if ((s->have >> i & 1) != 0)
			buf_printf(out, " %s=%llu", names[i],
			    (unsigned long long)values[i]);
}

static void
dump_fetch(const struct imap_resp *r, struct buf *out)
{
	const struct imap_fetch *f = &r->fetch;
	char letters[FLAGS_LETTERS_LEN];

	buf_printf(out, " %u", f->seq);
	if ((f->have & FETCH_UID) != 0)
		buf_printf(out, " uid=%u", f->uid);
	flags_to_letters(f->flags, letters);
	if ((f->have & FETCH_FLAGS) != 0)
		buf_printf(out, " flags=%s", letters);
	if ((f->have & FETCH_DATE) != 0)
		buf_printf(out, " date=%lld%+d", (long long)f->date, f->zone);
	if ((f->have & FETCH_SIZE) != 0)
		buf_printf(out, " size=%llu", (unsigned long long)f->size);
	if ((f->have & FETCH_MODSEQ) != 0)
		buf_printf(out, " modseq=%llu", (unsigned long long)f->modseq);
	if ((f->have & FETCH_EMAILID) != 0)
		buf_printf(out, " emailid=%s", buf_str(&f->email_id));
	if ((f->have & FETCH_BODY) != 0)
		buf_puts(out, " body");
	if ((f->have & FETCH_NIL) != 0)
		buf_puts(out, " nil");
}

static void
dump(const struct imap_resp *r, struct buf *out)
{
	static const char *const names[] = { "TAGGED", "*", "+", "CAPABILITY",
		"ENABLED", "ID", "FLAGS", "LIST", "STATUS", "NAMESPACE",
		"SEARCH", "EXISTS", "EXPUNGE", "RECENT", "VANISHED", "FETCH",
		"OTHER" };

	buf_puts(out, names[r->type]);
	if (r->type == RESP_TAGGED) {
		buf_putc(out, ' ');
		buf_append_visible(out, buf_str(&r->tag), r->tag.len);
	}
	if (r->type == RESP_TAGGED || r->type == RESP_UNTAGGED)
		dump_text(r, out);
	else if (r->type == RESP_CONTINUE)
		buf_printf(out, " \"%s\"", buf_str(&r->text));
	else if (r->type == RESP_LIST || r->type == RESP_NAMESPACE)
		dump_list(r, out);
	else if (r->type == RESP_STATUS)
		dump_status(r, out);
	else if (r->type == RESP_FETCH)
		dump_fetch(r, out);
	else if (r->type == RESP_EXISTS || r->type == RESP_EXPUNGE ||
		 r->type == RESP_RECENT)
		buf_printf(out, " %u", r->number);
	else if (r->type == RESP_SEARCH || r->type == RESP_VANISHED)
		dump_set(&r->set, out);
	else if (r->type != RESP_OTHER)
		dump_atoms(&r->atoms, out);
	if (r->type == RESP_VANISHED && r->earlier)
		buf_puts(out, " earlier");
	if (r->bad.scope != ERR_NONE)
		buf_printf(out, " BAD %s", err_text(&r->bad));
	if (r->odd.scope != ERR_NONE)
		buf_printf(out, " ODD %s", err_text(&r->odd));
	buf_putc(out, '\n');
}

/* All responses; then why there is no more, unless that is the end. */
static void
parse(struct feed *f, bool with_bodies, struct buf *out)
{
	struct bodies bodies = { .out = out };
	const struct imap_body body = { &bodies, body_begin, body_data,
		body_end };
	struct keywords k = { { 0 } };
	struct imap_parser p = { .keywords = &k,
		.body = with_bodies ? &body : NULL };
	struct imap_resp r = { 0 };
	struct err e = ERR_INIT;

	imap_lex_init(&p.lex, feed_fill, f);
	while (imap_resp_read(&p, &r, &e) == 0)
		dump(&r, out);
	assert_int_equal(e.scope, ERR_SESSION);
	if (strcmp(err_text(&e), "connection closed by the server") != 0)
		buf_printf(out, "%s\n", err_text(&e));
	imap_resp_clear(&r);
	imap_lex_clear(&p.lex);
	keywords_clear(&k);
	err_clear(&e);
}

static void
check(const char *in, size_t len, const char *expected)
{
	struct buf out = { 0 };
	size_t i;

	for (i = 0; i < FEED_CHUNKS; i++) {
		struct feed f = FEED(in, len, feed_chunks[i]);

		buf_reset(&out);
		parse(&f, true, &out);
		assert_string_equal(buf_str(&out), expected);
	}
	buf_clear(&out);
}

static void
check_all(const struct transcript *t, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check(t[i].in, strlen(t[i].in), t[i].out);
}

#define CHECK(t) check_all(t, sizeof(t) / sizeof((t)[0]))

static void
test_transcripts(void **state)
{
	(void)state;
	CHECK(dovecot_recorded);
	CHECK(cyrus_recorded);
	CHECK(dovecot);
	CHECK(cyrus);
	CHECK(gmail);
	CHECK(exchange);
	CHECK(courier);
	CHECK(odd);
}

#define LIES(n, u, what)                                                       \
	" BAD invalid data from the server: message " n " (UID " u             \
	") has an invalid " what

#define ODD(n, u, what, value)                                                 \
	" ODD message " n " (UID " u ") has an invalid " what ": " value "\n"

/* What is well-formed and cannot be. */
static const struct transcript lies[] = {
	{ "* 1 FETCH (UID 0 FLAGS ())\r\n",
	    "FETCH 1 flags=" LIES("1", "0", "UID") "\n" },
	{ "* 1 FETCH (UID 4294967296)\r\n* 1 FETCH (UID 4294967295)\r\n",
	    "FETCH 1" LIES("1", "0", "UID") "\nFETCH 1 uid=4294967295\n" },
	{ "* 1 FETCH (UID -2)\r\n", "FETCH 1" LIES("1", "0", "UID") "\n" },
	{ "* 1 FETCH (UID ../../x)\r\n", "FETCH 1" LIES("1", "0", "UID") "\n" },
	{ "* 1 FETCH (UID 99999999999999999999999999999999)\r\n",
	    "FETCH 1" LIES("1", "0", "UID") "\n" },
	{ "* 1 FETCH (UID 5 UID 6)\r\n",
	    "FETCH 1 uid=5" LIES("1", "5", "second UID") "\n" },
	{ "* 1 FETCH (UID 5 BODY[] \"a\" BODY[] \"b\")\r\n",
	    "body of 5:a\n"
	    "FETCH 1 uid=5 body" LIES("1", "5", "second body") "\n" },
	{ "* 0 FETCH (UID 5)\r\n* 0 EXPUNGE\r\n",
	    "FETCH 0 uid=5\nEXPUNGE 0 BAD invalid data from the "
	    "server: EXPUNGE of message 0\n" },
	{ "* 4294967296 EXISTS\r\n* 4294967295 EXISTS\r\n",
	    "EXISTS 0 BAD invalid data from the server: a message number is "
	    "too large\n"
	    "EXISTS 4294967295\n" },
	{ "* 1 FETCH (UID 5 RFC822.SIZE 9223372036854775808 MODSEQ (x))\r\n",
	    "FETCH 1 uid=5" ODD(
		"1", "5", "RFC822.SIZE", "9223372036854775808") },
	{ "* 1 FETCH (UID 5 MODSEQ (99999999999999999999))\r\n",
	    "FETCH 1 uid=5" ODD("1", "5", "MODSEQ", "99999999999999999999") },
	{ "* 1 FETCH (INTERNALDATE \"yesterday\" UID 5)\r\n",
	    "FETCH 1 uid=5 date=0+0" ODD(
		"1", "0", "INTERNALDATE", "yesterday") },
	{ "* VANISHED 0,4294967296,7\r\n* SEARCH 1 0\r\n"
	  "* ESEARCH ALL 0\r\n",
	    "VANISHED 7:7 BAD invalid data from the server: a number in a set "
	    "is out of range\n"
	    "SEARCH 1:1 BAD invalid data from the server: a number in a set is "
	    "out of range\n"
	    "SEARCH BAD invalid data from the server: a number in a set is out "
	    "of range\n" },
	{ "* OK [UIDVALIDITY 0] x\r\n* OK [UIDVALIDITY 4294967296] x\r\n"
	  "* OK [UIDVALIDITY 18446744073709551617] x\r\n"
	  "* OK [UIDVALIDITY -1] x\r\n* OK [UIDNEXT 1a] x\r\n",
	    "* OK [UIDVALIDITY 0] \"x\"\n* OK [UIDVALIDITY 0] \"x\"\n"
	    "* OK [UIDVALIDITY 0] \"x\"\n"
	    "* OK [UIDVALIDITY 0] \"x\"\n* OK [UIDNEXT 0] \"x\"\n" },
	{ "a OK [APPENDUID 1 3735928559]\r\na OK [APPENDUID 0 5]\r\n"
	  "a OK [APPENDUID 5]\r\na OK [APPENDUID 5 x]\r\n"
	  "a OK [APPENDUID 5 0]\r\na OK [APPENDUID 5 4294967296]\r\n"
	  "a OK [COPYUID 5 1:3 1:2] x\r\na OK [COPYUID 5 1] x\r\n"
	  "a OK [COPYUID 5 1,, 1]\r\na OK [COPYUID 5 1: 1]\r\n",
	    "TAGGED a OK [APPENDUID 1 3735928559:3735928559] \"\"\n"
	    "TAGGED a OK [APPENDUID 0 5:5] \"\"\n"
	    "TAGGED a OK [APPENDUID 0] \"\"\nTAGGED a OK [APPENDUID 0] \"\"\n"
	    "TAGGED a OK [APPENDUID 0] \"\"\nTAGGED a OK [APPENDUID 0] \"\"\n"
	    "TAGGED a OK [COPYUID 0 1:3 1:2] \"x\"\n"
	    "TAGGED a OK [COPYUID 0 1:1] \"x\"\n"
	    "TAGGED a OK [COPYUID 0 1:1 1:1] \"\"\n"
	    "TAGGED a OK [COPYUID 0 1:1] \"\"\n" },
	{ "* STATUS x (MAILBOXID (F1-a) UIDNEXT 7 X (1 2))\r\n",
	    "STATUS \"x\" uidnext=7\n" },
	{ "* STATUS x (MESSAGES 4294967296 UIDNEXT 0 UIDVALIDITY 0 "
	  "HIGHESTMODSEQ x)\r\n* LIST () \"ab\" x\r\n* LIST () \"\" x\r\n"
	  "* LIST () \"\xe9\" x\r\n",
	    "STATUS \"x\"\n"
	    "LIST \"x\" BAD invalid hierarchy delimiter\n"
	    "LIST \"x\"\n"
	    "LIST \"x\" BAD invalid hierarchy delimiter\n" },
};

static void
test_lies(void **state)
{
	(void)state;
	CHECK(lies);
}

#define NOT_IMAP "the server does not speak IMAP: "
#define NO_LINE NOT_IMAP "a line that is not a response\n"

/* What ends the session, with all that came before it. */
static const struct transcript rubbish[] = {
	{ "", "" },
	{ "HTTP/1.1 400 Bad Request\r\n", NO_LINE },
	{ "SSH-2.0-OpenSSH_9.2\r\n", NO_LINE },
	{ "220 mail ESMTP\r\n", NO_LINE },
	{ "+OK POP3\r\n", NO_LINE },
	{ "\x16\x03\x01\x02\r\n", NOT_IMAP "a control character\n" },
	{ "garbage\r\n* OK hi\r\n", NO_LINE },
	{ "(* OK)\r\n", NO_LINE },
	{ "\"*\" OK\r\n", NO_LINE },
	{ "{1}\r\n* OK\r\n", NO_LINE },
	{ "a1 BYE x\r\n", NO_LINE },
	{ "a1 PREAUTH x\r\n", NO_LINE },
	{ "a1\r\n", NO_LINE },
	{ "* OK hi\r\nab", "* OK \"hi\"\n" },
	{ "* OK hi", "" },
	{ "* 1 FETCH (UID 1 BODY[] {5}\r\nabc", "body of 1:abc" },
	{ "* 1 FETCH (UID 1 BODY[] {10737418240}\r\n",
	    "the server announces a literal of 10737418240 bytes; the limit is "
	    "2147483648\n" },
	{ "* 1 FETCH (UID 1 BODY[] {4294967295}\r\n",
	    "the server announces a literal of 4294967295 bytes; the limit is "
	    "2147483648\n" },
	{ "* 1 FETCH (UID 1 X ((((((((((((((((((((((((((((((((((\r\n",
	    NOT_IMAP "too many parentheses\n" },
	{ "* 1 FETCH (UID 1 X {}\r\n", NOT_IMAP "a literal without size\n" },
	/* A literal that was longer than it said: what follows is mail. */
	{ "* 1 FETCH (UID 1 BODY[] {3}\r\nabcde \"f\r\n",
	    "body of 1:abc\n" NOT_IMAP "a quoted string has no end\n" },
	{ "* 1 FETCH (UID 1 BODY[] {3}\r\nabc\r\nd)\r\n",
	    "body of 1:abc\n" NOT_IMAP "FETCH without the name of an item\n" },
};

static void
test_rubbish(void **state)
{
	(void)state;
	CHECK(rubbish);
	check("* OK a\0b\r\nX \0\r\n", 15,
	    "* OK \"a\\x00b\"\n" NOT_IMAP "a control character\n");
}

#define UNREAD(line)                                                           \
	" BAD the server's answer cannot be read: " line " ODD " line "\n"
#define KEYWORD " ODD a keyword that cannot be one: "
#define UNQUOTED " ODD a name that is not quoted: "
/* What comes behind is read as if nothing had been. */
#define NEXT "A OK x\r\n"
#define READ "TAGGED A OK \"x\"\n"

/* One odd token costs its item, or its response. */
static const struct transcript strange[] = {
	{ "\r\n\n\r\n" NEXT, READ },
	/* names */
	{ "* LIST () \"/\" Da\tOggetto\t\r\n" NEXT,
	    "LIST \"Da\\x09Oggetto\\x09\" /" UNQUOTED
	    "Da\\x09Oggetto\\x09\n" READ },
	{ "* LSUB () \"/\" a b (c) \r\n* LIST () \"/\" x  \r\n" NEXT,
	    "LIST \"a b (c) \" /" UNQUOTED "a b (c) \nLIST \"x\" /\n" READ },
	{ "* LIST () \"/\" x (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n" NEXT,
	    "LIST \"x\" /\n" READ },
	{ "* LIST () \"/\" \"x\" y\"z\r\n" NEXT, "LIST \"x\" /\n" READ },
	{ "* LIST () \"/\" a\"b\r\n" NEXT,
	    "LIST \"a\"b\" /" UNQUOTED "a\"b\n" READ },
	{ "* LIST () \"/\" {x\r\n" NEXT, "LIST \"{x\" /\n" READ },
	{ "* LIST () \"/\" \"a\r\n" NEXT,
	    "LIST \"\" /" UNREAD("* LIST () \"/\" \"a") READ },
	{ "* LIST () \"/\" {3}\r\na b\r\n\r\n" NEXT, "LIST \"a b\" /\n" READ },
	/* attributes and delimiters */
	{ "* LIST (\\Sent \"x\" a\x01 {1 \\No\xe9) \"/\" x\r\n" NEXT,
	    "LIST \"x\" / \\Sent\n" READ },
	{ "* LIST (a(b c) \\Sent) nil x\r\n* LIST () / x\r\n" NEXT,
	    "LIST \"x\" \\Sent\nLIST \"x\" /\n" READ },
	{ "* LIST () \"//\" x\r\n" NEXT,
	    "LIST \"x\" BAD invalid hierarchy delimiter\n" READ },
	{ "* LIST \"/\" x\r\n" NEXT,
	    "LIST \"\"" UNREAD("* LIST \"/\" x") READ },
	{ "* LIST ()\r\n" NEXT, "LIST \"\"" UNREAD("* LIST ()") READ },
	{ "* LIST (\r\n" NEXT, "LIST \"\"" UNREAD("* LIST (") READ },
	{ "* LIST () \"/\" (x)\r\n" NEXT,
	    "LIST \"(x)\" /" UNQUOTED "(x)\n" READ },
	/* STATUS */
	{ "* STATUS a b (c) (MESSAGES 3 UIDNEXT -4 UIDVALIDITY 5)\r\n" NEXT,
	    "STATUS \"a b (c)\" messages=3 uidvalidity=5" UNQUOTED
	    "a b (c)\n" READ },
	{ "* STATUS x\r\n" NEXT, "STATUS \"\" ODD * STATUS x\n" READ },
	{ "* STATUS x (MESSAGES 3 UIDNEXT)\r\n" NEXT,
	    "STATUS \"x\" messages=3 ODD * STATUS x (MESSAGES 3 "
	    "UIDNEXT)\n" READ },
	{ "* STATUS x (\"a\" 1)\r\n" NEXT,
	    "STATUS \"x\" ODD * STATUS x (\"a\" 1)\n" READ },
	/* flags */
	{ "* FLAGS (\\Seen ab\"cd {x a\tb a(b) caf\xe9 \x80\x04 y)\r\n" NEXT,
	    "FLAGS \\Seen|y" KEYWORD "ab\"cd\n" READ },
	{ "* FLAGS ((a) \"b c\" d\r\n" NEXT, "FLAGS d" KEYWORD "(a)\n" READ },
	{ "* FLAGS x\r\n" NEXT, "FLAGS ODD * FLAGS x\n" READ },
	{ "* OK [PERMANENTFLAGS (a[b]/c \\Seen \\*)] x\r\n" NEXT,
	    "* OK [PERMANENTFLAGS a[b]/c|\\Seen|\\*] \"x\"\n" READ },
	{ "* OK [PERMANENTFLAGS (ab\"cd \x04 {x b] \\*)] \"]\r\n" NEXT,
	    "* OK [PERMANENTFLAGS b]|\\*] \"\"]\"" KEYWORD "ab\"cd\n" READ },
	{ "* OK [PERMANENTFLAGS (a(b \\Seen \\*)] x\r\n" NEXT,
	    "* OK [PERMANENTFLAGS a|b|\\Seen|\\*] \"x\"\n" READ },
	{ "* NO [BADCHARSET (\"a]\" {b])] x\r\n* OK [X \"]\" (])] y\r\n" NEXT,
	    "* NO [BADCHARSET?] \"x\"\n* OK [X?] \"y\"\n" READ },
	{ "* OK [X \"a] b\r\n* OK [Y (a] b\r\n* OK [Z b\r\n" NEXT,
	    "* OK [X?] \"b\"\n* OK [Y?] \"b\"\n* OK \"[Z b\"\n" READ },
	/* FETCH */
	{ "* 2 FETCH (UID 2 FLAGS (\\Seen ab\"cd {x a(b) caf\xe9 "
	  "\x04))\r\n" NEXT,
	    "FETCH 2 uid=2 flags=S" KEYWORD "ab\"cd\n" READ },
	{ "* 2 FETCH (FLAGS (a\tb \\Seen caf\xc3\xa9) UID 2)\r\n" NEXT,
	    "FETCH 2 uid=2 flags=Sa" KEYWORD "a\\x09b\n" READ },
	{ "* 2 FETCH (UID 2 FLAGS (a(b \\Seen))\r\n" NEXT,
	    "FETCH 2 uid=2" UNREAD("* 2 FETCH (UID 2 FLAGS (a(b \\Seen))")
		READ },
	{ "* 2 FETCH (UID 2 FLAGS \\Seen)\r\n" NEXT,
	    "FETCH 2 uid=2" LIES("2", "2", "FLAGS") "\n" READ },
	{ "* 2 FETCH (FLAGS (\\Seen) UID (2))\r\n" NEXT,
	    "FETCH 2 flags=S" LIES("2", "0", "UID") "\n" READ },
	{ "* 2 FETCH (FLAGS (\\Seen) UID)\r\n" NEXT,
	    "FETCH 2 flags=S" UNREAD("* 2 FETCH (FLAGS (\\Seen) UID)") READ },
	{ "* 2 FETCH (FLAGS (\\Seen) X \"a UID 2)\r\n" NEXT,
	    "FETCH 2 flags=S" UNREAD("* 2 FETCH (FLAGS (\\Seen) X \"a UID 2)")
		READ },
	/* All is known already that is asked for. */
	{ "* 2 FETCH (UID 2 FLAGS () X \"a {5}\r\nb)\r\n)\r\n" NEXT,
	    "FETCH 2 uid=2 flags= ODD * 2 FETCH (UID 2 FLAGS () X \"a "
	    "{5}\n" READ },
	{ "* 2 FETCH (UID 2 FLAGS () X a\x01 Y ((b) \"c\")\r\n" NEXT,
	    "FETCH 2 uid=2 flags= ODD * 2 FETCH (UID 2 FLAGS () X a\\x01 "
	    "Y ((b) \"c\")\n" READ },
	{ "* 2 FETCH (UID 2 MODSEQ (-1) FLAGS ())\r\n" NEXT,
	    "FETCH 2 uid=2 flags=" ODD("2", "2", "MODSEQ", "-1") READ },
	{ "* 2 FETCH (MODSEQ \"1\" UID 2 EMAILID ())\r\n" NEXT,
	    "FETCH 2 uid=2" ODD("2", "0", "MODSEQ", "1") READ },
	{ "* 2 FETCH (MODSEQ (1 2) EMAILID NIL UID 2)\r\n" NEXT,
	    "FETCH 2 uid=2 modseq=1" ODD("2", "0", "EMAILID", "NIL") READ },
	{ "* 0 FETCH (UID 2 FLAGS ())\r\n" NEXT,
	    "FETCH 0 uid=2 flags=\n" READ },
	{ "* 4294967296 FETCH (UID 2 FLAGS ())\r\n" NEXT,
	    "FETCH 0 uid=2 flags= ODD invalid data from the server: a message "
	    "number is too large\n" READ },
	{ "* 2 FETCH (RFC822.SIZE (1) INTERNALDATE () UID 2)\r\n" NEXT,
	    "FETCH 2 uid=2 date=0+0" ODD("2", "0", "RFC822.SIZE", "") READ },
	{ "* 2 FETCH (UID 2 BODY[] (x) FLAGS ())\r\n" NEXT,
	    "FETCH 2 uid=2 flags= nil" ODD("2", "2", "body", "") READ },
	{ "* 2 FETCH (UID 2 BODY[] x FLAGS ())\r\n" NEXT,
	    "FETCH 2 uid=2 flags= nil" ODD("2", "2", "body", "x") READ },
	{ "* 2 FETCH UID\r\n" NEXT, "FETCH 2" UNREAD("* 2 FETCH UID") READ },
	{ "* 2 FETCH (UID 2\r\n" NEXT,
	    "FETCH 2 uid=2" UNREAD("* 2 FETCH (UID 2") READ },
	/* The line end behind a literal was not counted. */
	{ "* 2 FETCH (UID 2 BODY[] {3}\r\nabc\r\n)\r\n"
	  "* 3 FETCH (UID 3 BODY[] {1}\r\na\r\n FLAGS ())\r\n" NEXT,
	    "body of 2:abc\nFETCH 2 uid=2 body\n"
	    "body of 3:a\nFETCH 3 uid=3 flags= body\n" READ },
	{ "* 2 FETCH (UID 2 BODY[] {3}\r\nabc)\r\n\r\n" NEXT,
	    "body of 2:abc\nFETCH 2 uid=2 body\n" READ },
	/* the others */
	{ "* NAMESPACE (\"\" \"/\")\r\n" NEXT,
	    "OTHER ODD * NAMESPACE (\"\" \"/\")\n" READ },
	{ "* VANISHED x\r\n* VANISHED 1:\r\n* VANISHED (EARLIER) 1,x\r\n" NEXT,
	    "VANISHED" UNREAD("* VANISHED x") "VANISHED" //
	    UNREAD("* VANISHED 1:") "VANISHED 1:1 earlier BAD the server's "
				    "answer cannot be read: * VANISHED "
				    "(EARLIER) 1,x ODD * VANISHED "
				    "(EARLIER) 1,x\n" READ },
	{ "* ESEARCH (TAG \"x) ALL 1\r\n* ESEARCH ALL\r\n* SEARCH 1 x "
	  "3\r\n" NEXT,
	    "SEARCH" UNREAD("* ESEARCH (TAG \"x) ALL 1") "SEARCH" //
	    UNREAD("* ESEARCH ALL") "SEARCH 1:1 BAD the server's answer cannot "
				    "be read: * SEARCH 1 x 3 ODD * SEARCH 1 x "
				    "3\n" READ },
	{ "* SEARCH 1 3 (MODSEQ 5)\r\n* SEARCH\r\n* SEARCH \r\n" NEXT,
	    "SEARCH 1:1,3:3\nSEARCH\nSEARCH\n" READ },
	{ "* CAPABILITY IMAP4rev1 \x01 X\r\n* ID (\"a\" (b))\r\n" NEXT,
	    "CAPABILITY IMAP4rev1 ODD * CAPABILITY IMAP4rev1 \\x01 X\n"
	    "ID a ODD * ID (\"a\" (b))\n" READ },
	{ "* X\tY \"a {3}\r\n* 1\r\n* 5 Z \x01 (\r\n* (a) b\r\n* \"c\r\n* "
	  "{\r\n" NEXT,
	    "OTHER\nOTHER\nOTHER\nOTHER ODD * \"c\nOTHER\n" READ },
	{ "* GENURLAUTH \x01\r\n* -1 EXISTS\r\n*\r\n" NEXT,
	    "OTHER\nOTHER\nOTHER\n" READ },
};

static void
test_strange(void **state)
{
	(void)state;
	CHECK(strange);
}

/* What has no end is an error, having read little. */
static void
test_endless(void **state)
{
	static const struct {
		const char *start, *again;
		uint64_t most;
	} t[] = {
		{ "* 1 FETCH (UID 1 X ", "(", 200 << 10 },
		{ "* X ", "(", 1300 << 10 },
		{ "* 1 FETCH (FLAGS (", "a ", 1500 << 10 },
		{ "* CAPABILITY ", "a ", 1500 << 10 },
		{ "* ID (", "{1000}\r\n", 1500 << 10 },
		{ "* LIST (", "\\x ", 1500 << 10 },
		{ "* STATUS x (", "A 1 ", 1500 << 10 },
		{ "* OK ", "[", 1500 << 10 },
		{ "* OK [PERMANENTFLAGS (", "a ", 1500 << 10 },
		{ "a1 OK [COPYUID 1 ", "1,", 1500 << 10 },
		{ "* 1 FETCH (", "BODY[1] {3}\r\n)\r\n ", 1800 << 10 },
		{ "* SEARCH ", "1 ", 80 << 20 },
		{ "* VANISHED ", "1,", 80 << 20 },
		{ "+ ", "A", 1500 << 10 },
		{ "* 1", "1", 1500 << 10 },
	};
	struct buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct feed f = { .data = t[i].start,
			.len = strlen(t[i].start),
			.chunk = 1000,
			.again = t[i].again };

		buf_reset(&out);
		parse(&f, true, &out);
		if (strstr(buf_str(&out), "too long") == NULL &&
		    strstr(buf_str(&out), "too many") == NULL)
			fail_msg("%s: %s", t[i].start, buf_str(&out));
		if (f.given > t[i].most)
			fail_msg("%s: %llu", t[i].start,
			    (unsigned long long)f.given);
	}
	buf_clear(&out);
}

/* Cut anywhere, a transcript ends in an error and in nothing that was not
 * said: what is told is the beginning of what the whole tells. */
static void
test_cut(void **state)
{
	const char *in = dovecot[4].in;
	struct buf whole = { 0 }, part = { 0 };
	size_t i;

	(void)state;
	struct feed f = FEED(in, strlen(in), 100);
	parse(&f, true, &whole);
	for (i = 0; i < strlen(in); i++) {
		struct feed cut = FEED(in, i, 3);

		buf_reset(&part);
		parse(&cut, true, &part);
		assert_true(part.len < whole.len);
		assert_memory_equal(buf_str(&part), whole.data, part.len);
	}
	buf_clear(&whole);
	buf_clear(&part);
}

/* Without a reader bodies are passed over, and what follows is read. */
static void
test_no_reader(void **state)
{
	static const char in[] =
	    "* 1 FETCH (UID 1 BODY[] {5}\r\n)\r\nxy RFC822.SIZE 5)\r\nX OK\r\n";
	struct buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < FEED_CHUNKS; i++) {
		struct feed f = FEED(in, sizeof(in) - 1, feed_chunks[i]);

		buf_reset(&out);
		parse(&f, false, &out);
		assert_string_equal(buf_str(&out),
		    "FETCH 1 uid=1 size=5 body\nTAGGED X OK \"\"\n");
	}
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transcripts),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_rubbish),
		cmocka_unit_test(test_strange),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_no_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
