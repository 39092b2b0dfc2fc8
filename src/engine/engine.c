/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads: control decides when what is synchronised, workers do it.
 *
 *	UI --commands--> control --jobs--> workers --events--> UI
 *	                    ^-----results-----'
 *
 * No lock is held across I/O; all that passes between threads goes through
 * queues. The UI drains the events until EV_ENGINE_END, so that a worker that
 * waits for space always gets it.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/account.h"
#include "engine/engine.h"
#include "engine/queue.h"
#include "engine/settings.h"

#define COMMANDS 64
#define EVENTS 256 /* about a kilobyte each */
#define MINUTE_MS 60000

struct job {
	size_t account;
	bool quick;
};

struct result {
	size_t account;
	enum account_end end;
};

/* What control knows of an account; control's alone. */
struct plan_entry {
	bool active;
	bool again;     /* asked for while it could not be begun */
	bool ever;      /* has run */
	int64_t due;    /* clock_ms(), CLOCK_NEVER when not planned */
	int quick_left; /* quick syncs before the next full one */
};

struct worker {
	struct engine *engine;
	int number;
	pthread_t thread;
};

struct engine {
	const struct settings *settings;
	struct engine_options options;
	struct account_env env;
	struct account **accounts;
	struct plan_entry *entries;
	enum account_end *ends; /* of each account's last run; control's */
	bool finishing; /* no more runs after those that are due; control's */
	atomic_int status;
	atomic_bool stop;
	int cancel_fd;
	struct queue *commands; /* struct command */
	struct queue *jobs;     /* struct job */
	struct queue *results;  /* struct result */
	struct queue *events;   /* struct event */
	struct queue **answers; /* struct command, one queue an account */
	pthread_t control;
	struct worker *workers;
	size_t workers_len;
};

/* --- events ------------------------------------------------------------------- */

static void
post(void *arg, const struct event *ev)
{
	struct engine *en = arg;

	/* Progress is only the newest state: it gives way when the UI is
	 * behind. */
	if (ev->kind == EV_PROGRESS)
		queue_try_put(en->events, ev);
	else
		queue_put(en->events, ev);
}

static void
post_plain(struct engine *en, enum event_kind kind, int account, int worker)
{
	struct event ev = { .kind = kind };

	ev.time = clock_wall();
	ev.account = account;
	ev.worker = worker;
	post(en, &ev);
}

/* Asks through the UI; waits for its answer in the account's queue. */
static bool
ask(void *arg, size_t account, const char *what, struct buf *secret)
{
	struct engine *en = arg;
	struct event ev = { .kind = EV_ASK_PASSWORD };
	struct command c;
	bool given;

	if (!en->options.can_ask)
		return false;
	ev.time = clock_wall();
	ev.account = (int)account;
	ev.worker = -1;
	snprintf(ev.text, sizeof(ev.text), "%s", what);
	post(en, &ev);
	if (!queue_get(en->answers[account], &c, -1))
		return false;
	given = c.text[0] != '\0';
	buf_append(secret, c.text, strnlen(c.text, sizeof(c.text)));
	wipe(&c, sizeof(c));
	return given;
}

/* --- workers ------------------------------------------------------------------- */

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct engine *en = w->engine;
	struct engine_options o;
	struct result r;
	struct job job;

	while (queue_get(en->jobs, &job, -1)) {
		o = en->options;
		o.quick = o.quick || job.quick;
		r.account = job.account;
		post_plain(en, EV_THREAD_START, (int)job.account, w->number);
		r.end = account_sync(en->accounts[job.account], &o, w->number);
		post_plain(en, EV_THREAD_END, (int)job.account, w->number);
		queue_put(en->results, &r);
	}
	return NULL;
}

/* --- control ------------------------------------------------------------------- */

static size_t
accounts_len(const struct engine *en)
{
	return en->settings->accounts_len;
}

static bool
job_is_quick(struct engine *en, size_t i)
{
	const struct settings_account *a = &en->settings->accounts[i];
	struct plan_entry *p = &en->entries[i];

	if (!p->ever || a->quick == 0)
		p->quick_left = a->quick;
	else if (a->quick < 0)
		return true;
	else if (p->quick_left > 0)
		return p->quick_left--, true;
	else
		p->quick_left = a->quick;
	return false;
}

