/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The planner: its table row by row; then every state of one and of two
 * messages with two flags, and random bigger ones, against what must hold of
 * every plan.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan_model.h"
#include "rng.h"

#define F FLAG_FLAGGED
#define S FLAG_SEEN
#define T FLAG_DELETED

/* The table, row by row. */

struct expected {
	enum op_kind kind;
	enum side side;
	enum op_why why;
	uint32_t add, del, flags;
};

struct table_case {
	const char *name;
	struct model_row row;
	struct plan_policy policy;
	uint32_t storable[2];
	struct expected ops[4];
	size_t len;
};

/* clang-format off */
#define OPEN { .deletes_from = { true, true } }
#define ALL { FLAG_ALL, FLAG_ALL }
/* clang-format on */

/* Written for one direction; each is tried in both. */
static const struct table_case table[] = {
	{ "nothing anywhere", { { false, false }, { 0, 0 }, false, 0 }, OPEN,
	    ALL, { { 0 } }, 0 },
	{ "new on remote", { { false, true }, { 0, S }, false, 0 }, OPEN, ALL,
	    { { OP_COPY, LOCAL, WHY_NEW, S, 0, S } }, 1 },
	{ "new on remote with \\Deleted",
	    { { false, true }, { 0, T }, false, 0 }, OPEN, ALL,
	    { { OP_COPY, LOCAL, WHY_NEW, T, 0, T } }, 1 },
	{ "new on remote, local cannot keep \\Seen",
	    { { false, true }, { 0, F | S }, false, 0 }, OPEN, { F, FLAG_ALL },
	    { { OP_COPY, LOCAL, WHY_NEW, F, 0, F | S } }, 1 },
	{ "new on remote, local readonly",
	    { { false, true }, { 0, S }, false, 0 },
	    { .readonly = { true, false }, .deletes_from = { true, true } },
	    ALL, { { OP_SKIP, LOCAL, WHY_READONLY, 0, 0, 0 } }, 1 },
	{ "new on remote, remote readonly",
	    { { false, true }, { 0, S }, false, 0 },
	    { .readonly = { false, true }, .deletes_from = { true, true } },
	    ALL, { { OP_COPY, LOCAL, WHY_NEW, S, 0, S } }, 1 },
	{ "marked on remote, where marks are all there is",
	    { { false, true }, { 0, S | T }, false, 0 },
	    { .deletes_from = { true, true }, .marks_only = { false, true } },
	    ALL, { { OP_SKIP, LOCAL, WHY_MARKED, 0, 0, 0 } }, 1 },
	{ "new on remote, where marks are all there is",
	    { { false, true }, { 0, S }, false, 0 },
	    { .deletes_from = { true, true }, .marks_only = { false, true } },
	    ALL, { { OP_COPY, LOCAL, WHY_NEW, S, 0, S } }, 1 },
	{ "new on local with \\Deleted, remote only marks",
	    { { true, false }, { T, 0 }, false, 0 },
	    { .deletes_from = { true, true }, .marks_only = { false, true } },
	    ALL, { { OP_COPY, REMOTE, WHY_NEW, T, 0, T } }, 1 },
	{ "same on both, same flags", { { true, true }, { S, S }, false, 0 },
	    OPEN, ALL, { { OP_ADOPT, LOCAL, WHY_SAME, S, 0, 0 } }, 1 },
	{ "same on both, local lacks a flag",
	    { { true, true }, { S, F | S }, false, 0 }, OPEN, ALL,
	    { { OP_ADOPT, LOCAL, WHY_SAME, S, 0, 0 },
		{ OP_FLAGS, LOCAL, WHY_SAME, F, 0, S } },
	    2 },
	{ "same on both, both lack one", { { true, true }, { S, F }, false, 0 },
	    OPEN, ALL,
	    { { OP_ADOPT, LOCAL, WHY_SAME, 0, 0, 0 },
		{ OP_FLAGS, LOCAL, WHY_SAME, F, 0, S },
		{ OP_FLAGS, REMOTE, WHY_SAME, S, 0, F } },
	    3 },
	{ "gone from both", { { false, false }, { 0, 0 }, true, S }, OPEN, ALL,
	    { { OP_FORGET, LOCAL, WHY_GONE_BOTH, 0, 0, 0 } }, 1 },
	{ "gone from both, deletions stay",
	    { { false, false }, { 0, 0 }, true, S },
	    { .readonly = { true, true }, .deletes_from = { false, false } },
	    ALL, { { OP_FORGET, LOCAL, WHY_GONE_BOTH, 0, 0, 0 } }, 1 },
	{ "deleted on remote", { { true, false }, { S, 0 }, true, S }, OPEN,
	    ALL, { { OP_EXPUNGE, LOCAL, WHY_DELETED, 0, 0, S } }, 1 },
	{ "deleted on remote, seen meanwhile",
	    { { true, false }, { S, 0 }, true, 0 }, OPEN, ALL,
	    { { OP_EXPUNGE, LOCAL, WHY_DELETED, 0, 0, S } }, 1 },
	{ "deleted on remote, was flagged before",
	    { { true, false }, { F, 0 }, true, F }, OPEN, ALL,
	    { { OP_EXPUNGE, LOCAL, WHY_DELETED, 0, 0, F } }, 1 },
	{ "deleted on remote, newly flagged",
	    { { true, false }, { F, 0 }, true, S }, OPEN, ALL,
	    { { OP_FORGET, LOCAL, WHY_FLAGGED, 0, 0, 0 },
		{ OP_COPY, REMOTE, WHY_FLAGGED, F, 0, F } },
	    2 },
	{ "deleted on remote, newly flagged, remote readonly",
	    { { true, false }, { F, 0 }, true, 0 },
	    { .readonly = { false, true }, .deletes_from = { true, true } },
	    ALL, { { OP_SKIP, REMOTE, WHY_READONLY, 0, 0, 0 } }, 1 },
	{ "deleted on remote, deletions there stay there",
	    { { true, false }, { S, 0 }, true, S },
	    { .readonly = { false, false }, .deletes_from = { true, false } },
	    ALL, { { OP_SKIP, LOCAL, WHY_DELETIONS_STAY, 0, 0, 0 } }, 1 },
	{ "deleted on remote, deletions of local stay there",
	    { { true, false }, { S, 0 }, true, S },
	    { .readonly = { false, false }, .deletes_from = { false, true } },
	    ALL, { { OP_EXPUNGE, LOCAL, WHY_DELETED, 0, 0, S } }, 1 },
	{ "deleted on remote, local readonly",
	    { { true, false }, { S, 0 }, true, S },
	    { .readonly = { true, false }, .deletes_from = { true, true } },
	    ALL, { { OP_SKIP, LOCAL, WHY_READONLY, 0, 0, 0 } }, 1 },
	{ "nothing changed", { { true, true }, { S, S }, true, S }, OPEN, ALL,
	    { { 0 } }, 0 },
	{ "flag added on remote", { { true, true }, { S, F | S }, true, S },
	    OPEN, ALL, { { OP_FLAGS, LOCAL, WHY_FLAGS_CHANGED, F, 0, S } }, 1 },
	{ "flag removed on remote", { { true, true }, { S, 0 }, true, S }, OPEN,
	    ALL, { { OP_FLAGS, LOCAL, WHY_FLAGS_CHANGED, 0, S, S } }, 1 },
	{ "\\Deleted added on remote", { { true, true }, { 0, T }, true, 0 },
	    OPEN, ALL, { { OP_FLAGS, LOCAL, WHY_FLAGS_CHANGED, T, 0, 0 } }, 1 },
	{ "one flag on each side", { { true, true }, { F, S }, true, 0 }, OPEN,
	    ALL,
	    { { OP_FLAGS, LOCAL, WHY_FLAGS_CHANGED, S, 0, F },
		{ OP_FLAGS, REMOTE, WHY_FLAGS_CHANGED, F, 0, S } },
	    2 },
	{ "added on both", { { true, true }, { F, F }, true, S }, OPEN, ALL,
	    { { OP_SETTLE, LOCAL, WHY_FLAGS_SETTLED, F, S, 0 } }, 1 },
	{ "one added on both, one on remote",
	    { { true, true }, { F, F | S }, true, 0 }, OPEN, ALL,
	    { { OP_FLAGS, LOCAL, WHY_FLAGS_CHANGED, S, 0, F },
		{ OP_SETTLE, LOCAL, WHY_FLAGS_SETTLED, F, 0, 0 } },
	    2 },
	{ "flag on remote that local cannot keep",
	    { { true, true }, { 0, S }, true, 0 }, OPEN, { F, FLAG_ALL },
	    { { 0 } }, 0 },
	{ "flag on remote that remote cannot change",
	    { { true, true }, { 0, S }, true, 0 }, OPEN, { FLAG_ALL, F },
	    { { OP_FLAGS, LOCAL, WHY_FLAGS_CHANGED, S, 0, 0 } }, 1 },
	{ "flag on remote, local readonly",
	    { { true, true }, { 0, S }, true, 0 },
	    { .readonly = { true, false }, .deletes_from = { true, true } },
	    ALL, { { 0 } }, 0 },
	{ "the same on a readonly side and the other",
	    { { true, true }, { S, S }, true, 0 },
	    { .readonly = { true, false }, .deletes_from = { true, true } },
	    ALL, { { OP_SETTLE, LOCAL, WHY_FLAGS_SETTLED, S, 0, 0 } }, 1 },
};

