/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives a name of its own to each file whose base name another one has, too. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/exec_names.h"

/* The name in a snapshot is then the whole file's: see snapshot.h. */
static bool
is_shared(const char *name)
{
	return strncmp(name, "cur/", 4) == 0 || strncmp(name, "new/", 4) == 0;
}

static bool
wants_name(const struct folder *f, enum side side, const struct op *op)
{
	const struct store_traits *to = store_traits(f->sy->store[!side]);

	if (op->kind != OP_ADOPT &&
	    (op->kind != OP_COPY || op->side == side || to->hands_out_ids))
		return false;
	return is_shared(folder_file_name(f, side, op->id[side]));
}

static int
names_make(struct folder *f, enum side side, const struct store_ref *refs,
    size_t n, struct err *e)
{
	struct store *s = f->sy->store[side];
	struct snapshot *snap = &f->scan.snap[side];
	uint32_t *no_peers = xcalloc(n, sizeof(*no_peers));
	struct store_result *results = xcalloc(n, sizeof(*results));
	struct snap_msg *msg;
	size_t i;
	int ret;

	ret = step("names", e);
	if (ret == 0)
		ret = store_told(
		    s, s->ops->bind(s, refs, no_peers, n, results, e), e);
	for (i = 0; ret == 0 && i < n; i++) {
		msg = (struct snap_msg *)snapshot_find(snap, refs[i].id);
		if (results[i].outcome == STORE_DONE && results[i].name != NULL)
			msg->name = snapshot_add_name(snap, results[i].name);
	}
	store_results_clear(results, n);
	free(results);
	free(no_peers);
	return ret;
}

static int
names_side(struct folder *f, enum side side, struct err *e)
{
	struct store_ref *refs;
	size_t i, n;
	int ret;

	refs = xcalloc(f->plan.len, sizeof(*refs));
	for (n = 0, i = 0; i < f->plan.len; i++) {
		const struct op *op = &f->plan.ops[i];

		if (!wants_name(f, side, op))
			continue;
		refs[n].id = op->id[side];
		refs[n].flags =
		    snapshot_find(&f->scan.snap[side], op->id[side])->flags;
		refs[n++].name = folder_file_name(f, side, op->id[side]);
	}
	ret = n == 0 ? 0 : names_make(f, side, refs, n, e);
	free(refs);
	return ret;
}

int
exec_names(struct folder *f, struct err *e)
{
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++)
		if (store_traits(f->sy->store[s])->names_files &&
		    names_side(f, s, e) == -1)
			return -1;
	return 0;
}
