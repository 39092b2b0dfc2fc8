/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IDLE and NOTIFY with a server that follows a script, and a clock that goes
 * only when somebody waits. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "fake_clock.h"
#include "imap_peer.h"
#include "imap_play.h"
#include "net/imap_watch.h"

struct seen {
	int64_t start;
	struct buf text; /* "begun, news Work, " */
	unsigned news;
	bool times;
};

static void
note(struct seen *s, const char *what, const char *name)
{
	if (s->times)
		buf_printf(
		    &s->text, "%lld ", (long long)(fake_now_ms - s->start));
	buf_printf(&s->text, "%s%s%s, ", what, name != NULL ? " " : "",
	    name != NULL ? name : "");
}

static void
on_begun(void *arg)
{
	note(arg, "begun", NULL);
}

static void
on_news(void *arg, const char *mailbox)
{
	((struct seen *)arg)->news++;
	note(arg, "news", mailbox);
}

struct want {
	const char *seen;  /* NULL: anything */
	const char *error; /* NULL: none */
	enum err_scope scope;
	int64_t lasts; /* ms; 0: anything */
	int64_t limit; /* ms: the deadline */
	unsigned keepalive;
	unsigned waits; /* 0: anything */
	bool times;
	bool utf8;
};

#define HELLO "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE NOTIFY] hi\n"
#define SELECT                                                                 \
	"C: T EXAMINE \"INBOX\"\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 7] x\n"   \
	"S: T OK [READ-ONLY] x\n"
#define IDLE "C: T IDLE\nS: + idling\n"
#define DONE "C: DONE\nS: T OK done\n"
#define MIN_EVENTS "MessageNew MessageExpunge"
#define SET(events) "C: T NOTIFY SET (personal (" events "))\n"
#define ALL MIN_EVENTS " FlagChange MailboxName SubscriptionChange"
#define NOOP "C: T NOOP\nS: T OK\n"
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static int wake_fd = -1;

static void
watch_once(const char *text, bool idle, size_t chunk, const struct want *want)
{
	struct imap_config c = play_config();
	struct seen seen = { .times = want->times };
	struct imap_watch w = { .keepalive = want->keepalive,
		.wake_fd = wake_fd,
		.arg = &seen,
		.begun = on_begun,
		.news = on_news };
	struct imap_folder f;
	struct imap_session *s;
	struct err e = ERR_INIT;
	struct peer *p;
	char *script;
	int rc;

	fake_now_ms = 1000000;
	script = xasprintf("%s%s%s", HELLO, idle ? SELECT : "", text);
	c.preauth_ok = true;
	p = peer_new(script, chunk);
	assert_int_equal(imap_session_open(&c, &p->head, &s, &e), 0);
	s->utf8 = want->utf8;
	if (idle)
		assert_int_equal(
		    imap_folder_select(s, "INBOX", true, &f, &e), 0);
	w.folder = idle ? &f : NULL;
	seen.start = fake_now_ms;
	w.deadline =
	    fake_now_ms + (want->limit > 0 ? want->limit : 10 * MINUTE);
	rc = imap_watch(s, &w, &e);
	if (want->error == NULL && rc == -1)
		fail_msg("%s\n%s", text, err_text(&e));
	if (want->error != NULL && rc == 0)
		fail_msg("%s\nwas no error", text);
	if (rc == -1 && strstr(err_text(&e), want->error) == NULL)
		fail_msg("%s\n%s\nwhere expected: %s", text, err_text(&e),
		    want->error);
	if (rc == -1)
		assert_int_equal(e.scope, want->scope);
	if (want->seen != NULL)
		assert_string_equal(buf_str(&seen.text), want->seen);
	if (want->lasts > 0)
		assert_int_equal(fake_now_ms - seen.start, want->lasts);
	if (want->waits > 0)
		assert_int_equal(p->waits, want->waits);
	if (*p->script != '\0' && strncmp(p->script, "LOOP", 4) != 0)
		fail_msg("script stopped before %s", p->script);
	if (p->out.len > 0)
		fail_msg("client sent too much: %s", p->out.data);
	if (idle)
		imap_folder_leave(s, &f);
	s->dead = true;
	imap_session_free(s);
	free(script);
	buf_clear(&seen.text);
	err_clear(&e);
}

static void
watch(const char *text, bool idle, struct want want)
{
	size_t i;

	for (i = 0; i < PLAY_CHUNKS; i++)
		watch_once(text, idle, play_chunks[i], &want);
}