static bool
side_is_free(enum op_kind kind)
{
	return kind == OP_FORGET || kind == OP_ADOPT || kind == OP_SETTLE;
}

/* Whether the plan holds this operation, with the sides swapped or not. */
static bool
plan_has(const struct plan *plan, const struct expected *x, bool mirrored)
{
	const struct op *op;
	enum side side;
	size_t i;

	side = mirrored && !side_is_free(x->kind) ? !x->side : x->side;
	for (i = 0; i < plan->len; i++) {
		op = &plan->ops[i];
		if (op->kind == x->kind && op->side == side &&
		    op->why == x->why && op->add == x->add &&
		    op->del == x->del && op->flags == x->flags)
			return true;
	}
	return false;
}

static void
table_check(const struct table_case *c, const struct model *m, bool mirrored)
{
	struct plan plan;
	size_t i;

	model_plan(m, NULL, 0, &plan);
	if (plan.len != c->len)
		fail_msg("%s%s: %zu operations", c->name,
		    mirrored ? ", mirrored" : "", plan.len);
	for (i = 0; i < c->len; i++)
		if (!plan_has(&plan, &c->ops[i], mirrored))
			fail_msg("%s%s: operation %zu is missing", c->name,
			    mirrored ? ", mirrored" : "", i);
	plan_clear(&plan);
}

