/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/plain/lines.h"
#include "ui/plain/progress.h"

#define text_set(to, from) snprintf(to, sizeof(to), "%s", from)

static const char *const names[] = { "work", "personal" };

static struct event
event(enum event_kind kind, int account, const char *folder, const char *text)
{
	struct event ev = { .kind = kind, .account = account, .time = 1000 };

	text_set(ev.folder, folder);
	text_set(ev.text, text);
	return ev;
}

/* A line and its event. */
static void
expect(struct lines *l, const struct event *ev, const char *line)
{
	struct buf out = { 0 };

	lines_event(l, ev, &out);
	assert_string_equal(buf_str(&out), line);
	buf_clear(&out);
}

static void
lines_keep_their_wording(void **state)
{
	struct lines l;
	struct event ev;

	(void)state;
	lines_init(&l, names, 2, false);
	ev = event(EV_RUN_START, -1, "", "");
	expect(&l, &ev, "");
	ev = event(EV_ACCOUNT_START, 0, "", "work");
	expect(&l, &ev, "*** Processing account work");
	ev = event(EV_CONNECTING, 0, "", "h:993");
	expect(&l, &ev, "work: Establishing connection to h:993");
	ev = event(EV_FOLDER_CREATE, 0, "Lists/a", "");
	expect(&l, &ev, "work: Creating folder Lists/a[local]");
	ev = event(EV_FOLDER_RENAME, 0, "Lists/b", "Lists/a");
	expect(&l, &ev, "work: Renaming folder Lists/a to Lists/b[local]");
	ev = event(EV_FOLDER_START, 0, "INBOX", "");
	expect(&l, &ev, "work: Syncing INBOX");
	ev = event(EV_FOLDER_SKIP, 1, "Sent", "");
	expect(&l, &ev, "personal: Skipping Sent (not changed)");
	ev = event(EV_ACCOUNT_END, 0, "", "");
	ev.time = 1000 + 125;
	expect(&l, &ev, "*** Finished account 'work' in 2:05");
	ev.time = 0; /* the clock went back */
	expect(&l, &ev, "*** Finished account 'work' in 0:00");
	lines_clear(&l);
}

static const struct {
	enum event_op op;
	int side;
	uint32_t uid, lid;
	bool planned;
	const char *line;
} operations[] = {
	{ EVOP_COPY, 0, 12, 0, false,
	    "work: Copy message UID 12 remote:F -> local: why" },
	{ EVOP_COPY, 1, 0, 7, false,
	    "work: Copy local message 7 local:F -> remote: why" },
	{ EVOP_COPY, 0, 12, 0, true,
	    "work: [DRYRUN] Copy message UID 12 remote:F -> local: why" },
	{ EVOP_TRANSFER, 1, 12, 7, false,
	    "work: Copy message UID 12 within remote to F: why" },
	{ EVOP_MOVE, 0, 12, 7, false,
	    "work: Move message UID 12 within local to F: why" },
	{ EVOP_FLAGS, 1, 12, 7, false,
	    "work: Changing flags +S-F of message UID 12 in F[remote]: why" },
	{ EVOP_EXPUNGE, 0, 12, 7, false,
	    "work: Deleting message UID 12 in F[local]: why" },
	{ EVOP_ADOPT, 0, 12, 7, false, "" },
	{ EVOP_ADOPT, 0, 12, 7, true,
	    "work: [DRYRUN] Pairing message UID 12 in F[local]: why" },
	{ EVOP_SKIP, 0, 12, 7, false,
	    "work: IGNORED: message UID 12 in F[local]: why" },
	{ EVOP_HELD, 1, 12, 7, false,
	    "work: Holding the deletion of message UID 12 in F[remote]: why" },
};

static void
operations_are_named(void **state)
{
	struct lines l;
	struct event ev;
	size_t i;

	(void)state;
	lines_init(&l, names, 2, false);
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		ev = event(EV_OP, 0, "F", "why");
		ev.op = operations[i].op;
		ev.side = operations[i].side;
		ev.uid = operations[i].uid;
		ev.lid = operations[i].lid;
		ev.planned = operations[i].planned;
		if (ev.op == EVOP_FLAGS)
			text_set(ev.flags, "+S-F");
		expect(&l, &ev, operations[i].line);
	}
	lines_clear(&l);
}

static void
problem_names_its_place_once(void **state)
{
	struct lines l;
	struct event ev;

	(void)state;
	lines_init(&l, names, 2, false);
	ev = event(EV_ERROR, 0, "INBOX", "FETCH: gone");
	ev.uid = 17;
	assert_true(lines_is_problem(&ev));
	expect(&l, &ev, "work: ERROR: INBOX: UID 17: FETCH: gone");
	snprintf(ev.file, sizeof(ev.file), "%s", "cur/a");
	expect(&l, &ev, "work: ERROR: INBOX: UID 17: cur/a: FETCH: gone");
	ev = event(EV_ERROR, 0, "INBOX", "APPEND: too large");
	ev.lid = 7;
	expect(
	    &l, &ev, "work: ERROR: INBOX: local message 7: APPEND: too large");
	ev = event(EV_ERROR, 0, "", "cannot connect");
	expect(&l, &ev, "work: ERROR: cannot connect");
	ev = event(EV_WARNING, -1, "", "hm");
	expect(&l, &ev, "warning: hm");
	ev = event(EV_HELD, 1, "F", "30 deletions");
	expect(&l, &ev, "personal: HELD: F: 30 deletions");
	lines_clear(&l);
}

