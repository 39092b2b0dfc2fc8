/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listing, making, opening and scanning folders, with a scripted server. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store_imap_fixture.h"

/* A listing as text: a line for each folder, then what was refused. */
static void
dump(const struct store_folders *l, struct buf *out)
{
	const struct store_folder *f;
	size_t i;

	buf_reset(out);
	for (i = 0; i < l->len; i++) {
		f = &l->list[i];
		buf_printf(out, "%s=%s%s%s", f->name, f->native,
		    f->special_use != NULL ? f->special_use : "",
		    f->selectable ? "" : " -");
		if (f->token.valid)
			buf_printf(out, " %u %u%s %llu", f->validity,
			    f->messages, f->token.exact ? " exact" : "",
			    (unsigned long long)f->token.words[1]);
		buf_putc(out, '\n');
	}
	for (i = 0; i < l->refused_len; i++)
		buf_printf(
		    out, "! %s: %s\n", l->refused[i].name, l->refused[i].why);
}

/* The script up to LOGOUT is s; what must come of it is expected. */
static void
list(const char *script, bool subscribed, const char *expected)
{
	struct fixture f;
	struct store_folders l = { 0 };
	struct err e = ERR_INIT;
	struct buf out = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < FIXTURE_CHUNKS; i++) {
		f = (struct fixture){ .settings = {
					  .subscribedonly = subscribed } };
		fixture_open(&f, script, fixture_chunks[i]);
		rc = f.s->ops->list(f.s, &l, &e);
		if (rc == 0)
			dump(&l, &out);
		else
			buf_puts(&out, err_text(&e));
		assert_string_equal(buf_str(&out), expected);
		buf_reset(&out);
		store_folders_clear(&l);
		fixture_close(&f);
	}
	buf_clear(&out);
	err_clear(&e);
}

#define LIST_STATUS "LIST-EXTENDED LIST-STATUS SPECIAL-USE CONDSTORE"
#define ITEMS "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"

static void
test_list_status(void **state)
{
	(void)state;
	/* One round trip; STATUS comes in any order. */
	list(
	    HELLO(LIST_STATUS) "C: T LIST \"\" \"*\" RETURN (SPECIAL-USE "
			       "STATUS " ITEMS ")\n"
			       "S: * LIST (\\NoInferiors) NIL inbox\n"
			       "S: * STATUS inbox (MESSAGES 2 UIDNEXT 9 "
			       "UIDVALIDITY 5 "
			       "HIGHESTMODSEQ 44)\n"
			       "S: * STATUS \"b/Entw&APw-rfe\" (MESSAGES 0 "
			       "UIDNEXT 1 UIDVALIDITY "
			       "6)\n"
			       "S: * LIST (\\Drafts) \"/\" \"b/Entw&APw-rfe\"\n"
			       "S: * LIST (\\Noselect) \"/\" b\n"
			       "S: * LIST () \"/\" \"no status\"\n"
			       "S: * LIST () \"/\" \"no status\"\n"
			       "S: * STATUS x (MESSAGES 0 UIDNEXT 1 "
			       "UIDVALIDITY 6)\n"
			       "S: T OK\n" BYE,
	    false,
	    "INBOX=inbox 5 2 exact 9\n"
	    "b=b -\n"
	    "b/Entw\u00fcrfe=b/Entw\u00fcrfe\\Drafts 6 0 1\n"
	    "no status=no status\n");
	/* All extensions, only what is subscribed. */
	list(
	    HELLO(
		"LIST-EXTENDED LIST-STATUS") "C: T LIST (SUBSCRIBED) \"\" "
					     "\"*\" RETURN (STATUS "
					     "(MESSAGES UIDNEXT UIDVALIDITY))\n"
					     "S: * LIST (\\Subscribed "
					     "\\NonExistent) \"/\" gone\n"
					     "S: T OK\n" BYE,
	    true, "gone=gone -\n");
	/* An empty listing is one. */
	list(HELLO(LIST_STATUS) "C: T LIST *\nS: T OK\n" BYE, false, "");
}