static void
t_table(void **state)
{
	struct model m, mirror;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		model_init(&m);
		m.policy = table[i].policy;
		memcpy(m.storable, table[i].storable, sizeof(m.storable));
		model_add(&m, 0, &table[i].row);
		table_check(&table[i], &m, false);
		model_mirror(&m, &mirror);
		table_check(&table[i], &mirror, true);
	}
}

/* What must hold of every plan. */

/* What becomes of a message when everything may travel (invariants I6, I7). */
static struct model_row
expect_row(const struct model_row *in)
{
	struct model_row out = { 0 };
	uint32_t l = in->flags[LOCAL], r = in->flags[REMOTE], bit, x;
	int i;

	if (!in->there[LOCAL] && !in->there[REMOTE])
		return out;
	if (in->there[LOCAL] != in->there[REMOTE]) {
		if (in->paired && ((l | r) & F & ~in->base) == 0)
			return out;
		x = l | r;
	} else if (!in->paired) {
		x = l | r;
	} else {
		for (x = 0, i = 0; i < 32; i++) {
			bit = UINT32_C(1) << i;
			if ((l & bit) != (in->base & bit))
				x |= l & bit;
			else
				x |= r & bit;
		}
	}
	return (struct model_row){ { true, true }, { x, x }, true, x };
}

static bool
row_is(const struct model_row *a, const struct model_row *b)
{
	return a->there[LOCAL] == b->there[LOCAL] &&
	       a->there[REMOTE] == b->there[REMOTE] &&
	       a->flags[LOCAL] == b->flags[LOCAL] &&
	       a->flags[REMOTE] == b->flags[REMOTE] && a->paired == b->paired &&
	       a->base == b->base;
}

static bool
is_open(const struct model *m)
{
	int s;

	for (s = LOCAL; s <= REMOTE; s++)
		if (m->policy.readonly[s] || !m->policy.deletes_from[s] ||
		    m->storable[s] != FLAG_ALL)
			return false;
	return true;
}

