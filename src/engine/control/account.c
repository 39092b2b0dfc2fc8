/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One account in the running program: lock, status, and its syncs. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/metadata.h"
#include "base/xalloc.h"
#include "engine/control/account_private.h"
#include "engine/sync/poison.h"
#include "engine/sync/sync_account.h"
#include "engine/sync/sync_broken.h"
#include "net/tls.h"

/* A run whose connection breaks goes on with a new one, this often. */
#define ATTEMPTS 3
#define ATTEMPT_WAIT_MS 1000
/* Those at which it became clearer which message breaks it are not counted, so
 * many of them: two for such a message, or the logarithm of what is asked for
 * at once. */
#define ATTEMPTS_LEARNING 24

/* A file name for whatever the user calls an account. */
static char *
dir_name(const char *name)
{
	struct buf b = { 0 };
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x20 || c == 0x7f || c == '/' || c == '%' ||
		    (i == 0 && c == '.'))
			buf_printf(&b, "%%%02X", c);
		else
			buf_putc(&b, (char)c);
	}
	return buf_steal(&b);
}

char *
account_dir(const struct settings *s, const char *name)
{
	char *file = dir_name(name), *dir;

	dir = xasprintf("%s/%s", s->metadata, file);
	free(file);
	return dir;
}

int
account_lock(const char *dir, struct lock **l, bool *busy, struct err *e)
{
	char *path = xasprintf("%s/lock", dir);
	int ret = lock_take(path, l, busy, e);

	if (ret == -1 && *busy)
		err_suffix(e, "let that one do it with blinkmail ctl sync, or "
			      "end it with blinkmail ctl quit");
	free(path);
	return ret;
}

static void
summon(void *arg)
{
	const struct account *a = arg;

	a->env->summon(a->env->arg, a->settings->index);
}

/* Each lane has a connection to each server: the smaller number counts. */
static size_t
lanes_wanted(const struct account_env *env, const struct settings_account *s)
{
	size_t n = SIZE_MAX;
	enum side side;

	for (side = LOCAL; side <= REMOTE; side++)
		if (s->store[side].type == STORE_IMAP &&
		    s->store[side].maxconnections < n)
			n = s->store[side].maxconnections;
	return env->alone || n == SIZE_MAX ? 1 : n;
}

size_t
account_lanes(const struct account *a)
{
	return lanes_wanted(a->env, a->settings);
}

struct account *
account_new(const struct account_env *env,
    const struct settings_account *settings, struct err *e)
{
	struct crew_config c = { .summon = summon,
		.open = account_lane_open,
		.close = account_lane_close };
	struct account *a;

	a = xcalloc(1, sizeof(*a));
	a->env = env;
	a->settings = settings;
	a->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->cancel_fd == -1) {
		free(a);
		err_errno(e, ERR_ALL, errno, "eventfd");
		return NULL;
	}
	a->dir = account_dir(env->settings, settings->name);
	c.arg = a;
	c.lanes = lanes_wanted(env, settings);
	a->crew = crew_new(&c);
	pthread_mutex_init(&a->secret[LOCAL].lock, NULL);
	pthread_mutex_init(&a->secret[REMOTE].lock, NULL);
	return a;
}

void
account_free(struct account *a)
{
	enum side s;

	if (a == NULL)
		return;
	account_lanes_close(a, true);
	crew_free(a->crew);
	status_close(a->status);
	for (s = LOCAL; s <= REMOTE; s++) {
		tls_context_free(a->tls[s]);
		credentials_forget(&a->secret[s], true);
		pthread_mutex_destroy(&a->secret[s].lock);
	}
	lock_free(a->lock);
	close(a->cancel_fd);
	free(a->dir);
	free(a);
}

void
account_cancel(struct account *a, bool now)
{
	atomic_store(&a->stop, true);
	if (now)
		eventfd_write(a->cancel_fd, 1);
}

void
account_rearm(struct account *a)
{
	eventfd_t n;

	atomic_store(&a->stop, false);
	eventfd_read(a->cancel_fd, &n);
}

void
account_suspect(struct account *a)
{
	atomic_store(&a->suspect, true);
}

void
account_event(
    const struct account *a, int worker, struct event *ev, enum event_kind kind)
{
	*ev = (struct event){ .kind = kind };
	ev->time = clock_wall();
	ev->account = (int)a->settings->index;
	ev->worker = worker;
	snprintf(ev->text, sizeof(ev->text), "%s", a->settings->name);
}

