/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control thread: commands, results and time come in, jobs go out. */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/control/engine_private.h"
#include "engine/control/notify.h"
#include "engine/ctl/ctl.h"
#include "engine/settings/settings.h"
#include "engine/watch/watches.h"

#define SELF_MS 2000  /* for so long what a sync did itself may be news */
#define LATE_MS 10000 /* a wait that ends so late was not just slow */

struct entry {
	struct schedule when;
	bool cancelled;	      /* the sync in progress is to end */
	bool keeping;	      /* a JOB_KEEP is on its way */
	bool begun;	      /* once, at least */
	int64_t keep_at;      /* when the next one is due; CLOCK_NEVER */
	int64_t self_until;   /* news may be what a sync did itself */
	enum account_end end; /* of the last one */
};

struct control {
	struct engine *en;
	struct entry *entries;
	size_t len;
	size_t active; /* syncs */
	size_t keeps;  /* JOB_KEEPs on their way */
	bool ending;   /* nothing more begins */
	struct watches *watches;
	const char **names;
	struct ctl *ctl; /* NULL: there is none */
};

static void
post_idle(struct control *c, size_t i)
{
	const struct schedule *s = &c->entries[i].when;
	struct event ev = { .kind = EV_IDLE };

	ev.time = clock_wall();
	ev.account = (int)i;
	ev.worker = -1;
	ev.due = s->paused || c->ending ? CLOCK_NEVER : s->due;
	ev.paused = s->paused;
	if (ev.due != CLOCK_NEVER)
		ev.total = ((uint64_t)clock_left(ev.due) + 999) / 1000;
	engine_event(c->en, &ev);
	ctl_account_due(c->ctl, i, ev.due, ev.paused);
}

/* What the service manager shows. */
static void
tell_manager(const struct control *c)
{
	if (c->active > 0)
		notify_status(c->en->options.notify,
		    "Synchronising %zu of %zu accounts", c->active, c->len);
	else
		notify_status(c->en->options.notify, "Idle");
}

static void
status_update(struct control *c)
{
	enum exit_status status = EXIT_DONE;
	enum account_end end;
	size_t i;

	for (i = 0; i < c->len; i++) {
		end = c->entries[i].end;
		/* A service is always stopped in the end; that is not a
		 * failure. */
		if (end != ACCOUNT_STOPPED || c->en->options.once)
			status =
			    exit_status_worse(status, account_end_status(end));
	}
	atomic_store(&c->en->status, (int)status);
}

static void
begin(struct control *c, size_t i)
{
	struct job job = { .kind = JOB_SYNC, .account = i };
	struct request usual = c->en->options.usual;

	/* A decision is for one sync, not for as long as the program runs. */
	if (c->entries[i].begun)
		usual.release = RELEASE_NONE;
	c->entries[i].begun = true;
	c->entries[i].cancelled = false;
	c->entries[i].keep_at = CLOCK_NEVER;
	account_rearm(c->en->accounts[i]);
	schedule_begin(&c->entries[i].when, &job.request);
	c->active++;
	ctl_account_begin(c->ctl, i, &job.request);
	request_complete(&job.request, &usual);
	queue_put(c->en->jobs, &job); /* has room for all accounts */
}

/* The account that has waited longest; c->len: none may begin. */
static size_t
most_urgent(const struct control *c, int64_t now)
{
	int64_t next, first = now;
	size_t i, best = c->len;

	for (i = 0; i < c->len; i++) {
		if (c->entries[i].keeping)
			continue;
		next = schedule_next(&c->entries[i].when, now);
		if (next < first || (next == first && best == c->len)) {
			first = next;
			best = i;
		}
	}
	return best;
}

static void
dispatch(struct control *c)
{
	unsigned most = c->en->settings->maxsyncaccounts;
	size_t i;

	if (most == 0 || c->en->options.single_thread)
		most = 1;
	while (!c->ending && c->active < most &&
	       (i = most_urgent(c, clock_ms())) < c->len) {
		begin(c, i);
		tell_manager(c);
	}
}

/* Connections that are held open and say nothing. */
static void
keep_alive(struct control *c)
{
	struct job job = { .kind = JOB_KEEP };
	int64_t now = clock_ms();
	size_t i;

	for (i = 0; i < c->len && !c->ending; i++) {
		struct entry *entry = &c->entries[i];

		if (entry->when.active || entry->keep_at > now)
			continue;
		entry->keep_at = CLOCK_NEVER;
		entry->keeping = true;
		c->keeps++;
		job.account = i;
		account_rearm(c->en->accounts[i]);
		queue_put(c->en->jobs, &job);
	}
}

static int64_t
keep_next(const struct control *c)
{
	int64_t next = CLOCK_NEVER;
	size_t i;

	for (i = 0; i < c->len; i++)
		if (c->entries[i].keep_at < next)
			next = c->entries[i].keep_at;
	return next;
}

static void
keep_plan(struct control *c, size_t i)
{
	int64_t ms = account_keep_ms(c->en->accounts[i]);

	c->entries[i].keep_at =
	    ms == CLOCK_NEVER ? CLOCK_NEVER : clock_ms() + ms;
}

