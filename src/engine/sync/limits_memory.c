/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the limits leave out, from one run to the next. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sync/limits_memory.h"
#include "engine/sync/terms.h"

static bool
is_kept(const struct folder *f, enum side side)
{
	return store_traits(f->sy->store[side])->hands_out_ids &&
	       f->row.id != 0 && !f->row.doubted && !f->row.older[side];
}

static void
fact_name(const struct folder *f, enum side side, struct buf *out)
{
	buf_printf(out, "limited %" PRId64 " %s", f->row.id,
	    side == LOCAL ? "local" : "remote");
}

/* What the ids belong to; they follow in the value. */
static void
fact_head(const struct folder *f, enum side side, struct buf *out)
{
	buf_printf(out, "%" PRId64 " %" PRIu32 " ",
	    terms_of(f->sy->env->account), f->state[side].validity);
}

int
limits_memory_load(
    struct folder *f, enum side side, struct uidset *ids, struct err *e)
{
	struct buf name = { 0 }, head = { 0 };
	char *value = NULL;
	int ret = 0;

	fact_name(f, side, &name);
	fact_head(f, side, &head);
	if (is_kept(f, side))
		ret = status_fact_get(f->sy->status, buf_str(&name), &value, e);
	if (value != NULL && strncmp(value, buf_str(&head), head.len) == 0 &&
	    !uidset_parse(ids, value + head.len, strlen(value + head.len)))
		uidset_clear(ids);
	free(value);
	buf_clear(&head);
	buf_clear(&name);
	return ret;
}

int
limits_memory_store(
    struct folder *f, enum side side, const struct uidset *ids, struct err *e)
{
	struct buf name = { 0 }, value = { 0 };
	int ret = 0;

	if (!is_kept(f, side) || f->sy->env->request->dry_run)
		return 0;
	fact_name(f, side, &name);
	fact_head(f, side, &value);
	uidset_format(ids, &value);
	ret =
	    status_fact_put(f->sy->status, buf_str(&name), buf_str(&value), e);
	buf_clear(&value);
	buf_clear(&name);
	return ret;
}