static int
status_ready(struct account *a, const struct request *r, struct err *e)
{
	struct stat sb;
	bool corrupt;
	char *path;
	int ret;

	if (a->status != NULL)
		return 0;
	path = xasprintf("%s/status.db", a->dir);
	/* A dry run leaves nothing behind. */
	if (r->dry_run && stat(path, &sb) == -1) {
		free(path);
		path = xstrdup(":memory:");
	}
	corrupt = false;
	ret = status_open(path, a->env->log, &a->status, &corrupt, e);
	if (ret == 0 && corrupt) {
		struct event ev;

		account_event(
		    a, crew_lead(a->crew)->sync.worker, &ev, EV_WARNING);
		snprintf(ev.text, sizeof(ev.text),
		    "the status database was damaged; it is kept beside the "
		    "new one, and messages are paired again by content");
		a->env->post(a->env->arg, &ev);
	}
	free(path);
	return ret;
}

/* True when the status knows folders that were synchronised. */
static int
status_has_folders(struct account *a, bool *any, struct err *e)
{
	struct status_folder *list;
	size_t i, len;

	if (status_folders(a->status, &list, &len, e) == -1)
		return -1;
	*any = false;
	for (i = 0; i < len; i++) {
		if (list[i].validity[LOCAL] != 0)
			*any = true;
		status_folder_clear(&list[i]);
	}
	free(list);
	return 0;
}

/* Lock and status; the lock also in a dry run, which must not see a state
 * that changes under it. */
static int
account_ready(struct account *a, const struct request *r, struct err *e)
{
	if (metadata_make(a->env->settings->metadata, false, e) == -1 ||
	    metadata_make(a->dir, true, e) == -1)
		return -1;
	if (a->lock == NULL &&
	    account_lock(a->dir, &a->lock, &a->busy, e) == -1)
		return -1;
	if (status_ready(a, r, e) == -1)
		return -1;
	return status_has_folders(a, &a->must_exist, e);
}

/* Waits a while before another attempt; false when it is time to stop. */
static bool
wait_before(struct account *a, int ms)
{
	struct pollfd p = { a->cancel_fd, POLLIN, 0 };

	poll(&p, 1, ms);
	return !atomic_load(&a->stop) && p.revents == 0;
}

struct tried {
	bool ran;   /* the connection was there when it began */
	bool stale; /* it was an old one, and it is dead */
};

static int
attempt(struct account *a, struct tried *t, struct err *e)
{
	bool reused;
	int ret;

	*t = (struct tried){ false, false };
	err_clear(e);
	if (atomic_exchange(&a->suspect, false))
		account_lanes_close(a, true);
	ret = account_lead_open(a, &reused, e);
	if (ret == 0) {
		ret = sync_account_run(&crew_lead(a->crew)->sync, e);
		t->ran = true;
		t->stale = ret == -1 && reused && e->scope == ERR_SESSION;
	}
	account_lanes_close(a, ret == -1 && e->scope >= ERR_SESSION);
	return ret;
}

/* The last attempt broke off, and more is known now of why. */
static bool
learned(struct account *a, size_t *known, int *times)
{
	size_t now = poison_learned(a->sync_env.poison);
	bool more = now > *known;

	*known = now;
	return more && !atomic_load(&a->stop) && (*times)++ < ATTEMPTS_LEARNING;
}

static int
attempts_run(struct account *a, struct err *e)
{
	struct sync *sy = &crew_lead(a->crew)->sync;
	struct tried t;
	size_t known = 0;
	int i, ret, learning = 0;

	for (i = 0;; i++) {
		ret = attempt(a, &t, e);
		if (ret == -1 && t.stale && e->retry)
			ret = attempt(a, &t, e); /* at once */
		if (ret == 0 || e->scope != ERR_SESSION)
			return ret;
		if (learned(a, &known, &learning)) {
			log_line(a->env->log,
			    "%s; trying again with fewer messages at once",
			    err_line(e));
			i = -1;
			continue;
		}
		/* A connection that was waited for in vain takes its time. */
		if (!e->retry || i + 1 >= ATTEMPTS ||
		    (!t.ran && e->num == ETIMEDOUT)) {
			if (!t.ran || atomic_load(&a->stop) ||
			    !sync_broken_leave_out(sy, e))
				return ret;
			continue;
		}
		err_account(e, a->settings->name);
		log_line(a->env->log, "%s; trying again", err_line(e));
		if (!wait_before(a, ATTEMPT_WAIT_MS << i))
			return -1;
	}
}

static void
report_failure(
    struct account *a, int worker, const struct err *e, struct event *ev)
{
	account_event(a, worker, ev, EV_ERROR);
	event_set_err(ev, e);
	a->env->post(a->env->arg, ev);
}

/* What is not kept from run to run: the held stores are. */
static void
sync_init(struct account *a, const struct request *request, int worker)
{
	struct sync *sy = &crew_lead(a->crew)->sync;
	struct sync new = { .env = &a->sync_env, .worker = worker };
	enum side s;

	a->sync_env = (struct sync_env){ .account = a->settings,
		.request = request,
		.single_thread = a->env->alone,
		.stop = &a->stop,
		.log = a->env->log,
		.post = a->env->post,
		.post_arg = a->env->arg,
		.crew = a->env->alone ? NULL : a->crew,
		.poison = poison_new() };
	for (s = LOCAL; s <= REMOTE; s++)
		new.store[s] = sy->store[s];
	*sy = new;
	crew_renew(a->crew);
	a->busy = false;
}

