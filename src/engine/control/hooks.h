/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CONTROL_HOOKS_H
#define ENGINE_CONTROL_HOOKS_H

/*
 * The commands that the user wants run around a synchronisation: presynchook,
 * newmail_hook, postsynchook, each by /bin/sh with hook_timeout and the
 * variables that blinkmail(1) describes. What a hook prints goes to the log,
 * line by line; one that ends badly is an EV_WARNING with its last line on
 * stderr, and changes nothing else. Not for dry runs, nor where another
 * instance holds the account: the caller sees to it.
 */

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/event.h"
#include "engine/settings/settings.h"

struct log;

/* What kind of synchronisation it is, for the hooks to know. */
enum hook_mode { HOOK_FULL, HOOK_QUICK, HOOK_PUSH };

/* One synchronisation of one account. */
struct hooks {
	/* Set by the caller, borrowed until hooks_clear. */
	const struct settings_account *account;
	enum hook_mode mode;
	int worker;    /* for events */
	int cancel_fd; /* readable: hooks are killed, no more begin */
	struct log *log;
	void (*post)(void *arg, const struct event *ev);
	void *post_arg;

	/* Private. */
	pthread_mutex_t lock; /* guards news */
	struct hook_news {
		char *folder; /* its native remote name */
		uint32_t count;
	} * news;
	size_t news_len, news_cap;
};

/* After the caller's members are set. */
void hooks_init(struct hooks *h);
void hooks_clear(struct hooks *h);

/* Runs presynchook. Returns when it has ended or was killed. */
void hooks_presync(struct hooks *h);

/* So many messages have come into the folder on the local side; counts add
 * up. Any thread, between hooks_presync
 * and hooks_postsync. */
void hooks_new(struct hooks *h, const char *folder, uint32_t count);

/* Runs newmail_hook once for each folder that has something new, in the order
 * of the first hooks_new, unless one of them is late; then postsynchook. */
void hooks_postsync(struct hooks *h, enum account_end end,
    const uint32_t counts[2][COUNT_KINDS]);

#endif
