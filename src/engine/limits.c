/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies that are not to be made now: by size, by age, or after a failure. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/folder.h"

#define DAY 86400

/* Sizes and dates by id, as the store tells them. */
struct facts {
	struct store_info *list;
	size_t len;
	size_t cap;
};

static void
facts_add(void *arg, const struct store_info *i)
{
	struct facts *facts = arg;

	facts->list = xgrow(facts->list, facts->len, &facts->cap,
	    sizeof(*facts->list));
	facts->list[facts->len++] = *i;
}

static int
compare_facts(const void *a, const void *b)
{
	const struct store_info *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int
facts_load(struct folder *f, const struct op **ops, size_t n,
    struct facts *facts, struct err *e)
{
	struct store *from;
	struct refs refs = { 0 };
	size_t i;
	int ret;

	from = f->sy->store[!ops[0]->side];
	ret = 0;
	for (i = 0; ret == 0 && i < n; i++)
		ret = refs_add(&refs, f, ops[i], !ops[0]->side, e);
	if (ret == 0)
		ret = from->ops->details(from, refs.list, n, facts_add, facts,
		    e);
	if (facts->len > 0)
		qsort(facts->list, facts->len, sizeof(*facts->list),
		    compare_facts);
	refs_clear(&refs);
	return ret;
}

/* The first second of the oldest day that is wanted; INT64_MIN: any. A day
 * of slack, since dates have zones. */
static int64_t
oldest_wanted(const struct settings_account *a)
{
	if (a->startdate != 0)
		return a->startdate - DAY;
	if (a->maxage == 0)
		return INT64_MIN;
	return (clock_wall() / DAY - a->maxage - 1) * DAY;
}

static const char *
limit_reason(const struct settings_account *a, const struct store_info *i)
{
	if (a->maxsize != 0 && i->size > a->maxsize)
		return "larger than maxsize";
	if (i->date < oldest_wanted(a))
		return a->startdate != 0 ? "older than startdate" :
					   "older than maxage";
	return NULL;
}

static void
leave(struct folder *f, const struct op *op, const char *reason)
{
	report_op(f, EVOP_SKIP, op, reason);
	report_count(f, op->side, COUNT_SKIP, 1);
}

static int
limit_by_facts(struct folder *f, const struct op **ops, size_t *n,
    struct err *e)
{
	const struct settings_account *a = f->sy->account;
	struct facts facts = { 0 };
	size_t i, kept;

	if (a->maxsize == 0 && a->maxage == 0 && a->startdate == 0)
		return 0;
	if (facts_load(f, ops, *n, &facts, e) == -1) {
		free(facts.list);
		return -1;
	}
	for (kept = 0, i = 0; i < *n; i++) {
		struct store_info key = { .id = ops[i]->id[!ops[i]->side] };
		const struct store_info *fact;
		const char *reason;

		fact = facts.len == 0 ? NULL :
		    bsearch(&key, facts.list, facts.len, sizeof(key),
			compare_facts);
		reason = fact != NULL ? limit_reason(a, fact) : NULL;
		if (reason != NULL)
			leave(f, ops[i], reason);
		else
			ops[kept++] = ops[i];
	}
	*n = kept;
	free(facts.list);
	return 0;
}

static const struct status_skipped *
skipped_find(const struct status_skipped *list, size_t len, enum side side,
    uint32_t id)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (list[i].side == side && list[i].id == id)
			return &list[i];
	return NULL;
}

static int
limit_by_failures(struct folder *f, const struct op **ops, size_t *n,
    struct err *e)
{
	struct status_skipped *list;
	const struct status_skipped *s;
	size_t i, len, kept;

	if (status_skips(f->sy->status, f->row.id, &list, &len, e) == -1)
		return -1;
	for (kept = 0, i = 0; i < *n; i++) {
		s = skipped_find(list, len, !ops[i]->side,
		    ops[i]->id[!ops[i]->side]);
		if (s == NULL || s->next_try <= clock_wall()) {
			ops[kept++] = ops[i];
			continue;
		}
		leave(f, ops[i], s->reason);
		f->failed = true;
		f->sy->failed = true;
	}
	*n = kept;
	free(list);
	return 0;
}

int
limits_apply(struct folder *f, const struct op **ops, size_t *n,
    struct err *e)
{
	if (*n == 0)
		return 0;
	if (limit_by_failures(f, ops, n, e) == -1)
		return -1;
	return *n == 0 ? 0 : limit_by_facts(f, ops, n, e);
}