static void
dispatch(struct engine *en)
{
	struct plan_entry *p;
	struct job job;
	size_t i;

	for (i = 0; i < accounts_len(en); i++) {
		p = &en->entries[i];
		if (p->active || atomic_load(&en->stop) ||
		    (!p->again && p->due > clock_ms()))
			continue;
		job = (struct job){ i, job_is_quick(en, i) };
		p->active = true;
		p->again = false;
		p->ever = true;
		p->due = CLOCK_NEVER;
		queue_put(en->jobs, &job); /* has room for all accounts */
	}
}

static void
status_update(struct engine *en)
{
	bool seen[ACCOUNT_BUSY + 1] = { false };
	size_t i;

	for (i = 0; i < accounts_len(en); i++)
		seen[en->ends[i]] = true;
	atomic_store(&en->status,
	    seen[ACCOUNT_BUSY]	     ? 3 :
		seen[ACCOUNT_HELD]   ? 4 :
		seen[ACCOUNT_FAILED] ? 1 :
				       0);
}

static void
post_idle(struct engine *en, size_t i)
{
	struct event ev = { .kind = EV_IDLE };

	ev.time = clock_wall();
	ev.account = (int)i;
	ev.worker = -1;
	ev.due = en->entries[i].due;
	post(en, &ev);
}

static void
results_take(struct engine *en)
{
	const struct settings_account *a;
	struct result r;

	while (queue_get(en->results, &r, 0)) {
		a = &en->settings->accounts[r.account];
		en->entries[r.account].active = false;
		en->ends[r.account] = r.end;
		if (!en->finishing && a->autorefresh > 0)
			en->entries[r.account].due = clock_ms() +
			    (int64_t)(a->autorefresh * MINUTE_MS);
		status_update(en);
		post_idle(en, r.account);
	}
}

static void
command_stop(struct engine *en, bool now)
{
	size_t i;

	atomic_store(&en->stop, true);
	for (i = 0; i < accounts_len(en); i++)
		queue_close(en->answers[i]);
	if (now)
		eventfd_write(en->cancel_fd, 1);
}

static void
command_sync(struct engine *en, int account)
{
	size_t i;

	for (i = 0; i < accounts_len(en); i++)
		if ((account == -1 || account == (int)i) &&
		    !en->entries[i].active)
			en->entries[i].again = true;
}

static void
commands_take(struct engine *en)
{
	struct command c;

	while (queue_get(en->commands, &c, 0)) {
		switch (c.kind) {
		case CMD_SYNC:
		case CMD_FULL:
		case CMD_RELEASE:
			command_sync(en, c.account);
			break;
		case CMD_CANCEL:
		case CMD_PAUSE:
		case CMD_RESUME:
			break;
		case CMD_PASSWORD:
			if (c.account >= 0 &&
			    (size_t)c.account < accounts_len(en))
				queue_try_put(en->answers[c.account], &c);
			break;
		case CMD_FINISH:
			en->finishing = true;
			for (size_t i = 0; i < accounts_len(en); i++)
				en->entries[i].due = CLOCK_NEVER;
			break;
		case CMD_STOP:
		case CMD_STOP_NOW:
			command_stop(en, c.kind == CMD_STOP_NOW);
			break;
		}
		wipe(&c, sizeof(c));
	}
}

/* True while anything runs or will run; *due is when the next begins. */
static bool
more_to_come(const struct engine *en, int64_t *due)
{
	bool more;
	size_t i;

	more = false;
	*due = CLOCK_NEVER;
	for (i = 0; i < accounts_len(en); i++) {
		const struct plan_entry *p = &en->entries[i];

		if (p->active)
			more = true;
		else if (p->due < *due && !atomic_load(&en->stop))
			*due = p->due;
	}
	return more || *due != CLOCK_NEVER;
}

