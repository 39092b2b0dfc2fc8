/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches accounts and the network for the control thread. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/queue.h"
#include "base/xalloc.h"
#include "engine/settings/settings.h"
#include "engine/watch/watches.h"
#include "engine/watch/network.h"
#include "engine/watch/watch.h"

#define NEWS 64 /* that wait; who has more waits, too */

struct news {
	size_t account;
	enum side side;
	char folder[REQUEST_NAME]; /* canonical, on that side; "": any */
};

struct watched { /* an account */
	struct watches *watches;
	size_t account;
	struct watch *watch; /* NULL: not watched */
	int worker;	     /* the first number for its threads */
};

struct watches {
	struct watches_config config;
	struct network network;
	struct queue *news;
	struct watched *list; /* by account */
	size_t len;
};

struct watches *
watches_new(const struct watches_config *c)
{
	struct watches *l = xcalloc(1, sizeof(*l));
	int next = c->worker;
	size_t i;

	l->config = *c;
	network_open(&l->network);
	l->news = queue_new(NEWS, sizeof(struct news));
	l->len = c->settings->accounts_len;
	l->list = xcalloc(l->len, sizeof(*l->list));
	for (i = 0; i < l->len; i++) {
		l->list[i] = (struct watched){
			.watches = l, .account = i, .worker = next
		};
		next += (int)watch_threads(&c->settings->accounts[i]);
	}
	return l;
}

void
watches_free(struct watches *l)
{
	size_t i;

	if (l == NULL)
		return;
	queue_close(l->news);
	for (i = 0; i < l->len; i++)
		watch_stop(l->list[i].watch);
	network_close(&l->network);
	queue_free(l->news);
	free(l->list);
	free(l);
}

static void
take_news(void *arg, size_t account, enum side side, const char *folder)
{
	struct watched *w = arg;
	struct news n = { .account = account, .side = side };

	/* A name that does not fit is a folder like any other. */
	if (folder != NULL && (size_t)snprintf(n.folder, sizeof(n.folder), "%s",
				  folder) >= sizeof(n.folder))
		n.folder[0] = '\0';
	queue_put(w->watches->news, &n); /* false: all is ending */
}

static void
take_event(void *arg, const struct event *ev)
{
	struct watched *w = arg;

	w->watches->config.post(w->watches->config.arg, ev);
}

static int
take_connection(
    void *arg, enum side side, int cancel_fd, struct store **s, struct err *e)
{
	struct watched *w = arg;

	const struct watches_config *c = &w->watches->config;

	return c->connect(c->arg, w->account, side, cancel_fd, s, e);
}

bool
watches_add(struct watches *l, size_t account)
{
	struct watch_config c;
	struct watched *w;
	struct err e = ERR_INIT;

	if (l == NULL || l->list[account].watch != NULL)
		return false;
	w = &l->list[account];
	c = (struct watch_config){
		.account = &l->config.settings->accounts[account],
		.log = l->config.log,
		.worker = w->worker,
		.arg = w,
		.connect = take_connection,
		.news = take_news,
		.post = take_event,
	};
	if (watch_start(&c, &w->watch, &e) == 0)
		return true;
	log_line(l->config.log, "%s: not watched: %s", c.account->name,
	    err_line(&e));
	err_clear(&e);
	return false;
}

nfds_t
watches_poll_fds(const struct watches *l, struct pollfd *fds)
{
	if (l == NULL)
		return 0;
	fds[0] = (struct pollfd){ queue_fd(l->news), POLLIN, 0 };
	network_fds(&l->network, fds + 1);
	return 1 + NETWORK_FDS;
}

bool
watches_news(struct watches *l, size_t *account, struct request *r)
{
	const struct settings_account *a;
	struct news n;

	if (l == NULL || !queue_get(l->news, &n, 0))
		return false;
	*account = n.account;
	*r = (struct request){ .push = true, .quick = true };
	/* The files tell of each change by themselves; a server without
	 * CONDSTORE does not, and is asked for the flags in this folder. */
	a = &l->config.settings->accounts[n.account];
	if (a->store[n.side].type == STORE_IMAP)
		memcpy(r->news, n.folder, sizeof(r->news));
	return true;
}

void
watches_kick(struct watches *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < l->len; i++)
		if (l->list[i].watch != NULL)
			watch_kick(l->list[i].watch);
}

bool
watches_network(struct watches *l)
{
	if (l == NULL || !network_changed(&l->network))
		return false;
	watches_kick(l);
	return true;
}