static void
summary(const struct lines *l, bool only_problems, const char *text)
{
	struct buf out = { 0 };

	lines_summary(l, only_problems, &out);
	assert_string_equal(buf_str(&out), text);
	buf_clear(&out);
}

static void
take(struct lines *l, const struct event *ev)
{
	struct buf out = { 0 };

	lines_event(l, ev, &out);
	buf_clear(&out);
}

static void
tell(struct lines *l, enum event_kind kind, int account, const char *folder,
    const char *text)
{
	const struct event ev = event(kind, account, folder, text);

	take(l, &ev);
}

/* A sync with nothing to do. */
static void
quiet_sync(struct lines *l, int account)
{
	tell(l, EV_ACCOUNT_START, account, "", "");
	tell(l, EV_ACCOUNT_END, account, "", "");
}

static void
summaries_add_up(void **state)
{
	struct lines l;
	struct event ev;
	int i;

	(void)state;
	lines_init(&l, names, 2, false);
	summary(&l, false, "");
	tell(&l, EV_ACCOUNT_START, 0, "", "");
	summary(&l, false, "work: no change; stopped\n");
	ev = event(EV_ACCOUNT_END, 0, "", "");
	take(&l, &ev);
	summary(&l, false, "work: no change\n");
	summary(&l, true, "");
	/* two more syncs of the same account */
	for (i = 0; i < 2; i++) {
		ev.counts[0][COUNT_COPY] = 6;
		ev.counts[1][COUNT_COPY] = 1;
		ev.counts[0][COUNT_FLAGS] = 2;
		ev.counts[1][COUNT_EXPUNGE] = 1;
		take(&l, &ev);
	}
	summary(&l, false,
	    "work: 12 new here, 2 new there, 4 flags changed here, 2 deleted "
	    "there\n");
	summary(&l, true, "");
	memset(ev.counts, 0, sizeof(ev.counts));
	ev.counts[0][COUNT_FAILED] = 2;
	ev.scope = ERR_MESSAGE;
	take(&l, &ev);
	tell(&l, EV_ERROR, 0, "", "x");
	tell(&l, EV_ERROR, 0, "", "x");
	tell(&l, EV_ACCOUNT_START, 1, "", "");
	ev = event(EV_ACCOUNT_END, 1, "", "");
	ev.scope = ERR_ACCOUNT;
	take(&l, &ev);
	summary(&l, true,
	    "work: 12 new here, 2 new there, 4 flags changed here, 2 deleted "
	    "there, 2 failed here; 2 errors\n"
	    "personal: no change; not finished\n");
	lines_clear(&l);
}

static void
what_waits_is_told(void **state)
{
	struct lines l;

	(void)state;
	lines_init(&l, names, 2, false);
	tell(&l, EV_ACCOUNT_START, 0, "", "");
	tell(&l, EV_HELD, 0, "Lists", "UIDVALIDITY changed");
	tell(&l, EV_ACCOUNT_END, 0, "", "");
	summary(&l, true, "work: no change; waits for a decision\n");
	/* the next sync holds nothing */
	quiet_sync(&l, 0);
	summary(&l, true, "");
	lines_clear(&l);
}

/* Who goes on for months: what was copied adds up, what is wrong does not. */
static void
what_is_over_is_not_told(void **state)
{
	struct lines l;
	struct event ev;
	int i;

	(void)state;
	lines_init(&l, names, 2, false);
	for (i = 0; i < 2; i++) { /* 1. two syncs hold the same eight */
		tell(&l, EV_ACCOUNT_START, 0, "", "");
		tell(&l, EV_HELD, 0, "INBOX", "8 deletions");
		tell(&l, EV_ERROR, 0, "INBOX", "x");
		ev = event(EV_ACCOUNT_END, 0, "", "");
		ev.counts[0][COUNT_COPY] = 3;
		ev.counts[0][COUNT_HELD] = 8;
		ev.counts[1][COUNT_SKIP] = 1;
		ev.counts[1][COUNT_FAILED] = 1;
		ev.scope = ERR_ACCOUNT;
		take(&l, &ev);
	}
	summary(&l, false,
	    "work: 6 new here, 8 deletions held here, 1 skipped there, 1 "
	    "failed there; 1 error; waits for a decision; not finished\n");
	/* 2. they were let through, and all is well */
	tell(&l, EV_ACCOUNT_START, 0, "", "");
	ev = event(EV_ACCOUNT_END, 0, "", "");
	ev.counts[0][COUNT_EXPUNGE] = 8;
	take(&l, &ev);
	summary(&l, false, "work: 6 new here, 8 deleted here\n");
	summary(&l, true, "");
	lines_clear(&l);
}