static void *
control_main(void *arg)
{
	struct engine *en = arg;
	struct pollfd fds[2] = { { queue_fd(en->commands), POLLIN, 0 },
		{ queue_fd(en->results), POLLIN, 0 } };
	int64_t due;
	size_t i;

	post_plain(en, EV_RUN_START, -1, -1);
	for (;;) {
		commands_take(en);
		results_take(en);
		dispatch(en);
		if (!more_to_come(en, &due))
			break;
		poll(fds, 2, clock_left(due));
	}
	queue_close(en->jobs);
	for (i = 0; i < en->workers_len; i++)
		pthread_join(en->workers[i].thread, NULL);
	post_plain(en, EV_RUN_END, -1, -1);
	post_plain(en, EV_ENGINE_END, -1, -1);
	return NULL;
}

/* --- the public face -------------------------------------------------------------- */

static size_t
workers_wanted(const struct engine *en)
{
	size_t n = en->settings->maxsyncaccounts;

	if (en->options.single_thread || n == 0)
		return 1;
	return n < accounts_len(en) ? n : accounts_len(en);
}

static void
engine_prepare(struct engine *en, struct log *log)
{
	size_t i, n = accounts_len(en);

	en->env.settings = en->settings;
	en->env.log = log;
	en->env.stop = &en->stop;
	en->env.cancel_fd = en->cancel_fd;
	en->env.post = post;
	en->env.post_arg = en;
	en->env.ask = ask;
	en->env.ask_arg = en;
	en->commands = queue_new(COMMANDS, sizeof(struct command));
	en->jobs = queue_new(n + 1, sizeof(struct job));
	en->results = queue_new(n + 1, sizeof(struct result));
	en->events = queue_new(EVENTS, sizeof(struct event));
	en->accounts = xcalloc(n, sizeof(*en->accounts));
	en->entries = xcalloc(n, sizeof(*en->entries));
	en->ends = xcalloc(n, sizeof(*en->ends));
	en->answers = xcalloc(n, sizeof(*en->answers));
	for (i = 0; i < n; i++) {
		en->accounts[i] =
		    account_new(&en->env, &en->settings->accounts[i]);
		en->answers[i] = queue_new(1, sizeof(struct command));
	}
}

static int
workers_start(struct engine *en, struct err *e)
{
	size_t n = workers_wanted(en);
	int num;

	en->workers = xcalloc(n, sizeof(*en->workers));
	for (; en->workers_len < n; en->workers_len++) {
		struct worker *w = &en->workers[en->workers_len];

		w->engine = en;
		w->number = (int)en->workers_len;
		num = pthread_create(&w->thread, NULL, worker_main, w);
		if (num != 0)
			break;
	}
	if (en->workers_len > 0 &&
	    (num = pthread_create(&en->control, NULL, control_main, en)) == 0)
		return 0;
	queue_close(en->jobs);
	while (en->workers_len > 0)
		pthread_join(en->workers[--en->workers_len].thread, NULL);
	return err_errno(e, ERR_ALL, num, "cannot start a thread");
}

static void
engine_destroy(struct engine *en)
{
	size_t i;

	for (i = 0; i < accounts_len(en); i++) {
		account_free(en->accounts[i]);
		queue_free(en->answers[i]);
	}
	queue_free(en->commands);
	queue_free(en->jobs);
	queue_free(en->results);
	queue_free(en->events);
	close(en->cancel_fd);
	free(en->accounts);
	free(en->entries);
	free(en->ends);
	free(en->answers);
	free(en->workers);
	free(en);
}

int
engine_start(const struct settings *s, const struct engine_options *o,
    struct log *log, struct engine **out, struct err *e)
{
	struct engine *en;

	en = xcalloc(1, sizeof(*en));
	en->settings = s;
	en->options = *o;
	en->finishing = o->once;
	en->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (en->cancel_fd == -1) {
		free(en);
		return err_errno(e, ERR_ALL, errno, "eventfd");
	}
	engine_prepare(en, log);
	if (workers_start(en, e) == -1) {
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

void
engine_post(struct engine *en, struct command *c)
{
	queue_try_put(en->commands, c);
	wipe(c, sizeof(*c));
}

int
engine_status(const struct engine *en)
{
	return atomic_load(&en->status);
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
	return accounts_len(en);
}

const char *
engine_account_name(const struct engine *en, int account)
{
	return en->settings->accounts[account].name;
}

const char *
engine_op_name(enum event_op op)
{
	static const char *const names[] = { "copy", "transfer", "move",
		"flags", "expunge", "adopt", "skip", "held" };

	return names[op];
}
