/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's threads, with accounts that do nothing: a sync of one lasts
 * until the test ends it. What the accounts are told comes as lines, in the
 * order in which it happens.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/queue.h"
#include "base/xalloc.h"
#include "engine/control/account.h"
#include "engine/ctl/ctl_client.h"
#include "engine/engine.h"
#include "ok.h"
#include "tmpdir.h"

#define ACCOUNTS 3
#define PATIENCE 20000 /* ms until something must have happened */
#define HOUR 60	       /* minutes */

struct line {
	char text[200];
};

static struct queue *lines;
static struct queue *ends[ACCOUNTS]; /* struct account_result, by account */
static int64_t keep_ms;
static bool asks; /* a sync wants a password */

__attribute__((format(printf, 1, 2))) static void
say(const char *format, ...)
{
	struct line l;
	va_list ap;

	va_start(ap, format);
	vsnprintf(l.text, sizeof(l.text), format, ap);
	va_end(ap);
	queue_put(lines, &l);
}

/* In the place of account.c. */

struct account {
	const struct account_env *env;
	const struct settings_account *settings;
};

struct account *
account_new(const struct account_env *env,
    const struct settings_account *settings, struct err *e)
{
	struct account *a = xcalloc(1, sizeof(*a));

	(void)e;
	*a = (struct account){ env, settings };
	return a;
}

void
account_free(struct account *a)
{
	free(a);
}

size_t
account_lanes(const struct account *a)
{
	(void)a;
	return 1;
}

static void
ask_password(struct account *a)
{
	struct buf secret = { 0 };

	if (a->env->ask(a->env->arg, a->settings->index, "me", &secret))
		say("secret %s", buf_str(&secret));
	else
		say("no secret");
	buf_wipe(&secret);
}

struct account_result
account_sync(struct account *a, const struct request *r, int worker)
{
	struct account_result result;
	const char *folder = namelist_next(&r->folders, NULL);

	(void)worker;
	say("sync %s%s%s%s%s%s%s", a->settings->name, r->quick ? " quick" : "",
	    r->full ? " full" : "", r->dry_run ? " dry" : "",
	    r->release ? " release" : "", folder != NULL ? " " : "",
	    folder != NULL ? folder : "");
	if (asks)
		ask_password(a);
	queue_get(ends[a->settings->index], &result, -1);
	say("end %s", a->settings->name);
	return result;
}

void
account_help(struct account *a, int worker)
{
	(void)worker;
	say("help %s", a->settings->name);
}

int64_t
account_keep_ms(const struct account *a)
{
	(void)a;
	return keep_ms;
}

void
account_keepalive(struct account *a)
{
	struct account_result result;

	say("keep %s", a->settings->name);
	queue_get(ends[a->settings->index], &result, -1);
	say("kept %s", a->settings->name);
}

int
account_connect(struct account *a, enum side side, int cancel_fd,
    struct store **s, struct err *e)
{
	(void)a;
	(void)side;
	(void)cancel_fd;
	(void)s;
	return err_set(e, ERR_ACCOUNT, "there is no server");
}

void
account_cancel(struct account *a, bool now)
{
	say("cancel %s%s", a->settings->name, now ? " now" : "");
}

void
account_rearm(struct account *a)
{
	(void)a;
}

void
account_suspect(struct account *a)
{
	(void)a;
}

/* An engine. */

struct place {
	struct settings settings;
	struct settings_account accounts[ACCOUNTS];
	struct engine *en;
	char *dir;
};

/* n accounts "a", "b", ...; with autorefresh 0 the engine ends by itself. */
static void
begin(struct place *p, size_t n, double autorefresh, unsigned most,
    const struct engine_options *o)
{
	static char names[ACCOUNTS][2] = { "a", "b", "c" };
	size_t i;

	memset(p, 0, sizeof(*p));
	p->dir = tmpdir_new();
	p->settings.metadata = p->dir;
	p->settings.maxsyncaccounts = most;
	p->settings.accounts = p->accounts;
	p->settings.accounts_len = n;
	for (i = 0; i < n; i++) {
		p->accounts[i].name = names[i];
		p->accounts[i].index = i;
		p->accounts[i].autorefresh = autorefresh;
		ends[i] = queue_new(4, sizeof(struct account_result));
	}
	lines = queue_new(100, sizeof(struct line));
	keep_ms = CLOCK_NEVER;
	asks = false;
	OK(engine_start(&p->settings, o, NULL, &p->en, &err));
}

