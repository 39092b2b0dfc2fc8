/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares pairs with the sizes and dates that a server gave before. */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/sync/folder_scan.h"
#include "engine/sync/old_pairs.h"
#include "engine/sync/proof.h"
#include "engine/sync/reconsider.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

#define CHUNK_PAIRS 1000
/* So many of the newest pairs are compared by their headers, too: their UIDs
 * are those that are handed out again. */
#define NEWEST_PAIRS 256

/* How the messages of the pairs compare on the side. */
static int
compare(struct folder *f, const struct op *ops, size_t n, enum side side,
    struct store_result *results, struct err *e)
{
	struct store *s = f->sy->store[side];
	struct refs refs = { 0 };
	size_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < n; i++)
		ret = refs_add(&refs, f, &ops[i], side, e);
	if (ret == 0 && n > 0)
		ret = s->ops->compare(s, refs.list, n, results, e);
	refs_clear(&refs);
	return ret;
}

int
reconsider_witness(struct folder *f, enum side side, bool *fits, struct err *e)
{
	struct store_result results[PROOF_SAMPLE] = { { 0 } };
	struct op ops[PROOF_SAMPLE];
	size_t i, n;
	int ret;

	*fits = true;
	if (!store_traits(f->sy->store[side])->dates_identify)
		return 0;
	ret = proof_sample(f, ops, &n, e);
	if (ret == 0)
		ret = compare(f, ops, n, side, results, e);
	for (i = 0; ret == 0 && i < n; i++)
		*fits = *fits && results[i].outcome != STORE_CHANGED;
	store_results_clear(results, PROOF_SAMPLE);
	return ret;
}

/* What is to be looked for again, by its place in the base. */
struct doubts {
	bool *picked;
	size_t changed;	  /* those of them that are other messages now */
	size_t known;	  /* of the base: fit, or were found again */
	size_t read_from; /* from here on by their headers, too */
};

/* Those of equal size and date may be others still. */
static int
headers_compare(struct folder *f, const struct op *ops, size_t n,
    enum side side, struct store_result *results, struct err *e)
{
	enum proof_result *proof = xcalloc(n, sizeof(*proof));
	int ret = proof_headers(f, ops, n, side, proof, e);
	size_t i;

	for (i = 0; ret == 0 && i < n; i++)
		if (results[i].outcome == STORE_DONE && proof[i] == PROOF_OTHER)
			results[i].outcome = STORE_CHANGED;
	free(proof);
	return ret;
}

static int
doubts_chunk(struct folder *f, enum side side, size_t first, size_t n,
    struct doubts *d, struct err *e)
{
	const struct plan_pair *base = f->scan.base + first;
	struct store_result *results;
	struct op *ops;
	size_t i, skip;
	int ret;

	skip = d->read_from > first ? d->read_from - first : 0;
	ops = xcalloc(n, sizeof(*ops));
	results = xcalloc(n, sizeof(*results));
	for (i = 0; i < n; i++)
		ops[i] = (struct op){ .id = { base[i].id[0], base[i].id[1] } };
	ret = compare(f, ops, n, side, results, e);
	if (ret == 0 && skip < n)
		ret = headers_compare(
		    f, ops + skip, n - skip, side, results + skip, e);
	for (i = 0; ret == 0 && i < n; i++) {
		d->picked[first + i] = results[i].outcome != STORE_DONE;
		d->changed += results[i].outcome == STORE_CHANGED;
		d->known += results[i].outcome == STORE_DONE;
	}
	store_results_clear(results, n);
	free(results);
	free(ops);
	return ret;
}