static void
test_list_fallback(void **state)
{
	(void)state;
	/* Two round trips: STATUS for all at once; one may be refused. */
	list(HELLO("CONDSTORE") "C: T LIST \"\" \"*\"\n"
				"S: * LIST () \".\" INBOX\n"
				"S: * LIST (\\Noselect) \".\" INBOX.x\n"
				"S: * LIST () \".\" INBOX.x.&AOk-\n"
				"S: * LIST () \".\" INBOX.z\n"
				"S: T OK\n"
				"C: T1 STATUS \"INBOX\" " ITEMS "\n"
				"C: T2 STATUS \"INBOX.x.&AOk-\" " ITEMS "\n"
				"C: T3 STATUS \"INBOX.z\" " ITEMS "\n"
				"S: * STATUS INBOX.z (MESSAGES 1 UIDNEXT 2 "
				"UIDVALIDITY 3)\n"
				"S: T3 OK\nS: T2 NO denied\n"
				"S: * STATUS INBOX (MESSAGES 1 UIDNEXT 0 "
				"UIDVALIDITY 3)\n"
				"S: T1 OK\n" BYE,
	    false,
	    "INBOX=INBOX\n"
	    "INBOX/x=INBOX.x -\n"
	    "INBOX/x/\u00e9=INBOX.x.\u00e9\n"
	    "INBOX/z=INBOX.z 3 1 2\n");
	list(HELLO("") "C: T LSUB \"\" \"*\"\n"
		       "S: * LSUB () \"/\" a\nS: T OK\n"
		       "C: T STATUS \"a\" (MESSAGES UIDNEXT UIDVALIDITY)\n"
		       "S: * STATUS a (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3)\nS: "
		       "T OK\n" BYE,
	    true, "a=a 3 1 2\n");
	list(HELLO("LIST-EXTENDED") "C: T LIST (SUBSCRIBED) \"\" \"*\"\nS: T "
				    "OK\n" BYE,
	    true, "");
	/* Half a listing is none. */
	list(HELLO(LIST_STATUS) "C: T LIST *\nS: * LIST () \"/\" INBOX\nS: T "
				"NO oops\n" BYE,
	    false, "LIST: the server says NO oops");
	list(HELLO(LIST_STATUS) "C: T LIST *\nS: * LIST () \"/\" INBOX\nEOF\n",
	    false, "connection closed by the server");
}

/* Names that lead out of the store, or are none: these folders only. */
static void
test_list_hostile(void **state)
{
	(void)state;
	list(HELLO(LIST_STATUS) "C: T LIST *\n"
				"S: * LIST () \"/\" ok\n"
				"S: * LIST () \"/\" \"../../../x\"\n"
				"S: * LIST () \"/\" \"/abs\"\n"
				"S: * LIST () \"/\" \"a/../b\"\n"
				"S: * LIST () \"/\" \"a//b\"\n"
				"S: * LIST () \"/\" \"\"\n"
				"S: * LIST () \"/\" \"&AC4ALgAv-x\"\n"
				"S: * LIST () \"/\" \"&AAAA-\"\n"
				"S> * LIST () \"/\" {3}\\r\\na\\0b\\r\\n\n"
				"S> * LIST () \"/\" \"\\xff\"\\r\\n\n"
				"S: * LIST () \"/\" \"&Jjo\"\n"
				"S: * LIST () \".\" \"has/slash.x\"\n"
				"S: * LIST () \"xx\" \"delimiter\"\n"
				"S: * LIST () \"/\" \"esc&ABs-[0m\"\n"
				"S: * LIST () \"/\" \"%n%n $(touch x)\"\n"
				"S: * LIST () \"/\" \"tail \"\n"
				"S: T OK\n" BYE,
	    false,
	    "%n%n $(touch x)=%n%n $(touch x)\n"
	    "&AAAA-=&AAAA-\n"
	    "&AC4ALgAv-x=&AC4ALgAv-x\n"
	    "&Jjo=&Jjo\n"
	    "esc%1B[0m=esc\x1b[0m\n"
	    "ok=ok\n"
	    "tail =tail \n"
	    "! \"\": has no name\n"
	    "! a\\x00b: has a NUL in its name\n"
	    "! \\xFF: the name is not valid modified UTF-7\n"
	    "! delimiter: invalid hierarchy delimiter\n"
	    "! ../../../x: the name has a part \"..\"\n"
	    "! /abs: the name has an empty part\n"
	    "! a/../b: the name has a part \"..\"\n"
	    "! a//b: the name has an empty part\n"
	    "! has/slash.x: its delimiter differs from that of the other "
	    "folders\n");
}

/* UTF-8 names, where the server was told so. */
static void
test_list_hostile_utf8(void **state)
{
	(void)state;
	list(
	    HELLO(
		"ENABLE UTF8=ACCEPT LIST-EXTENDED LIST-STATUS") "C: T1 ENABLE "
								"UTF8=ACCEPT\n"
								"C: T2 LIST *\n"
								"S: * ENABLED "
								"UTF8="
								"ACCEPT\nS: T1 "
								"OK\n"
								"S> * LIST () "
								"\"/\" "
								"\"\\xc3\\xa9\""
								"\\r\\n\n"
								"S> * LIST () "
								"\"/\" "
								"\"\\xff\"\\r\\"
								"n\n"
								"S: * LIST () "
								"\"/\" "
								"\"&AOk-\"\n"
								"S: T2 "
								"OK\n" BYE,
	    false,
	    "&AOk-=&AOk-\n"
	    "\u00e9=\u00e9\n"
	    "! \\xFF: the name is not valid UTF-8\n");
}