static void
expect(const char *text)
{
	struct line l;

	if (!queue_get(lines, &l, PATIENCE))
		fail_msg("waited in vain for: %s", text);
	assert_string_equal(l.text, text);
}

/* Waits for such an event of the account. */
static struct event
event(struct place *p, enum event_kind kind, int account)
{
	struct event ev;

	do
		if (!engine_next(p->en, &ev, PATIENCE))
			fail_msg("waited in vain for event %d", (int)kind);
	while (ev.kind != kind || ev.account != account);
	return ev;
}

/* The sync (or the keepalive) of the account ends so. */
static void
finish(size_t account, enum account_end end)
{
	const struct account_result r = { .end = end };

	queue_put(ends[account], &r);
}

static void
post(struct place *p, enum command_kind kind, int account)
{
	struct command c = { .kind = kind, .account = account };

	engine_post(p->en, &c);
}

static void
post_sync(struct place *p, int account, const struct request *r)
{
	struct command c = {
		.kind = CMD_SYNC, .account = account, .request = *r
	};

	engine_post(p->en, &c);
}

/* Waits for the engine's end; nothing more was said to the accounts. */
static int
end(struct place *p)
{
	struct line l;
	size_t i;
	int status;

	event(p, EV_ENGINE_END, -1);
	status = engine_status(p->en);
	engine_free(p->en);
	if (queue_get(lines, &l, 0))
		fail_msg("too much: %s", l.text);
	queue_free(lines);
	for (i = 0; i < p->settings.accounts_len; i++)
		queue_free(ends[i]);
	tmpdir_free(p->dir);
	return status;
}

/* Ends an engine in which nothing is active. */
static void
stop(struct place *p)
{
	post(p, CMD_STOP, -1);
	end(p);
}

/* What the syncs came to is the exit status; the worst one counts. */
static void
test_status(void **state)
{
	static const struct {
		bool once;
		enum account_end a, b;
		int status;
	} c[] = {
		{ true, ACCOUNT_DONE, ACCOUNT_DONE, 0 },
		{ true, ACCOUNT_FAILED, ACCOUNT_DONE, 1 },
		{ true, ACCOUNT_DONE, ACCOUNT_STOPPED, 1 },
		{ false, ACCOUNT_DONE, ACCOUNT_STOPPED, 0 },
		{ true, ACCOUNT_HELD, ACCOUNT_FAILED, 4 },
		{ true, ACCOUNT_HELD, ACCOUNT_BUSY, 3 },
	};
	struct engine_options o = { .once = true };
	struct place p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		o.once = c[i].once;
		begin(&p, 2, 0, 1, &o);
		expect("sync a");
		finish(0, c[i].a);
		expect("end a");
		expect("sync b");
		finish(1, c[i].b);
		expect("end b");
		assert_int_equal(end(&p), c[i].status);
	}
}

/* No more at once than maxsyncaccounts; of those that are due, the first. */
static void
test_dispatch(void **state)
{
	static const struct engine_options once = { .once = true },
					   alone = { .once = true,
						   .single_thread = true };
	struct place p;
	struct line one, two;

	(void)state;
	begin(&p, 3, 0, 2, &once);
	/* Two workers take them up in any order. */
	assert_true(queue_get(lines, &one, PATIENCE));
	assert_true(queue_get(lines, &two, PATIENCE));
	assert_int_not_equal(
	    strcmp(one.text, "sync a") == 0, strcmp(two.text, "sync a") == 0);
	assert_int_not_equal(
	    strcmp(one.text, "sync b") == 0, strcmp(two.text, "sync b") == 0);
	finish(1, ACCOUNT_DONE);
	expect("end b");
	expect("sync c");
	finish(2, ACCOUNT_DONE);
	expect("end c");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	assert_int_equal(end(&p), 0);

	begin(&p, 2, 0, 2, &alone);
	expect("sync a");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	expect("sync b");
	finish(1, ACCOUNT_DONE);
	expect("end b");
	assert_int_equal(end(&p), 0);
}

