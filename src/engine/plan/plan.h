/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_PLAN_PLAN_H
#define ENGINE_PLAN_PLAN_H

/*
 * What has to be done in one folder so that both sides agree again: a pure
 * function of what each side has, of what both agreed upon at last (the
 * base), and of the policy. No I/O, no clock, no globals; any thread.
 *
 * The whole of the policy is the table in plan.c.
 */

#include "base/flags.h"
#include "base/side.h"
#include "engine/plan/snapshot.h"

/* What both sides agreed upon for one message. 12 bytes. */
struct plan_pair {
	uint32_t id[2]; /* by side */
	uint32_t flags;
};

/* Messages without a base that are known to be the same on both sides. */
struct plan_match {
	uint32_t id[2];
};

/*
 * What can be done, in the order in which it must be done: a pair is forgotten
 * before its surviving message is copied anew (WHY_FLAGGED), and recorded
 * before its flags change. Any subset may fail or be left out, as long as no
 * OP_COPY with WHY_FLAGGED is done whose OP_FORGET was not: planning again
 * goes on from there.
 *
 * What each does to the base:
 *
 *	FORGET   the pair is dropped
 *	ADOPT    the pair is recorded with the flags add
 *	COPY     when the copy's id is known: likewise
 *	FLAGS    once the side has them: flags = (flags | add) & ~del, of the
 *	         flags that the base has then
 *	SETTLE   likewise, at once; no side is touched
 *	EXPUNGE  when the message is gone: the pair is dropped
 *	SKIP     nothing
 */
enum op_kind {
	OP_FORGET, /* drop the pair: gone on both sides, or to be made anew */
	OP_ADOPT, /* record the pair; OP_FLAGS follow for what one side lacks */
	OP_COPY,  /* copy the message of !side to side */
	OP_FLAGS, /* change flags of the pair's message on side */
	OP_SETTLE,  /* both sides agree on other flags than the base */
	OP_EXPUNGE, /* remove the pair's message on side */
	OP_SKIP,    /* policy leaves it alone; for the report only */
};

enum op_why {
	WHY_NEW,	   /* there on one side only, never seen */
	WHY_SAME,	   /* there on both sides, never paired */
	WHY_FLAGS_CHANGED, /* flags changed on the other side */
	WHY_FLAGS_SETTLED, /* the same change was made on both sides */
	WHY_DELETED,	   /* was on both sides, is gone from the other */
	WHY_GONE_BOTH,	   /* was on both sides, is gone from both */
	WHY_FLAGGED, /* deleted on one side, newly \Flagged on the other */
	WHY_DELETIONS_STAY, /* gone, but deletions do not travel: the pair stays
			     * in the base, so that the message that is left
			     * does not look new */
	WHY_READONLY,	    /* the side must not be changed; likewise */
	WHY_MARKED,	    /* marked as deleted where marks are all there is */
	WHY_TWICE,	    /* two pairs of the base have the same message */
	WHY_DUPLICATE,	    /* a second copy of a message that is paired, which
			     * we made ourselves */
	WHY_COUNT
};

/* 24 bytes. */
struct op {
	uint32_t id[2]; /* by side; OP_COPY: 0 on side, OP_SKIP: 0 where it is
			 * not; else both */
	uint32_t add;	/* OP_FLAGS, OP_SETTLE: bits to add. OP_ADOPT, OP_COPY:
			 * all bits of the new pair (and of the copy) */
	uint32_t del;	/* OP_FLAGS, OP_SETTLE: bits to take away */
	uint32_t flags; /* OP_FLAGS, OP_EXPUNGE: the flags the message had on
			 * side when it was scanned; OP_COPY: on !side */
	uint8_t kind;	/* enum op_kind */
	uint8_t side;	/* enum side: the side that is (or would be) changed;
			 * LOCAL where none is */
	uint8_t why;	/* enum op_why */
};

struct plan_policy {
	bool readonly[2];     /* the side is never changed */
	bool deletes_from[2]; /* deletions made on this side travel to the other
			       * (sync_deletes) */
	bool marks_only[2];   /* what is removed on this side stays there,
			       * marked \Deleted (expunge = false): a marked
			       * message without a pair is not new */
};

struct plan_input {
	const struct snapshot *snap[2];
	const struct plan_pair *base; /* ascending by id[REMOTE]; each id once,
				       * else the later pair is forgotten */
	size_t base_len;
	/* Any order; a match of which one message is not there or is paired
	 * already (by the base or by an earlier match) is passed over. */
	const struct plan_match *matches;
	size_t matches_len;
	/* Ascending: messages of the side without a pair that are to go, if
	 * deletions made on the other side travel to this one. */
	const uint32_t *duplicates[2];
	size_t duplicates_len[2];
	uint32_t storable[2]; /* flag bits that can be changed on the side */
	struct plan_policy policy;
};

struct plan {
	struct op *ops; /* by kind, then by side; within these pairs by
			 * id[REMOTE], then matches in their order, then new
			 * messages by id */
	size_t len;
	size_t counts[2][OP_SKIP + 1]; /* by side and kind */
	uint32_t unkept[2]; /* flag bits that would change on the side if it
			     * could keep them */
};

/*
 * Fills *plan, which must be empty. Ids in base whose validity no longer
 * holds must not be passed in. Takes 24 bytes for each operation and a bit for
 * each message.
 *
 * Flags are merged bit by bit. A bit that should change on a side which cannot
 * keep it (or is readonly) stays as it is on both sides and in the base, and
 * yields nothing, until that side can, or both sides have the same.
 *
 * A message that is neither in an incomplete snapshot nor in its vanished is
 * there, with the base's flags, if the base has it. Therefore what incomplete
 * snapshots start from (a token, a MODSEQ) may move on only when nothing of a
 * plan is left over: held, failed, changed meanwhile.
 *
 * No pair is dropped while one of its messages is there, except by OP_EXPUNGE,
 * WHY_FLAGGED and WHY_TWICE. A deletion that does not travel, or that the brake
 * holds, is found again by every plan until its reason goes away.
 */
void plan_make(const struct plan_input *in, struct plan *plan);
void plan_clear(struct plan *plan);

/* Static text for people: "new on the other side", ... */
const char *op_why_text(enum op_why why);

#define BRAKE_ALL 5 /* of fewer, nobody can say that it was no person */

/*
 * The brake. Given how many messages a side had in the base (total) and how
 * many of them would be removed from the other (doomed), those that are in
 * another folder of the account taken out of both, says whether to hold the
 * deletions: all of at least BRAKE_ALL; or more than maxdelete; maxdelete < 0
 * stands for the default: more than half and at least 20.
 */
bool brake_holds(uint64_t total, uint64_t doomed, int64_t maxdelete);

/* Likewise of what came together bit by bit, where all of a few is no sign of
 * an accident. */
bool brake_holds_slowly(uint64_t total, uint64_t doomed, int64_t maxdelete);

#endif
