/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of which the other side keeps one copy only. */
#include "config.h"

#include <stdlib.h>

#include "engine/sync/doubled.h"

static bool
is_paired(const struct folder_scan *scan, enum side side, uint32_t id)
{
	size_t i;

	for (i = 0; i < scan->base_len; i++)
		if (scan->base[i].id[side] == id)
			return true;
	return false;
}

static bool
is_doubled(const struct folder *f, const struct status_skipped *list,
    size_t len, const struct op *op)
{
	enum side from = !op->side;
	uint32_t id = folder_skip_id(f, from, op->id[from]);
	size_t i;

	for (i = 0; i < len; i++)
		if (list[i].tries == 0 && list[i].side == from &&
		    list[i].id == id)
			return is_paired(
			    &f->scan, op->side, (uint32_t)list[i].next_try);
	return false;
}

int
doubled_leave_out(
    struct folder *f, const struct op **ops, size_t *n, struct err *e)
{
	struct status_skipped *list;
	size_t i, kept, len;

	if (status_skips(f->sy->status, f->row.id, &list, &len, e) == -1)
		return -1;
	for (kept = i = 0; i < *n; i++)
		if (!is_doubled(f, list, len, ops[i]))
			ops[kept++] = ops[i];
	*n = kept;
	free(list);
	return 0;
}