/* An engine that stays, whose account was synchronised. */
static void
begin_idle(struct place *p, const struct engine_options *o)
{
	begin(p, 1, HOUR, 1, o);
	expect("sync a");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	event(p, EV_IDLE, 0);
}

static const struct engine_options stays;

/* What is asked for begins at once; while it syncs it is ignored, but for the
 * answer to held deletions. */
static void
test_sync(void **state)
{
	struct request full = { .full = true }, dry = { .dry_run = true };
	struct request release = { .release = RELEASE_ALL };
	struct place p;

	(void)state;
	namelist_add(&full.folders, "X");
	begin_idle(&p, &stays);
	post_sync(&p, 0, &full);
	expect("sync a full X");
	post_sync(&p, 0, &dry);
	post_sync(&p, -1, &release);
	finish(0, ACCOUNT_HELD);
	expect("end a");
	expect("sync a release");
	post_sync(&p, 0, &dry);
	finish(0, ACCOUNT_DONE);
	expect("end a");
	event(&p, EV_IDLE, 0);
	event(&p, EV_IDLE, 0);
	post_sync(&p, 0, &full);
	expect("sync a full X");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	event(&p, EV_IDLE, 0);
	stop(&p);
}

/* How every sync is made; folders that are asked for come before. */
static void
test_usual(void **state)
{
	struct engine_options o = { .usual = { .dry_run = true } };
	struct request one = { .full = true };
	struct place p;

	(void)state;
	namelist_add(&o.usual.folders, "F");
	namelist_add(&one.folders, "X");
	begin(&p, 1, HOUR, 1, &o);
	expect("sync a dry F");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	event(&p, EV_IDLE, 0);
	post_sync(&p, 0, &one);
	expect("sync a full dry X");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	event(&p, EV_IDLE, 0);
	stop(&p);
}

/* Once: after what is in flight; twice: now. Idle: nothing. */
static void
test_cancel(void **state)
{
	const struct request all = { .full = false };
	struct place p;
	int i;

	(void)state;
	begin_idle(&p, &stays);
	for (i = 0; i < 2; i++) {
		post(&p, CMD_CANCEL, 0);
		post_sync(&p, 0, &all);
		expect("sync a");
		post(&p, CMD_CANCEL, 0);
		expect("cancel a");
		post(&p, CMD_CANCEL, 0);
		expect("cancel a now");
		finish(0, ACCOUNT_STOPPED);
		expect("end a");
		event(&p, EV_IDLE, 0);
	}
	stop(&p);
}

/* Paused, nothing begins, and what is asked for is forgotten. */
static void
test_pause(void **state)
{
	const struct request full = { .full = true };
	struct event ev;
	struct place p;

	(void)state;
	begin(&p, 1, HOUR, 1, &stays);
	expect("sync a");
	post(&p, CMD_PAUSE, 0);
	expect("cancel a");
	ev = event(&p, EV_IDLE, 0);
	assert_true(ev.paused && ev.due == CLOCK_NEVER);
	finish(0, ACCOUNT_STOPPED);
	expect("end a");
	ev = event(&p, EV_IDLE, 0);
	assert_true(ev.paused);
	post_sync(&p, 0, &full);
	post(&p, CMD_RESUME, 0);
	ev = event(&p, EV_IDLE, 0);
	assert_false(ev.paused);
	expect("sync a");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	ev = event(&p, EV_IDLE, 0);
	assert_true(ev.total > HOUR * 60 - 60 && ev.total <= HOUR * 60);
	stop(&p);
}

