/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing and removing messages, with a scripted server. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store_imap_fixture.h"

static const char *const one = "one\r\n";

#define A(n) "APPEND \"INBOX\" " n " " DATE " "

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
	fixture_expect(
	    r, 3, "done, gone, unkept: the server does not keep \\Flagged");
	assert_int_equal(f->s->ops->flags(f->s, refs, 3,
			     (struct store_delta){ FLAG_SEEN, 0 }, r, &e),
	    0);
	fixture_expect(r, 3,
	    "done, failed: STORE: the server says NO read-only, failed: STORE: "
	    "the server says NO read-only");
	assert_int_equal(f->s->ops->flags(f->s, refs, 3,
			     (struct store_delta){ FLAG_SEEN, 0 }, r, &e),
	    0);
	/* Any of them may have been meant: none is gone. */
	fixture_expect(r, 3,
	    "failed: invalid data from the server: message 3 (UID 0) has an "
	    "invalid UID, done, failed: invalid data from the server: message "
	    "3 (UID 0) has an invalid UID");
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
		      "S: * 3 FETCH (FLAGS (\\Seen) UID 0)\n"
		      "S: * 1 FETCH (FLAGS (\\Seen) UID 2)\nS: T1 OK\nS: T2 "
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
		fixture_expect(r, 3, expected);
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
		fixture_expect(r, 3, expected);
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

	fixture_append(f, &one, 1, "done");
	assert_int_equal(f->s->ops->remove(f->s, refs, 3, r, &e), 0);
	fixture_expect(r, 3, "done, done, done");
	assert_int_equal(f->s->ops->transfer(f->s, refs, 3,
			     (struct store_destination){ "x", true }, r, &e),
	    0);
	fixture_expect(r, 3, "done, done, done");
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
