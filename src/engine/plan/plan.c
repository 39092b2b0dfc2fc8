/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision table: from what both sides have to operations. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/plan/plan_private.h"

static_assert(sizeof(struct op) == 24, "a folder may need a million");
static_assert(sizeof(struct plan_pair) == 12, "a folder may have a million");

/*
 * The rows are joined twice: first to count, so that the operations' memory
 * can be had in one piece, then to put each where its kind belongs. Nothing is
 * sorted.
 */
struct planner {
	const struct plan_input *in;
	struct plan *plan;
	bool counting;
	size_t next[2][OP_SKIP + 1]; /* where the next of its sort goes */
};

static void
emit(struct planner *p, const struct op *op)
{
	if (p->counting)
		p->plan->counts[op->side][op->kind]++;
	else
		p->plan->ops[p->next[op->side][op->kind]++] = *op;
}

/* The bits that may be changed on the side. */
static uint32_t
changeable(const struct plan_input *in, enum side side)
{
	return in->policy.readonly[side] ? 0 : in->storable[side];
}

/* What of these bits can be changed on the side; the others are noted. */
static uint32_t
kept(struct planner *p, uint32_t bits, enum side side)
{
	uint32_t can = changeable(p->in, side);

	if (!p->in->policy.readonly[side])
		p->plan->unkept[side] |= bits & ~can;
	return bits & can;
}

static struct op
op_make(const struct plan_row *row, enum op_kind kind, enum side side,
    enum op_why why)
{
	return (struct op){
		.id = { row->id[LOCAL], row->id[REMOTE] },
		.kind = (uint8_t)kind,
		.side = (uint8_t)side,
		.why = (uint8_t)why,
	};
}

static void
emit_skip(struct planner *p, const struct plan_row *row, enum side side,
    enum op_why why)
{
	struct op op;

	op = op_make(row, OP_SKIP, side, why);
	emit(p, &op);
}

/* On side only: the other one gets a copy, and a new pair begins. */
static void
emit_copy(struct planner *p, const struct plan_row *row, enum side to,
    enum op_why why)
{
	struct op op;

	op = op_make(row, OP_COPY, to, why);
	op.id[to] = 0;
	op.flags = row->flags[!to];
	op.add = kept(p, row->flags[!to], to);
	emit(p, &op);
}

static void
row_none(struct planner *p, const struct plan_row *row)
{
	(void)p;
	(void)row;
}

static int
compare_ids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What must not be removed is new, like any other message. */
static bool
is_duplicate(const struct plan_input *in, enum side side, uint32_t id)
{
	return in->duplicates_len[side] > 0 && !in->policy.readonly[side] &&
	       in->policy.deletes_from[!side] &&
	       bsearch(&id, in->duplicates[side], in->duplicates_len[side],
		   sizeof(id), compare_ids) != NULL;
}

static void
emit_duplicate(struct planner *p, const struct plan_row *row, enum side side)
{
	struct op op;

	op = op_make(row, OP_EXPUNGE, side, WHY_DUPLICATE);
	op.flags = row->flags[side];
	emit(p, &op);
}

static void
row_new(struct planner *p, const struct plan_row *row)
{
	enum side to = row->there[LOCAL] ? REMOTE : LOCAL;

	if (is_duplicate(p->in, !to, row->id[!to]))
		emit_duplicate(p, row, !to);
	else if (p->in->policy.readonly[to])
		emit_skip(p, row, to, WHY_READONLY);
	else if (p->in->policy.marks_only[!to] &&
		 (row->flags[!to] & FLAG_DELETED) != 0)
		emit_skip(p, row, to, WHY_MARKED);
	else
		emit_copy(p, row, to, WHY_NEW);
}

static void
emit_forget(struct planner *p, const struct plan_row *row, enum op_why why)
{
	struct op op;

	op = op_make(row, OP_FORGET, LOCAL, why);
	emit(p, &op);
}

static void
row_gone_both(struct planner *p, const struct plan_row *row)
{
	emit_forget(p, row, WHY_GONE_BOTH);
}

/*
 * Gone from one side. When it comes back because of its new flag, the old pair
 * must be out of the base before there is a new one: it would say that this
 * message was deleted. Dying in between leaves a message that looks new.
 */
static void
row_deleted(struct planner *p, const struct plan_row *row)
{
	const struct plan_policy *policy = &p->in->policy;
	enum side left = row->there[LOCAL] ? LOCAL : REMOTE;
	bool flagged;
	struct op op;

	flagged = (row->flags[left] & ~row->base & FLAG_FLAGGED) != 0;
	if (!policy->deletes_from[!left]) {
		emit_skip(p, row, left, WHY_DELETIONS_STAY);
	} else if (flagged && !policy->readonly[!left]) {
		emit_forget(p, row, WHY_FLAGGED);
		emit_copy(p, row, !left, WHY_FLAGGED);
	} else if (flagged || policy->readonly[left]) {
		emit_skip(p, row, flagged ? !left : left, WHY_READONLY);
	} else {
		op = op_make(row, OP_EXPUNGE, left, WHY_DELETED);
		op.flags = row->flags[left];
		emit(p, &op);
	}
}

