/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session after its login, with a server that follows a script. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

#include "imap_play.h"

#define BYE "C: T LOGOUT\n"
#define LOG_IN(caps)                                                           \
	"S: * OK [CAPABILITY IMAP4rev1] hi\nC: T LOGIN *\n"                    \
	"S: T OK [CAPABILITY IMAP4rev1 " caps "] in\n"

static void
check_set_up(struct imap_session *s)
{
	play_settle(s);
	assert_true(s->utf8);
	assert_int_equal(s->delimiter, '.');
	assert_string_equal(buf_str(&s->prefix), "INBOX.");
	assert_int_equal(s->server_id.len, 2);
	assert_string_equal(s->server_id.list[1], "Srv");
}

static void
check_no_utf8(struct imap_session *s)
{
	play_settle(s);
	assert_false(s->utf8);
	assert_int_equal(s->delimiter, '\0');
}

/* All in one round trip, answered in any order. */
static void
test_set_up(void **state)
{
	struct imap_config c = play_config();

	(void)state;
	play(&c,
	    LOG_IN(
		"ID ENABLE CONDSTORE QRESYNC UTF8=ACCEPT NAMESPACE") "C: T1 ID "
								     "(\"name\""
								     " *\n"
								     "C: T2 "
								     "ENABLE "
								     "CONDSTORE"
								     " QRESYNC "
								     "UTF8="
								     "ACCEPT\n"
								     "C: T3 "
								     "NAMESPACE"
								     "\n"
								     "S: * "
								     "ENABLED "
								     "QRESYNC "
								     "UTF8="
								     "ACCEPT\nS"
								     ": T2 OK\n"
								     "S: * "
								     "NAMESPACE"
								     " (("
								     "\"INBOX."
								     "\" "
								     "\".\")) "
								     "NIL NIL\n"
								     "S: * ID "
								     "(\"name\""
								     " \"Srv\")"
								     "\nS: T3 "
								     "OK\nS: "
								     "T1 "
								     "OK\n" BYE,
	    check_set_up, NULL);
	/* Refused: it goes on without. */
	play(&c,
	    LOG_IN(
		"ENABLE UTF8=ACCEPT NAMESPACE") "C: T1 ENABLE UTF8=ACCEPT\nC: "
						"T2 NAMESPACE\n"
						"S: T1 NO not now\nS: T2 NO "
						"what\n" BYE,
	    check_no_utf8, NULL);
	/* IMAP4rev2 implies ENABLE and NAMESPACE. */
	play(&c,
	    LOG_IN("IMAP4rev2") "C: T1 ENABLE IMAP4rev2\nC: T2 NAMESPACE\n"
				"S: * ENABLED\nS: T1 OK\nS: T2 OK\n" BYE,
	    check_no_utf8, NULL);
	/* ENABLE alone has nothing to enable. */
	play(&c, LOG_IN("ENABLE") BYE, check_no_utf8, NULL);
}

static void
check_not_compressed(struct imap_session *s)
{
	play_settle(s);
	assert_false(s->compressed);
}

