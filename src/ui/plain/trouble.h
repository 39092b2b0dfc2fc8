/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_TROUBLE_H
#define UI_PLAIN_TROUBLE_H

/*
 * Which errors, warnings and held things are news, for who runs unattended
 * for months: a line is told when it comes up, and not again while each
 * synchronisation of the account says the same. What concerns a folder is over
 * when the folder was looked at without it; the rest, when a synchronisation
 * went to its end without it. It lives on when the configuration is reread,
 * which may take out a folder: what concerns that is over when all others were
 * looked at. No I/O; one thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"

struct trouble_account;

struct trouble {
	struct trouble_account *accounts;
	size_t len;
};

/* From now on the accounts of events are these n. What was told of one of this
 * name before is still told, and what was of others is forgotten. Zeroed, *t
 * knows of nothing. */
void trouble_begin(struct trouble *t, const char *const *names, size_t n);
void trouble_clear(struct trouble *t);

/* True when the line, of an event that lines_is_trouble, is news. */
bool trouble_is_news(
    struct trouble *t, const struct event *ev, const char *line);

enum trouble_end {
	TROUBLE_SAME, /* nothing that a person must be told */
	TROUBLE_NEWS, /* the synchronisation ended, and something was news */
	TROUBLE_OVER, /* it ended, and nothing is failed or held any more */
};

/* For every event that is no trouble. */
enum trouble_end trouble_event(struct trouble *t, const struct event *ev);

#endif
