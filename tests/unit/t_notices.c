/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/plain/notices.h"

/* A day in the life of an account, a letter for each event:
 *
 *	e E	error one, error two; of no folder
 *	a A	error one, error two in folder A
 *	b	error one in folder B
 *	w	a warning
 *	1 2	folder A, folder B was looked at
 *	.	the synchronisation ends
 *	s	it is stopped before its end
 *	x	it breaks off
 *	R	the configuration is reread, and the account has another number
 *
 * and below each what comes of it: ! news, - told before, n news at the end,
 * o it is over, _ nothing.
 */
static const struct {
	const char *events, *want;
} days[] = {
	{ "12.12.", "______" },
	/* it fails, goes on failing, for another reason, and is well again */
	{ "e.e.e.E.E..", "!n-_-_!n-_o" },
	{ "eE.e.E.", "!!n-_!n" },
	/* a folder's notices is over when the folder was looked at */
	{ "1a2.1a2.12.", "_!_n_-____o" },
	/* FOLDER_END comes before the error that it tells of */
	{ "1a.1a.1A.1.", "_!n_-__!n_o" },
	/* a synchronisation of another folder says nothing of it */
	{ "1a.2.2.1a.1.", "_!n_____-__o" },
	/* the account fails in between: the folder's notices stays */
	{ "1a.e.1a.1.", "_!n!n_-__o" },
	/* two folders */
	{ "1a2b.1a2.12.", "_!_!n_-____o" },
	/* warnings are news once, and nobody is told that they are over */
	{ "w.w..w.", "!n-__!n" },
	{ "we.w..", "!!n-o_" },
	/* between two synchronisations, again and again there */
	{ "eee.e..", "!--n-_o" },
	{ ".e.", "_!n" },
	/* one that was stopped says nothing of what is over */
	{ "e.s.e.s..", "!n_o!n_o_" },
	{ "1a.1s1s.", "_!n_____" },
	{ "1as1.", "_!n_o" },
	/* what was told under another configuration */
	{ "e.Re.R.R.", "!n_-__o__" },
	{ "w.Rw.", "!n_-_" },
	{ "eR.", "!_n" },
	/* the folder is no longer there: all of them must be looked at */
	{ "a.Rs2.", "!n___o" },
	{ "a.Rex2.", "!n_!n_o" },
	{ "a.R2E.1.", "!n__!n_o" },
	{ "a.R1a.2.1.", "!n__-____o" },
};

static char
feed(struct notices *t, char letter, int account)
{
	static const struct {
		char letter;
		enum event_kind kind;
		const char *folder, *line;
	} table[] = {
		{ 'e', EV_ERROR, "", "one" },
		{ 'E', EV_ERROR, "", "two" },
		{ 'a', EV_ERROR, "A", "A: one" },
		{ 'A', EV_HELD, "A", "A: two" },
		{ 'b', EV_ERROR, "B", "B: one" },
		{ 'w', EV_WARNING, "", "warning" },
		{ '1', EV_FOLDER_END, "A", NULL },
		{ '2', EV_FOLDER_SKIP, "B", NULL },
		{ '.', EV_ACCOUNT_END, "", NULL },
		{ 's', EV_ACCOUNT_END, "", NULL },
		{ 'x', EV_ACCOUNT_END, "", NULL },
	};
	struct event ev = { .account = account };
	size_t i;

	for (i = 0; table[i].letter != letter; i++)
		;
	ev.kind = table[i].kind;
	ev.stopped = letter == 's';
	ev.scope = letter == 'x' ? ERR_SESSION : ERR_NONE;
	snprintf(ev.folder, sizeof(ev.folder), "%s", table[i].folder);
	if (table[i].line != NULL)
		return notices_is_news(t, &ev, table[i].line) ? '!' : '-';
	switch (notices_event(t, &ev)) {
	case NOTICES_NEWS:
		return 'n';
	case NOTICES_SOLVED:
		return 'o';
	default:
		return '_';
	}
}

static const char *const names[][3] = { { "other", "work", "home" },
	{ "work", "new", "other" } };

static void
each_day(void **state)
{
	struct notices t = { 0 };
	char got[100];
	size_t i, k;
	int at;

	(void)state;
	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		at = 0;
		notices_begin(&t, names[0], 3);
		for (k = 0; days[i].events[k] != '\0'; k++) {
			got[k] = '_';
			if (days[i].events[k] == 'R')
				notices_begin(&t, names[at = !at], 3);
			else
				got[k] = feed(&t, days[i].events[k], !at);
			/* The other account has its own life. */
			if (k % 2 == 0)
				feed(&t, '.', at ? 2 : 0);
		}
		got[k] = '\0';
		if (strcmp(got, days[i].want) != 0)
			fail_msg("\"%s\": \"%s\", not \"%s\"", days[i].events,
			    got, days[i].want);
		notices_clear(&t);
	}
}

/* What concerns no account is told, too; -1 and what is out of range. */
static void
no_account(void **state)
{
	struct notices t = { 0 };

	(void)state;
	notices_begin(&t, NULL, 0);
	assert_int_equal(feed(&t, 'e', -1), '!');
	assert_int_equal(feed(&t, 'e', -1), '-');
	assert_int_equal(feed(&t, 'e', 7), '-');
	assert_int_equal(feed(&t, '1', -1), '_');
	notices_begin(&t, NULL, 0);
	assert_int_equal(feed(&t, 'e', -1), '-');
	notices_clear(&t);
}

/* An account that was taken out and is there again is a new one. */
static void
gone_account(void **state)
{
	struct notices t = { 0 };

	(void)state;
	notices_begin(&t, names[0], 3);
	assert_int_equal(feed(&t, 'e', 1), '!');
	assert_int_equal(feed(&t, 'e', 2), '!');
	notices_begin(&t, names[0], 2);
	notices_begin(&t, names[0], 3);
	assert_int_equal(feed(&t, 'e', 1), '-');
	assert_int_equal(feed(&t, 'e', 2), '!');
	notices_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_day),
		cmocka_unit_test(no_account),
		cmocka_unit_test(gone_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