static uint32_t
chance(void)
{
	uint32_t n = 0;

	/* Without randomness there is no harm. */
	(void)!getrandom(&n, sizeof(n), GRND_NONBLOCK);
	return n;
}

static void
results_take(struct control *c)
{
	struct job_result r;
	struct entry *entry;

	while (queue_get(c->en->results, &r, 0)) {
		entry = &c->entries[r.account];
		keep_plan(c, r.account);
		if (r.kind == JOB_KEEP) {
			entry->keeping = false;
			c->keeps--;
			continue;
		}
		c->active--;
		entry->end = r.sync.end;
		if (r.sync.wrote)
			entry->self_until = clock_ms() + SELF_MS;
		schedule_end(&entry->when, r.sync.broken, r.sync.retry,
		    clock_ms(), chance());
		status_update(c);
		post_idle(c, r.account);
		ctl_account_end(c->ctl, r.account, r.sync.end, &r.sync.error);
		tell_manager(c);
		if (!r.sync.broken && entry->when.autorefresh > 0 &&
		    c->en->settings->accounts[r.account].push &&
		    watches_add(c->watches, r.account))
			entry->self_until = clock_ms() + SELF_MS;
	}
}

static void
cancel(struct control *c, size_t i, bool now)
{
	const struct answer none = { .password = "" };
	struct entry *entry = &c->entries[i];

	if (entry->keeping) /* it may wait for a dead server */
		account_cancel(c->en->accounts[i], true);
	if (!entry->when.active)
		return;
	account_cancel(c->en->accounts[i], now || entry->cancelled);
	entry->cancelled = true;
	queue_try_put(c->en->answers[i], &none); /* it may wait for one */
}

static void
command_sync(struct control *c, size_t i, const struct command *cmd)
{
	/* As documented: ignored while it syncs. An answer is not. */
	if (!c->entries[i].when.active || cmd->request.release != RELEASE_NONE)
		schedule_ask(&c->entries[i].when, &cmd->request);
}

static void
command_account(struct control *c, size_t i, const struct command *cmd)
{
	struct schedule *s = &c->entries[i].when;
	struct answer answer;

	switch (cmd->kind) {
	case CMD_SYNC:
		command_sync(c, i, cmd);
		break;
	case CMD_CANCEL:
		cancel(c, i, false);
		break;
	case CMD_PAUSE:
		schedule_pause(s);
		cancel(c, i, false);
		post_idle(c, i);
		break;
	case CMD_RESUME:
		schedule_resume(s, clock_ms());
		post_idle(c, i);
		break;
	case CMD_PASSWORD:
		memcpy(answer.password, cmd->password, sizeof(answer.password));
		queue_try_put(c->en->answers[i], &answer);
		wipe(&answer, sizeof(answer));
		break;
	case CMD_FINISH:
		schedule_finish(s);
		if (!s->active)
			post_idle(c, i);
		break;
	case CMD_STOP:
	case CMD_STOP_NOW:
		cancel(c, i, cmd->kind == CMD_STOP_NOW);
		queue_close(c->en->answers[i]);
		break;
	}
}

static void
command_take(struct control *c, const struct command *cmd)
{
	size_t i;

	if (cmd->kind == CMD_STOP || cmd->kind == CMD_STOP_NOW)
		c->ending = true;
	for (i = 0; i < c->len; i++)
		if (cmd->account == -1 || cmd->account == (int)i)
			command_account(c, i, cmd);
}

static void
commands_take(struct control *c)
{
	struct command cmd;

	while (queue_get(c->en->commands, &cmd, 0)) {
		command_take(c, &cmd);
		wipe(&cmd, sizeof(cmd));
	}
}

static void
news_take(struct control *c)
{
	struct entry *entry;
	struct request r;
	size_t i;

	while (watches_news(c->watches, &i, &r)) {
		entry = &c->entries[i];
		if (c->ending || entry->when.autorefresh <= 0)
			continue;
		r.self_change =
		    entry->when.active || clock_ms() < entry->self_until;
		schedule_ask(&entry->when, &r);
	}
}

/* Connections may be dead: those in use are broken and the sync begun anew,
 * and what waits for another try need not wait any longer. */
static void
network_is_new(struct control *c)
{
	const struct request again = { .full = false };
	size_t i;

	for (i = 0; i < c->len; i++) {
		struct entry *entry = &c->entries[i];

		account_suspect(c->en->accounts[i]);
		schedule_hurry(&entry->when, clock_ms());
		if (entry->keeping)
			account_cancel(c->en->accounts[i], true);
		if (!entry->when.active || entry->cancelled)
			continue;
		schedule_ask(&entry->when, &again);
		cancel(c, i, true);
	}
}

/* Unlike the key on the screen this also counts while the account syncs: a
 * client that waits must get what was new when it asked. */
static const char *
ctl_sync(void *arg, size_t account, const struct request *r)
{
	struct control *c = arg;

	if (c->ending)
		return "the program ends";
	schedule_ask(&c->entries[account].when, r);
	return NULL;
}