static void
test_idle_news(void **state)
{
	static const struct {
		const char *line;
		bool news;
	} cases[] = {
		{ "* 4 EXISTS", true },
		{ "* 2 EXISTS", true },
		{ "* 3 EXISTS", false },
		{ "* 1 EXPUNGE", true },
		{ "* VANISHED 17", true },
		{ "* VANISHED (EARLIER) 17", false },
		{ "* 1 FETCH (FLAGS (\\Seen))", true },
		{ "* 1 RECENT", true },
		{ "* OK Still here", false },
		{ "* OK [ALERT] The house is on fire", false },
		{ "* NO [ALERT] nearly full", false },
		{ "* FLAGS (\\Seen)", false },
		{ "* STATUS Work (MESSAGES 3)", false },
		{ "* CAPABILITY IMAP4rev1 IDLE", false },
		{ "* XLIST what (\"ever\")", false },
		{ "+ still idling", false },
	};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = xasprintf(IDLE "PASS 1000\nS: %s\n" DONE, cases[i].line);
		watch(text, true,
		    (struct want){
			.seen = cases[i].news ? "begun, news, " : "begun, ",
			.lasts = 10 * MINUTE });
		free(text);
	}
	/* What comes before the continuation counts, too; and what comes
	 * between DONE and its answer. */
	watch("C: T IDLE\nS: * 9 EXISTS\nS: + go\n" DONE, true,
	    (struct want){ .seen = "begun, news, " });
	watch(IDLE "C: DONE\nS: * 9 EXISTS\nS: T OK\n", true,
	    (struct want){ .seen = "begun, news, " });
}

/* A burst is one piece of news; what follows at once waits a little. */
static void
test_idle_burst(void **state)
{
	(void)state;
	watch(IDLE "PASS 1000\nS: * 4 EXISTS\nPASS 10\nS: * 1 EXPUNGE\n"
		   "PASS 10\nS: * 1 EXPUNGE\nPASS 1000\nS: * 5 EXISTS\n" DONE,
	    true,
	    (struct want){ .seen = "0 begun, 1000 news, 1200 news, 2020 news, ",
		.times = true });
}

static void
test_idle_again(void **state)
{
	(void)state;
	/* Before the 29 minutes are over; at the deadline it ends. */
	watch(IDLE "PASS 1679000\n" DONE IDLE DONE, true,
	    (struct want){ .seen = "begun, ",
		.limit = 40 * MINUTE,
		.lasts = 40 * MINUTE });
	watch(IDLE DONE IDLE DONE IDLE DONE, true,
	    (struct want){ .seen = "begun, ",
		.keepalive = 60,
		.limit = 3 * MINUTE,
		.lasts = 3 * MINUTE });
	watch(IDLE DONE IDLE DONE, true,
	    (struct want){ .seen = "begun, ",
		.keepalive = 86400,
		.limit = 30 * MINUTE,
		.lasts = 30 * MINUTE });
}

/* A server that says it is there every two minutes, for hours. */
static void
test_idle_long(void **state)
{
	struct buf text = { 0 };
	int i, j;

	(void)state;
	for (i = 0; i < 5; i++) {
		buf_puts(&text, IDLE);
		for (j = 0; j < 13; j++)
			buf_puts(&text, "PASS 120000\nS: * OK Still here\n");
		buf_puts(&text, DONE);
	}
	watch(buf_str(&text), true,
	    (struct want){ .seen = "begun, ",
		.limit = 140 * MINUTE,
		.lasts = 140 * MINUTE });
	buf_clear(&text);
}

static void
test_idle_refused(void **state)
{
	(void)state;
	watch("C: T IDLE\nS: T NO not for you\n", true,
	    (struct want){ .seen = "",
		.error = "IDLE: the server says NO not for you",
		.scope = ERR_FOLDER });
	watch("C: T IDLE\nS: T BAD what\n", true,
	    (struct want){ .seen = "",
		.error = "IDLE: the server says BAD what",
		.scope = ERR_FOLDER });
	watch("C: T IDLE\nS: T OK fine\n", true,
	    (struct want){
		.seen = "", .error = "answered with OK", .scope = ERR_FOLDER });
	watch(IDLE "PASS 5\nS: T OK enough\n", true,
	    (struct want){ .seen = "begun, ",
		.error = "the server ends IDLE: enough",
		.scope = ERR_SESSION,
		.lasts = 5 });
	watch(IDLE "C: DONE\nS: T BAD what\n", true,
	    (struct want){ .error = "DONE: the server says BAD",
		.scope = ERR_SESSION,
		.lasts = 10 * MINUTE });
	watch(IDLE "PASS 5\nS: * 4 EXISTS\nS: * BYE tired\n", true,
	    (struct want){ .seen = "begun, news, ",
		.error = "goodbye: tired",
		.scope = ERR_SESSION,
		.lasts = 5 });
	watch(IDLE "PASS 5\nEOF\n", true,
	    (struct want){
		.error = "closed", .scope = ERR_SESSION, .lasts = 5 });
	watch(IDLE "PASS 5\nS: rubbish\n", true,
	    (struct want){
		.error = "not a response", .scope = ERR_SESSION, .lasts = 5 });
	watch(IDLE "PASS 5\nS: x9 OK done\n", true,
	    (struct want){ .error = "not sent", .scope = ERR_SESSION });
	watch(IDLE "PASS 5\nCANCEL\n", true,
	    (struct want){ .seen = "begun, ",
		.error = "cancel",
		.scope = ERR_SESSION,
		.lasts = 5 });
}