static void
report_end(
    struct account *a, const struct account_result *r, const struct err *e)
{
	const struct sync *sy = &crew_lead(a->crew)->sync;
	struct event ev;

	account_event(a, sy->worker, &ev, EV_ACCOUNT_END);
	memcpy(ev.counts, sy->results.counts, sizeof(ev.counts));
	ev.stopped = r->end == ACCOUNT_STOPPED;
	if (r->end == ACCOUNT_FAILED || r->end == ACCOUNT_BUSY)
		ev.scope = r->broken ? e->scope : ERR_FOLDER;
	a->env->post(a->env->arg, &ev);
}

static void
mail_arrived(void *arg, const char *folder, uint32_t count)
{
	hooks_new(arg, folder, count);
}

/* The run itself, between its hooks. */
static int
hooked_run(struct account *a, const struct request *r, struct err *e)
{
	struct sync *sy = &crew_lead(a->crew)->sync;
	struct hooks *h = &a->hooks;

	*h = (struct hooks){ .account = a->settings };
	h->mode = r->push ? HOOK_PUSH : r->quick ? HOOK_QUICK : HOOK_FULL;
	h->worker = sy->worker;
	h->cancel_fd = a->cancel_fd;
	h->log = a->env->log;
	h->post = a->env->post;
	h->post_arg = a->env->arg;
	hooks_init(h);
	a->sync_env.arrived = mail_arrived;
	a->sync_env.arrived_arg = h;
	if (!r->self_change)
		hooks_presync(h);
	return attempts_run(a, e);
}

/* A sync for a change of our own, which found nothing more, runs no hook. */
static void
hooks_end(struct account *a, const struct account_result *r)
{
	struct sync *sy = &crew_lead(a->crew)->sync;

	if (a->sync_env.arrived == NULL)
		return;
	if (!a->sync_env.request->self_change || r->end != ACCOUNT_DONE ||
	    r->wrote)
		hooks_postsync(&a->hooks, r->end, sy->results.counts);
	hooks_clear(&a->hooks);
	a->sync_env.arrived = NULL;
}

struct account_result
account_sync(struct account *a, const struct request *request, int worker)
{
	struct sync *sy = &crew_lead(a->crew)->sync;
	struct account_result r = { .end = ACCOUNT_DONE };
	struct err e = ERR_INIT;
	struct event ev;
	enum side s;
	bool stopped;
	int ret;

	sync_init(a, request, worker);
	account_event(a, worker, &ev, EV_ACCOUNT_START);
	a->env->post(a->env->arg, &ev);
	ret = account_ready(a, request, &e);
	sy->status = a->status;
	if (ret == 0)
		ret = request->dry_run ? attempts_run(a, &e)
				       : hooked_run(a, request, &e);
	sync_broken_forget(sy);
	poison_free(a->sync_env.poison);
	a->sync_env.poison = NULL;
	credentials_forget(&a->secret[LOCAL], false);
	credentials_forget(&a->secret[REMOTE], false);
	stopped = atomic_load(&a->stop);
	r.broken = ret == -1 && !(stopped && e.num == ECANCELED);
	r.retry = r.broken && e.retry;
	r.error = sy->results.error;
	if (r.broken)
		report_failure(a, worker, &e, &r.error);
	r.end = a->busy				 ? ACCOUNT_BUSY
		: sy->results.held		 ? ACCOUNT_HELD
		: r.broken || sy->results.failed ? ACCOUNT_FAILED
		: stopped			 ? ACCOUNT_STOPPED
						 : ACCOUNT_DONE;
	for (s = LOCAL; s <= REMOTE; s++)
		r.wrote |= sy->results.counts[s][COUNT_COPY] > 0 ||
			   sy->results.counts[s][COUNT_FLAGS] > 0 ||
			   sy->results.counts[s][COUNT_EXPUNGE] > 0;
	hooks_end(a, &r);
	report_end(a, &r, &e);
	err_clear(&e);
	return r;
}

struct helping {
	struct account *account;
	int worker;
};

static void
help_begins(void *arg, bool begin)
{
	const struct helping *h = arg;
	struct event ev;

	account_event(h->account, h->worker, &ev,
	    begin ? EV_THREAD_START : EV_THREAD_END);
	h->account->env->post(h->account->env->arg, &ev);
}

void
account_help(struct account *a, int worker)
{
	struct helping h = { a, worker };

	crew_help(a->crew, worker, help_begins, &h);
}
