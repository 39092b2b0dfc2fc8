/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for changes on a server. */
#include "config.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/store/imap/store_imap.h"
#include "engine/watch/watch_private.h"

struct attempt {
	struct watcher *r;
	bool all; /* by NOTIFY */
};

static void
on_begun(void *arg)
{
	struct attempt *a = arg;
	const struct watch_config *c = &a->r->watch->c;
	char what[256];

	snprintf(what, sizeof(what), "%s by IDLE", a->r->folder);
	watch_begun(a->r, a->all ? "all folders by NOTIFY" : what);
	/* Nobody looked between the last sync, or the last connection, and
	 * now. */
	c->news(c->arg, c->account->index, a->r->side, NULL);
}

static void
on_news(void *arg, const char *folder)
{
	struct attempt *a = arg;
	const struct watch_config *c = &a->r->watch->c;

	c->news(c->arg, c->account->index, a->r->side, folder);
}

/* Watches over an open connection until that is over, which is an error. */
static int
attend(struct watcher *r, struct store *s, bool all, struct err *e)
{
	struct attempt a = { .r = r, .all = all };
	const struct watch_config *c = &r->watch->c;
	const struct store_imap_watch w = { .folder = all ? NULL : r->folder,
		.deadline = CLOCK_NEVER,
		.keepalive = c->account->store[r->side].keepalive,
		.wake_fd = r->wake_fd,
		.arg = &a,
		.begun = on_begun,
		.news = on_news };

	watch_awake(r);
	return store_imap_watch(s, &w, e);
}

enum attempt_end { GIVE_UP, FAILED };

/* By NOTIFY, else by IDLE. */
static enum attempt_end
attempt(struct watcher *r, struct store *s, struct err *e)
{
	const struct watch_config *c = &r->watch->c;

	if (r->first && !r->no_notify && store_imap_can_notify(s)) {
		if (attend(r, s, true, e) == -1 && e->scope != ERR_FOLDER)
			return FAILED;
		log_debug(
		    c->log, LOG_SYNC, "%s: %s", c->account->name, err_line(e));
	}
	if (!store_imap_can_idle(s)) {
		log_line(c->log,
		    "%s: the server has neither NOTIFY nor IDLE: changes "
		    "there wait for the next sync",
		    c->account->name);
		return GIVE_UP;
	}
	/* From here on each folder has its thread. */
	r->no_notify = true;
	if (r->first)
		watch_start_others(r);
	attend(r, s, false, e);
	return FAILED;
}

void
watch_imap(struct watcher *r)
{
	const struct watch_config *c = &r->watch->c;
	enum attempt_end end;
	struct store *s;
	struct err e = ERR_INIT;

	do {
		err_clear(&e);
		if (c->connect(c->arg, r->side, r->watch->cancel_fd, &s, &e) ==
		    -1)
			continue;
		end = attempt(r, s, &e);
		s->ops->free(s);
		if (end == GIVE_UP)
			break;
	} while (watch_failed(r, &e));
	err_clear(&e);
}