/* Whatever does not come, the wait for it ends. */
static void
test_idle_silence(void **state)
{
	(void)state;
	/* the continuation: the session's timeout */
	watch("C: T IDLE\n", true,
	    (struct want){ .seen = "",
		.error = "read",
		.scope = ERR_SESSION,
		.lasts = MINUTE });
	/* the answer to DONE */
	watch(IDLE "C: DONE\n", true,
	    (struct want){ .seen = "begun, ",
		.error = "no answer",
		.scope = ERR_SESSION,
		.limit = MINUTE,
		.lasts = 2 * MINUTE });
	/* the rest of a line */
	watch(IDLE "C: DONE\nS: T\n", true,
	    (struct want){ .error = "not a response", .scope = ERR_SESSION });
}

/* Woken, or asleep for long: DONE, and an answer within ten seconds. */
static void
test_idle_probe(void **state)
{
	(void)state;
	watch(IDLE "PASS 700\nWAKE\n" DONE IDLE DONE, true,
	    (struct want){ .seen = "begun, ", .lasts = 10 * MINUTE });
	watch(IDLE "PASS 700\nWAKE\nC: DONE\n", true,
	    (struct want){
		.error = "no answer", .scope = ERR_SESSION, .lasts = 10700 });
	watch(IDLE "PASS 700\nWAKE\nC: DONE\nWAKE\nWAKE\nS: T OK\n" IDLE DONE,
	    true, (struct want){ .seen = "begun, ", .lasts = 10 * MINUTE });
	/* the server was to be spoken to long ago */
	watch(IDLE "JUMP 600000\n" DONE IDLE DONE, true,
	    (struct want){ .seen = "begun, ",
		.limit = 40 * MINUTE,
		.lasts = 40 * MINUTE });
	watch(IDLE "JUMP 600000\nC: DONE\n", true,
	    (struct want){ .error = "no answer",
		.scope = ERR_SESSION,
		.keepalive = 30,
		.lasts = 640000 });
	/* a nap */
	watch(IDLE "JUMP 9000\nC: DONE\n", true,
	    (struct want){ .error = "no answer",
		.scope = ERR_SESSION,
		.keepalive = 30,
		.lasts = 30000 + 9000 + MINUTE });
}

/* With nothing to hear there is one wait for the server's turn to be asked,
 * and one for its answer. */
static void
test_rest(void **state)
{
	(void)state;
	watch(IDLE DONE, true,
	    (struct want){ .seen = "begun, ",
		.waits = 2,
		.limit = 25 * MINUTE,
		.lasts = 25 * MINUTE });
	watch(IDLE DONE IDLE DONE, true,
	    (struct want){ .seen = "begun, ",
		.waits = 4,
		.limit = 50 * MINUTE,
		.lasts = 50 * MINUTE });
	watch(SET(ALL) "S: T OK\n" NOOP NOOP, false,
	    (struct want){ .seen = "begun, ",
		.keepalive = 20 * 60,
		.waits = 4,
		.limit = 40 * MINUTE,
		.lasts = 40 * MINUTE });
}

/* Woken at the time, or after it, when the server is to be asked in any case:
 * asked it is, with the patience of one who doubts. */
static void
test_woken_late(void **state)
{
	(void)state;
	wake_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(wake_fd != -1);
	watch_once(IDLE "JUMP 5000\nC: DONE\n", true, 100,
	    &(struct want){ .error = "no answer",
		.scope = ERR_SESSION,
		.keepalive = 30,
		.lasts = 30000 + 5000 + 10000 });
	close(wake_fd);
	wake_fd = -1;
}

