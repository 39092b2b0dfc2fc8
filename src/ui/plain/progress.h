/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_PROGRESS_H
#define UI_PLAIN_PROGRESS_H

/*
 * One line that says how far long work has come: folder, messages, bytes a
 * second, time left. No I/O. One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/engine.h"

#define PROGRESS_SLOTS 32 /* workers that are followed */

struct progress_slot {
	bool active;
	int worker;
	int account;
	int64_t start_ms;     /* when the first event came */
	uint64_t start_bytes; /* what it said */
	uint64_t start_done;
	char folder[256];
	uint64_t done, total, bytes;
	int64_t now_ms; /* when the newest event came */
};

struct progress {
	struct progress_slot slots[PROGRESS_SLOTS];
};

/* What goes on, in sum. */
struct progress_now {
	const struct progress_slot *most; /* the work with most left to do */
	double rate;			  /* bytes a second, of all work */
	int64_t left;	      /* seconds, of the most; -1: not known yet */
	uint64_t done, total; /* messages of all work */
	unsigned others;      /* besides the most */
};

/* Takes note of ev; now_ms is clock_ms(). Zeroed memory is none yet. Returns
 * how many bytes came since the work's last event. */
uint64_t progress_event(
    struct progress *p, const struct event *ev, int64_t now_ms);

/* False when nothing goes on. */
bool progress_now(const struct progress *p, struct progress_now *now);

/* Appends the line of the work with most left to do, at most width columns
 * wide, without newline; nothing when nothing goes on. names: of accounts. */
void progress_text(const struct progress *p, const char *const *names,
    unsigned width, struct buf *out);

/* Appends as many whole characters of s (UTF-8) as fit in width columns;
 * returns the columns used. */
unsigned progress_cut(struct buf *out, const char *s, unsigned width);

#endif