static int
doubts_find(struct folder *f, enum side side, struct doubts *d, struct err *e)
{
	size_t i, n;

	for (i = 0; i < f->scan.base_len; i += n) {
		n = f->scan.base_len - i;
		n = n < CHUNK_PAIRS ? n : CHUNK_PAIRS;
		if (doubts_chunk(f, side, i, n, d, e) == -1)
			return -1;
	}
	return 0;
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The messages of the side that no pair has that fits. */
static uint32_t *
free_ids(
    const struct folder *f, enum side side, const struct doubts *d, size_t *len)
{
	const struct snapshot *snap = &f->scan.snap[side];
	uint32_t *fit, *ids;
	size_t i, n;

	fit = xcalloc(f->scan.base_len, sizeof(*fit));
	for (n = 0, i = 0; i < f->scan.base_len; i++)
		if (!d->picked[i])
			fit[n++] = f->scan.base[i].id[side];
	if (n > 0)
		qsort(fit, n, sizeof(*fit), compare_u32);
	ids = xcalloc(snap->len, sizeof(*ids));
	for (*len = 0, i = 0; i < snap->len; i++)
		if (n == 0 || bsearch(&snap->msgs[i].id, fit, n, sizeof(*fit),
				  compare_u32) == NULL)
			ids[(*len)++] = snap->msgs[i].id;
	free(fit);
	return ids;
}

/* True for an id that will be handed out once more. */
static bool
is_unused(const struct folder *f, enum side side, uint32_t id)
{
	uint32_t next = f->state[side].next_id;

	return next != 0 && id >= next;
}

/*
 * Drops what was found elsewhere, what is another message now, and what will be
 * one. A pair that is only gone stays: whether that is a deletion, others
 * decide.
 */
static int
pairs_drop(
    struct folder *f, enum side side, const struct old_pairs *o, struct err *e)
{
	const struct snapshot *snap = &f->scan.snap[side];
	size_t i;

	for (i = 0; i < o->len; i++) {
		if (o->want[i].found == 0 &&
		    snapshot_find(snap, o->list[i].id[side]) == NULL &&
		    !is_unused(f, side, o->list[i].id[side]))
			continue;
		if (status_pair_drop(f->sy->status, f->row.id,
			o->list[i].id[REMOTE], e) == -1)
			return -1;
	}
	return 0;
}

static int
pairs_store(
    struct folder *f, enum side side, const struct old_pairs *o, struct err *e)
{
	struct status *st = f->sy->status;

	if (status_begin(st, e) == -1)
		return -1;
	f->row.doubted = false;
	if (pairs_drop(f, side, o, e) == -1 ||
	    old_pairs_put(f, o, side, e) == -1 ||
	    status_folder_put(st, &f->row, e) == -1 ||
	    status_commit(st, e) == -1) {
		status_rollback(st);
		return -1;
	}
	return 0;
}

/* Not one of the messages known is there: that is no folder to go on with,
 * unless the user says so. */
static bool
is_strange(const struct folder *f, const struct doubts *d)
{
	return d->known == 0 && f->scan.base_len > 0 &&
	       f->sy->env->request->release == RELEASE_NONE;
}

static int
pairs_reconsider(
    struct folder *f, enum side side, struct doubts *d, struct err *e)
{
	struct old_pairs o = { 0 };
	uint32_t *ids;
	size_t i, ids_len;
	int ret;

	ids = free_ids(f, side, d, &ids_len);
	ret = old_pairs_load(f, d->picked, &o, e);
	if (ret == 0)
		ret = old_pairs_find(f, &o, side, ids, ids_len, e);
	for (i = 0; ret == 0 && i < o.len; i++)
		d->known += o.want[i].found != 0;
	if (ret == 0 && !f->sy->env->request->dry_run && !is_strange(f, d))
		ret = pairs_store(f, side, &o, e);
	old_pairs_clear(&o);
	free(ids);
	return ret;
}

static void
report_doubts(struct folder *f, enum side side, const struct doubts *d)
{
	if (is_strange(f, d))
		report_held(f->sy, f->entry->label, EVOP_SKIP, f->scan.base_len,
		    "none of the %zu messages known is in the folder on the %s "
		    "side, although it says to be the same; it is left alone. "
		    "To go on with it as it is, run again with --force-delete: "
		    "nothing is deleted, and each side gets what it lacks",
		    f->scan.base_len, side_name(side));
	else if (d->changed > 0)
		report_warning(f->sy, f->entry->label,
		    "%zu of %zu messages have other UIDs on the %s side than "
		    "they had, with the same UIDVALIDITY; they are paired "
		    "again "
		    "by content",
		    d->changed, f->scan.base_len, side_name(side));
}

int
reconsider_folder(struct folder *f, enum side side, enum hold_reason why,
    bool *stop, struct err *e)
{
	struct doubts d = { 0 };
	int ret;

	*stop = false;
	if (folder_scan(f, true, e) == -1)
		return -1;
	deletions_hold(&f->sy->run.deletions,
	    &(struct deletion_hold){
		.reason = HOLD_UNSURE, .entry = f->number });
	d.picked = xcalloc(f->scan.base_len, sizeof(*d.picked));
	if (why != HOLD_REPLACED && f->scan.base_len > NEWEST_PAIRS)
		d.read_from = f->scan.base_len - NEWEST_PAIRS;
	ret = doubts_find(f, side, &d, e);
	if (ret == 0)
		ret = pairs_reconsider(f, side, &d, e);
	if (ret == 0)
		report_doubts(f, side, &d);
	*stop = is_strange(f, &d) ||
		(f->sy->env->request->dry_run && d.changed > 0);
	free(d.picked);
	return ret == 0 && !*stop ? folder_scan(f, true, e) : ret;
}