static void
test_floods(void **state)
{
	static const struct {
		const char *line;
		unsigned min, max; /* reports in ten seconds */
	} cases[] = {
		{ "* 1 EXPUNGE", 45, 51 },
		{ "* 1 FETCH (FLAGS ())", 45, 51 },
		{ "* OK Still here", 0, 0 },
		{ "* 3 EXISTS", 0, 0 },
	};
	struct imap_config c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen seen = { 0 };
		struct imap_watch w = { .wake_fd = -1,
			.arg = &seen,
			.begun = on_begun,
			.news = on_news };
		struct imap_session *s;
		struct imap_folder f;
		struct err e = ERR_INIT;
		struct peer *p;
		char *text;

		c = play_config();
		c.preauth_ok = true;
		fake_now_ms = 1000000;
		text = xasprintf(HELLO SELECT IDLE "LOOP\n%s", cases[i].line);
		p = peer_new(text, 100);
		assert_int_equal(imap_session_open(&c, &p->head, &s, &e), 0);
		assert_int_equal(
		    imap_folder_select(s, "INBOX", true, &f, &e), 0);
		w.folder = &f;
		w.deadline = fake_now_ms + 10000;
		/* The answer to DONE never comes. */
		assert_int_equal(imap_watch(s, &w, &e), -1);
		assert_non_null(strstr(err_text(&e), "no answer"));
		assert_true(fake_now_ms < 1000000 + 10000 + 2 * MINUTE);
		assert_in_range(seen.news, cases[i].min, cases[i].max + 2);
		imap_folder_leave(s, &f);
		s->dead = true;
		imap_session_free(s);
		buf_clear(&seen.text);
		free(text);
		err_clear(&e);
	}
}

static void
test_notify_news(void **state)
{
	static const struct {
		const char *line;
		const char *seen;
	} cases[] = {
		{ "* STATUS Work (MESSAGES 2 UIDNEXT 3 UNSEEN 2)",
		    "news Work, " },
		{ "* STATUS Work (UNSEEN 2)", "news Work, " },
		{ "* STATUS \"Neu&AOQ-\" (HIGHESTMODSEQ 9)",
		    "news Neu\xc3\xa4, " },
		/* Dovecot's way */
		{ "* STATUS {5}\nS: Neu\xc3\xa4 (MESSAGES 1)",
		    "news Neu\xc3\xa4, " },
		{ "* STATUS {4}\nS: Neu\xe4 (MESSAGES 1)", "news, " },
		{ "* LIST () \"/\" New", "news, " },
		{ "* LIST (\\NonExistent) \"/\" Old", "news, " },
		{ "* LIST () \"/\" New (\"OLDNAME\" (\"Old\"))", "news, " },
		{ "* OK Still here", "" },
		{ "* 4 EXISTS", "" },
		{ "* OK [ALERT] x", "" },
	};
	struct buf seen = { 0 };
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = xasprintf(
		    SET(ALL) "S: T OK\nPASS 1000\nS: %s\n" NOOP, cases[i].line);
		buf_reset(&seen);
		buf_printf(&seen, "begun, %s", cases[i].seen);
		watch(text, false,
		    (struct want){
			.seen = buf_str(&seen), .lasts = 10 * MINUTE });
		free(text);
	}
	buf_clear(&seen);
	watch(SET(ALL) "S: T OK\nPASS 1000\nS: * STATUS \"A&-B\" "
		       "(MESSAGES 1)\n" NOOP,
	    false, (struct want){ .seen = "begun, news A&-B, ", .utf8 = true });
}

static void
test_notify_burst(void **state)
{
	struct buf text = { 0 };
	int i;

	(void)state;
	buf_puts(&text, SET(ALL) "S: T OK\nPASS 1000\n");
	for (i = 0; i < 4; i++)
		buf_puts(&text, "S: * STATUS A (MESSAGES 1)\n"
				"S: * STATUS B (MESSAGES 1)\nPASS 10\n");
	buf_puts(&text, NOOP);
	watch(buf_str(&text), false,
	    (struct want){ .seen = "begun, news A, news B, news A, " });
	/* Too many to name. */
	buf_reset(&text);
	buf_puts(&text, SET(ALL) "S: T OK\nPASS 1000\n"
				 "S: * STATUS first (MESSAGES 1)\n");
	for (i = 0; i < 40; i++)
		buf_printf(&text, "S: * STATUS f%d (MESSAGES 1)\n", i);
	buf_puts(&text, NOOP);
	watch(buf_str(&text), false,
	    (struct want){ .seen = "begun, news first, news, " });
	buf_clear(&text);
}