/* One message, before and after, under any policy. */
static void
check_policy(const struct model *m, const struct model_row *in,
    const struct model_row *out)
{
	int s;

	for (s = LOCAL; s <= REMOTE; s++) {
		assert_false(out->paired && !in->paired &&
			     (!out->there[LOCAL] || !out->there[REMOTE]));
		if (in->there[s] && out->there[s])
			assert_int_equal(
			    (in->flags[s] ^ out->flags[s]) & ~m->storable[s],
			    0);
		if (m->policy.readonly[s]) {
			assert_int_equal(in->there[s], out->there[s]);
			assert_int_equal(in->flags[s], out->flags[s]);
		}
		if (in->there[s] && !out->there[s])
			assert_true(in->paired && !in->there[!s] &&
				    m->policy.deletes_from[!s]);
		if (!in->paired && in->there[s])
			assert_true(out->there[s] &&
				    (out->there[!s] || m->policy.readonly[!s]));
	}
}

static void
check_result(const struct model *before, const struct model *after)
{
	struct model_row in, out, want;
	unsigned mark;

	for (mark = 0; mark < MODEL_MAX; mark++) {
		in = model_row(before, mark);
		out = model_row(after, mark);
		check_policy(before, &in, &out);
		want = expect_row(&in);
		if (is_open(before))
			assert_true(row_is(&out, &want));
	}
	assert_int_equal(model_work(after), 0);
}

static void
check_form(const struct plan *plan)
{
	size_t counts[2][OP_SKIP + 1] = { { 0 } }, i;
	const struct op *a, *b;

	for (i = 0; i < plan->len; i++) {
		b = &plan->ops[i];
		counts[b->side][b->kind]++;
		if (i == 0)
			continue;
		a = b - 1;
		assert_true(a->kind < b->kind ||
			    (a->kind == b->kind && a->side <= b->side));
	}
	assert_memory_equal(counts, plan->counts, sizeof(counts));
}

static int
op_compare(const void *a, const void *b)
{
	const struct op *x = a, *y = b;
	const uint32_t p[] = { x->kind, x->side, x->why, x->id[LOCAL],
		x->id[REMOTE], x->add, x->del, x->flags };
	const uint32_t q[] = { y->kind, y->side, y->why, y->id[LOCAL],
		y->id[REMOTE], y->add, y->del, y->flags };

	return memcmp(p, q, sizeof(p));
}

static void
check_same_ops(struct plan *a, struct plan *b)
{
	size_t i;

	assert_int_equal(a->len, b->len);
	if (a->len == 0)
		return;
	qsort(a->ops, a->len, sizeof(*a->ops), op_compare);
	qsort(b->ops, b->len, sizeof(*b->ops), op_compare);
	for (i = 0; i < a->len; i++)
		assert_int_equal(op_compare(&a->ops[i], &b->ops[i]), 0);
}

static void
check_mirror(const struct model *m)
{
	struct model mirror;
	struct plan a, b;
	struct op *op;
	uint32_t id;
	size_t i;

	model_mirror(m, &mirror);
	model_plan(m, NULL, 0, &a);
	model_plan(&mirror, NULL, 0, &b);
	for (i = 0; i < b.len; i++) {
		op = &b.ops[i];
		id = op->id[LOCAL];
		op->id[LOCAL] = op->id[REMOTE];
		op->id[REMOTE] = id;
		if (!side_is_free(op->kind))
			op->side = !op->side;
	}
	check_same_ops(&a, &b);
	plan_clear(&a);
	plan_clear(&b);
}

static void
check_matches_order(const struct model *m)
{
	struct plan a, b;
	unsigned salt;

	for (salt = 1; salt < 4; salt++) {
		model_plan(m, NULL, 0, &a);
		model_plan(m, NULL, salt, &b);
		check_same_ops(&a, &b);
		plan_clear(&a);
		plan_clear(&b);
	}
}

