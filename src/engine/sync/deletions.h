/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_DELETIONS_H
#define ENGINE_SYNC_DELETIONS_H

/*
 * The deletions of an account, which wait until all else is done, and the one
 * value that says what speaks against them: whoever learns of a reason adds it
 * as a hold, and deletion_veto() is the only place that asks. A value without
 * I/O; one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/side.h"
#include "engine/plan/plan.h"
#include "engine/status/status.h"

/* Why deletions are not made in this run, from the widest reason down. */
enum hold_reason {
	HOLD_COPIES_FAILED, /* the copies of a folder are not all made: what is
			     * deleted anywhere may have been moved there */
	HOLD_REVALIDATED,   /* the folder's ids were handed out anew, and what
			     * is known of it was paired again in this run */
	HOLD_MISSING,	    /* the folder was gone from the other side, and came
			     * back without the messages */
	HOLD_MANY,	    /* the brake: too many of the folder's messages were
			     * gone from the other side at once */
	HOLD_COPY_FAILED,   /* a message of this size could not be copied to
			     * this side, and may be the same one */
	HOLD_REASONS
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
	/* HOLD_MANY: how many are gone. */
	uint64_t lost;
};

/*
 * A message without a pair that is the second copy of one that has a pair. We
 * made both, the second one by sending the message again when the first had
 * not arrived yet. See overdue.h.
 */
struct duplicate {
	uint32_t id;	/* 0: none */
	uint32_t twin;	/* the paired message that stays, on the same side */
	uint32_t flags; /* what it may have and still be ours alone */
	uint64_t size;	/* as the store says */
	int64_t date;	/* likewise */
	int64_t intent; /* in the status, of the copy that arrived late */
};

/* A deletion that waits for the end of all copies. */
struct deletion {
	size_t entry;  /* index into the map */
	struct op op;  /* OP_EXPUNGE */
	size_t left;   /* messages of the base that are not gone from there */
	bool moved;    /* went with a MOVE: nothing is left to delete */
	uint64_t size; /* CRLF form; 0: not known (yet) */
	struct duplicate duplicate; /* WHY_DUPLICATE: which */
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
 * NULL when there is none, or there is a veto. The list is sorted. */
struct deletion *deletions_find(const struct deletions *d, size_t entry,
    enum side side, uint32_t remote_id);

void deletions_hold(struct deletions *d, const struct deletion_hold *hold);
/* Adds that the folder was missing on a side, if the status remembers it. */
void deletions_hold_missing(
    struct deletions *d, size_t entry, const struct status_folder *row);

/*
 * The one place that says no to a deletion: the first hold against it, valid
 * until the next one is added; NULL: it may be made now.
 */
const struct deletion_hold *deletion_veto(
    const struct deletions *d, const struct deletion *what);

/* Appends why, for the user: "they may be of messages that ...". */
void deletion_hold_text(const struct deletion_hold *hold, struct buf *out);

#endif