/* Fewer and fewer events, whatever BADEVENT names. */
static void
test_notify_refused(void **state)
{
#define BAD "S: T NO [BADEVENT (" MIN_EVENTS ")] fewer\n"
	(void)state;
	watch(
	    SET(ALL) BAD SET(MIN_EVENTS " FlagChange MailboxName")
		BAD SET(MIN_EVENTS " FlagChange") BAD SET(
		    MIN_EVENTS) "S: T OK\n"
				"PASS 1000\nS: * STATUS A (MESSAGES 1)\n" NOOP,
	    false,
	    (struct want){ .seen = "begun, news A, ", .lasts = 10 * MINUTE });
	watch(SET(ALL) "S: T NO [BADEVENT SubscriptionChange] no\n" SET(
		  MIN_EVENTS " FlagChange MailboxName") "S: T OK\n" NOOP,
	    false, (struct want){ .seen = "begun, ", .lasts = 10 * MINUTE });
	watch(SET(ALL) BAD SET(MIN_EVENTS " FlagChange MailboxName")
		  BAD SET(MIN_EVENTS " FlagChange") BAD SET(MIN_EVENTS) BAD,
	    false,
	    (struct want){ .seen = "",
		.error = "NOTIFY: the server says NO [BADEVENT]",
		.scope = ERR_FOLDER });
	/* Dovecot without its list index */
	watch(SET(ALL) "S: T NO [NOTIFICATIONOVERFLOW] not supported\n", false,
	    (struct want){ .seen = "",
		.error = "NOTIFY: the server says NO [NOTIFICATIONOVERFLOW]",
		.scope = ERR_FOLDER });
	watch(SET(ALL) "S: T BAD what\n", false,
	    (struct want){ .seen = "",
		.error = "NOTIFY: the server says BAD",
		.scope = ERR_FOLDER });
	watch(SET(ALL) "S: * BYE no\n", false,
	    (struct want){
		.seen = "", .error = "goodbye", .scope = ERR_SESSION });
}

static void
test_notify_overflow(void **state)
{
	(void)state;
	watch(SET(ALL) "S: T OK\nPASS 100000\n"
		       "S: * OK [NOTIFICATIONOVERFLOW] gone\n" SET(
			   ALL) "S: T OK\nPASS 1000\n"
				"S: * STATUS A (MESSAGES 1)\n" NOOP,
	    false,
	    (struct want){
		.seen = "begun, news, news A, ", .lasts = 10 * MINUTE });
	watch(SET(ALL) "S: T OK\nPASS 1000\n"
		       "S: * OK [NOTIFICATIONOVERFLOW] gone\n",
	    false,
	    (struct want){ .seen = "begun, news, ",
		.error = "overflows again and again",
		.scope = ERR_FOLDER });
}

static void
test_notify_alive(void **state)
{
	(void)state;
	watch(SET(ALL) "S: T OK\n" NOOP NOOP NOOP, false,
	    (struct want){ .seen = "begun, ",
		.keepalive = 60,
		.limit = 3 * MINUTE,
		.lasts = 3 * MINUTE });
	watch(SET(ALL) "S: T OK\nC: T NOOP\n", false,
	    (struct want){ .seen = "begun, ",
		.error = "no answer",
		.scope = ERR_SESSION,
		.limit = HOUR,
		.lasts = 29 * MINUTE });
	watch(SET(ALL) "S: T OK\nPASS 5\nWAKE\n" NOOP NOOP, false,
	    (struct want){ .seen = "begun, ", .lasts = 10 * MINUTE });
	watch(SET(ALL) "S: T OK\nJUMP 3600000\nC: T NOOP\n", false,
	    (struct want){ .error = "no answer",
		.scope = ERR_SESSION,
		.keepalive = 30,
		.limit = 3 * HOUR,
		.lasts = HOUR + 40000 });
	watch(SET(ALL) "S: T OK\nPASS 5\nCANCEL\n", false,
	    (struct want){ .seen = "begun, ",
		.error = "cancel",
		.scope = ERR_SESSION,
		.lasts = 5 });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_news),
		cmocka_unit_test(test_idle_burst),
		cmocka_unit_test(test_idle_again),
		cmocka_unit_test(test_idle_long),
		cmocka_unit_test(test_idle_refused),
		cmocka_unit_test(test_idle_silence),
		cmocka_unit_test(test_idle_probe),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_woken_late),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_notify_news),
		cmocka_unit_test(test_notify_burst),
		cmocka_unit_test(test_notify_refused),
		cmocka_unit_test(test_notify_overflow),
		cmocka_unit_test(test_notify_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