/* The three ways to end. */
static void
test_ends(void **state)
{
	static const struct {
		enum command_kind kind;
		const char *told; /* NULL: nothing */
	} c[] = {
		{ CMD_FINISH, NULL },
		{ CMD_STOP, "cancel a" },
		{ CMD_STOP_NOW, "cancel a now" },
	};
	struct place p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		begin(&p, 1, HOUR, 1, &stays);
		expect("sync a");
		post(&p, c[i].kind, -1);
		if (c[i].told != NULL)
			expect(c[i].told);
		finish(0, ACCOUNT_DONE);
		expect("end a");
		assert_int_equal(end(&p), 0);
	}
}

/* The UI is asked; its answer, or that there is none, reaches the sync. */
static void
test_password(void **state)
{
	static const struct engine_options can_ask = { .can_ask = true };
	const struct request all = { .full = false };
	struct command c = { .kind = CMD_PASSWORD, .password = "pw" };
	struct event ev;
	struct place p;

	(void)state;
	begin_idle(&p, &can_ask);
	asks = true;
	post_sync(&p, 0, &all);
	expect("sync a");
	ev = event(&p, EV_ASK_PASSWORD, 0);
	assert_string_equal(ev.text, "me");
	engine_post(p.en, &c);
	assert_string_equal(c.password, ""); /* wiped */
	expect("secret pw");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	event(&p, EV_IDLE, 0);
	post_sync(&p, 0, &all);
	expect("sync a");
	event(&p, EV_ASK_PASSWORD, 0);
	post(&p, CMD_CANCEL, 0);
	expect("cancel a");
	expect("no secret");
	finish(0, ACCOUNT_STOPPED);
	expect("end a");
	event(&p, EV_IDLE, 0);
	stop(&p);
}

/* Connections that are held are kept alive, and a sync waits for the end of
 * that; one that waits for a dead server can be cancelled. */
static void
test_keep_alive(void **state)
{
	const struct request full = { .full = true };
	struct place p;

	(void)state;
	begin(&p, 1, HOUR, 1, &stays);
	expect("sync a");
	keep_ms = 1;
	finish(0, ACCOUNT_DONE);
	expect("end a");
	expect("keep a");
	finish(0, ACCOUNT_DONE);
	expect("kept a");
	expect("keep a"); /* again and again */
	post_sync(&p, 0, &full);
	post(&p, CMD_CANCEL, 0);
	expect("cancel a now");
	keep_ms = CLOCK_NEVER;
	finish(0, ACCOUNT_DONE);
	expect("kept a");
	expect("sync a full");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	event(&p, EV_IDLE, 0);
	event(&p, EV_IDLE, 0);
	stop(&p);
}

static void
show(void *arg, const char *line)
{
	buf_puts(arg, line);
	buf_putc(arg, '\n');
}

static void
ctl_ask(struct place *p, const char *request, int status, const char *shown)
{
	struct buf text = { 0 };

	assert_int_equal(
	    ctl_client_ask(p->dir, request, false, show, &text, &err), status);
	if (strstr(buf_str(&text), shown) == NULL)
		fail_msg("%s: %s", request, buf_str(&text));
	buf_clear(&text);
	err_clear(&err);
}

/* The control socket: what it asks for counts also while the account syncs. */
static void
test_ctl(void **state)
{
	struct place p;

	(void)state;
	begin_idle(&p, &stays);
	ctl_ask(&p, "status", 0, "a");
	ctl_ask(&p, "sync target=a/X", 0, "");
	expect("sync a X");
	ctl_ask(&p, "sync target=a/Y", 0, "");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	expect("sync a Y");
	finish(0, ACCOUNT_DONE);
	expect("end a");
	ctl_ask(&p, "sync target=b", 2, "");
	event(&p, EV_IDLE, 0);
	event(&p, EV_IDLE, 0);
	post(&p, CMD_PAUSE, 0);
	event(&p, EV_IDLE, 0);
	ctl_ask(&p, "sync", 1, "");
	ctl_ask(&p, "quit", 0, "");
	event(&p, EV_RUN_END, -1);
	assert_true(engine_was_quit(p.en));
	end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_dispatch),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_usual),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_ctl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