static void
what_came_between_counts(void **state)
{
	struct lines l;

	(void)state;
	lines_init(&l, names, 2, false);
	quiet_sync(&l, 0);
	tell(&l, EV_WARNING, 0, "", "not watching");
	summary(&l, false, "work: no change; 1 warning\n");
	/* 1. it is of the sync that comes after it, for who forgets at its end
	 * and would have no reason to give */
	tell(&l, EV_ACCOUNT_START, 0, "", "");
	take(&l, &(struct event){ .kind = EV_WARNING, .account = 0 });
	tell(&l, EV_ACCOUNT_END, 0, "", "");
	summary(&l, false, "work: no change; 2 warnings\n");
	/* 2. but of none after that */
	quiet_sync(&l, 0);
	summary(&l, false, "work: no change\n");
	lines_clear(&l);
}

static void
who_was_stopped_is_told(void **state)
{
	struct lines l;
	struct event ev;

	(void)state;
	lines_init(&l, names, 2, false);
	assert_false(lines_stopped(&l, 0));
	tell(&l, EV_ACCOUNT_START, 0, "", "");
	assert_true(lines_stopped(&l, 0));
	ev = event(EV_ACCOUNT_END, 0, "", "");
	ev.counts[0][COUNT_COPY] = 3;
	ev.stopped = true;
	take(&l, &ev);
	assert_true(lines_stopped(&l, 0));
	summary(&l, true, "work: 3 new here; stopped\n");
	quiet_sync(&l, 0);
	assert_false(lines_stopped(&l, 0));
	summary(&l, true, "");
	lines_clear(&l);
}

static void
dry_run_says_so(void **state)
{
	struct lines l;
	struct event ev;

	(void)state;
	lines_init(&l, names, 2, true);
	ev = event(EV_ACCOUNT_END, 0, "", "");
	ev.counts[0][COUNT_COPY] = 1;
	take(&l, &ev);
	summary(&l, false, "work: would be: 1 new here\n");
	lines_clear(&l);
}

static void
progress(const struct progress *p, unsigned width, const char *text)
{
	struct buf out = { 0 };

	progress_text(p, names, width, &out);
	assert_string_equal(buf_str(&out), text);
	buf_clear(&out);
}

static void
progress_tells_how_far(void **state)
{
	static struct progress p; /* large */
	struct event ev;

	(void)state;
	memset(&p, 0, sizeof(p));
	progress(&p, 80, "");
	ev = event(EV_PROGRESS, 0, "INBOX", "");
	ev.worker = 1;
	ev.total = 1000;
	progress_event(&p, &ev, 5000);
	progress(&p, 80, "work: INBOX 0/1000");
	ev.done = 100;
	ev.bytes = 25000000;
	progress_event(&p, &ev, 15000);
	progress(&p, 80, "work: INBOX 100/1000  2.5 MB/s  1:30 left");
	progress(&p, 34, "work 100/1000  2.5 MB/s  1:30 left");
	/* another folder beside it: the longer one is shown */
	ev = event(EV_PROGRESS, 1, "Sent", "");
	ev.worker = 2;
	ev.total = 5;
	progress_event(&p, &ev, 15000);
	progress(&p, 80, "work: INBOX 100/1000  2.5 MB/s  1:30 left  +1");
	ev = event(EV_FOLDER_END, 0, "INBOX", "");
	ev.worker = 1;
	progress_event(&p, &ev, 16000);
	progress(&p, 80, "personal: Sent 0/5");
	ev = event(EV_THREAD_END, -1, "", "");
	ev.worker = 2;
	progress_event(&p, &ev, 16000);
	progress(&p, 80, "");
}

static void
progress_is_cut_by_columns(void **state)
{
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(progress_cut(&out, "abc", 2), 2);
	assert_string_equal(buf_str(&out), "ab");
	buf_reset(&out);
	assert_int_equal(progress_cut(&out, "\xff", 5), 1);
	assert_string_equal(buf_str(&out), "?");
	buf_reset(&out);
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		skip();
	/* two columns each; a half one does not fit */
	assert_int_equal(progress_cut(&out, "\xe4\xb8\xad\xe6\x96\x87", 3), 2);
	assert_string_equal(buf_str(&out), "\xe4\xb8\xad");
	buf_reset(&out);
	/* a combining accent takes none */
	assert_int_equal(progress_cut(&out, "e\xcc\x81x", 1), 1);
	assert_string_equal(buf_str(&out), "e\xcc\x81");
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_keep_their_wording),
		cmocka_unit_test(operations_are_named),
		cmocka_unit_test(problem_names_its_place_once),
		cmocka_unit_test(summaries_add_up),
		cmocka_unit_test(what_waits_is_told),
		cmocka_unit_test(what_is_over_is_not_told),
		cmocka_unit_test(what_came_between_counts),
		cmocka_unit_test(who_was_stopped_is_told),
		cmocka_unit_test(dry_run_says_so),
		cmocka_unit_test(progress_tells_how_far),
		cmocka_unit_test(progress_is_cut_by_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
