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

/* A message that may be one of those that are wanted. */
struct candidate {
	uint32_t id;
	uint32_t flags;
	int64_t date;
	uint64_t told; /* the size that the store states */
	struct digest digest;
	bool taken;
	bool read;	       /* all of it */
	struct wanted *lonely; /* it seems to be that one, and no other */
	uint64_t start;	       /* as in struct content */
};

struct candidates {
	struct candidate *list;
	size_t len;
	size_t cap;
	const uint64_t *sizes; /* wanted sizes, ascending */
	size_t sizes_len;
	const struct snapshot *snap; /* as in the query */
};

static int
compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* What messages are told by before all of them is read. */
struct rough {
	uint64_t told;
	uint64_t header;
};

static struct rough
candidate_rough(const struct candidate *c)
{
	return (struct rough){ c->told, c->digest.header };
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
	struct candidate *new;

	if (bsearch(&i->size, c->sizes, c->sizes_len, sizeof(*c->sizes),
		compare_u64) == NULL)
		return;
	c->list = xgrow(c->list, c->len, &c->cap, sizeof(*c->list));
	new = &c->list[c->len++];
	*new =
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
	struct store_ref *refs;
	size_t i;
	int ret;

	refs = xcalloc(q->ids_len, sizeof(*refs));
	for (i = 0; i < q->ids_len; i++)
		refs[i] = make_ref(c, q->ids[i]);
	ret = store_told(
	    s, s->ops->details(s, refs, q->ids_len, candidate_add, c, e), e);
	free(refs);
	return ret;
}

/* Reads the candidates that pick() chooses; those that cannot be read are
 * out of the game. */
static int
candidates_read(struct store *s, struct candidates *c, enum store_part part,
    bool (*pick)(const struct candidate *), struct err *e)
{
	struct store_ref *refs;
	struct content *content;
	size_t *which, i, n;
	int ret;

	refs = xcalloc(c->len, sizeof(*refs));
	which = xcalloc(c->len, sizeof(*which));
	for (n = 0, i = 0; i < c->len; i++) {
		if (!pick(&c->list[i]))
			continue;
		refs[n] = make_ref(c, c->list[i].id);
		which[n++] = i;
	}
	content = xcalloc(n, sizeof(*content));
	ret = content_read(s, refs, n, part, content, e);
	for (i = 0; ret == 0 && i < n; i++) {
		struct candidate *one = &c->list[which[i]];

		one->flags = content[i].flags;
		if (part == STORE_START)
			one->start = content[i].valid ? content[i].start : 0;
		else if (!content[i].valid)
			one->taken = true;
		else if (part == STORE_HEADER)
			one->digest.header = content[i].digest.header;
		else
			one->digest = content[i].digest;
		one->read = part == STORE_WHOLE;
	}
	content_clear(content, n);
	free(content);
	free(which);
	free(refs);
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
	w->unread = !c->read;
	c->taken = true;
}

/*
 * Pairs where one is wanted and one is there. The candidates that remain free
 * are those where two could be meant; the rest is marked as taken.
 */
static void
pair_lonely(struct wanted **want, size_t n, struct candidates *c)
{
	size_t i, j, k, first, count;
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

		if (one->taken || !digest_equal(&one->digest, &w->digest))
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
match_candidates(struct store *s, struct wanted **want, size_t n,
    struct candidates *c, struct err *e)
{
	size_t i;

	if (candidates_read(s, c, STORE_HEADER, pick_all, e) == -1)
		return -1;
	qsort(c->list, c->len, sizeof(*c->list), compare_candidates);
	pair_lonely(want, n, c);
	if (lonely_check(s, c, e) == -1)
		return -1;
	if (!any_free(c))
		return 0;
	if (candidates_read(s, c, STORE_WHOLE, pick_free, e) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (want[i]->found == 0)
			pair_exact(want[i], c);
	return 0;
}

int
match_content(struct store *s, const struct match_query *q, struct err *e)
{
	struct candidates c = { .snap = q->snap };
	struct wanted **sorted;
	uint64_t *sizes;
	size_t i;
	int ret;

	if (q->n == 0 || q->ids_len == 0)
		return 0;
	sorted = xcalloc(q->n, sizeof(*sorted));
	sizes = xcalloc(q->n, sizeof(*sizes));
	for (i = 0; i < q->n; i++) {
		sorted[i] = &q->want[i];
		sizes[i] = wanted_rough(&q->want[i]).told;
	}
	qsort(sorted, q->n, sizeof(*sorted), compare_wanted);
	qsort(sizes, q->n, sizeof(*sizes), compare_u64);
	c.sizes = sizes;
	c.sizes_len = q->n;
	ret = candidates_by_size(s, &c, q, e);
	if (ret == 0 && c.len > 0)
		ret = match_candidates(s, sorted, q->n, &c, e);
	free(c.list);
	free(sizes);
	free(sorted);
	return ret;
}
