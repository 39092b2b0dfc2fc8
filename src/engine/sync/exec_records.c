/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations that concern the status alone, and what all operations share. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/folder.h"

void
refs_clear(struct refs *r)
{
	size_t i;

	for (i = 0; i < r->len; i++)
		free((char *)r->list[i].name);
	free(r->list);
	free(r->ops);
	*r = (struct refs){ 0 };
}

static struct store_ref *
refs_grow(struct refs *r)
{
	if (r->len == r->cap) {
		r->cap = r->cap == 0 ? 16 : 2 * r->cap;
		r->list = xreallocarray(r->list, r->cap, sizeof(*r->list));
		r->ops = xreallocarray(r->ops, r->cap, sizeof(*r->ops));
	}
	return &r->list[r->len++];
}

int
refs_add(struct refs *r, struct folder *f, const struct op *op, enum side side,
    struct err *e)
{
	const struct snap_msg *msg;
	struct status_pair p;
	struct store_ref ref;
	bool found;

	ref = (struct store_ref){ .id = op->id[side], .flags = op->flags };
	found = false;
	if (op->id[REMOTE] != 0 && status_pair_get(f->sy->status, f->row.id,
				       op->id[REMOTE], &p, &found, e) == -1)
		return -1;
	if (found && p.id[side] == op->id[side]) {
		ref.size = p.digest.size;
		ref.date = p.date;
		ref.name = p.name;
	}
	msg = snapshot_find(&f->snap[side], op->id[side]);
	if (msg != NULL && msg->name != 0)
		ref.name = f->snap[side].names + msg->name;
	ref.name = xstrdup(ref.name != NULL ? ref.name : "");
	*refs_grow(r) = ref;
	r->ops[r->len - 1] = op;
	return 0;
}

bool
exec_stopped(const struct folder *f)
{
	return atomic_load(f->sy->stop);
}

const struct op *
exec_ops(const struct folder *f, enum op_kind kind, size_t *n)
{
	size_t first, end;

	for (first = 0; first < f->plan.len; first++)
		if (f->plan.ops[first].kind == kind)
			break;
	for (end = first; end < f->plan.len; end++)
		if (f->plan.ops[end].kind != kind)
			break;
	*n = end - first;
	return *n == 0 ? NULL : f->plan.ops + first;
}

void
exec_hold_like(struct sync *sy, enum side side, uint64_t size)
{
	sy->uncopied = xgrow(sy->uncopied, sy->uncopied_len, &sy->uncopied_cap,
	    sizeof(*sy->uncopied));
	sy->uncopied[sy->uncopied_len++] = (struct uncopied){ side, size };
}

int
exec_uncopied(struct folder *f, const struct op *op, uint64_t size,
    const struct err *why, struct err *e)
{
	struct sync *sy = f->sy;
	enum side from = !op->side;

	exec_hold_like(sy, op->side, size);
	report_count(f, op->side, COUNT_FAILED, 1);
	report_error(sy, f, op, why);
	return status_skip(
	    sy->status, f->row.id, from, op->id[from], why->text, e);
}

static const struct matched *
matched_find(const struct folder *f, uint32_t remote)
{
	size_t lo, hi, mid;

	lo = 0;
	hi = f->matched_len;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (f->matched[mid].m.id[REMOTE] < remote)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &f->matched[lo];
}

static int
adopt(struct folder *f, const struct op *op, struct err *e)
{
	const struct matched *m = matched_find(f, op->id[REMOTE]);
	const struct snap_msg *msg;
	struct status_pair p = { 0 };

	msg = snapshot_find(&f->snap[LOCAL], op->id[LOCAL]);
	p.id[LOCAL] = op->id[LOCAL];
	p.id[REMOTE] = op->id[REMOTE];
	p.flags = op->add;
	p.date = m->date;
	p.digest = m->digest;
	p.name = f->snap[LOCAL].names != NULL && msg->name != 0
		     ? f->snap[LOCAL].names + msg->name
		     : "";
	report_op(f, EVOP_ADOPT, op, NULL);
	report_count(f, LOCAL, COUNT_ADOPT, 1);
	return status_pair_put(f->sy->status, f->row.id, &p, e);
}

int
exec_flags_record(struct folder *f, const struct op *op, struct err *e)
{
	struct status *st = f->sy->status;
	struct status_pair p;
	bool found;

	if (status_pair_get(st, f->row.id, op->id[REMOTE], &p, &found, e) == -1)
		return -1;
	if (!found)
		return 0;
	return status_pair_flags(
	    st, f->row.id, op->id[REMOTE], (p.flags | op->add) & ~op->del, e);
}

static int
record_one(struct folder *f, const struct op *op, struct err *e)
{
	switch (op->kind) {
	case OP_ADOPT:
		return adopt(f, op, e);
	case OP_SETTLE:
		return exec_flags_record(f, op, e);
	case OP_FORGET:
		return status_pair_drop(
		    f->sy->status, f->row.id, op->id[REMOTE], e);
	default:
		return 0;
	}
}

int
exec_records(struct folder *f, struct err *e)
{
	struct status *st = f->sy->status;
	size_t i;

	if (status_begin(st, e) == -1)
		return -1;
	for (i = 0; i < f->plan.len; i++)
		if (record_one(f, &f->plan.ops[i], e) == -1)
			goto fail;
	if (step("records commit", e) == -1 || status_commit(st, e) == -1)
		goto fail;
	return step("records committed", e);
fail:
	status_rollback(st);
	return -1;
}
