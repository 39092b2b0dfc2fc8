/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_NOTICES_H
#define UI_PLAIN_NOTICES_H

/*
 * Which errors, warnings and held things are new, for a service that runs
 * unattended: a line is reported when it comes up, and not again while each
 * synchronisation of the account says the same. What concerns a folder is over
 * when the folder was looked at without it; the rest, when a synchronisation
 * went to its end without it. It lives on when the configuration is reread,
 * which may take out a folder: what concerns that is over when all others were
 * looked at. No I/O; one thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"

struct notices_account;

struct notices {
	struct notices_account *accounts;
	size_t len;
};

/* From now on the accounts of events are these n. What was told of one of this
 * name before is still told, and what was of others is forgotten. Zeroed, *t
 * knows of nothing. */
void notices_begin(struct notices *t, const char *const *names, size_t n);
void notices_clear(struct notices *t);

/* True when the line, of an event that lines_is_problem, is news. */
bool notices_is_news(
    struct notices *t, const struct event *ev, const char *line);

enum notices_end {
	NOTICES_SAME,	/* nothing that the user must be told */
	NOTICES_NEWS,	/* the synchronisation ended, and something was news */
	NOTICES_SOLVED, /* it ended, and nothing is failed or held any more */
};

/* For every event for which lines_is_problem is false. */
enum notices_end notices_event(struct notices *t, const struct event *ev);

#endif