/* Folders without end: bounded memory, and an error. */
static void
test_list_flood(void **state)
{
	struct fixture f = { .settings = { .expunge = true } };
	struct store_folders l = { 0 };
	struct err e = ERR_INIT;
	struct buf text = { 0 }, name = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 3000; i++)
		buf_putc(&name, 'n');
	buf_puts(&text, HELLO(LIST_STATUS) "C: T LIST *\n");
	for (i = 0; i < 3000; i++)
		buf_printf(&text, "S: * LIST () \"%s\" \"%zu%s\"\n",
		    i % 2 == 0 ? "xx" : "/", i, buf_str(&name));
	buf_puts(&text, "S: T OK\n" BYE);
	fixture_open(&f, buf_str(&text), 100000);
	assert_int_equal(f.s->ops->list(f.s, &l, &e), -1);
	fixture_error(&e, ERR_ACCOUNT, "the server lists more than");
	assert_true(l.refused_len <= 3000);
	store_folders_clear(&l);
	fixture_close(&f);
	buf_clear(&text);
	buf_clear(&name);
	err_clear(&e);
}

#define DELIMITER                                                              \
	"C: T LIST \"\" \"\"\nS: * LIST (\\Noselect) \".\" \"\"\nS: T OK\n"

static void
play_create(struct fixture *f)
{
	struct err e = ERR_INIT;

	assert_int_equal(f->s->ops->create(f->s, "a/\u00e9", &e), 0);
	assert_int_equal(f->s->ops->create(f->s, "b", &e), 0);
	assert_int_equal(f->s->ops->create(f->s, "c", &e), 0);
	assert_int_equal(f->s->ops->create(f->s, "d", &e), -1);
	fixture_error(&e, ERR_FOLDER, "CREATE: the server says NO [CANNOT] no");
	assert_int_equal(f->s->ops->create(f->s, "with.dot", &e), -1);
	fixture_error(&e, ERR_FOLDER, "the server cannot have a folder");
	err_clear(&e);
}

static void
test_create(void **state)
{
	(void)state;
	fixture_run(HELLO("") DELIMITER
	    "C: T CREATE \"a.&AOk-\"\nS: T OK\n"
	    /* there already: said with a code, or to be asked */
	    "C: T CREATE \"b\"\nS: T NO [ALREADYEXISTS] x\n"
	    "C: T CREATE \"c\"\nS: T NO Mailbox exists\n"
	    "C: T STATUS \"c\" (UIDVALIDITY)\nS: T OK\n"
	    "C: T CREATE \"d\"\nS: T NO [CANNOT] no\n"
	    "C: T STATUS \"d\" (UIDVALIDITY)\nS: T NO\n" BYE,
	    play_create, fixture_open);
}

#define ASK "C: T SELECT \"INBOX\"\n"

static void
refused_open(const char *answers, const char *error)
{
	struct fixture f;
	struct buf text = { 0 };
	struct err e = ERR_INIT;
	size_t i;

	buf_printf(&text, "%s%s%s%s%s", HELLO(""), DELIMITER ASK, answers,
	    /* it may have another name on the wire; the session goes on */
	    "C: T LIST \"\" \"*\"\nS: T OK\n"
	    "C: T SELECT \"INBOX\"\nS: * OK [UIDVALIDITY 1] x\nS: T OK\n",
	    BYE);
	for (i = 0; i < FIXTURE_CHUNKS; i++) {
		f = (struct fixture){ .settings = { .expunge = true } };
		fixture_open(&f, buf_str(&text), fixture_chunks[i]);
		assert_int_equal(fixture_select(&f, "INBOX", false, &e), -1);
		fixture_error(&e, ERR_FOLDER, error);
		assert_int_equal(fixture_select(&f, "INBOX", false, &e), 0);
		assert_false(f.st.token.valid);
		fixture_close(&f);
	}
	buf_clear(&text);
	err_clear(&e);
}

