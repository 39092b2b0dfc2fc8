/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for changes on a server. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/store/foldername.h"
#include "engine/store/imap/store_imap_private.h"
#include "net/imap_watch.h"

struct watching {
	const struct store_imap_watch *w;
	char delimiter;
	char *folder; /* canonical; NULL: all */
};

static void
on_begun(void *arg)
{
	struct watching *g = arg;

	g->w->begun(g->w->arg);
}

/* A name that is none here is perhaps one that matters all the same. */
static void
on_news(void *arg, const char *mailbox)
{
	struct watching *g = arg;
	struct err ignored = ERR_INIT;
	char *name;

	if (mailbox == NULL) {
		g->w->news(g->w->arg, g->folder);
		return;
	}
	name = NULL;
	if (foldername_canonical(
		mailbox, strlen(mailbox), g->delimiter, &name, &ignored) == -1)
		name = NULL;
	err_clear(&ignored);
	g->w->news(g->w->arg, name);
	free(name);
}

static int
wait_for_news(struct store_imap *st, struct watching *g, struct err *e)
{
	struct imap_watch w = { .folder =
				    g->folder != NULL ? &st->folder : NULL,
		.deadline = g->w->deadline,
		.keepalive = g->w->keepalive,
		.wake_fd = g->w->wake_fd,
		.arg = g,
		.begun = on_begun,
		.news = on_news };

	/* NOTIFY tells less of what is selected. */
	if (g->folder == NULL && store_imap_unselect(st, e) == -1)
		return -1;
	if (g->folder != NULL) {
		free(st->selected);
		st->selected = NULL;
		if (store_imap_select(st, g->w->folder, true, e) == -1)
			return -1;
		st->selected = xstrdup(g->w->folder);
	}
	if (imap_watch(st->session, &w, e) == 0)
		return 0;
	return err_prefix(
	    e, "watching %s", g->folder != NULL ? g->w->folder : "all folders");
}

int
store_imap_watch(
    struct store *s, const struct store_imap_watch *w, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	struct watching g = { .w = w };
	int rc;

	if (store_imap_ready(st, e) == -1 || store_imap_delimiter(st, e) == -1)
		return -1;
	g.delimiter = st->delimiter;
	if (w->folder != NULL &&
	    foldername_canonical(
		w->folder, strlen(w->folder), g.delimiter, &g.folder, e) == -1)
		return -1;
	rc = wait_for_news(st, &g, e);
	free(g.folder);
	return rc;
}

bool
store_imap_can_idle(const struct store *s)
{
	return imap_watch_can_idle(((const struct store_imap *)s)->session);
}

bool
store_imap_can_notify(const struct store *s)
{
	return imap_watch_can_notify(((const struct store_imap *)s)->session);
}
