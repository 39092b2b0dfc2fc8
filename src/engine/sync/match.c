/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding by content. Used wherever ids do not say which message is which:
 * two sides that were filled by other hands, a status that was lost, UIDs
 * that the server handed out anew, an APPEND whose answer never came, a file
 * under a new name.
 *
 * A message is recognised by its size and the hash of its header, and by the
 * hash of all of it where two could be meant. Only what can be a partner is
 * ever read: sizes first, then headers of those whose size fits, then whole
 * messages of those that still are not alone.
 */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/match.h"

/* References that are made at once; see content_read_parts. */
#define PART 10000

/* A message that may be one of those that are wanted. */
struct candidate {
	uint64_t told;	 /* the size that the store states */
	uint64_t header; /* as in struct digest */
	uint64_t start;	 /* as in struct content */
	int64_t date;
	struct wanted *lonely; /* it seems to be that one, and no other */
	uint32_t id;
	uint32_t flags;
	uint32_t whole; /* index into wholes, + 1; 0: not all of it was read */
	bool taken;
};

struct candidates {
	struct candidate *list;
	size_t len;
	size_t cap;
	struct digest *wholes;
	size_t wholes_len;
	size_t wholes_cap;
	struct wanted **want; /* ascending by size and header */
	size_t want_len;
	const struct snapshot *snap; /* as in the query */

	/* while they are read */
	enum store_part part;
	uint32_t *which; /* the candidate that is read as the i-th */
};

/* What messages are told by before all of them is read. */
struct rough {
	uint64_t told;
	uint64_t header;
};

static struct rough
candidate_rough(const struct candidate *c)
{
	return (struct rough){ c->told, c->header };
}

static struct rough
wanted_rough(const struct wanted *w)
{
	return (struct rough){ w->told != 0 ? w->told : w->digest.size,
		w->digest.header };
}

static int
compare_rough(struct rough a, struct rough b)
{
	if (a.told != b.told)
		return a.told < b.told ? -1 : 1;
	return (a.header > b.header) - (a.header < b.header);
}

/* Any that is wanted and has that size. */
static int
compare_size(const void *key, const void *element)
{
	const uint64_t size = *(const uint64_t *)key;
	const uint64_t other =
	    wanted_rough(*(struct wanted *const *)element).told;

	return (size > other) - (size < other);
}

static int
compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int c;

	c = compare_rough(candidate_rough(x), candidate_rough(y));
	return c != 0 ? c : (x->id > y->id) - (x->id < y->id);
}

static void
candidate_add(void *arg, const struct store_info *i)
{
	struct candidates *c = arg;

	if (bsearch(&i->size, c->want, c->want_len, sizeof(*c->want),
		compare_size) == NULL)
		return;
	c->list = xgrow(c->list, c->len, &c->cap, sizeof(*c->list));
	c->list[c->len++] =
	    (struct candidate){ .id = i->id, .date = i->date, .told = i->size };
}

static struct store_ref
make_ref(const struct candidates *c, uint32_t id)
{
	const struct snap_msg *msg =
	    c->snap != NULL ? snapshot_find(c->snap, id) : NULL;
	struct store_ref ref = { .id = id };

	if (msg != NULL) /* a name that two files share is told by the flags */
		ref.flags = msg->flags;
	if (msg != NULL && msg->name != 0)
		ref.name = c->snap->names + msg->name;
	return ref;
}

/* The messages among ids that have one of the wanted sizes. */
static int
candidates_by_size(struct store *s, struct candidates *c,
    const struct match_query *q, struct err *e)
{
	const size_t most = q->ids_len < PART ? q->ids_len : PART;
	struct store_ref *refs = xcalloc(most, sizeof(*refs));
	size_t first, n, i;
	int ret = 0;

	for (first = 0; ret == 0 && first < q->ids_len; first += n) {
		n = q->ids_len - first < most ? q->ids_len - first : most;
		for (i = 0; i < n; i++)
			refs[i] = make_ref(c, q->ids[first + i]);
		ret = store_told(
		    s, s->ops->details(s, refs, n, candidate_add, c, e), e);
	}
	free(refs);
	return ret;
}

static struct store_ref
candidate_ref(void *arg, size_t i)
{
	const struct candidates *c = arg;

	return make_ref(c, c->list[c->which[i]].id);
}

static void
candidate_take(void *arg, size_t i, struct content *content)
{
	struct candidates *c = arg;
	struct candidate *one = &c->list[c->which[i]];

	one->flags = content->flags;
	if (c->part == STORE_START) {
		one->start = content->valid ? content->start : 0;
	} else if (!content->valid) {
		one->taken = true;
	} else if (c->part == STORE_HEADER) {
		one->header = content->digest.header;
	} else {
		c->wholes = xgrow(c->wholes, c->wholes_len, &c->wholes_cap,
		    sizeof(*c->wholes));
		c->wholes[c->wholes_len++] = content->digest;
		one->whole = (uint32_t)c->wholes_len;
	}
}

/* Reads the candidates that pick() chooses; those that cannot be read are
 * out of the game. */
static int
candidates_read(struct store *s, struct candidates *c, enum store_part part,
    bool (*pick)(const struct candidate *), struct err *e)
{
	const struct content_taker taker = { c, candidate_ref, candidate_take };
	size_t i, n;
	int ret;

	c->part = part;
	c->which = xcalloc(c->len, sizeof(*c->which));
	for (n = 0, i = 0; i < c->len; i++)
		if (pick(&c->list[i]))
			c->which[n++] = (uint32_t)i;
	ret = content_read_parts(s, n, part, &taker, e);
	free(c->which);
	c->which = NULL;
	return ret;
}

