/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stores of an account's lanes: how they are opened, and how long they
 * stay so. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/control/account_private.h"
#include "engine/store/imap/store_imap.h"
#include "engine/store/maildir/store_maildir.h"
#include "net/tls.h"

/* A server may close a connection after 30 minutes of silence (RFC 9051
 * section 5.4). */
#define KEEP_MOST_MS (28 * 60 * 1000)

static bool
ask_person(void *arg, const char *what, struct buf *secret)
{
	struct account *a = arg;
	const struct account_env *env = a->env;

	return env->ask(env->arg, a->settings->index, what, secret);
}

static int
imap_open(struct account *a, enum side side, int cancel_fd, struct store **s,
    struct err *e)
{
	struct credentials_asker asker = { a, ask_person };
	const struct store_imap_config c = {
		.settings = &a->settings->store[side],
		.side = side,
		.socktimeout = a->env->settings->socktimeout,
		.cancel_fd = cancel_fd,
		.tls = a->tls[side],
		.asker = &asker,
		.cache = &a->secret[side],
		.log = a->env->log,
		.log_name = a->settings->name,
	};

	if (store_imap_open(&c, s, e) == 0)
		return 0;
	if (!e->retry)
		credentials_forget(&a->secret[side], true); /* mistyped? */
	return -1;
}

int
account_connect(struct account *a, enum side side, int cancel_fd,
    struct store **s, struct err *e)
{
	return imap_open(a, side, cancel_fd, s, e);
}

static void
report_connecting(const struct account *a, const struct lane *l, enum side side)
{
	const struct settings_store *s = &a->settings->store[side];
	struct event ev;

	account_event(a, l->sync.worker, &ev, EV_CONNECTING);
	if (s->preauthtunnel != NULL)
		snprintf(ev.text, sizeof(ev.text), "%s", "a tunnel");
	else
		snprintf(ev.text, sizeof(ev.text), "%s:%u",
		    s->host != NULL ? s->host : "", s->port);
	a->env->post(a->env->arg, &ev);
}

static int
maildir_open(struct account *a, struct lane *l, enum side side, struct err *e)
{
	const struct store_maildir_config c = {
		.settings = &a->settings->store[side],
		.side = side,
		.account = a->settings->name,
		.must_exist = a->must_exist,
		.fsync = a->env->settings->fsync,
		.readonly = l->sync.env->request->dry_run,
		.log = a->env->log,
	};

	return store_maildir_open(&c, &l->sync.store[side], e);
}

/* The local side first: what needs no network tells its mistakes at once. */
static int
stores_open(struct account *a, struct lane *l, struct err *e)
{
	enum side s;
	int ret;

	for (s = LOCAL; s <= REMOTE; s++) {
		if (l->sync.store[s] != NULL)
			continue;
		if (a->settings->store[s].type == STORE_IMAP) {
			report_connecting(a, l, s);
			ret =
			    imap_open(a, s, a->cancel_fd, &l->sync.store[s], e);
		} else {
			ret = maildir_open(a, l, s, e);
		}
		if (ret == -1)
			return err_side(e, s);
	}
	return 0;
}

int
account_lead_open(struct account *a, bool *reused, struct err *e)
{
	struct lane *l = crew_lead(a->crew);
	enum side s;

	*reused = false;
	for (s = LOCAL; s <= REMOTE; s++) {
		const struct settings_store *c = &a->settings->store[s];

		*reused |= l->sync.store[s] != NULL;
		if (c->type == STORE_IMAP && c->tls != TLS_NO &&
		    a->tls[s] == NULL && store_imap_tls(c, &a->tls[s], e) == -1)
			return err_side(e, s);
	}
	if (stores_open(a, l, e) == -1)
		return -1;
	l->open = true;
	return 0;
}

int
account_lane_open(void *arg, struct lane *l, struct err *e)
{
	struct account *a = arg;

	if (l->sync.status == NULL &&
	    status_open_again(a->status, &l->sync.status, e) == -1)
		return -1;
	return stores_open(a, l, e);
}

static void
store_close(struct lane *l, enum side side)
{
	if (l->sync.store[side] != NULL)
		l->sync.store[side]->ops->free(l->sync.store[side]);
	l->sync.store[side] = NULL;
}

void
account_lane_close(void *arg, struct lane *l)
{
	(void)arg;
	store_close(l, LOCAL);
	store_close(l, REMOTE);
}

/* True when this side's connections are held open between runs. */
static bool
account_holds(const struct account *a, enum side side)
{
	return a->env->holds && a->settings->autorefresh > 0 &&
	       a->settings->store[side].type == STORE_IMAP &&
	       a->settings->store[side].holdconnectionopen;
}

void
account_lanes_close(struct account *a, bool all)
{
	struct lane *lead = crew_lead(a->crew), *l;
	enum side s;
	size_t i;

	for (i = 1; (l = crew_lane(a->crew, i)) != NULL; i++) {
		account_lane_close(a, l);
		l->open = false;
		status_close(l->sync.status);
		l->sync.status = NULL;
	}
	for (s = LOCAL; s <= REMOTE; s++)
		if (all || !account_holds(a, s))
			store_close(lead, s);
	lead->open = false;
}

int64_t
account_keep_ms(const struct account *a)
{
	const struct lane *lead = crew_lead(a->crew);
	int64_t ms, least = CLOCK_NEVER;
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		if (lead->sync.store[s] == NULL || !account_holds(a, s))
			continue;
		ms = (int64_t)a->settings->store[s].keepalive * 1000;
		if (ms == 0 || ms > KEEP_MOST_MS)
			ms = KEEP_MOST_MS;
		if (ms < least)
			least = ms;
	}
	return least;
}

void
account_keepalive(struct account *a)
{
	struct lane *lead = crew_lead(a->crew);
	struct err e = ERR_INIT;
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		if (lead->sync.store[s] == NULL ||
		    a->settings->store[s].type != STORE_IMAP ||
		    store_imap_noop(lead->sync.store[s], &e) == 0)
			continue;
		log_line(a->env->log,
		    "%s: the connection that was held open "
		    "is dead: %s",
		    a->settings->name, err_line(&e));
		store_close(lead, s);
	}
	err_clear(&e);
}
