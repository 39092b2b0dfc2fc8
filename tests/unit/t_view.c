/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden screens: what a model looks like, without a terminal. */
#include "config.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "ui/screen/key.h"
#include "ui/screen/view.h"
#include "canvas_text.h"

#define NOW 1000000 /* clock_ms() */

static const struct key help[] = { { 'a', 'a', "a", "one", NULL },
	{ 'b', 'b', "b", "two", NULL }, { 0, 0, NULL, NULL, NULL } };
static const char *const names[] = { "personal", "work", "uni" };

static int
setup(void **state)
{
	static struct model m;

	model_init(&m, names, 3, false);
	m.letters = true;
	*state = &m;
	return 0;
}

static int
teardown(void **state)
{
	model_clear(*state);
	return 0;
}

static void
send_event(struct model *m, struct event ev)
{
	struct buf line = { 0 };

	model_event(m, &ev, NOW, &line);
	buf_clear(&line);
}

#define SEND(m, ...) send_event(m, (struct event){ __VA_ARGS__ })

/* The screen below its title. */
static void
expect(struct model *m, unsigned width, unsigned height, const char *screen)
{
	const char *right =
	    m->finishing ? "ends after this sync  q quit" : "q quit  ? help";
	struct canvas c = { 0 };
	struct buf text = { 0 }, want = { 0 };

	if (height > 2 && width > strlen(PACKAGE_STRING) + strlen(right) + 1)
		buf_printf(&want, "%s%*s\n", PACKAGE_STRING,
		    (int)(width - strlen(PACKAGE_STRING)), right);
	else if (height > 2)
		buf_puts(&want, PACKAGE_STRING "\n");
	buf_puts(&want, screen);
	canvas_clear(&c, width, height);
	view_draw(m, NOW, &c);
	canvas_text(&c, &text);
	assert_string_equal(buf_str(&text), buf_str(&want));
	buf_clear(&want);
	buf_clear(&text);
	canvas_free(&c);
}

static void
question(struct model *m, const char *label, const char *typed)
{
	snprintf(m->prompt.label, sizeof(m->prompt.label), "%s", label);
	snprintf(m->prompt.typed, sizeof(m->prompt.typed), "%s", typed);
	m->prompt.at = strlen(typed);
}

static void
some_work(struct model *m)
{
	SEND(m, .kind = EV_IDLE, .account = 0, .due = NOW + 276000);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 1, .worker = 1);
	SEND(m, .kind = EV_FOLDER_START, .account = 1, .worker = 1,
	    .folder = "INBOX");
	SEND(m, .kind = EV_IDLE, .account = 2, .due = NOW + 59999001);
}

static void
the_ordinary_screen(void **state)
{
	struct model *m = *state;

	some_work(m);
	expect(m, 60, 9,
	    "\n"
	    "\n"
	    "*** Processing account work\n"
	    "work: Syncing INBOX\n"
	    "4: [active]      *Control: a\n"
	    "3: [  4:36]      personal:\n"
	    "2: [active]          work: s\n"
	    "1: [999:59]           uni:\n");
	m->finishing = true; /* in the title */
	expect(m, 60, 4,
	    "work: Syncing INBOX\n"
	    "4: [active]      *Control: a\n"
	    "3: [  4:36]      personal:\n");
}

static void
small_screens_lose_the_log_first(void **state)
{
	struct model *m = *state;

	some_work(m);
	expect(m, 20, 5,
	    "work: Syncing INBOX\n"
	    "4: [active] *Control\n"
	    "3: [  4:36] personal\n"
	    "2: [active]     work\n");
	/* The selected row is on the screen. */
	m->selected = 2;
	expect(m, 24, 4,
	    "work: Syncing INBOX\n"
	    "2: [active]     work: s\n"
	    "1: [999:59]      uni:\n");
	expect(m, 24, 1, "1: [999:59]      uni:\n");
	expect(m, 1, 1, "1\n");
}

static void
long_lines_are_folded(void **state)
{
	struct model *m = *state;

	model_log(m, ROLE_PLAIN, "first");
	model_log(m, ROLE_PLAIN, "0123456789abcdefghij0123456789ABCDE");
	expect(m, 20, 8,
	    "first\n"
	    "0123456789abcdefghij\n"
	    "0123456789ABCDE\n"
	    "4: [active] *Control\n"
	    "3: [ idle ] personal\n"
	    "2: [ idle ]     work\n"
	    "1: [ idle ]      uni\n");
	/* Half of one, where there is no room for all of it. */
	expect(m, 20, 6,
	    "0123456789ABCDE\n"
	    "4: [active] *Control\n"
	    "3: [ idle ] personal\n"
	    "2: [ idle ]     work\n"
	    "1: [ idle ]      uni\n");
}

