/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_DELETIONS_H
#define ENGINE_SYNC_DELETIONS_H

/*
 * The deletions of an account, which wait until all else is done, and the one
 * value that says what speaks against them: whoever learns of a reason adds it
 * as a hold, or notes it in the deletion that it is against, and
 * deletion_veto() is the only place that asks. A value without I/O; one thread
 * at a time.
 *
 * The rule: a message is removed from a side only if it is known now that the
 * user removed it from the other. See deletions_judge.h and elsewhere.h for
 * what is found out before.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/side.h"
#include "engine/plan/hold.h"
#include "engine/plan/plan.h"

/* A reason that is against more than one deletion. */
struct deletion_hold {
	enum hold_reason reason;
	/* Where it would be deleted; not for HOLD_UNSURE. */
	enum side side;
	/* HOLD_UNSEEN, HOLD_ELSEWHERE: that folder; lives as long as the run;
	 * NULL: several. */
	const char *label;
	/* Index into the map, where the reason is one of a folder. */
	size_t entry;
	/* HOLD_MANY, HOLD_MANY_IN_ALL: how many are gone. HOLD_UNSEEN: how
	 * many the other side shows; 0: some folder could not be looked at. */
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
	uint32_t view; /* the other side shows its newest messages only, so
			* many, and this one is older; 0: it does not */
	struct duplicate duplicate; /* WHY_DUPLICATE: which */
	enum hold_reason held;	    /* a decision that it waits for whatever
				     * else is found; HOLD_NONE */
	bool shown; /* it did so before this run, and the user was told */

	/* By deletions_judge: */
	struct digest digest; /* of the pair; size 0: not known */
	bool loss;	      /* the message is in no other folder */
	bool released;	      /* the user has decided */
	/* By elsewhere_look: */
	const char *where; /* the folder where it is without a pair; NULL */
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
/* Sorts by folder, side and remote id, for deletions_find and
 * deletions_group. */
void deletions_sort(struct deletions *d);
/* The deletion on that side that is to come of the pair with this remote id;
 * NULL when there is none, or there is a veto. The list is sorted. */
struct deletion *deletions_find(const struct deletions *d, size_t entry,
    enum side side, uint32_t remote_id);
/* Likewise whatever speaks against it. */
struct deletion *deletions_planned(const struct deletions *d, size_t entry,
    enum side side, uint32_t remote_id);
/* How many from the first on belong to its folder and side. */
size_t deletions_group(const struct deletions *d, size_t first);

void deletions_hold(struct deletions *d, const struct deletion_hold *hold);

/*
 * The one place that says no to a deletion: true when there is a hold against
 * it, and *why then is the widest; false: it may be made now.
 */
bool deletion_veto(const struct deletions *d, const struct deletion *what,
    struct deletion_hold *why);

/* Appends why, for the user: "they may be of messages that ...". */
void deletion_hold_text(const struct deletion_hold *hold, struct buf *out);

#endif
