/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's public face: how it is put together, and what the UI calls. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/control/engine_private.h"
#include "engine/settings/settings.h"

#define COMMANDS 64
#define EVENTS 256 /* about a kilobyte each */
#define HELPS 64   /* calls for help that wait; more get lost */

void
engine_event(struct engine *en, const struct event *ev)
{
	/* Progress is only the newest state: it gives way when the UI is
	 * behind. */
	if (ev->kind == EV_PROGRESS)
		queue_try_put(en->events, ev);
	else
		queue_put(en->events, ev);
}

void
engine_say(struct engine *en, enum event_kind kind, int account, int worker)
{
	struct event ev = { .kind = kind };

	ev.time = clock_wall();
	ev.account = account;
	ev.worker = worker;
	engine_event(en, &ev);
}

static void
post(void *arg, const struct event *ev)
{
	engine_event(arg, ev);
}

/* Asks through the UI; waits for its answer in the account's queue. */
static bool
ask(void *arg, size_t account, const char *what, struct buf *secret)
{
	struct engine *en = arg;
	struct event ev = { .kind = EV_ASK_PASSWORD };
	struct answer a;
	bool given;

	if (!en->options.can_ask)
		return false;
	/* An answer to a question that was given up. */
	while (queue_get(en->answers[account], &a, 0))
		wipe(&a, sizeof(a));
	ev.time = clock_wall();
	ev.account = (int)account;
	ev.worker = -1;
	snprintf(ev.text, sizeof(ev.text), "%s", what);
	engine_event(en, &ev);
	if (!queue_get(en->answers[account], &a, -1))
		return false;
	given = a.password[0] != '\0';
	buf_append(secret, a.password, strnlen(a.password, sizeof(a.password)));
	wipe(&a, sizeof(a));
	return given;
}

static void
summon(void *arg, size_t account)
{
	struct engine *en = arg;
	struct job job = { .kind = JOB_HELP, .account = account };

	/* So that control's own jobs always have room. */
	if (atomic_fetch_add(&en->helps, 1) >= HELPS ||
	    !queue_try_put(en->jobs, &job))
		atomic_fetch_sub(&en->helps, 1);
}

static int
accounts_make(struct engine *en, struct err *e)
{
	size_t i, n = en->settings->accounts_len;

	en->accounts = xcalloc(n, sizeof(*en->accounts));
	en->answers = xcalloc(n, sizeof(*en->answers));
	for (i = 0; i < n; i++) {
		en->accounts[i] =
		    account_new(&en->env, &en->settings->accounts[i], e);
		if (en->accounts[i] == NULL)
			return -1;
		en->answers[i] = queue_new(1, sizeof(struct answer));
	}
	return 0;
}

static void
queues_make(struct engine *en)
{
	size_t n = en->settings->accounts_len;

	en->commands = queue_new(COMMANDS, sizeof(struct command));
	en->jobs = queue_new(n + HELPS, sizeof(struct job));
	en->results = queue_new(n + 1, sizeof(struct job_result));
	en->events = queue_new(EVENTS, sizeof(struct event));
}

static void
engine_destroy(struct engine *en)
{
	size_t i;

	for (i = 0; i < en->settings->accounts_len; i++) {
		account_free(en->accounts[i]);
		queue_free(en->answers[i]);
	}
	queue_free(en->commands);
	queue_free(en->jobs);
	queue_free(en->results);
	queue_free(en->events);
	free(en->accounts);
	free(en->answers);
	free(en->workers);
	free(en);
}

static int
threads_start(struct engine *en, struct err *e)
{
	int num;

	if (pool_start(en, e) == -1)
		return -1;
	num = pthread_create(&en->control, NULL, control_main, en);
	if (num == 0)
		return 0;
	pool_stop(en);
	return err_errno(e, ERR_ALL, num, "cannot start a thread");
}

int
engine_start(const struct settings *s, const struct engine_options *o,
    struct log *log, struct engine **out, struct err *e)
{
	struct engine *en;

	en = xcalloc(1, sizeof(*en));
	en->settings = s;
	en->options = *o;
	en->env = (struct account_env){ .settings = s,
		.log = log,
		.arg = en,
		.post = post,
		.ask = ask,
		.summon = summon,
		.alone = o->single_thread,
		.holds = !o->once };
	queues_make(en);
	if (accounts_make(en, e) == -1 || threads_start(en, e) == -1) {
		engine_destroy(en);
		return -1;
	}
	*out = en;
	return 0;
}

int
engine_fd(const struct engine *en)
{
	return queue_fd(en->events);
}

bool
engine_next(struct engine *en, struct event *ev, int timeout_ms)
{
	return queue_get(en->events, ev, timeout_ms);
}

static const char *
command_name(enum command_kind kind)
{
	static const char *const names[] = {
		[CMD_SYNC] = "sync",
		[CMD_CANCEL] = "cancel",
		[CMD_PAUSE] = "pause",
		[CMD_RESUME] = "resume",
		[CMD_PASSWORD] = "password",
		[CMD_FINISH] = "finish",
		[CMD_STOP] = "stop",
		[CMD_STOP_NOW] = "stop now",
	};

	return names[kind];
}

void
engine_post(struct engine *en, struct command *c)
{
	log_debug(en->env.log, LOG_UI, "command %s for %s",
	    command_name(c->kind),
	    c->account >= 0 ? engine_account_name(en, c->account) : "all");
	queue_try_put(en->commands, c);
	wipe(c, sizeof(*c));
}

int
engine_status(const struct engine *en)
{
	return atomic_load(&en->status);
}

bool
engine_was_quit(const struct engine *en)
{
	return atomic_load(&en->quit);
}

void
engine_free(struct engine *en)
{
	if (en == NULL)
		return;
	pthread_join(en->control, NULL);
	engine_destroy(en);
}

size_t
engine_accounts(const struct engine *en)
{
	return en->settings->accounts_len;
}

const char *
engine_account_name(const struct engine *en, int account)
{
	return en->settings->accounts[account].name;
}