static void
test_open_refused(void **state)
{
	(void)state;
	refused_open("S: T NO no such mailbox\n", "SELECT: the server says NO");
	refused_open("S: * 1 EXISTS\nS: T OK\n", "the server gives no valid");
	refused_open("S: * OK [UIDVALIDITY 0] x\nS: T OK\n",
	    "the server gives no valid UIDVALIDITY");
	refused_open("S: * OK [UIDVALIDITY 4294967296] x\nS: T OK\n",
	    "the server gives no valid UIDVALIDITY");
	refused_open("S: * OK [UIDVALIDITY 9] x\nS: * NO [UIDNOTSTICKY] x\n"
		     "S: T OK\n",
	    "the server does not keep UIDs");
	/* Of the mailbox that was open before, or of nobody. */
	refused_open("S: * OK [UIDVALIDITY 9] x\nS: * OK [CLOSED] x\nS: T OK\n",
	    "the server gives no valid UIDVALIDITY");
	refused_open("S: T OK [APPENDUID 1 3735928559] x\n",
	    "the server gives no valid UIDVALIDITY");
}

static void
play_confirm(struct fixture *f)
{
	struct err e = ERR_INIT;

	f->validity = 9;
	f->confirm = true;
	assert_int_equal(fixture_select(f, "same", false, &e), 0);
	assert_int_equal(fixture_select(f, "other", false, &e), 0);
	assert_int_equal(f->st.validity, 10);
	assert_int_equal(fixture_select(f, "new", false, &e), -1);
	fixture_error(&e, ERR_FOLDER,
	    "the server gives another UIDVALIDITY each time (10, then 11)");
	f->validity = 0;
	assert_int_equal(fixture_select(f, "unknown", true, &e), 0);
	assert_int_equal(f->st.validity, 5);
	err_clear(&e);
}

#define ONE(command, name, validity)                                           \
	"C: T " command " \"" name "\"\nS: * OK [UIDVALIDITY " validity        \
	"] x\nS: T OK\n"

static void
test_confirm(void **state)
{
	(void)state;
	fixture_run(HELLO("") DELIMITER ONE("SELECT", "same", "9") ONE(
			"SELECT", "other", "10") ONE("SELECT", "other", "10")
			ONE("SELECT", "new", "10") ONE("SELECT", "new", "11")
			    ONE("EXAMINE", "unknown", "5")
				ONE("EXAMINE", "unknown", "5") BYE,
	    play_confirm, fixture_open);
}

static void
play_open(struct fixture *f)
{
	struct err e = ERR_INIT;

	assert_int_equal(fixture_select(f, "x", false, &e), 0);
	assert_int_equal(f->st.validity, 9);
	assert_int_equal(f->st.next_id, 44);
	assert_int_equal(f->st.messages, 3);
	assert_true(f->st.modseq == 77);
	assert_false(f->st.readonly);
	assert_true(f->st.token.valid && f->st.token.exact);
	assert_int_equal(
	    f->st.storable, FLAG_SEEN | FLAG_FORWARDED | ~FLAG_SYSTEM);
	/* No \*: two keywords, no new ones. */
	assert_int_equal(fixture_select(f, "y", false, &e), 0);
	assert_true(f->st.readonly);
	assert_int_equal(
	    f->st.storable, FLAG_DELETED | FLAG_KEYWORD(0) | FLAG_KEYWORD(1));
	assert_string_equal(f->words.names[0], "A");
	assert_string_equal(f->words.names[1], "b");
	assert_false(f->st.token.exact);
	/* No PERMANENTFLAGS at all: all. */
	assert_int_equal(fixture_select(f, "z", true, &e), 0);
	assert_true(f->st.readonly);
	assert_int_equal(f->st.storable, FLAG_ALL);
	err_clear(&e);
}

static void
test_open(void **state)
{
	(void)state;
	fixture_run(HELLO("CONDSTORE") DELIMITER
	    "C: T SELECT \"x\" (CONDSTORE)\n"
	    "S: * OK [PERMANENTFLAGS (\\Seen \\*)] x\nS: * 3 EXISTS\n"
	    "S: * OK [UIDVALIDITY 9] x\nS: * OK [UIDNEXT 44] x\n"
	    "S: * OK [HIGHESTMODSEQ 77] x\nS: T OK [READ-WRITE]\n"
	    "C: T SELECT \"y\" (CONDSTORE)\n"
	    "S: * OK [PERMANENTFLAGS (\\Deleted A b)] x\nS: * 3 EXISTS\n"
	    "S: * OK [UIDVALIDITY 9] x\nS: * OK [UIDNEXT 44] x\n"
	    "S: * OK [NOMODSEQ] x\nS: T OK [READ-ONLY]\n"
	    "C: T EXAMINE \"z\" (CONDSTORE)\n"
	    "S: * FLAGS (\\Seen)\nS: * OK [UIDVALIDITY 9] x\nS: T OK\n" BYE,
	    play_open, fixture_open);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_status),
		cmocka_unit_test(test_list_fallback),
		cmocka_unit_test(test_list_hostile),
		cmocka_unit_test(test_list_hostile_utf8),
		cmocka_unit_test(test_list_flood),
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_open_refused),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_confirm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