/* The operations in the set, then a plan of its own: the same end. */
static void
check_subset(const struct model *m, const struct plan *plan, uint64_t set,
    const struct model *end)
{
	struct model part = *m;
	bool forgot = true;
	size_t i;

	for (i = 0; i < plan->len; i++)
		if (plan->ops[i].why == WHY_FLAGGED &&
		    plan->ops[i].kind == OP_FORGET && (set >> i & 1) == 0)
			forgot = false;
	for (i = 0; i < plan->len; i++) {
		if (plan->ops[i].why == WHY_FLAGGED && !forgot)
			continue;
		/* A pair's flags can change only when it is recorded. */
		if (plan->ops[i].kind != OP_ADOPT && (set >> i & 1) == 0)
			continue;
		model_apply(&part, &plan->ops[i]);
	}
	model_sync(&part);
	assert_true(model_equal(&part, end));
	assert_int_equal(model_work(&part), 0);
}

static void
check_all(const struct model *m, struct rng *rng)
{
	struct model end = *m;
	struct plan plan;
	uint64_t set;
	size_t i;

	model_plan(m, NULL, 0, &plan);
	check_form(&plan);
	for (i = 0; i < plan.len; i++)
		model_apply(&end, &plan.ops[i]);
	check_result(m, &end);
	if (plan.len <= 4)
		for (set = 0; set < UINT64_C(1) << plan.len; set++)
			check_subset(m, &plan, set, &end);
	else
		for (i = 0; i < 4; i++)
			check_subset(m, &plan, rng_next(rng), &end);
	plan_clear(&plan);
	check_mirror(m);
	check_matches_order(m);
}

/* Every state of one and two messages. */

#define STATES 125 /* each of local, remote, base: absent, or two flags */

static struct model_row
state_row(unsigned n)
{
	static const uint32_t sets[] = { 0, F, S, F | S };
	unsigned l = n % 5, r = n / 5 % 5, b = n / 25;
	struct model_row row = { 0 };

	row.there[LOCAL] = l > 0;
	row.there[REMOTE] = r > 0;
	row.paired = b > 0;
	row.flags[LOCAL] = l > 0 ? sets[l - 1] : 0;
	row.flags[REMOTE] = r > 0 ? sets[r - 1] : 0;
	row.base = b > 0 ? sets[b - 1] : 0;
	return row;
}

static void
t_one_message(void **state)
{
	static const uint32_t storable[] = { FLAG_ALL, F, S, 0 };
	struct rng rng = { 1 };
	struct model_row row;
	struct model m;
	unsigned n, policy;

	(void)state;
	for (policy = 0; policy < 256; policy++) {
		for (n = 0; n < STATES; n++) {
			model_init(&m);
			m.policy.readonly[LOCAL] = policy & 1;
			m.policy.readonly[REMOTE] = policy >> 1 & 1;
			m.policy.deletes_from[LOCAL] = !(policy >> 2 & 1);
			m.policy.deletes_from[REMOTE] = !(policy >> 3 & 1);
			m.storable[LOCAL] = storable[policy >> 4 & 3];
			m.storable[REMOTE] = storable[policy >> 6];
			row = state_row(n);
			model_add(&m, 0, &row);
			check_all(&m, &rng);
		}
	}
}

static void
t_two_messages(void **state)
{
	struct rng rng = { 2 };
	struct model_row row;
	struct model m;
	unsigned a, b;

	(void)state;
	for (a = 0; a < STATES; a++) {
		for (b = 0; b < STATES; b++) {
			model_init(&m);
			row = state_row(a);
			model_add(&m, 0, &row);
			row = state_row(b);
			model_add(&m, 1, &row);
			check_all(&m, &rng);
		}
	}
}

/* Bigger ones at random. */

static uint32_t
random_flags(struct rng *rng)
{
	return (uint32_t)rng_next(rng) & (F | S | T | FLAG_KEYWORD(3));
}

static void
random_policy(struct model *m, struct rng *rng)
{
	int s;

	for (s = LOCAL; s <= REMOTE; s++) {
		m->policy.readonly[s] = rng_below(rng, 8) == 0;
		m->policy.deletes_from[s] = rng_below(rng, 4) != 0;
		if (rng_below(rng, 3) == 0)
			m->storable[s] = random_flags(rng);
	}
}

