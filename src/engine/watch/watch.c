/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads that wait for news of one account. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/watch/watch_private.h"

/* Milliseconds. */
#define BACKOFF_MIN 1000
#define BACKOFF_MAX (5 * 60 * 1000)
#define WORKED 60000 /* who watched for so long begins to count anew */

/* Failures in a row that are worth a word, though watching began each time. */
#define FLAPPING 3

static bool
cancelled(const struct watcher *r)
{
	struct pollfd p = { .fd = r->watch->cancel_fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
event_init(const struct watcher *r, struct event *ev, enum event_kind kind)
{
	*ev = (struct event){ .kind = kind };
	ev->time = clock_wall();
	ev->account = (int)r->watch->c.account->index;
	ev->worker = r->worker;
	ev->side = r->side;
}

static void
post(const struct watcher *r, enum event_kind kind, const char *text)
{
	struct event ev;

	event_init(r, &ev, kind);
	snprintf(ev.text, sizeof(ev.text), "%s", text);
	r->watch->c.post(r->watch->c.arg, &ev);
}

/* To be called when work begins and ends. */
static void
present_set(struct watcher *r, bool present)
{
	if (r->present != present)
		post(r, present ? EV_THREAD_START : EV_THREAD_END, "");
	r->present = present;
}

void
watch_awake(struct watcher *r)
{
	eventfd_t count;

	eventfd_read(r->wake_fd, &count);
}

void
watch_begun(struct watcher *r, const char *what)
{
	r->begun = true;
	r->begun_at = clock_ms();
	log_debug(r->watch->c.log, LOG_SYNC, "%s: watching %s",
	    r->watch->c.account->name, what);
	post(r, EV_WATCHING, what);
}

static void
warn(struct watcher *r, const struct err *e)
{
	struct err why = ERR_INIT;
	struct event ev;

	if (r->warned.scope == e->scope && r->warned.num == e->num &&
	    r->warned.retry == e->retry)
		return;
	err_copy(&r->warned, e);
	err_copy(&why, e);
	err_prefix(&why, "not watching");
	err_side(&why, r->side);
	event_init(r, &ev, EV_WARNING);
	event_set_err(&ev, &why);
	r->watch->c.post(r->watch->c.arg, &ev);
	err_clear(&why);
}

/* Between half of it and all, so that not all come back at once. */
static int
backoff_ms(unsigned failures)
{
	unsigned char random = 0;
	int ms;

	for (ms = BACKOFF_MIN; failures > 1 && ms < BACKOFF_MAX; failures--)
		ms *= 2;
	if (ms > BACKOFF_MAX)
		ms = BACKOFF_MAX;
	/* Without randomness they come back at once. */
	if (getentropy(&random, sizeof(random)) == -1)
		random = 0;
	return ms / 2 + (int)((int64_t)ms * random / 510);
}

/* Waits ms (-1: for ever) for a kick. False: it is time to end. */
static bool
wait_for_kick(struct watcher *r, int ms)
{
	struct pollfd p[2] = { { .fd = r->watch->cancel_fd, .events = POLLIN },
		{ .fd = r->wake_fd, .events = POLLIN } };
	int64_t deadline = ms < 0 ? CLOCK_NEVER : clock_ms() + ms;

	while (poll(p, 2, clock_left(deadline)) == -1 && errno == EINTR)
		;
	if (p[0].revents != 0)
		return false;
	if (p[1].revents != 0) {
		watch_awake(r);
		r->failures = 0;
	}
	return true;
}

bool
watch_failed(struct watcher *r, const struct err *e)
{
	bool passes = e->retry || e->scope == ERR_SESSION;

	if (cancelled(r))
		return false;
	if (r->begun && clock_ms() - r->begun_at >= WORKED) {
		r->failures = 0;
		err_clear(&r->warned);
	}
	r->failures++;
	log_debug(r->watch->c.log, LOG_SYNC, "%s: failure %u: %s",
	    r->watch->c.account->name, r->failures, err_line(e));
	if (!passes || !r->begun || r->failures >= FLAPPING)
		warn(r, e);
	r->begun = false;
	present_set(r, false);
	if (!wait_for_kick(r, passes ? backoff_ms(r->failures) : -1))
		return false;
	present_set(r, true);
	return true;
}

static void *
watcher_main(void *arg)
{
	struct watcher *r = arg;

	present_set(r, true);
	if (r->folder != NULL)
		watch_imap(r);
	else
		watch_maildir(r);
	present_set(r, false);
	return NULL;
}

static int
start(struct watcher *r)
{
	int num;

	r->started = true; /* before the thread is there to look at it */
	num = pthread_create(&r->thread, NULL, watcher_main, r);
	if (num != 0)
		r->started = false;
	return num;
}

void
watch_start_others(struct watcher *first)
{
	struct watch *w = first->watch;
	struct err e = ERR_INIT;
	size_t i;
	int num;

	for (i = 0; i < w->len; i++) {
		struct watcher *r = &w->list[i];

		if (r->side != first->side || r->first || r->started)
			continue;
		num = start(r);
		if (num == 0)
			continue;
		err_errno(&e, ERR_ACCOUNT, num, "cannot start a thread");
		warn(first, &e);
	}
	err_clear(&e);
}

static bool
is_inbox(const char *name)
{
	return strcasecmp(name, "INBOX") == 0;
}

size_t
watch_threads(const struct settings_account *a)
{
	const struct settings_store *s;
	char *const *f;
	size_t n = 0;
	int side;

	for (side = LOCAL; side <= REMOTE; side++) {
		s = &a->store[side];
		n++;
		if (s->type == STORE_IMAP && s->idlefolders != NULL)
			for (f = s->idlefolders; *f != NULL; f++)
				n += !is_inbox(*f);
	}
	return n;
}

static struct watcher *
add(struct watch *w, enum side side, const char *folder)
{
	struct watcher *r = &w->list[w->len];

	r->watch = w;
	r->side = side;
	r->worker = w->c.worker + (int)w->len;
	r->folder = folder;
	r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->len++;
	return r;
}

static void
add_all(struct watch *w)
{
	const struct settings_store *s;
	char *const *f;
	int side;

	for (side = LOCAL; side <= REMOTE; side++) {
		s = &w->c.account->store[side];
		add(w, (enum side)side, s->type == STORE_IMAP ? "INBOX" : NULL)
		    ->first = true;
		if (s->type != STORE_IMAP || s->idlefolders == NULL)
			continue;
		for (f = s->idlefolders; *f != NULL; f++)
			if (!is_inbox(*f))
				add(w, (enum side)side, *f);
	}
}

int
watch_start(const struct watch_config *c, struct watch **out, struct err *e)
{
	struct watch *w;
	size_t i;
	int num;

	w = xcalloc(1, sizeof(*w));
	w->c = *c;
	w->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->list = xcalloc(watch_threads(c->account), sizeof(*w->list));
	add_all(w);
	num = w->cancel_fd == -1 ? EMFILE : 0;
	for (i = 0; i < w->len; i++)
		if (w->list[i].wake_fd == -1)
			num = EMFILE;
	for (i = 0; num == 0 && i < w->len; i++)
		if (w->list[i].first)
			num = start(&w->list[i]);
	if (num != 0) {
		watch_stop(w);
		return err_errno(e, ERR_ALL, num, "cannot watch");
	}
	*out = w;
	return 0;
}

void
watch_kick(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->len; i++)
		eventfd_write(w->list[i].wake_fd, 1);
}

/* Those that decide first: they start the others. */
static void
join(struct watch *w, bool first)
{
	size_t i;

	for (i = 0; i < w->len; i++)
		if (w->list[i].first == first && w->list[i].started)
			pthread_join(w->list[i].thread, NULL);
}

void
watch_stop(struct watch *w)
{
	size_t i;

	if (w == NULL)
		return;
	if (w->cancel_fd != -1)
		eventfd_write(w->cancel_fd, 1);
	join(w, true);
	join(w, false);
	for (i = 0; i < w->len; i++) {
		if (w->list[i].wake_fd != -1)
			close(w->list[i].wake_fd);
		err_clear(&w->list[i].warned);
	}
	if (w->cancel_fd != -1)
		close(w->cancel_fd);
	free(w->list);
	free(w);
}
