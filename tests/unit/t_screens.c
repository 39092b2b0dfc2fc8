/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden screens: the same moments at several sizes, each compared with
 * tests/unit/screens/MOMENT-WxH.txt (without the title line, which holds the
 * version). With UPDATE_SCREENS set the files are written instead; look at
 * them before they are committed.
 */
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

#define NOW 1000000	/* clock_ms() */
#define WALL 1700000000 /* seconds since the epoch */

static const char *const names[] = { "personal", "work", "Universität",
	"家族" };

static const struct {
	unsigned width, height;
} sizes[] = { { 20, 5 }, { 40, 12 }, { 80, 24 }, { 120, 40 }, { 300, 100 } };

static const struct key keys_of_test[] = {
	{ '1', '9', "1-9", "synchronise that row at once", NULL },
	{ 'q', 'q', "q", "finish what is in flight and end", NULL },
	{ 0, 0, NULL, NULL, NULL },
};

static void
send_at(struct model *m, int64_t now_ms, struct event ev)
{
	struct buf line = { 0 };

	ev.time = WALL + (now_ms - NOW) / 1000;
	model_event(m, &ev, now_ms, &line);
	buf_clear(&line);
}

#define SEND(m, ...) send_at(m, NOW, (struct event){ __VA_ARGS__ })

static void
quiet(struct model *m)
{
	SEND(m, .kind = EV_ACCOUNT_START, .account = 0, .worker = 0);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 0, .worker = 0,
	    .counts = { { [COUNT_COPY] = 3, [COUNT_FLAGS] = 1 },
		{ [COUNT_EXPUNGE] = 2 } });
	SEND(m, .kind = EV_THREAD_END, .account = 0, .worker = 0);
	SEND(m, .kind = EV_IDLE, .account = 0, .worker = -1,
	    .due = NOW + 276000);
	SEND(m, .kind = EV_IDLE, .account = 1, .worker = -1,
	    .due = NOW + 217000);
	SEND(m, .kind = EV_THREAD_START, .account = 1, .worker = 4);
	SEND(m, .kind = EV_WATCHING, .account = 1, .worker = 4,
	    .text = "INBOX (IDLE)");
	SEND(m, .kind = EV_IDLE, .account = 2, .worker = -1, .due = CLOCK_NEVER,
	    .paused = true);
	SEND(
	    m, .kind = EV_IDLE, .account = 3, .worker = -1, .due = CLOCK_NEVER);
}

/* Two threads copy for one account, a third one is in another. */
static void
busy(struct model *m)
{
	int i;

	quiet(m);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 0, .worker = 0);
	SEND(m, .kind = EV_CONNECTING, .account = 0, .worker = 0,
	    .text = "imap.example.org:993");
	SEND(m, .kind = EV_FOLDER_START, .account = 0, .worker = 0,
	    .folder = "INBOX");
	SEND(m, .kind = EV_THREAD_START, .account = 0, .worker = 1);
	SEND(m, .kind = EV_FOLDER_START, .account = 0, .worker = 1,
	    .folder = "Lists/debian-user");
	for (i = 0; i <= 12; i++)
		send_at(m, NOW - 12000 + i * 1000,
		    (struct event){ .kind = EV_PROGRESS,
			.account = 0,
			.worker = 1,
			.folder = "Lists/debian-user",
			.done = (uint64_t)i * 10,
			.total = 400,
			.bytes = (uint64_t)i * i * 200000 });
	for (i = 1; i <= 7; i++)
		SEND(m, .kind = EV_OP, .op = EVOP_COPY, .account = 0,
		    .worker = 0, .folder = "INBOX", .uid = 100 + (unsigned)i,
		    .text = "new on the other side");
	SEND(m, .kind = EV_ACCOUNT_START, .account = 3, .worker = 2);
	SEND(m, .kind = EV_ERROR, .account = 3, .worker = 2, .folder = "写真",
	    .scope = ERR_FOLDER,
	    .text = "the server says NO: mailbox is \\x1b[31mlocked");
}

