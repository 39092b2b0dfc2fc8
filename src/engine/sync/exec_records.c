/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations that concern the status alone. */
#include "config.h"

#include "base/step.h"
#include "engine/sync/exec_records.h"
#include "engine/sync/report.h"

static const struct folder_match *
match_find(const struct folder_scan *scan, uint32_t remote)
{
	size_t lo, hi, mid;

	lo = 0;
	hi = scan->matches_len;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (scan->matches[mid].m.id[REMOTE] < remote)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &scan->matches[lo];
}

static int
adopt(struct folder *f, const struct op *op, struct err *e)
{
	const struct folder_match *m = match_find(&f->scan, op->id[REMOTE]);
	struct status_pair p = { 0 };
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		p.told[s] = m->told[s];
		p.unread[s] = m->unread[s];
		p.id[s] = op->id[s];
		p.name[s] = folder_file_name(f, s, op->id[s]);
	}
	p.flags = op->add;
	p.date = m->date;
	p.digest = m->digest;
	p.kin = m->kin;
	report_op(f, EVOP_ADOPT, op, NULL);
	report_count(f, LOCAL, COUNT_ADOPT, 1);
	return folder_pair_put(f, &p, e);
}

int
exec_records_flags(struct folder *f, const struct op *op, struct err *e)
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
		return exec_records_flags(f, op, e);
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
