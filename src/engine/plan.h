/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

/*
 * What has to be done in one folder so that both sides agree again: a pure
 * function of what each side has, of what both agreed upon at last (the
 * base), and of the policy. No I/O, no clock, no globals; any thread.
 *
 * The whole of the policy is the table in plan.c.
 */

#include "engine/store.h"

/* What both sides agreed upon for one message. 12 bytes. */
struct plan_pair {
	uint32_t id[2]; /* by side */
	uint32_t flags;
};

/* Messages without a base that are known to be the same on both sides. */
struct plan_match {
	uint32_t id[2];
};

enum op_kind {
	OP_ADOPT,   /* record the pair; flags are merged by union */
	OP_COPY,    /* copy the message of !side to side */
	OP_FLAGS,   /* change flags of the pair's message on side */
	OP_EXPUNGE, /* remove the pair's message on side, forget the pair */
	OP_SETTLE,  /* both sides agree on other flags than the base: record */
	OP_FORGET,  /* gone on both sides, or not to be followed: drop pair */
	OP_SKIP,    /* policy leaves it alone; for the report only */
};

enum op_why {
	WHY_NEW,            /* there on one side only, never seen */
	WHY_SAME,           /* there on both sides, never paired */
	WHY_FLAGS_CHANGED,  /* flags changed on the other side */
	WHY_FLAGS_SETTLED,  /* the same change was made on both sides */
	WHY_DELETED,        /* was on both sides, is gone from the other */
	WHY_GONE_BOTH,      /* was on both sides, is gone from both */
	WHY_FLAGGED,        /* deleted on one side, newly \Flagged on the other */
	WHY_DELETIONS_STAY, /* gone, but deletions do not travel */
	WHY_READONLY,       /* the side must not be changed */
	WHY_COUNT
};

/* 24 bytes. */
struct op {
	uint32_t id[2]; /* by side; 0 where there is none */
	uint32_t add;   /* OP_FLAGS: bits to add on side. OP_ADOPT, OP_COPY,
	                 * OP_SETTLE: all bits that the pair will have */
	uint32_t del;   /* OP_FLAGS: bits to take away on side */
	uint32_t flags; /* the flags the message had on side (OP_COPY: on !side)
	                 * when it was scanned */
	uint8_t kind;   /* enum op_kind */
	uint8_t side;   /* enum side: the side that is changed */
	uint8_t why;    /* enum op_why */
};

struct plan_policy {
	bool readonly[2];     /* the side is never changed */
	bool deletes_from[2]; /* deletions made on this side travel to the other
	                       * (sync_deletes) */
};

struct plan_input {
	const struct snapshot *snap[2];
	const struct plan_pair *base; /* ascending by id[REMOTE] */
	size_t base_len;
	const struct plan_match *matches; /* any order */
	size_t matches_len;
	uint32_t storable[2]; /* flag bits that the side can keep */
	struct plan_policy policy;
};

struct plan {
	struct op *ops; /* by kind in the order of execution: ADOPT, COPY, FLAGS,
	                 * SETTLE, FORGET, EXPUNGE, SKIP; then by id */
	size_t len;
	size_t cap;
	size_t counts[2][OP_SKIP + 1]; /* by side and kind */
};

/* Fills *plan, which must be empty. Ids in base whose validity no longer
 * holds must not be passed in. */
void plan_make(const struct plan_input *in, struct plan *plan);
void plan_clear(struct plan *plan);

/* Static texts for people: "new on the other side", "copy", ... */
const char *op_why_text(enum op_why why);
const char *op_kind_name(enum op_kind kind);

/*
 * The brake. Given how many messages a side had in the base (total) and how
 * many of them would be removed from the other (doomed; those that turned up
 * in another folder of the account already taken out), says whether to hold
 * the deletions: all of at least 5; or more than maxdelete; maxdelete < 0
 * stands for the default: more than half and at least 20.
 */
bool brake_holds(uint64_t total, uint64_t doomed, int64_t maxdelete);

#endif
