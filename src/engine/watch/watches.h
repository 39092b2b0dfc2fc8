/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_WATCHES_H
#define ENGINE_WATCH_WATCHES_H

/*
 * What comes to control by itself: news of the accounts that are watched, and
 * that the network is another one. Control's thread. NULL watches
 * nothing, for a run that ends by itself.
 */

#include <poll.h>

#include "engine/event.h"
#include "engine/request.h"
#include "engine/settings/settings.h"
#include "engine/store/store.h"

#define WATCHES_FDS 3

struct watches;

struct log;

/* Functions are called from the watches' threads. */
struct watches_config {
	const struct settings *settings; /* borrowed */
	struct log *log;		 /* borrowed; may be NULL */
	int worker; /* for events: the first number for the watches' threads */
	void *arg;
	/* Takes an event (copied). */
	void (*post)(void *arg, const struct event *ev);
	/* A connection of its own to one side of the account, logged in. */
	int (*connect)(void *arg, size_t account, enum side side, int cancel_fd,
	    struct store **s, struct err *e);
};

struct watches *watches_new(const struct watches_config *c);
/* Ends all watches; events must still be taken. */
void watches_free(struct watches *l);

/* Watches the account from now on; false when it is watched already, or cannot
 * be. It must have been synchronised before: then its password is known. */
bool watches_add(struct watches *l, size_t account);

/* Descriptors for poll(): how many were filled in. */
nfds_t watches_poll_fds(const struct watches *l, struct pollfd *fds);

/* The next news: true with the account and what is to be asked for. */
bool watches_news(struct watches *l, size_t *account, struct request *r);

/* True when the machine slept or has other addresses: connections may be dead.
 * Those of the watches are looked after. */
bool watches_network(struct watches *l);

/* As if that had been so. */
void watches_kick(struct watches *l);

#endif
