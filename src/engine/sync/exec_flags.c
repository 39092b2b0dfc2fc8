/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flags: deltas, grouped, each side in turn; the status last. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/exec.h"
#include "engine/sync/exec_flags.h"
#include "engine/sync/exec_records.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

/* Messages of one group in one go. */
#define GROUP_MESSAGES 2000

struct flagging {
	struct folder *f;
	const struct op **ops; /* sorted by side, add, del, id */
	bool *done;
	size_t len;
	size_t unkept;	/* messages whose flags the side does not keep */
	struct err why; /* of the first of them */
};

static int
compare_groups(const void *a, const void *b)
{
	const struct op *x = *(const struct op *const *)a;
	const struct op *y = *(const struct op *const *)b;

	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	if (x->add != y->add)
		return x->add < y->add ? -1 : 1;
	if (x->del != y->del)
		return x->del < y->del ? -1 : 1;
	return (x->id[REMOTE] > y->id[REMOTE]) -
	       (x->id[REMOTE] < y->id[REMOTE]);
}

static bool
same_group(const struct op *x, const struct op *y)
{
	return x->side == y->side && x->add == y->add && x->del == y->del;
}

/* What a message did not take is decided anew by the next pass. */
static void
group_results(struct flagging *g, size_t first, size_t n,
    const struct store_result *results)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct op *op = g->ops[first + i];

		if (results[i].outcome == STORE_FAILED) {
			report_error(g->f, op, &results[i].err);
			report_count(g->f, op->side, COUNT_FAILED, 1);
		}
		if (results[i].outcome == STORE_UNKEPT) {
			if (g->unkept++ == 0)
				err_copy(&g->why, &results[i].err);
			continue;
		}
		if (results[i].outcome != STORE_DONE) {
			g->f->outcome.failed = true;
			continue;
		}
		g->done[first + i] = true;
		report_op(g->f, EVOP_FLAGS, op, NULL);
		report_count(g->f, op->side, COUNT_FLAGS, 1);
	}
}

static int
group_run(struct flagging *g, size_t first, size_t n, struct err *e)
{
	const struct op *op = g->ops[first];
	struct store *s = g->f->sy->store[op->side];
	struct store_result *results;
	struct refs refs = { 0 };
	size_t i;
	int ret;

	ret = 0;
	for (i = 0; ret == 0 && i < n; i++)
		ret = refs_add(&refs, g->f, g->ops[first + i], op->side, e);
	results = xcalloc(n, sizeof(*results));
	if (ret == 0)
		ret = step("flags", e);
	if (ret == 0)
		ret = store_told(s,
		    s->ops->flags(s, refs.list, n,
			(struct store_delta){ op->add, op->del }, results, e),
		    e);
	if (ret == 0) {
		group_results(g, first, n, results);
		ret = step("flags done", e);
	}
	store_results_clear(results, n);
	free(results);
	refs_clear(&refs);
	return ret;
}

static int
groups_run(struct flagging *g, struct err *e)
{
	size_t i, n;

	for (i = 0; i < g->len && !sync_stopped(g->f->sy); i += n) {
		for (n = 1; i + n < g->len && n < GROUP_MESSAGES; n++)
			if (!same_group(g->ops[i], g->ops[i + n]))
				break;
		if (group_run(g, i, n, e) == -1)
			return -1;
	}
	return 0;
}

/* Once for the folder, not for each message. */
static void
unkept_report(struct flagging *g)
{
	if (g->unkept > 0)
		report_warning(g->f->sy, g->f->entry->label,
		    "%s: the flags of %zu messages stay as they are there",
		    err_text(&g->why), g->unkept);
	err_clear(&g->why);
}

static int
flags_record(struct flagging *g, struct err *e)
{
	struct status *st = g->f->sy->status;
	size_t i;
	int ret;

	ret = status_begin(st, e);
	for (i = 0; ret == 0 && i < g->len; i++)
		if (g->done[i])
			ret = exec_records_flags(g->f, g->ops[i], e);
	if (ret == 0)
		ret = step("flags commit", e);
	if (ret == 0)
		ret = status_commit(st, e);
	if (ret == -1)
		status_rollback(st);
	return ret == 0 ? step("flags committed", e) : -1;
}

int
exec_flags(struct folder *f, struct err *e)
{
	struct flagging g = { .f = f };
	const struct op *first;
	size_t i;
	int ret;

	first = exec_ops(&f->plan, OP_FLAGS, &g.len);
	if (g.len == 0)
		return 0;
	g.ops = xcalloc(g.len, sizeof(*g.ops));
	g.done = xcalloc(g.len, sizeof(*g.done));
	for (i = 0; i < g.len; i++)
		g.ops[i] = first + i;
	qsort(g.ops, g.len, sizeof(*g.ops), compare_groups);
	ret = groups_run(&g, e);
	unkept_report(&g);
	if (ret == 0)
		ret = flags_record(&g, e);
	free(g.ops);
	free(g.done);
	return ret;
}
