/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CONTROL_ACCOUNT_H
#define ENGINE_CONTROL_ACCOUNT_H

/*
 * An account in the running program: its lock and status for as long as the
 * engine lives, its connections for as long as a run needs them, or longer
 * where they are held open.
 *
 * One worker at a time leads a run (account_sync); others may help it
 * (account_help). What control may call meanwhile says so.
 */

#include <stdatomic.h>

#include "engine/engine.h"
#include "engine/settings/credentials.h"
#include "engine/settings/settings.h"
#include "engine/store/store.h"

struct log;
struct account;

/* What all accounts share; borrowed, must outlive them. */
struct account_env {
	const struct settings *settings;
	struct log *log;
	void *arg;
	/* Takes an event (copied); any thread. */
	void (*post)(void *arg, const struct event *ev);
	/* Asks the user for this account's password; false: there is no
	 * terminal, or no answer. */
	bool (*ask)(
	    void *arg, size_t account, const char *what, struct buf *secret);
	/* Asks for a worker that calls account_help; it may never come. Any
	 * thread. */
	void (*summon)(void *arg, size_t account);
	bool alone; /* one connection for each account */
	bool holds; /* connections may be held open between runs */
};

/* How many workers can be at work for it at once. */
size_t account_lanes(const struct account *a);

/* NULL with the reason in *e when no descriptor is left. */
struct account *account_new(const struct account_env *env,
    const struct settings_account *settings, struct err *e);
void account_free(struct account *a); /* NULL is fine */

struct account_result {
	enum account_end end;
	bool broken; /* it broke off, rather than leaving something out */
	bool retry;  /* likewise, and that may pass by itself */
	bool wrote;  /* something was changed on a side */
	struct event error; /* the last EV_ERROR that was reported; of another
			     * kind: none */
};

/* One synchronisation, as request (borrowed) says, reported by events from
 * EV_ACCOUNT_START on. */
struct account_result account_sync(
    struct account *a, const struct request *request, int worker);

/* Helps a run that has something to share out, if any. */
void account_help(struct account *a, int worker);

/* After how many milliseconds of silence account_keepalive is due; CLOCK_NEVER
 * when no connection is held. Not during a run. */
int64_t account_keep_ms(const struct account *a);

/* Keeps held connections alive. Not during a run. */
void account_keepalive(struct account *a);

/*
 * A connection of its own to one side, logged in; the account must have run
 * before. cancel_fd is the caller's. Any thread.
 */
int account_connect(struct account *a, enum side side, int cancel_fd,
    struct store **s, struct err *e);

/* These from control's thread alone. */

/* Ends the run in progress after what is in flight; with now at once, by
 * breaking its connections. Stays so until account_rearm. */
void account_cancel(struct account *a, bool now);
/* Before a run. */
void account_rearm(struct account *a);
/* Held connections may be dead: the next run makes new ones. */
void account_suspect(struct account *a);

#endif