/* text as a script line, deflated. */
static void
put_deflated(struct buf *out, const char *text)
{
	unsigned char z[200];
	z_stream d = { 0 };
	size_t i;

	assert_int_equal(
	    deflateInit2(&d, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	d.next_in = (unsigned char *)(uintptr_t)text;
	d.avail_in = (unsigned)strlen(text);
	d.next_out = z;
	d.avail_out = sizeof(z);
	assert_int_equal(deflate(&d, Z_SYNC_FLUSH), Z_OK);
	buf_puts(out, "S> ");
	for (i = 0; i < sizeof(z) - d.avail_out; i++)
		buf_printf(out, "\\x%02x", z[i]);
	buf_putc(out, '\n');
	deflateEnd(&d);
}

/* The first bytes that are deflated come right behind the OK. */
static void
test_compress(void **state)
{
	struct imap_config c = play_config();
	struct buf text = { 0 };
	struct imap_session *s;
	struct script script;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	c.compress = true;
	buf_puts(&text,
	    LOG_IN("COMPRESS=DEFLATE ENABLE CONDSTORE") "C: T1 ENABLE "
							"CONDSTORE\nC: T2 "
							"COMPRESS DEFLATE\n"
							"S: * ENABLED "
							"CONDSTORE\nS: T1 "
							"OK\nS: T2 OK\n");
	put_deflated(&text, "* LIST () \"/\" x\r\n* BYE deflated\r\n");
	for (i = 0; i < PLAY_CHUNKS; i++) {
		assert_int_equal(
		    imap_session_open(&c,
			script_stream(&script, buf_str(&text), play_chunks[i]),
			&s, &e),
		    0);
		assert_true(s->compressed);
		assert_int_equal(imap_session_step(s, &e), 0);
		assert_int_equal(s->resp.type, RESP_LIST);
		assert_int_equal(imap_session_step(s, &e), -1);
		assert_string_equal(
		    err_text(&e), "the server says goodbye: deflated");
		imap_session_free(s);
		script_clear(&script);
	}
	buf_clear(&text);
	play(&c,
	    LOG_IN("COMPRESS=DEFLATE") "C: T COMPRESS DEFLATE\n"
				       "S: T NO [COMPRESSIONACTIVE] x\n" BYE,
	    check_not_compressed, NULL);
	c.compress = false;
	play(&c, LOG_IN("COMPRESS=DEFLATE") BYE, check_not_compressed, NULL);
	err_clear(&e);
}

struct seen {
	unsigned count[RESP_OTHER + 1];
};

static void
see(void *arg, struct imap_resp *r)
{
	((struct seen *)arg)->count[r->type]++;
}

static int
noop(struct imap_session *s, struct err *e)
{
	imap_cmd_atoms(imap_session_command(s), "NOOP");
	return imap_session_run(s, "NOOP", ERR_FOLDER, e);
}

static void
check_noops(struct imap_session *s)
{
	struct err e = ERR_INIT;
	struct seen seen = { { 0 } };

	s->hook = (struct imap_hook){ &seen, see };
	assert_int_equal(noop(s, &e), 0);
	assert_int_equal(seen.count[RESP_EXISTS], 1);
	assert_int_equal(seen.count[RESP_FETCH], 1);
	assert_int_equal(seen.count[RESP_OTHER], 1);
	assert_int_equal(noop(s, &e), -1);
	assert_string_equal(
	    err_text(&e), "NOOP: the server says NO [INUSE] later");
	assert_int_equal(e.scope, ERR_FOLDER);
	assert_true(e.retry);
	assert_int_equal(noop(s, &e), -1);
	assert_string_equal(err_text(&e), "NOOP: the server says BAD \\x1B[0m");
	assert_false(e.retry);
	assert_int_equal(noop(s, &e), -1);
	assert_int_equal(e.scope, ERR_ACCOUNT);
	assert_int_equal(noop(s, &e), -1);
	assert_string_equal(
	    err_text(&e), "the server says goodbye: shutting down");
	assert_int_equal(e.scope, ERR_SESSION);
	assert_true(e.retry);
	err_clear(&e);
}

/* Unsolicited responses, refusals, and BYE in the middle of a command. */
static void
test_commands(void **state)
{
	struct imap_config c = play_config();

	(void)state;
	play(&c,
	    LOG_IN("") "C: T NOOP\nS: * 5 EXISTS\nS: * 0 RECENT\nS: * XWHAT (a "
		       "b)\n"
		       "S: * 1 FETCH (FLAGS (\\Seen))\nS: * OK still here\nS: "
		       "T OK\n"
		       "C: T NOOP\nS: T NO [INUSE] later\n"
		       "C: T NOOP\nS: T BAD \x1b[0m\n"
		       "C: T NOOP\nS: T NO [CONTACTADMIN] x\n"
		       "C: T NOOP\nS: * BYE shutting down\nEOF\n",
	    check_noops, NULL);
}

static void
check_order(struct imap_session *s)
{
	struct imap_pending p[3] = { 0 };
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < 3; i++) {
		imap_cmd_atoms(imap_session_command(s), "NOOP");
		assert_int_equal(imap_session_send(s, &p[i], &e), 0);
	}
	assert_int_equal(imap_session_wait(s, &p[0], &e), 0);
	assert_true(p[1].done && p[2].done);
	assert_int_equal(p[0].cond, IMAP_OK);
	assert_int_equal(p[1].cond, IMAP_NO);
	assert_int_equal(p[1].code.type, CODE_COPYUID);
	assert_int_equal(imap_set_count(&p[1].code.to), 3);
	assert_int_equal(p[2].cond, IMAP_NO);
	for (i = 0; i < 3; i++)
		imap_pending_clear(&p[i]);
	err_clear(&e);
}

static void
check_wrong_tag(struct imap_session *s)
{
	struct err e = ERR_INIT;

	assert_int_equal(noop(s, &e), -1);
	assert_non_null(
	    strstr(err_text(&e), "a command that was not sent (Z999)"));
	assert_int_equal(e.scope, ERR_SESSION);
	err_clear(&e);
}

static void
check_tag_twice(struct imap_session *s)
{
	struct err e = ERR_INIT;

	assert_int_equal(noop(s, &e), 0);
	assert_int_equal(noop(s, &e), -1);
	assert_non_null(strstr(err_text(&e), "a command that was not sent"));
	err_clear(&e);
}

/* Three in one go; all are answered OK in the end. */
static void
check_three(struct imap_session *s)
{
	struct imap_pending p[3] = { 0 };
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < 3; i++) {
		imap_cmd_atoms(imap_session_command(s), "NOOP");
		assert_int_equal(imap_session_send(s, &p[i], &e), 0);
	}
	for (i = 0; i < 3; i++) {
		assert_int_equal(imap_session_wait(s, &p[i], &e), 0);
		assert_int_equal(p[i].cond, IMAP_OK);
		imap_pending_clear(&p[i]);
	}
	assert_int_equal(noop(s, &e), 0);
	err_clear(&e);
}