static void
numbers_are_below_or_beside(void **state)
{
	struct model *m = *state;

	SEND(m, .kind = EV_ACCOUNT_START, .account = 1, .worker = 1);
	SEND(m, .kind = EV_PROGRESS, .account = 1, .worker = 1,
	    .folder = "INBOX", .done = 30, .total = 60);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 2, .worker = 2);
	SEND(
	    m, .kind = EV_ERROR, .account = 2, .worker = 2, .text = "no route");
	SEND(m, .kind = EV_ACCOUNT_END, .account = 2, .worker = 2,
	    .scope = ERR_ACCOUNT, .time = 3661);
	SEND(m, .kind = EV_THREAD_END, .account = 2, .worker = 2);
	model_log(m, ROLE_PLAIN, "x");
	expect(m, 100, 6,
	    "x\n"
	    "4: [active]      *Control: a        no change  1 of 3 at work\n"
	    "3: [ idle ]      personal:          not synchronised yet\n"
	    "2: [active]          work: m        INBOX 30/60  "
	    "[######      ]\n"
	    "1: [ idle ]           uni: !        01:01:01 FAILED: "
	    "no route\n");
	m->numbers = NUMBERS_ON;
	expect(m, 60, 10,
	    "x\n"
	    "4: [active]      *Control: a\n"
	    "            no change  1 of 3 at work\n"
	    "3: [ idle ]      personal:\n"
	    "            not synchronised yet\n"
	    "2: [active]          work: m\n"
	    "            INBOX 30/60  [######      ]\n"
	    "1: [ idle ]           uni: !\n"
	    "            01:01:01 FAILED: no route\n");
	m->numbers = NUMBERS_OFF;
	expect(m, 100, 6,
	    "x\n"
	    "4: [active]      *Control: a\n"
	    "3: [ idle ]      personal:\n"
	    "2: [active]          work: m\n"
	    "1: [ idle ]           uni: !\n");
}

/* The end of the line goes where there is no room, not the numbers. */
static void
numbers_that_do_not_fit(void **state)
{
	struct model *m = *state;

	SEND(m, .kind = EV_ACCOUNT_START, .account = 1, .worker = 1);
	SEND(m, .kind = EV_PROGRESS, .account = 1, .worker = 1,
	    .folder = "A long name of a folder", .done = 30, .total = 64);
	m->numbers = NUMBERS_ON;
	expect(m, 40, 10,
	    "\n"
	    "4: [active]      *Control: a\n"
	    "   no change  1 of 3 at work\n"
	    "3: [ idle ]      personal:\n"
	    "   not synchronised yet\n"
	    "2: [active]          work: m\n"
	    "   A long name of  30/64  [#####       ]\n"
	    "1: [ idle ]           uni:\n"
	    "   not synchronised yet\n");
}

static void
older_lines_and_questions(void **state)
{
	struct model *m = *state;
	char text[16];
	int i;

	for (i = 0; i < 9; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		model_log(m, ROLE_PLAIN, text);
	}
	m->log.scroll = 3;
	question(m, "Password for uni: ", "***");
	expect(m, 40, 9,
	    "line 4\n"
	    "line 5\n"
	    "-- End: the newest lines --\n"
	    "4: [active]      *Control: a\n"
	    "3: [ idle ]      personal:\n"
	    "2: [ idle ]          work:\n"
	    "1: [ idle ]           uni:\n"
	    "Password for uni: ***\n");
	/* No empty lines above the oldest one. */
	m->log.scroll = 8;
	question(m, "", "");
	expect(m, 40, 8,
	    "line 0\n"
	    "line 1\n"
	    "-- End: the newest lines --\n"
	    "4: [active]      *Control: a\n"
	    "3: [ idle ]      personal:\n"
	    "2: [ idle ]          work:\n"
	    "1: [ idle ]           uni:\n");
}

static void
names_are_safe_and_aligned(void **state)
{
	static const char *const odd[] = { "家族", "a\033[2Jb",
		"a name that is longer than any column could ever be" };
	struct model m;

	(void)state;
	model_init(&m, odd, 3, false);
	m.letters = true;
	expect(&m, 50, 6,
	    "\n"
	    "4: [active]                       *Control: a\n"
	    "3: [ idle ]                           家族:\n"
	    "2: [ idle ]                         a?[2Jb:\n"
	    "1: [ idle ] a name that is longer than any:\n");
	model_clear(&m);
}

/* No size makes it write beside the canvas. */
static void
every_size_can_be_drawn(void **state)
{
	struct model *m = *state;
	struct canvas c = { 0 };
	unsigned width, height, k;

	some_work(m);
	question(m, "Password for someone: ", "");
	for (k = 0; k < 16; k++) {
		m->numbers = k & 1 ? NUMBERS_ON : NUMBERS_WIDE;
		m->help = k & 2 ? help : NULL;
		m->account = k & 8 ? 1 : -1;
		m->log.scroll = k & 4 ? 1 : 0;
		for (width = 1; width < 130; width += 1 + width / 8)
			for (height = 1; height < 40; height++) {
				canvas_clear(&c, width, height);
				view_draw(m, NOW, &c);
			}
	}
	canvas_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_ordinary_screen, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    small_screens_lose_the_log_first, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    long_lines_are_folded, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    numbers_are_below_or_beside, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    numbers_that_do_not_fit, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    older_lines_and_questions, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    names_are_safe_and_aligned, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    every_size_can_be_drawn, setup, teardown),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 77;
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
