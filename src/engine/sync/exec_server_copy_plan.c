/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the copies to a server it can make itself. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/exec_server_copy.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

struct origin {
	const struct content *content;
	struct status_pair pair;
	int64_t folder;
	bool found;
};

static bool
origin_take(void *arg, const struct status_place *p)
{
	struct origin *origin = arg;

	if (!digest_equal(&p->pair.digest, &origin->content->digest))
		return true;
	origin->pair = p->pair;
	origin->folder = p->folder;
	origin->found = true;
	return false;
}

static void
copy_add(struct folder *f, const struct op *op, const char *name,
    const struct origin *origin)
{
	struct server_copy new = { .entry = f->number };

	new.to = op->side;
	new.file_id = op->id[!op->side];
	new.file_flags = op->flags;
	new.name = xstrdup(name);
	new.digest = origin->content->digest;
	new.told = origin->pair.told[op->side];
	new.date = origin->pair.date;
	new.source_folder = origin->folder;
	memcpy(new.source_id, origin->pair.id, sizeof(new.source_id));
	new.source_flags = origin->pair.flags;
	new.storable = f->state[LOCAL].storable & f->state[REMOTE].storable;
	server_copies_add_take(&f->sy->run.server_copies, &new);
	f->outcome.unfinished = true;
}

static int
copy_find(struct folder *f, const struct op *op, const struct content *content,
    const char *name, bool *taken, struct err *e)
{
	struct origin origin = { .content = content };

	*taken = false;
	if (!content->valid)
		return 0;
	if (status_places_alike(
		f->sy->status, &content->digest, origin_take, &origin, e) == -1)
		return -1;
	if (!origin.found)
		return 0;
	*taken = true;
	if (f->sy->env->request->dry_run) {
		report_op(f, EVOP_TRANSFER, op, NULL);
		report_count(f, op->side, COUNT_COPY, 1);
	} else {
		copy_add(f, op, name, &origin);
	}
	return 0;
}

int
exec_server_copy_plan(
    struct folder *f, const struct op **ops, size_t *n, struct err *e)
{
	struct sync *sy = f->sy;
	struct content *content;
	struct refs refs = { 0 };
	size_t i, kept;
	enum side to = ops[0]->side;
	bool taken;
	int ret;

	if (sy->run.no_server_copies ||
	    !store_traits(sy->store[to])->server_copy ||
	    !store_traits(sy->store[!to])->bytes_at_hand)
		return 0;
	content = xcalloc(*n, sizeof(*content));
	ret = 0;
	for (i = 0; ret == 0 && i < *n; i++)
		ret = refs_add(&refs, f, ops[i], !to, e);
	if (ret == 0)
		ret = content_read(
		    sy->store[!to], refs.list, *n, STORE_WHOLE, content, e);
	for (kept = 0, i = 0; ret == 0 && i < *n; i++) {
		ret = copy_find(
		    f, ops[i], &content[i], refs.list[i].name, &taken, e);
		if (!taken)
			ops[kept++] = ops[i];
	}
	content_clear(content, refs.len);
	free(content);
	*n = kept;
	refs_clear(&refs);
	return ret;
}