/* Messages whose ids do not ascend alike on both sides. */
static void
random_model(struct model *m, struct rng *rng)
{
	unsigned mark, n;
	uint32_t id[2];

	model_init(m);
	if (rng_below(rng, 2) == 0)
		random_policy(m, rng);
	n = rng_below(rng, MODEL_MAX / 2);
	for (mark = 0; mark < n; mark++) {
		id[LOCAL] = 1 + mark * 37 % MODEL_MAX;
		id[REMOTE] = 1 + rng_below(rng, 1000) * MODEL_MAX + mark;
		if (rng_below(rng, 4) != 0)
			model_put_id(
			    m, LOCAL, mark, random_flags(rng), id[LOCAL]);
		if (rng_below(rng, 4) != 0)
			model_put_id(
			    m, REMOTE, mark, random_flags(rng), id[REMOTE]);
		if (rng_below(rng, 3) != 0)
			model_pair(
			    m, id[LOCAL], id[REMOTE], random_flags(rng), mark);
	}
	m->next_id[LOCAL] = MODEL_MAX + 1;
	m->next_id[REMOTE] = 1002 * MODEL_MAX;
}

static void
t_random(void **state)
{
	struct rng rng = { rng_seed() };
	struct model m;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		random_model(&m, &rng);
		check_all(&m, &rng);
	}
}

/* Incomplete snapshots. */

/* Merely absent is never gone. */
static void
t_absent_is_not_gone(void **state)
{
	struct rng rng = { rng_seed() };
	struct model_view view = { .partial = { true, true } };
	struct model m;
	struct plan plan;
	unsigned mark;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		random_model(&m, &rng);
		for (mark = 0; mark < MODEL_MAX; mark++) {
			view.hidden[LOCAL][mark] = rng_below(&rng, 2);
			view.hidden[REMOTE][mark] = rng_below(&rng, 2);
		}
		model_plan(&m, &view, 0, &plan);
		assert_int_equal(plan.counts[LOCAL][OP_FORGET], 0);
		assert_int_equal(plan.counts[LOCAL][OP_EXPUNGE], 0);
		assert_int_equal(plan.counts[REMOTE][OP_EXPUNGE], 0);
		plan_clear(&plan);
	}
}

/* Only what is as the base says is left out, and what is gone is named: the
 * plan is that of complete snapshots. */
static void
t_partial_is_enough(void **state)
{
	struct rng rng = { rng_seed() };
	struct model_view view = { { true, true }, { true, true }, { { 0 } } };
	struct model_row row;
	struct model m;
	struct plan a, b;
	unsigned mark;
	int i, s;

	(void)state;
	for (i = 0; i < 2000; i++) {
		random_model(&m, &rng);
		view.partial[LOCAL] = rng_below(&rng, 3) != 0;
		for (mark = 0; mark < MODEL_MAX; mark++) {
			row = model_row(&m, mark);
			for (s = LOCAL; s <= REMOTE; s++)
				view.hidden[s][mark] =
				    row.paired && row.there[s] &&
				    row.flags[s] == row.base &&
				    rng_below(&rng, 4) != 0;
		}
		model_plan(&m, NULL, 0, &a);
		model_plan(&m, &view, 0, &b);
		check_same_ops(&a, &b);
		plan_clear(&a);
		plan_clear(&b);
	}
}

/* The rest. */

/* A match is passed over when one of its messages is not to be had. */
static void
t_bad_matches(void **state)
{
	struct snap_msg l[] = { { .id = 1 }, { .id = 2 } };
	struct snap_msg r[] = { { .id = 1 }, { .id = 2 } };
	struct snapshot snap[2] = {
		{ .msgs = l, .len = 2, .complete = true },
		{ .msgs = r, .len = 2, .complete = true },
	};
	const struct plan_pair base[] = { { { 1, 1 }, 0 } };
	const struct plan_match matches[] = { { { 1, 2 } }, { { 2, 1 } },
		{ { 9, 2 } }, { { 2, 9 } }, { { 2, 2 } }, { { 2, 2 } } };
	struct plan_input in = { .snap = { &snap[LOCAL], &snap[REMOTE] },
		.base = base,
		.base_len = 1,
		.matches = matches,
		.matches_len = 6,
		.storable = { FLAG_ALL, FLAG_ALL } };
	struct plan plan = { 0 };

	(void)state;
	plan_make(&in, &plan);
	assert_int_equal(plan.len, 1);
	assert_int_equal(plan.ops[0].kind, OP_ADOPT);
	assert_int_equal(plan.ops[0].id[LOCAL], 2);
	assert_int_equal(plan.ops[0].id[REMOTE], 2);
	plan_clear(&plan);
}

