/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CONTROL_SCHEDULE_H
#define ENGINE_CONTROL_SCHEDULE_H

/*
 * When an account is synchronised, and how thoroughly. Values without I/O:
 * time (clock_ms()) and chance come in from outside. One thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "engine/request.h"

struct schedule {
	double autorefresh; /* minutes; 0: only when asked */
	int quick;	    /* quick syncs between two full ones; -1: always */

	bool active; /* a sync is in progress */
	bool paused;
	int64_t due; /* when the next one begins by itself; CLOCK_NEVER */

	/* private */
	bool wanted; /* asked is to be done as soon as possible */
	struct request asked;
	bool ever;
	bool partial;	   /* the sync in progress does not count for due */
	unsigned failures; /* in a row */
	int quick_left;
};

/* The account is due at once. */
void schedule_init(
    struct schedule *s, double autorefresh, int quick, int64_t now);

/* Asks for a sync; while one is in progress, for another one after it. */
void schedule_ask(struct schedule *s, const struct request *r);

/* When the next sync may begin: now or earlier, or CLOCK_NEVER. */
int64_t schedule_next(const struct schedule *s, int64_t now);

/* Begins the sync that is due: *r gets what was asked for, and whether it is
 * a quick one's turn. */
void schedule_begin(struct schedule *s, struct request *r);

/*
 * It ended. broken: it broke off; retry: that may pass by itself. After a
 * failure the next one comes soon and then later and later, up to
 * autorefresh or 15 minutes, whichever is longer; chance (any number) moves
 * that by up to a tenth, so that many clients do not come back at once.
 */
void schedule_end(
    struct schedule *s, bool broken, bool retry, int64_t now, uint32_t chance);

/* Nothing more begins, unless it is asked for from now on. */
void schedule_finish(struct schedule *s);

/* Paused, nothing begins, and what is asked for is forgotten. */
void schedule_pause(struct schedule *s);
void schedule_resume(struct schedule *s, int64_t now);

/* After a change of the network: what waits for another try gets it now. */
void schedule_hurry(struct schedule *s, int64_t now);

#endif
