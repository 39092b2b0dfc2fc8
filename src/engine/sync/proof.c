/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares a sample of the pairs with the headers of their messages. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
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

static bool
is_told_the_same(
    const struct content *now, const struct status_pair *p, enum side side)
{
	/* In 32 bits, as a server may have it. */
	return (p->told[side] == 0 || now->told == p->told[side]) &&
	       (p->date == 0 || (uint32_t)now->date == (uint32_t)p->date);
}

/* Both have the same body, but for line ends. */
static int
same_body(struct folder *f, const struct refs *refs, bool *same, struct err *e)
{
	struct content body[2] = { { .valid = false }, { .valid = false } };
	enum side s;
	int ret = 0;

	for (s = LOCAL; ret == 0 && s <= REMOTE; s++)
		ret = content_read_body(
		    f->sy->store[s], &refs->list[s], 1, &body[s], e);
	*same = ret == 0 && body[LOCAL].valid && body[REMOTE].valid &&
		digest_equal(&body[LOCAL].digest, &body[REMOTE].digest);
	content_clear(body, 2);
	return ret;
}

/* By From, Date and Subject; else by the Message-ID; where there is none, by
 * the body. */
static int
same_message(struct folder *f, const struct buf header[2],
    const struct refs *refs, bool *same, struct err *e)
{
	struct buf id[2] = { { 0 }, { 0 } };
	int ret = 0;

	*same = content_same_header(&header[LOCAL], &header[REMOTE]);
	if (*same)
		return 0;
	content_field(&header[LOCAL], "Message-ID", &id[LOCAL]);
	content_field(&header[REMOTE], "Message-ID", &id[REMOTE]);
	if (id[LOCAL].len == 0 && id[REMOTE].len == 0)
		ret = same_body(f, refs, same, e);
	else
		*same = strcmp(buf_str(&id[LOCAL]), buf_str(&id[REMOTE])) == 0;
	buf_clear(&id[LOCAL]);
	buf_clear(&id[REMOTE]);
	return ret;
}

/* Some servers write headers of their own into what they are given, or write
 * them in their own way: Cyrus puts an X for each 8-bit byte. Without a copy
 * to compare with, nobody knows. */
static int
compare_sides(struct folder *f, const struct op *op, enum side side,
    enum proof_result *result, struct err *e)
{
	struct buf header[2] = { { 0 }, { 0 } };
	struct refs refs = { 0 };
	bool same = false;
	enum side s;
	int ret = 0;

	for (s = LOCAL; ret == 0 && s <= REMOTE; s++) {
		ret = refs_add(&refs, f, op, s, e);
		if (ret == 0)
			ret = content_header(
			    f->sy->store[s], &refs.list[s], &header[s], e);
	}
	*result = PROOF_GONE;
	if (ret == 0 && header[!side].len > 0) {
		ret = same_message(f, header, &refs, &same, e);
		*result = same ? PROOF_FITS : PROOF_OTHER;
	}
	buf_clear(&header[LOCAL]);
	buf_clear(&header[REMOTE]);
	refs_clear(&refs);
	return ret;
}

/* By its header; where that is not as it was, by what the server says of it
 * and by the header of its copy. */
static int
result_find(struct folder *f, const struct op *op, enum side side,
    const struct content *now, enum proof_result *result, struct err *e)
{
	struct status_pair p;
	bool found;

	if (status_pair_get(
		f->sy->status, f->row.id, op->id[REMOTE], &p, &found, e) == -1)
		return -1;
	*result = PROOF_GONE;
	if (!found || !now->valid)
		return 0;
	*result = PROOF_FITS;
	if (now->digest.header == p.digest.header)
		return 0;
	*result = PROOF_OTHER;
	if (!is_told_the_same(now, &p, side))
		return 0;
	if (p.told[side] != 0 && p.told[side] != p.digest.size)
		*result = PROOF_FITS;
	else if (f->state[!side].validity != 0)
		return compare_sides(f, op, side, result, e);
	return 0;
}

int
proof_headers(struct folder *f, const struct op *ops, size_t n, enum side side,
    enum proof_result *results, struct err *e)
{
	struct content *now = xcalloc(n, sizeof(*now));
	struct refs refs = { 0 };
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < n; i++)
		ret = refs_add(&refs, f, &ops[i], side, e);
	if (ret == 0)
		ret = content_read(
		    f->sy->store[side], refs.list, n, STORE_HEADER, now, e);
	for (i = 0; ret == 0 && i < n; i++)
		ret = result_find(f, &ops[i], side, &now[i], &results[i], e);
	content_clear(now, n);
	free(now);
	refs_clear(&refs);
	return ret;
}

int
proof_read(struct folder *f, enum side side, struct proof *p, struct err *e)
{
	enum proof_result results[PROOF_SAMPLE] = { 0 };
	struct op ops[PROOF_SAMPLE];
	size_t i, n;

	*p = (struct proof){ 0 };
	if (proof_sample(f, ops, &n, e) == -1 ||
	    proof_headers(f, ops, n, side, results, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		p->fit += results[i] == PROOF_FITS;
		p->other += results[i] == PROOF_OTHER;
		p->gone += results[i] == PROOF_GONE;
	}
	return 0;
}

int
proof_newest(struct folder *f, enum side side, bool *other, struct err *e)
{
	enum proof_result is = PROOF_GONE;
	struct status_pair p;
	struct op op = { 0 };
	uint32_t id;
	bool found;

	*other = false;
	if (status_pair_last(
		f->sy->status, f->row.id, REMOTE, &id, &found, e) == -1)
		return -1;
	if (found &&
	    status_pair_get(f->sy->status, f->row.id, id, &p, &found, e) == -1)
		return -1;
	if (!found)
		return 0;
	op.id[LOCAL] = p.id[LOCAL];
	op.id[REMOTE] = p.id[REMOTE];
	if (proof_headers(f, &op, 1, side, &is, e) == -1)
		return -1;
	*other = is == PROOF_OTHER;
	return 0;
}
