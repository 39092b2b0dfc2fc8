/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations of a plan by kind, and copies that failed. */
#include "config.h"

#include "engine/sync/exec.h"
#include "engine/sync/report.h"

const struct op *
exec_ops(const struct plan *plan, enum op_kind kind, size_t *n)
{
	size_t first, end;

	for (first = 0; first < plan->len; first++)
		if (plan->ops[first].kind == kind)
			break;
	for (end = first; end < plan->len; end++)
		if (plan->ops[end].kind != kind)
			break;
	*n = end - first;
	return *n == 0 ? NULL : plan->ops + first;
}

int
exec_copy_failed(
    struct folder *f, const struct op *op, const struct err *why, struct err *e)
{
	enum side from = !op->side;

	f->outcome.left[from] = true;
	report_count(f, op->side, COUNT_FAILED, 1);
	report_error(f, op, why);
	return status_skip(f->sy->status, f->row.id, from,
	    folder_skip_id(f, from, op->id[from]), err_line(why), e);
}