/*
 * There on both sides. Where they differ, exactly one side differs from the
 * base, and that side wins, if the other one can follow. The base takes up
 * only what both sides have: what cannot travel stays a difference, so that
 * it neither comes back as the other side's change nor is lost.
 */
static void
merge_flags(struct planner *p, const struct plan_row *row, uint32_t base,
    enum op_why why)
{
	uint32_t merged, change, same;
	struct op op;
	int s;

	merged = flags_merge(row->flags[LOCAL], row->flags[REMOTE], base);
	for (s = LOCAL; s <= REMOTE; s++) {
		change = kept(p, merged ^ row->flags[s], (enum side)s);
		if (change == 0)
			continue;
		op = op_make(row, OP_FLAGS, s, why);
		op.add = change & merged;
		op.del = change & ~merged;
		op.flags = row->flags[s];
		emit(p, &op);
	}
	same = ~(row->flags[LOCAL] ^ row->flags[REMOTE]);
	change = (row->flags[LOCAL] ^ base) & same;
	if (change != 0) {
		op = op_make(row, OP_SETTLE, LOCAL, WHY_FLAGS_SETTLED);
		op.add = change & row->flags[LOCAL];
		op.del = change & ~row->flags[LOCAL];
		emit(p, &op);
	}
}

static void
row_both(struct planner *p, const struct plan_row *row)
{
	merge_flags(p, row, row->base, WHY_FLAGS_CHANGED);
}

/* The pair begins with the flags that both have: then what one side lacks is
 * the other's addition, and the merge is a union. */
static void
row_adopt(struct planner *p, const struct plan_row *row)
{
	struct op op;

	op = op_make(row, OP_ADOPT, LOCAL, WHY_SAME);
	op.add = row->flags[LOCAL] & row->flags[REMOTE];
	emit(p, &op);
	merge_flags(p, row, op.add, WHY_SAME);
}

typedef void row_rule(struct planner *p, const struct plan_row *row);

/* The decision table: [local there][remote there][in the base]. */
static row_rule *const decide[2][2][2] = {
	{ { row_none, row_gone_both }, { row_new, row_deleted } },
	{ { row_new, row_deleted }, { row_adopt, row_both } },
};

/* The base should never say twice where a message belongs. If it does, it is
 * not believed: nothing is deleted, and what is left looks new. */
static void
row_decide(void *arg, const struct plan_row *row)
{
	if (row->twice)
		emit_forget(arg, row, WHY_TWICE);
	else
		decide[row->there[LOCAL]][row->there[REMOTE]][row->paired](
		    arg, row);
}

void
plan_make(const struct plan_input *in, struct plan *plan)
{
	struct planner p = { .in = in, .plan = plan, .counting = true };
	int kind, s;

	plan_join(in, row_decide, &p);
	for (kind = 0; kind <= OP_SKIP; kind++) {
		for (s = LOCAL; s <= REMOTE; s++) {
			p.next[s][kind] = plan->len;
			plan->len += plan->counts[s][kind];
		}
	}
	if (plan->len == 0)
		return;
	plan->ops = xreallocarray(NULL, plan->len, sizeof(*plan->ops));
	p.counting = false;
	plan_join(in, row_decide, &p);
}

void
plan_clear(struct plan *plan)
{
	free(plan->ops);
	*plan = (struct plan){ 0 };
}

const char *
op_why_text(enum op_why why)
{
	static const char *const texts[] = {
		[WHY_NEW] = "new on the other side",
		[WHY_SAME] = "there on both sides, not paired before",
		[WHY_FLAGS_CHANGED] = "flags changed on the other side",
		[WHY_FLAGS_SETTLED] = "the same flags changed on both sides",
		[WHY_DELETED] = "deleted on the other side",
		[WHY_GONE_BOTH] = "deleted on both sides",
		[WHY_FLAGGED] = "deleted here, newly flagged on the other side",
		[WHY_DELETIONS_STAY] = "deletions on the other side stay there",
		[WHY_READONLY] = "this side is read-only",
		[WHY_MARKED] = "marked as deleted, and nothing is expunged",
		[WHY_TWICE] = "paired twice",
		[WHY_DUPLICATE] = "arrived late, and was sent again meanwhile",
	};

	assert(why < WHY_COUNT);
	return texts[why];
}
