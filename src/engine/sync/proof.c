/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares a sample of the pairs with the headers of their messages. */
#include "config.h"

#include <string.h>

#include "engine/sync/content.h"
#include "engine/sync/proof.h"
#include "engine/sync/refs.h"

int
proof_sample(
    struct folder *f, struct op ops[PROOF_SAMPLE], size_t *n, struct err *e)
{
	uint64_t step = f->row.free_id[REMOTE] / PROOF_SAMPLE + 1, at;
	struct status_pair p;
	uint32_t id;
	bool found;

	*n = 0;
	for (at = 1; at <= UINT32_MAX && *n < PROOF_SAMPLE; at = id + step) {
		if (status_pair_next(f->sy->status, f->row.id, (uint32_t)at,
			&id, &found, e) == -1)
			return -1;
		if (!found)
			return 0;
		if (status_pair_get(
			f->sy->status, f->row.id, id, &p, &found, e) == -1)
			return -1;
		ops[(*n)++] = (struct op){ .id = { p.id[0], p.id[1] } };
	}
	return 0;
}

static int
count(struct folder *f, const struct op *ops, const struct content *now,
    size_t n, struct proof *p, struct err *e)
{
	struct status_pair pair;
	bool found;
	size_t i;

	for (i = 0; i < n; i++) {
		if (status_pair_get(f->sy->status, f->row.id, ops[i].id[REMOTE],
			&pair, &found, e) == -1)
			return -1;
		if (!now[i].valid)
			p->gone++;
		else if (found && now[i].digest.header == pair.digest.header)
			p->fit++;
		else
			p->other++;
	}
	return 0;
}

int
proof_read(struct folder *f, enum side side, struct proof *p, struct err *e)
{
	struct content now[PROOF_SAMPLE];
	struct op ops[PROOF_SAMPLE];
	struct refs refs = { 0 };
	size_t i, n;
	int ret;

	*p = (struct proof){ 0 };
	memset(now, 0, sizeof(now));
	ret = proof_sample(f, ops, &n, e);
	for (i = 0; ret == 0 && i < n; i++)
		ret = refs_add(&refs, f, &ops[i], side, e);
	if (ret == 0 && n > 0)
		ret = content_read(
		    f->sy->store[side], refs.list, n, STORE_HEADER, now, e);
	if (ret == 0)
		ret = count(f, ops, now, n, p, e);
	content_clear(now, PROOF_SAMPLE);
	refs_clear(&refs);
	return ret;
}