static void
held(struct model *m)
{
	busy(m);
	SEND(m, .kind = EV_HELD, .op = EVOP_HELD, .account = 3, .worker = 2,
	    .folder = "INBOX", .total = 60,
	    .text = "60 deletions on the local side are held");
}

static void
account(struct model *m)
{
	held(m);
	SEND(m, .kind = EV_FOLDER_SKIP, .account = 3, .worker = 2,
	    .folder = "Archive/2024");
	SEND(m, .kind = EV_FOLDER_START, .account = 3, .worker = 2,
	    .folder = "Sent");
	SEND(m, .kind = EV_OP, .op = EVOP_FLAGS, .account = 3, .worker = 2,
	    .folder = "Sent", .uid = 5, .flags = "+S");
	SEND(m, .kind = EV_PROGRESS, .account = 3, .worker = 2,
	    .folder = "Sent", .done = 3, .total = 12);
	m->account = 3;
	m->rows[3].folders.selected = 3;
}

static void
password(struct model *m)
{
	held(m);
	snprintf(m->prompt.label, sizeof(m->prompt.label),
	    "Password for ann at imap.example.org: ");
	snprintf(m->prompt.typed, sizeof(m->prompt.typed), "*****");
	m->prompt.at = 2;
}

static void
help(struct model *m)
{
	busy(m);
	m->help = keys_of_test;
}

static void
blocks(struct model *m)
{
	busy(m);
	m->blocks = true;
	m->numbers = NUMBERS_ON;
}

static void
file_read(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		fail_msg("%s cannot be read", path);
	do {
		n = fread(buf_reserve(out, 4096), 1, 4096, f);
		out->len += n;
	} while (n > 0);
	buf_putc(out, '\0');
	fclose(f);
}

static void
file_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
compare(const char *moment, unsigned width, unsigned height, const char *text)
{
	const char *top = getenv("srcdir");
	struct buf want = { 0 }, path = { 0 };

	buf_printf(&path, "%s/tests/unit/screens/%s-%ux%u.txt",
	    top != NULL ? top : ".", moment, width, height);
	if (getenv("UPDATE_SCREENS") != NULL)
		file_write(buf_str(&path), text);
	file_read(buf_str(&path), &want);
	if (strcmp(text, buf_str(&want)) != 0)
		fail_msg(
		    "%s differs; the screen is now:\n%s", buf_str(&path), text);
	buf_clear(&path);
	buf_clear(&want);
}

static void
check(const char *moment, void (*make)(struct model *))
{
	struct canvas c = { 0 };
	struct buf text = { 0 };
	struct model m;
	const char *shown;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		model_init(&m, names, 4, false);
		m.letters = true;
		make(&m);
		canvas_clear(&c, sizes[i].width, sizes[i].height);
		view_draw(&m, NOW, &c);
		buf_reset(&text);
		canvas_text(&c, &text);
		shown = buf_str(&text);
		assert_int_equal(
		    strncmp(shown, PACKAGE_STRING, strlen(PACKAGE_STRING)), 0);
		compare(moment, sizes[i].width, sizes[i].height,
		    strchr(shown, '\n') + 1);
		model_clear(&m);
	}
	buf_clear(&text);
	canvas_free(&c);
}

#define MOMENT(name)                                                           \
	static void name##_looks_as_ever(void **state)                         \
	{                                                                      \
		(void)state;                                                   \
		check(#name, name);                                            \
	}

MOMENT(quiet)
MOMENT(busy)
MOMENT(held)
MOMENT(account)
MOMENT(password)
MOMENT(help)
MOMENT(blocks)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_looks_as_ever),
		cmocka_unit_test(busy_looks_as_ever),
		cmocka_unit_test(held_looks_as_ever),
		cmocka_unit_test(account_looks_as_ever),
		cmocka_unit_test(password_looks_as_ever),
		cmocka_unit_test(help_looks_as_ever),
		cmocka_unit_test(blocks_looks_as_ever),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 77;
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