/* After a BAD that was for another reason. */
static void
check_bad_noop(struct imap_session *s)
{
	struct imap_pending p[2] = { 0 };
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < 2; i++) {
		imap_cmd_atoms(imap_session_command(s), "NOOP");
		assert_int_equal(imap_session_send(s, &p[i], &e), 0);
	}
	for (i = 0; i < 2; i++)
		assert_int_equal(imap_session_wait(s, &p[i], &e), 0);
	assert_int_equal(p[1].cond, IMAP_BAD);
	imap_pending_clear(&p[0]);
	imap_pending_clear(&p[1]);
	check_three(s);
	err_clear(&e);
}

#define THREE_AT_ONCE "C: T1 NOOP\nC: T2 NOOP\nC: T3 NOOP\n"
#define NOOP_OK "C: T NOOP\nS: T OK\n"

static void
test_one_at_a_time(void **state)
{
	struct imap_config c = play_config();

	(void)state;
	/* What comes too early is refused, and sent again. */
	play(&c,
	    LOG_IN("") THREE_AT_ONCE
	    "S: T1 OK\nS: T2 BAD early\n"
	    "S: T3 BAD early\n" NOOP_OK NOOP_OK NOOP_OK BYE,
	    check_three, NULL);
	play(&c,
	    LOG_IN("") THREE_AT_ONCE "S: T3 BAD early\nS: T1 OK\n"
				     "S: T2 OK\n" NOOP_OK NOOP_OK BYE,
	    check_three, NULL);
	/* Twice at the most. */
	play(&c,
	    LOG_IN("") "C: T1 NOOP\nC: T2 NOOP\nS: T1 OK\nS: T2 BAD x\n"
		       "C: T NOOP\nS: T BAD x\nC: T NOOP\nS: T BAD "
		       "x\n" THREE_AT_ONCE
		       "S: T1 OK\nS: T2 OK\nS: T3 OK\n" NOOP_OK BYE,
	    check_bad_noop, NULL);
	c.one_at_a_time = true;
	play(&c, LOG_IN("") NOOP_OK NOOP_OK NOOP_OK NOOP_OK BYE, check_three,
	    NULL);
}

