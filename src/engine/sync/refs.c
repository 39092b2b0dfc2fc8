/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages as a store is told them, from snapshot and status. */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/sync/refs.h"

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
		ref.size = store_traits(f->sy->store[side])->names_files
			       ? p.digest.size
			       : p.told[side];
		ref.date = p.date;
		ref.name = p.name[side];
	}
	msg = snapshot_find(&f->scan.snap[side], op->id[side]);
	if (msg != NULL && msg->name != 0)
		ref.name = f->scan.snap[side].names + msg->name;
	ref.name = xstrdup(ref.name != NULL ? ref.name : "");
	*refs_grow(r) = ref;
	r->ops[r->len - 1] = op;
	return 0;
}

void
refs_pop(struct refs *r)
{
	free((char *)r->list[--r->len].name);
}