static void
ctl_quit(void *arg)
{
	const struct command stop = { .kind = CMD_STOP, .account = -1 };
	struct control *c = arg;

	atomic_store(&c->en->quit, true);
	command_take(c, &stop);
}

/* A run that ends by itself has no socket: it would only keep it from a
 * service. */
static void
ctl_begin(struct control *c)
{
	const struct ctl_handler handler = { ctl_sync, ctl_quit, c };
	const struct engine_options *o = &c->en->options;
	size_t i;

	c->names = xcalloc(c->len + 1, sizeof(*c->names));
	for (i = 0; i < c->len; i++)
		c->names[i] = c->en->settings->accounts[i].name;
	if (!o->once)
		c->ctl = ctl_open(c->en->settings->metadata, c->names, c->len,
		    &handler, c->en->env.log);
	for (i = 0; i < c->len; i++)
		ctl_account_due(c->ctl, i, c->entries[i].when.due, false);
}

/* True while anything runs or will run; *due is when the next one begins, if
 * that is up to time. */
static bool
more_to_come(const struct control *c, int64_t *due)
{
	int64_t next, now = clock_ms();
	bool paused = false;
	size_t i;

	*due = CLOCK_NEVER;
	if (c->ending)
		return c->active + c->keeps > 0;
	for (i = 0; i < c->len; i++) {
		next = schedule_next(&c->entries[i].when, now);
		/* What is due and has not begun waits for another's end. */
		if (next > now && next < *due)
			*due = next;
		paused |= c->entries[i].when.paused &&
			  c->entries[i].when.autorefresh > 0;
	}
	return c->active + c->keeps > 0 || *due != CLOCK_NEVER || paused;
}

static void
watches_post(void *arg, const struct event *ev)
{
	engine_event(arg, ev);
}

static int
watches_connect(void *arg, size_t account, enum side side, int cancel_fd,
    struct store **s, struct err *e)
{
	struct engine *en = arg;

	return account_connect(en->accounts[account], side, cancel_fd, s, e);
}

static struct watches *
watches_make(struct engine *en)
{
	const struct watches_config c = { .settings = en->settings,
		.log = en->env.log,
		.worker = (int)en->workers_len,
		.arg = en,
		.post = watches_post,
		.connect = watches_connect };

	return watches_new(&c);
}

static void
control_open(struct control *c, struct engine *en)
{
	const struct settings_account *a;
	size_t i;

	*c = (struct control){ .en = en, .len = en->settings->accounts_len };
	c->entries = xcalloc(c->len, sizeof(*c->entries));
	for (i = 0; i < c->len; i++) {
		a = &en->settings->accounts[i];
		schedule_init(&c->entries[i].when,
		    en->options.once ? 0 : a->autorefresh, a->quick,
		    clock_ms());
		c->entries[i].keep_at = CLOCK_NEVER;
		c->entries[i].end = ACCOUNT_STOPPED; /* until it has begun */
	}
	if (!en->options.once && !en->options.single_thread)
		c->watches = watches_make(en);
	ctl_begin(c);
}

static void
control_close(struct control *c)
{
	watches_free(c->watches);
	ctl_close(c->ctl);
	free(c->names);
	free(c->entries);
}

/*
 * Until something comes, or it is time for something. True when that was
 * slept through by far: the program was stopped, and so is what others think
 * of its connections.
 */
static bool
control_wait(struct control *c, int64_t due)
{
	struct pollfd fds[2 + WATCHES_FDS + CTL_FDS] = {
		{ queue_fd(c->en->commands), POLLIN, 0 },
		{ queue_fd(c->en->results), POLLIN, 0 },
	};
	int64_t other[3];
	nfds_t n = 2;
	size_t i;

	n += watches_poll_fds(c->watches, fds + n);
	n += ctl_poll_fds(c->ctl, fds + n);
	other[0] = ctl_deadline(c->ctl);
	other[1] = notify_watchdog(c->en->options.notify);
	other[2] = keep_next(c);
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (other[i] < due)
			due = other[i];
	poll(fds, n, clock_left(due));
	return due != CLOCK_NEVER && clock_ms() - due > LATE_MS;
}

void *
control_main(void *arg)
{
	struct engine *en = arg;
	struct control c;
	int64_t due;

	engine_say(en, EV_RUN_START, -1, -1);
	control_open(&c, en);
	notify_ready(en->options.notify);
	for (;;) {
		commands_take(&c);
		results_take(&c);
		news_take(&c);
		if (watches_network(c.watches))
			network_is_new(&c);
		ctl_serve(c.ctl);
		dispatch(&c);
		keep_alive(&c);
		if (!more_to_come(&c, &due))
			break;
		if (control_wait(&c, due)) {
			watches_kick(c.watches);
			network_is_new(&c);
		}
	}
	pool_stop(en);
	status_update(&c);
	control_close(&c);
	engine_say(en, EV_RUN_END, -1, -1);
	engine_say(en, EV_ENGINE_END, -1, -1);
	return NULL;
}