static bool
pick_all(const struct candidate *c)
{
	(void)c;
	return true;
}

/* After the headers: taken marks those that need no second look. */
static bool
pick_free(const struct candidate *c)
{
	return !c->taken;
}

/* The run of candidates that are like w: first, and how many. */
static size_t
candidates_like(
    const struct candidates *c, const struct wanted *w, size_t *count)
{
	struct rough rough = wanted_rough(w);
	size_t lo, hi, mid, end;

	lo = 0;
	hi = c->len;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (compare_rough(candidate_rough(&c->list[mid]), rough) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (end = lo; end < c->len; end++)
		if (compare_rough(candidate_rough(&c->list[end]), rough) != 0)
			break;
	*count = end - lo;
	return lo;
}

static int
compare_wanted(const void *a, const void *b)
{
	const struct wanted *x = *(struct wanted *const *)a;
	const struct wanted *y = *(struct wanted *const *)b;

	return compare_rough(wanted_rough(x), wanted_rough(y));
}

static void
wanted_take(struct wanted *w, struct candidate *c)
{
	w->found = c->id;
	w->flags = c->flags;
	w->date = c->date;
	w->told = c->told;
	w->unread = c->whole == 0;
	c->taken = true;
}

/*
 * Pairs where one is wanted and one is there. The candidates that remain free
 * are those where two could be meant; the rest is marked as taken.
 */
static void
pair_lonely(struct candidates *c)
{
	struct wanted **want = c->want;
	size_t i, j, k, first, count, n = c->want_len;
	bool *doubtful;

	doubtful = xcalloc(c->len, sizeof(*doubtful));
	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n; j++)
			if (compare_wanted(&want[i], &want[j]) != 0)
				break;
		first = candidates_like(c, want[i], &count);
		if (j - i == 1 && count == 1 && !c->list[first].taken) {
			wanted_take(want[i], &c->list[first]);
			c->list[first].lonely = want[i];
		} else
			for (k = first; k < first + count; k++)
				doubtful[k] = true;
	}
	for (k = 0; k < c->len; k++)
		if (!doubtful[k])
			c->list[k].taken = true;
	free(doubtful);
}

/* Its beginning is to be compared, too. */
static bool
pick_lonely(const struct candidate *c)
{
	return c->lonely != NULL && c->lonely->start != 0;
}

/*
 * Two versions of a draft can have one header and one size. Those that begin
 * in another way than what they seem to be are free again, to be compared as a
 * whole. Where the bytes are at hand that is done for all.
 */
static int
lonely_check(struct store *s, struct candidates *c, struct err *e)
{
	bool at_hand = store_traits(s)->bytes_at_hand;
	struct candidate *one;
	size_t i;

	if (!at_hand &&
	    candidates_read(s, c, STORE_START, pick_lonely, e) == -1)
		return -1;
	for (i = 0; i < c->len; i++) {
		one = &c->list[i];
		if (!pick_lonely(one))
			continue;
		if (!at_hand && one->start == one->lonely->start) {
			one->lonely->unread = !one->lonely->start_is_all;
			continue;
		}
		one->lonely->found = 0;
		one->taken = false;
	}
	return 0;
}

/* Pairs by all of the message: the likely id first, then the lowest. */
static void
pair_exact(struct wanted *w, struct candidates *c)
{
	struct candidate *best;
	size_t i, first, count;

	best = NULL;
	first = candidates_like(c, w, &count);
	for (i = first; i < first + count; i++) {
		struct candidate *one = &c->list[i];

		if (one->taken ||
		    !digest_equal(&c->wholes[one->whole - 1], &w->digest))
			continue;
		if (best == NULL || one->id == w->hint)
			best = one;
	}
	if (best != NULL)
		wanted_take(w, best);
}

static bool
any_free(const struct candidates *c)
{
	size_t i;

	for (i = 0; i < c->len; i++)
		if (!c->list[i].taken)
			return true;
	return false;
}

static int
match_candidates(struct store *s, struct candidates *c, struct err *e)
{
	size_t i;

	if (candidates_read(s, c, STORE_HEADER, pick_all, e) == -1)
		return -1;
	qsort(c->list, c->len, sizeof(*c->list), compare_candidates);
	pair_lonely(c);
	if (lonely_check(s, c, e) == -1)
		return -1;
	if (!any_free(c))
		return 0;
	if (candidates_read(s, c, STORE_WHOLE, pick_free, e) == -1)
		return -1;
	for (i = 0; i < c->want_len; i++)
		if (c->want[i]->found == 0)
			pair_exact(c->want[i], c);
	return 0;
}

int
match_content(struct store *s, const struct match_query *q, struct err *e)
{
	struct candidates c = { .snap = q->snap, .want_len = q->n };
	size_t i;
	int ret;

	if (q->n == 0 || q->ids_len == 0)
		return 0;
	c.want = xcalloc(q->n, sizeof(*c.want));
	for (i = 0; i < q->n; i++)
		c.want[i] = &q->want[i];
	qsort(c.want, q->n, sizeof(*c.want), compare_wanted);
	ret = candidates_by_size(s, &c, q, e);
	if (ret == 0 && c.len > 0)
		ret = match_candidates(s, &c, e);
	free(c.list);
	free(c.wholes);
	free(c.want);
	return ret;
}
