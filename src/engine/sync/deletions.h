/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_DELETIONS_H
#define ENGINE_SYNC_DELETIONS_H

/*
 * The deletions of an account, which wait until all else is done, and the one
 * value that says what speaks against them: whoever learns of a reason adds it
 * as a hold, and only the place that decides (exec_expunge.c) asks. A value
 * without I/O; one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/side.h"
#include "engine/plan/plan.h"
#include "engine/status/status.h"

/* Why deletions are not made in this run, from the widest reason down. */
enum hold_reason {
	HOLD_COPIES_FAILED, /* the copies of a folder are not all made: what is
			     * deleted anywhere may have been moved there */
	HOLD_REVALIDATED,   /* the folder's ids were handed out anew, and what
			     * is known of it was paired again in this run */
	HOLD_COPY_FAILED,   /* a message of this size could not be copied to
			     * this side, and may be the same one */
	HOLD_MISSING,	    /* the folder was gone from the other side, and came
			     * back without the messages */
	HOLD_MANY,	    /* too many of the folder's messages were gone from
			     * the other side at once; not decided yet */
};

struct deletion_hold {
	enum hold_reason reason;
	/* HOLD_COPIES_FAILED: that folder, of the map; NULL: several. */
	const char *label;
	/* HOLD_REVALIDATED, HOLD_MISSING, HOLD_MANY: index into the map. */
	size_t entry;
	/* HOLD_COPY_FAILED, HOLD_MISSING, HOLD_MANY: where it would be deleted.
	 */
	enum side side;
	/* HOLD_COPY_FAILED: in CRLF form; 0: not known, it may be any. */
	uint64_t size;
};

/* A deletion that waits for the end of all copies. */
struct deletion {
	size_t entry; /* index into the map */
	struct op op; /* OP_EXPUNGE */
	size_t left;  /* messages of the base that are not gone from there */
	bool moved;   /* went with a MOVE: nothing is left to delete */
};

struct deletions {
	struct deletion *list;
	size_t len, cap;
	struct deletion_hold *holds;
	size_t holds_len, holds_cap;
};

void deletions_clear(struct deletions *d);
/* Moves all of from to the end of to. */
void deletions_move(struct deletions *to, struct deletions *from);

void deletions_add(struct deletions *d, const struct deletion *new);
/* Forgets the deletions planned in a folder that is looked at again; its holds
 * stay. */
void deletions_forget(struct deletions *d, size_t entry);
/* Sorts, for deletions_find. */
void deletions_sort(struct deletions *d);
/* The deletion on that side that is to come of the pair with this remote id;
 * NULL when there is none. The list is sorted. */
struct deletion *deletions_find(const struct deletions *d, size_t entry,
    enum side side, uint32_t remote_id);

void deletions_hold(struct deletions *d, const struct deletion_hold *hold);
/* Adds what the status remembers against the folder's deletions. */
void deletions_hold_noted(
    struct deletions *d, size_t entry, const struct status_folder *row);

/* Is there such a hold? The first one, or NULL; valid until the next one is
 * added. Of the whole account; of a folder, for its deletions on side; and of a
 * message of this size (CRLF form) that would be deleted on side. */
const struct deletion_hold *deletions_held(const struct deletions *d);
const struct deletion_hold *deletions_held_folder(const struct deletions *d,
    size_t entry, enum side side, enum hold_reason reason);
const struct deletion_hold *deletions_held_message(
    const struct deletions *d, enum side side, uint64_t size);

#endif