/* A base that says twice where a message belongs deletes nothing by the second
 * pair. */
static void
t_paired_twice(void **state)
{
	struct snap_msg l[] = { { .id = 1 } }, r[] = { { .id = 5 } };
	struct snapshot snap[2] = {
		{ .msgs = l, .len = 1, .complete = true },
		{ .msgs = r, .len = 1, .complete = true },
	};
	const struct plan_pair base[] = { { { 1, 5 }, 0 }, { { 1, 6 }, 0 } };
	struct plan_input in = { .snap = { &snap[LOCAL], &snap[REMOTE] },
		.base = base,
		.base_len = 2,
		.storable = { FLAG_ALL, FLAG_ALL },
		.policy = { .deletes_from = { true, true } } };
	struct plan plan = { 0 };

	(void)state;
	plan_make(&in, &plan);
	assert_int_equal(plan.len, 1);
	assert_int_equal(plan.ops[0].kind, OP_FORGET);
	assert_int_equal(plan.ops[0].why, WHY_TWICE);
	assert_int_equal(plan.ops[0].id[REMOTE], 6);
	plan_clear(&plan);
}

/* A pair, and beside it on one side a duplicate of it. */
static void
duplicate_plan(enum side side, const struct plan_policy *policy,
    enum op_kind kind, enum op_why why)
{
	const struct plan_pair base = { { 1, 1 }, FLAG_SEEN };
	const uint32_t duplicate = 2;
	struct snapshot snap[2] = { { .complete = true },
		{ .complete = true } };
	struct plan_input in = { .snap = { &snap[LOCAL], &snap[REMOTE] },
		.base = &base,
		.base_len = 1,
		.storable = { FLAG_ALL, FLAG_ALL },
		.policy = *policy };
	struct plan plan = { 0 };

	in.duplicates[side] = &duplicate;
	in.duplicates_len[side] = 1;
	*snapshot_add(&snap[LOCAL]) = (struct snap_msg){ 1, FLAG_SEEN, 0, 0 };
	*snapshot_add(&snap[REMOTE]) = (struct snap_msg){ 1, FLAG_SEEN, 0, 0 };
	*snapshot_add(&snap[side]) = (struct snap_msg){ 2, FLAG_SEEN, 0, 0 };
	plan_make(&in, &plan);
	assert_int_equal(plan.len, 1);
	assert_int_equal(plan.ops[0].kind, kind);
	assert_int_equal(plan.ops[0].why, why);
	assert_int_equal(plan.ops[0].id[side], 2);
	assert_int_equal(plan.ops[0].id[!side], 0);
	assert_int_equal(plan.ops[0].flags, FLAG_SEEN);
	assert_int_equal(plan.ops[0].side, kind == OP_EXPUNGE ? side : !side);
	plan_clear(&plan);
	snapshot_clear(&snap[LOCAL]);
	snapshot_clear(&snap[REMOTE]);
}

/* It goes; but where nothing may be removed, it is new. */
static void
t_duplicates(void **state)
{
	struct plan_policy policy;
	enum side side;

	(void)state;
	for (side = LOCAL; side <= REMOTE; side++) {
		policy = (struct plan_policy){ .deletes_from = { true, true } };
		duplicate_plan(side, &policy, OP_EXPUNGE, WHY_DUPLICATE);
		policy.deletes_from[!side] = false;
		duplicate_plan(side, &policy, OP_COPY, WHY_NEW);
		policy.deletes_from[!side] = true;
		policy.readonly[side] = true;
		duplicate_plan(side, &policy, OP_COPY, WHY_NEW);
	}
}

static void
t_texts(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < WHY_COUNT; i++)
		assert_true(strlen(op_why_text(i)) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_table),
		cmocka_unit_test(t_one_message),
		cmocka_unit_test(t_two_messages),
		cmocka_unit_test(t_random),
		cmocka_unit_test(t_absent_is_not_gone),
		cmocka_unit_test(t_partial_is_enough),
		cmocka_unit_test(t_bad_matches),
		cmocka_unit_test(t_paired_twice),
		cmocka_unit_test(t_duplicates),
		cmocka_unit_test(t_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
