/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for changes in Maildirs. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/store/maildir/store_maildir.h"
#include "engine/watch/watch_private.h"
#include "maildir/maildir_watch.h"

/* Milliseconds. A burst is told when it has been quiet for so long, or when it
 * has gone on for so long. */
#define QUIET 150
#define BURST 500

#define NAMES_MAX 32 /* more folders than these are "any" */

struct burst {
	bool any;
	bool all;
	char *names[NAMES_MAX];
	size_t len;
	int64_t first, last; /* clock_ms() of the news */
};

static void
burst_reset(struct burst *b)
{
	while (b->len > 0)
		free(b->names[--b->len]);
	b->any = b->all = false;
}

static void
on_changed(void *arg, const char *folder)
{
	struct burst *b = arg;
	size_t i;

	b->last = clock_ms();
	if (!b->any)
		b->first = b->last;
	b->any = true;
	for (i = 0; folder != NULL && i < b->len; i++)
		if (strcmp(b->names[i], folder) == 0)
			return;
	if (folder == NULL || b->len == NAMES_MAX)
		b->all = true;
	else
		b->names[b->len++] = xstrdup(folder);
}

static int64_t
burst_due(const struct burst *b)
{
	if (!b->any)
		return CLOCK_NEVER;
	return b->last + QUIET < b->first + BURST ? b->last + QUIET
						  : b->first + BURST;
}

static void
burst_tell(struct watcher *r, struct burst *b)
{
	const struct watch_config *c = &r->watch->c;
	size_t i;

	if (b->all)
		c->news(c->arg, c->account->index, r->side, NULL);
	else
		for (i = 0; i < b->len; i++)
			c->news(
			    c->arg, c->account->index, r->side, b->names[i]);
	burst_reset(b);
}

/* Until it is time to end (0), or it cannot go on (-1). */
static int
attend(
    struct watcher *r, struct maildir_watch *m, struct burst *b, struct err *e)
{
	struct pollfd p[3] = { { .fd = r->watch->cancel_fd, .events = POLLIN },
		{ .fd = r->wake_fd, .events = POLLIN },
		{ .fd = maildir_watch_fd(m), .events = POLLIN } };

	for (;;) {
		if (clock_ms() >= burst_due(b))
			burst_tell(r, b);
		if (poll(p, 3, clock_left(burst_due(b))) == -1) {
			if (errno == EINTR)
				continue;
			return err_errno(e, ERR_ACCOUNT, errno, "poll");
		}
		if (p[0].revents != 0)
			return 0;
		if (p[1].revents != 0)
			watch_awake(r);
		if (p[2].revents != 0 &&
		    maildir_watch_take(m, on_changed, b, e) == -1)
			return -1;
	}
}

void
watch_maildir(struct watcher *r)
{
	const struct watch_config *c = &r->watch->c;
	struct maildir_tree_options o;
	struct maildir_watch *m;
	struct burst b = { 0 };
	struct err e = ERR_INIT;
	int rc;

	store_maildir_tree(&c->account->store[r->side], &o);
	do {
		err_clear(&e);
		if (maildir_watch_open(&o, &m, &e) == -1) {
			/* A disk that is not there may come back. */
			if (e.num != ENOSPC && e.num != EMFILE)
				e.retry = true;
			continue;
		}
		watch_begun(r, "files");
		on_changed(&b, NULL);
		rc = attend(r, m, &b, &e);
		maildir_watch_close(m);
		burst_reset(&b);
		if (rc == 0)
			break;
		if (e.num != ENOSPC)
			e.retry = true;
	} while (watch_failed(r, &e));
	burst_reset(&b);
	err_clear(&e);
}
