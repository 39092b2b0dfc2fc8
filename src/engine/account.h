/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_ACCOUNT_H
#define ENGINE_ACCOUNT_H

/*
 * An account in the running program: its lock and status for as long as the
 * engine lives, its connections for as long as a run needs them. Used by one
 * worker at a time.
 */

#include <stdatomic.h>

#include "engine/credentials.h"
#include "engine/engine.h"
#include "engine/settings.h"

struct log;
struct account;

/* What all accounts share; borrowed, must outlive them. */
struct account_env {
	const struct settings *settings;
	struct log *log;
	const atomic_bool *stop; /* end after what is in flight */
	int cancel_fd;           /* readable: break off */
	void (*post)(void *arg, const struct event *ev); /* any thread */
	void *post_arg;
	/* Asks a person for this account's password; NULL: nobody is there. */
	bool (*ask)(void *arg, size_t account, const char *what,
	    struct buf *secret);
	void *ask_arg;
};

struct account *account_new(const struct account_env *env,
    const struct settings_account *settings);
void account_free(struct account *a); /* NULL is fine */

/* How a run ended. */
enum account_end {
	ACCOUNT_DONE,   /* both sides agree */
	ACCOUNT_FAILED, /* something did not work; it was reported */
	ACCOUNT_HELD,   /* something waits for the user's decision */
	ACCOUNT_BUSY,   /* another instance holds the account */
};

/* One synchronisation, reported by events from EV_ACCOUNT_START on. */
enum account_end account_sync(struct account *a,
    const struct engine_options *o, int worker);

#endif