static void
test_tags(void **state)
{
	struct imap_config c = play_config();

	(void)state;
	play(&c,
	    LOG_IN("") "C: T1 NOOP\nC: T2 NOOP\nC: T3 NOOP\nS: T3 NO x\n"
		       "S: T2 NO [COPYUID 1 1:3 4:6] x\nS: T1 OK\n" BYE,
	    check_order, NULL);
	play(&c, LOG_IN("") "C: T NOOP\nS: Z999 OK\n", check_wrong_tag, NULL);
	play(&c, LOG_IN("") "C: T1 NOOP\nS: T1 OK\nC: T2 NOOP\nS: T1 OK\n",
	    check_tag_twice, NULL);
}

static void
check_gone(struct imap_session *s)
{
	struct err e = ERR_INIT;

	assert_int_equal(noop(s, &e), -1);
	assert_string_equal(err_text(&e), "connection closed by the server");
	assert_int_equal(e.scope, ERR_SESSION);
	assert_true(e.retry);
	err_clear(&e);
}

static void
test_server_closes(void **state)
{
	static const char *const t[] = {
		LOG_IN("") "C: T NOOP\nEOF\n",
		LOG_IN("") "C: T NOOP\nS> * OK h\nEOF\n",
		LOG_IN("") "C: T NOOP\n"
			   "S> * 1 FETCH (UID 1 BODY[] {5}\\r\\nab\nEOF\n",
	};
	struct imap_config c = play_config();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		play(&c, t[i], check_gone, NULL);
}

static void
check_literals(struct imap_session *s)
{
	struct imap_pending p = { 0 };
	struct err e = ERR_INIT;
	struct imap_cmd *c;

	c = imap_session_command(s);
	imap_cmd_atoms(c, "APPEND x");
	imap_cmd_literal(c, 3, false);
	assert_int_equal(imap_session_send_open(s, &p, &e), 0);
	assert_false(p.done);
	assert_int_equal(imap_session_write(s, "abc\r\n", 5, &e), 0);
	assert_int_equal(imap_session_wait(s, &p, &e), 0);
	assert_int_equal(p.cond, IMAP_OK);
	p = (struct imap_pending){ 0 };
	c = imap_session_command(s);
	imap_cmd_atoms(c, "APPEND x");
	imap_cmd_literal(c, 3, false);
	assert_int_equal(imap_session_send_open(s, &p, &e), 0);
	assert_true(p.done);
	assert_int_equal(p.cond, IMAP_NO);
	assert_int_equal(noop(s, &e), 0);
	err_clear(&e);
}

static void
test_literals(void **state)
{
	struct imap_config c = play_config();

	(void)state;
	play(&c,
	    LOG_IN("") "C: T APPEND x {3}\nS: * 1 EXISTS\nS: + go\n"
		       "C: abc\nS: T OK\n"
		       "C: T APPEND x {3}\nS: T NO [OVERQUOTA] full\n"
		       "C: T NOOP\nS: T OK\n" BYE,
	    check_literals, NULL);
}

/* Each prefix of a good dialogue, and then the end: an error, never more. */
static void
test_cut(void **state)
{
	static const char greeting[] =
	    "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\\r\\n";
	struct imap_config c = play_config();
	struct imap_session *s;
	struct script script;
	struct buf text = { 0 };
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(greeting) - 4; i++) {
		buf_reset(&text);
		buf_printf(&text, "S> %.*s\nEOF\n", (int)i, greeting);
		assert_int_equal(
		    imap_session_open(
			&c, script_stream(&script, buf_str(&text), 7), &s, &e),
		    -1);
		assert_int_equal(e.scope, ERR_SESSION);
		assert_int_equal(script.sent.len, 0);
		script_clear(&script);
	}
	buf_clear(&text);
	err_clear(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_up),
		cmocka_unit_test(test_compress),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_server_closes),
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
