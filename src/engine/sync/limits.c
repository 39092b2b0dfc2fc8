/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies that are not to be made now: by size, by age, or after a failure. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/sync/doubled.h"
#include "engine/sync/exec_poison.h"
#include "engine/sync/limits.h"
#include "engine/sync/limits_memory.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

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

	facts->list =
	    xgrow(facts->list, facts->len, &facts->cap, sizeof(*facts->list));
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
		ret = store_told(from,
		    from->ops->details(from, refs.list, n, facts_add, facts, e),
		    e);
	if (facts->len > 0)
		qsort(facts->list, facts->len, sizeof(*facts->list),
		    compare_facts);
	refs_clear(&refs);
	return ret;
}

/* NULL when the message is not there any more, or cannot be read. */
static const struct store_info *
facts_find(const struct facts *facts, const struct op *op)
{
	struct store_info key = { .id = op->id[!op->side] };

	if (facts->len == 0)
		return NULL;
	return bsearch(
	    &key, facts->list, facts->len, sizeof(key), compare_facts);
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

enum limit { LIMIT_NONE, LIMIT_SIZE, LIMIT_START, LIMIT_AGE, LIMITS };

static const char *const limit_texts[LIMITS] = {
	[LIMIT_SIZE] = "larger than maxsize",
	[LIMIT_START] = "older than startdate",
	[LIMIT_AGE] = "older than maxage",
};

static enum limit
limit_of(const struct settings_account *a, const struct store_info *i)
{
	if (a->maxsize != 0 && i->size > a->maxsize)
		return LIMIT_SIZE;
	/* A date that cannot be read is none. */
	if (i->date > 0 && i->date < oldest_wanted(a))
		return a->startdate != 0 ? LIMIT_START : LIMIT_AGE;
	return LIMIT_NONE;
}

static void
leave(struct folder *f, const struct op *op)
{
	f->outcome.left[!op->side] = true;
	report_count(f, op->side, COUNT_SKIP, 1);
}

/* One line for all that one limit leaves out from now on. */
static void
limits_report(struct folder *f, enum side to, const uint32_t n[LIMITS])
{
	struct event ev;
	size_t i;

	for (i = LIMIT_NONE + 1; i < LIMITS; i++) {
		if (n[i] == 0)
			continue;
		report_init(&ev, f->sy, f->entry->label, EV_OP);
		ev.op = EVOP_SKIP;
		ev.planned = f->sy->env->request->dry_run;
		ev.side = to;
		ev.total = n[i];
		snprintf(ev.text, sizeof(ev.text), "%s", limit_texts[i]);
		report_post(f->sy, &ev);
	}
}

/* Takes out what was left out before. */
static void
limit_known(struct folder *f, const struct op **ops, size_t *n,
    const struct uidset *known, struct uidset *out)
{
	uint32_t id;
	size_t i, kept;

	for (kept = 0, i = 0; i < *n; i++) {
		id = ops[i]->id[!ops[i]->side];
		if (uidset_has(known, id)) {
			leave(f, ops[i]);
			uidset_add(out, id);
		} else {
			ops[kept++] = ops[i];
		}
	}
	*n = kept;
}

/* Asks for the sizes and dates of the others. */
static int
limit_new(struct folder *f, const struct op **ops, size_t *n,
    struct uidset *out, struct err *e)
{
	const struct settings_account *a = f->sy->env->account;
	uint32_t counts[LIMITS] = { 0 };
	enum side to = ops[0]->side;
	struct facts facts = { 0 };
	size_t i, kept;

	if (facts_load(f, ops, *n, &facts, e) == -1) {
		free(facts.list);
		return -1;
	}
	for (kept = 0, i = 0; i < *n; i++) {
		const struct store_info *fact = facts_find(&facts, ops[i]);
		enum limit limit;

		limit = fact != NULL ? limit_of(a, fact) : LIMIT_NONE;
		if (limit == LIMIT_NONE) {
			ops[kept++] = ops[i];
			continue;
		}
		leave(f, ops[i]);
		counts[limit]++;
		uidset_add(out, ops[i]->id[!to]);
	}
	*n = kept;
	limits_report(f, to, counts);
	free(facts.list);
	return 0;
}

static bool
same_ids(const struct uidset *a, const struct uidset *b)
{
	return a->len == b->len &&
	       (a->len == 0 || memcmp(a->ranges, b->ranges,
				   a->len * sizeof(*a->ranges)) == 0);
}

/* Of a side that was read in part, what is not in it is as it was. */
static void
known_keep(
    const struct snapshot *snap, const struct uidset *known, struct uidset *out)
{
	size_t i;

	for (i = 0; !snap->complete && i < known->len; i++)
		uidset_add_range(
		    out, known->ranges[i].first, known->ranges[i].last);
}

static int
limit_by_facts(
    struct folder *f, const struct op **ops, size_t *n, struct err *e)
{
	const struct settings_account *a = f->sy->env->account;
	struct uidset known = { 0 }, out = { 0 };
	enum side from = !ops[0]->side;
	int ret;

	if (a->maxsize == 0 && a->maxage == 0 && a->startdate == 0)
		return 0;
	ret = limits_memory_load(f, from, &known, e);
	if (ret == 0) {
		known_keep(&f->scan.snap[from], &known, &out);
		limit_known(f, ops, n, &known, &out);
		ret = *n > 0 ? limit_new(f, ops, n, &out, e) : 0;
	}
	if (ret == 0 && !same_ids(&known, &out))
		ret = limits_memory_store(f, from, &out, e);
	uidset_clear(&known);
	uidset_clear(&out);
	return ret;
}

static int
compare_skipped(const void *a, const void *b)
{
	const struct status_skipped *x = a, *y = b;

	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Why the message is not tried now; NULL: it is. */
static const char *
failure_reason(const struct folder *f, const struct status_skipped *list,
    size_t len, const struct op *op)
{
	struct status_skipped key = { .side = !op->side };
	const struct status_skipped *s;

	if (exec_poison_is_off(f, op))
		return NULL; /* to be left out there */
	key.id = folder_skip_id(f, key.side, op->id[key.side]);
	s = len == 0 ? NULL
		     : bsearch(&key, list, len, sizeof(key), compare_skipped);
	/* It was stored up to that long before it comes. */
	return s == NULL || clock_passed(s->next_try - STATUS_RETRY_MOST - 1,
				STATUS_RETRY_MOST, clock_wall())
		   ? NULL
		   : s->reason;
}

static void
waiting_report(
    struct folder *f, const struct op *op, size_t n, const char *reason)
{
	struct err e = ERR_INIT;
	enum side from = !op->side;

	if (n == 1)
		err_set(&e, ERR_MESSAGE,
		    "copying it failed recently; it is tried again later: %s",
		    reason);
	else
		err_set(&e, ERR_MESSAGE,
		    "copying %zu messages on the %s side failed recently; "
		    "they are tried again later; this one: %s",
		    n, side_name(from), reason);
	report_error(f, op, &e);
	err_clear(&e);
}

static int
limit_by_failures(
    struct folder *f, const struct op **ops, size_t *n, struct err *e)
{
	struct status_skipped *list;
	const struct op *waiting = NULL;
	const char *reason, *last = NULL;
	size_t i, len, kept, left;

	if (status_skips(f->sy->status, f->row.id, &list, &len, e) == -1)
		return -1;
	for (kept = left = 0, i = 0; i < *n; i++) {
		reason = failure_reason(f, list, len, ops[i]);
		if (reason == NULL) {
			ops[kept++] = ops[i];
			continue;
		}
		leave(f, ops[i]);
		report_op(f, EVOP_SKIP, ops[i], reason);
		waiting = ops[i];
		last = reason;
		left++;
	}
	*n = kept;
	if (left > 0)
		waiting_report(f, waiting, left, last);
	free(list);
	return 0;
}

int
limits_apply(struct folder *f, const struct op **ops, size_t *n, struct err *e)
{
	if (*n == 0)
		return 0;
	if (doubled_leave_out(f, ops, n, e) == -1 ||
	    (*n > 0 && limit_by_failures(f, ops, n, e) == -1))
		return -1;
	return *n == 0 ? 0 : limit_by_facts(f, ops, n, e);
}
