/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairing by content. Used wherever ids do not say which message is which:
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

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/sync/folder.h"

/* A message that may be one of those that are wanted. */
struct candidate {
	uint32_t id;
	uint32_t flags;
	int64_t date;
	struct digest digest;
	bool taken;
};

struct candidates {
	struct candidate *list;
	size_t len;
	size_t cap;
	const uint64_t *sizes; /* wanted sizes, ascending */
	size_t sizes_len;
};

static int
compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* By size and header. */
static int
compare_rough(const struct digest *a, const struct digest *b)
{
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return (a->header > b->header) - (a->header < b->header);
}

static int
compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int c;

	c = compare_rough(&x->digest, &y->digest);
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
	*new = (struct candidate){ .id = i->id, .date = i->date };
	new->digest.size = i->size;
}

/* The messages among ids that have one of the wanted sizes. */
static int
candidates_by_size(struct store *s, struct candidates *c, const uint32_t *ids,
    size_t n, struct err *e)
{
	struct store_ref *refs;
	size_t i;
	int ret;

	refs = xcalloc(n, sizeof(*refs));
	for (i = 0; i < n; i++)
		refs[i].id = ids[i];
	ret = s->ops->details(s, refs, n, candidate_add, c, e);
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
		refs[n].id = c->list[i].id;
		which[n++] = i;
	}
	content = xcalloc(n, sizeof(*content));
	ret = content_read(s, refs, n, part, content, e);
	for (i = 0; ret == 0 && i < n; i++) {
		struct candidate *one = &c->list[which[i]];

		one->flags = content[i].flags;
		if (!content[i].valid)
			one->taken = true;
		else if (part == STORE_HEADER)
			one->digest.header = content[i].digest.header;
		else
			one->digest = content[i].digest;
	}
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

/* The run of candidates that are like d: first, and how many. */
static size_t
candidates_like(
    const struct candidates *c, const struct digest *d, size_t *count)
{
	size_t lo, hi, mid, end;

	lo = 0;
	hi = c->len;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (compare_rough(&c->list[mid].digest, d) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (end = lo; end < c->len; end++)
		if (compare_rough(&c->list[end].digest, d) != 0)
			break;
	*count = end - lo;
	return lo;
}

static int
compare_wanted(const void *a, const void *b)
{
	const struct wanted *x = *(struct wanted *const *)a;
	const struct wanted *y = *(struct wanted *const *)b;

	return compare_rough(&x->digest, &y->digest);
}

static void
wanted_take(struct wanted *w, struct candidate *c)
{
	w->found = c->id;
	w->flags = c->flags;
	w->date = c->date;
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
		first = candidates_like(c, &want[i]->digest, &count);
		if (j - i == 1 && count == 1 && !c->list[first].taken)
			wanted_take(want[i], &c->list[first]);
		else
			for (k = first; k < first + count; k++)
				doubtful[k] = true;
	}
	for (k = 0; k < c->len; k++)
		if (!doubtful[k])
			c->list[k].taken = true;
	free(doubtful);
}

/* Pairs by all of the message: the likely id first, then the lowest. */
static void
pair_exact(struct wanted *w, struct candidates *c)
{
	struct candidate *best;
	size_t i, first, count;

	best = NULL;
	first = candidates_like(c, &w->digest, &count);
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
match_content(struct store *s, struct wanted *want, size_t n,
    const uint32_t *ids, size_t m, struct err *e)
{
	struct candidates c = { 0 };
	struct wanted **sorted;
	uint64_t *sizes;
	size_t i;
	int ret;

	if (n == 0 || m == 0)
		return 0;
	sorted = xcalloc(n, sizeof(*sorted));
	sizes = xcalloc(n, sizeof(*sizes));
	for (i = 0; i < n; i++) {
		sorted[i] = &want[i];
		sizes[i] = want[i].digest.size;
	}
	qsort(sorted, n, sizeof(*sorted), compare_wanted);
	qsort(sizes, n, sizeof(*sizes), compare_u64);
	c.sizes = sizes;
	c.sizes_len = n;
	ret = candidates_by_size(s, &c, ids, m, e);
	if (ret == 0 && c.len > 0)
		ret = match_candidates(s, sorted, n, &c, e);
	free(c.list);
	free(sizes);
	free(sorted);
	return ret;
}

uint32_t *
match_unpaired_ids(const struct folder *f, enum side side, size_t *len)
{
	const struct snapshot *snap = &f->snap[side];
	uint32_t *paired, *out;
	size_t i, p;

	paired = xcalloc(f->base_len, sizeof(*paired));
	for (i = 0; i < f->base_len; i++)
		paired[i] = f->base[i].id[side];
	qsort(paired, f->base_len, sizeof(*paired), compare_u32);
	out = NULL;
	*len = 0;
	for (p = 0, i = 0; i < snap->len; i++) {
		while (p < f->base_len && paired[p] < snap->msgs[i].id)
			p++;
		if (p < f->base_len && paired[p] == snap->msgs[i].id)
			continue;
		if (out == NULL)
			out = xcalloc(snap->len, sizeof(*out));
		out[(*len)++] = snap->msgs[i].id;
	}
	free(paired);
	return out;
}

/* The local messages without pair, with their contents. */
struct locals {
	uint32_t *ids;
	size_t len;
	struct content *content;
};

static void
locals_clear(struct locals *l)
{
	free(l->ids);
	free(l->content);
}

static int
locals_read(struct folder *f, struct locals *l, struct err *e)
{
	const struct snapshot *snap = &f->snap[LOCAL];
	const struct snap_msg *msg;
	struct store_ref *refs;
	size_t i;
	int ret;

	refs = xcalloc(l->len, sizeof(*refs));
	for (i = 0; i < l->len; i++) {
		msg = snapshot_find(snap, l->ids[i]);
		refs[i].id = msg->id;
		refs[i].flags = msg->flags;
		refs[i].name = msg->name != 0 ? snap->names + msg->name : "";
	}
	l->content = xcalloc(l->len, sizeof(*l->content));
	ret = content_read(
	    f->sy->store[LOCAL], refs, l->len, STORE_WHOLE, l->content, e);
	free(refs);
	return ret;
}

/* This message is the one of this pair under a new name. */
static int
renamed_take(struct folder *f, const struct plan_pair *pair,
    struct snap_msg *msg, struct err *e)
{
	const char *name = f->snap[LOCAL].names + msg->name;

	log_debug(f->sy->log, LOG_SYNC, "%s: UID %u is now %s", f->entry->label,
	    pair->id[REMOTE], name);
	if (!f->sy->request->dry_run &&
	    status_pair_name(
		f->sy->status, f->row.id, pair->id[REMOTE], name, e) == -1)
		return -1;
	msg->id = pair->id[LOCAL];
	return 0;
}

/*
 * Looks for a file without pair that is this pair's message. The snapshot is
 * out of order as soon as one was found.
 */
static int
renamed_find(struct folder *f, const struct plan_pair *pair, struct locals *l,
    struct snap_msg **msgs, struct err *e)
{
	struct status_pair known;
	bool found;
	size_t i;

	if (status_pair_get(f->sy->status, f->row.id, pair->id[REMOTE], &known,
		&found, e) == -1)
		return -1;
	for (i = 0; found && i < l->len; i++) {
		if (!l->content[i].valid || l->ids[i] == 0 ||
		    !digest_equal(&l->content[i].digest, &known.digest))
			continue;
		if (renamed_take(f, pair, msgs[i], e) == -1)
			return -1;
		l->ids[i] = 0;
		return 0;
	}
	return 0;
}

static int
match_renamed(struct folder *f, struct locals *l, struct err *e)
{
	struct snapshot *snap = &f->snap[LOCAL];
	struct snap_msg **msgs;
	uint32_t *here;
	size_t i, n;
	int ret;

	if (!snap->complete)
		return 0;
	n = snap->len;
	here = xcalloc(n, sizeof(*here));
	for (i = 0; i < n; i++)
		here[i] = snap->msgs[i].id;
	msgs = xcalloc(l->len, sizeof(*msgs));
	for (i = 0; i < l->len; i++)
		msgs[i] =
		    snap->msgs + (snapshot_find(snap, l->ids[i]) - snap->msgs);
	ret = 0;
	for (i = 0; ret == 0 && i < f->base_len; i++)
		if (bsearch(&f->base[i].id[LOCAL], here, n, sizeof(*here),
			compare_u32) == NULL)
			ret = renamed_find(f, &f->base[i], l, msgs, e);
	snapshot_sort(snap);
	free(msgs);
	free(here);
	return ret;
}

static int
compare_matched(const void *a, const void *b)
{
	const struct matched *x = a, *y = b;

	return (x->m.id[REMOTE] > y->m.id[REMOTE]) -
	       (x->m.id[REMOTE] < y->m.id[REMOTE]);
}

static void
matched_add(
    struct folder *f, uint32_t local, int64_t date, const struct wanted *w)
{
	struct matched *m;

	f->matched = xgrow(
	    f->matched, f->matched_len, &f->matched_cap, sizeof(*f->matched));
	m = &f->matched[f->matched_len++];
	m->m.id[LOCAL] = local;
	m->m.id[REMOTE] = w->found;
	m->digest = w->digest;
	m->date = folder_pair_date(f, (int64_t[2]){ date, w->date });
}

static int
match_both(struct folder *f, struct locals *l, const uint32_t *remote,
    size_t remote_len, struct err *e)
{
	struct wanted *want;
	size_t *which, i, n;
	int ret;

	want = xcalloc(l->len, sizeof(*want));
	which = xcalloc(l->len, sizeof(*which));
	for (n = 0, i = 0; i < l->len; i++) {
		if (l->ids[i] == 0 || !l->content[i].valid)
			continue;
		want[n].digest = l->content[i].digest;
		want[n].hint = snapshot_find(&f->snap[LOCAL], l->ids[i])->hint;
		which[n++] = i;
	}
	ret =
	    match_content(f->sy->store[REMOTE], want, n, remote, remote_len, e);
	for (i = 0; ret == 0 && i < n; i++)
		if (want[i].found != 0)
			matched_add(f, l->ids[which[i]],
			    l->content[which[i]].date, &want[i]);
	if (f->matched_len > 0)
		qsort(f->matched, f->matched_len, sizeof(*f->matched),
		    compare_matched);
	free(which);
	free(want);
	return ret;
}

/* Gone from side, and newly flagged on the other: it would be copied back. */
static bool
goes_back(const struct folder *f, enum side side, const struct plan_pair *p)
{
	const struct snap_msg *left =
	    snapshot_find(&f->snap[!side], p->id[!side]);

	return left != NULL && (left->flags & ~p->flags & FLAG_FLAGGED) != 0 &&
	       snapshot_find(&f->snap[side], p->id[side]) == NULL;
}

/* The pair's message was found under another UID on that side. */
static int
pair_renumber(struct folder *f, enum side side, struct plan_pair *pair,
    const struct wanted *there, struct err *e)
{
	struct status *st = f->sy->status;
	struct status_pair p;
	int64_t date[2];
	bool found;
	char *name;
	int ret;

	log_debug(f->sy->log, LOG_SYNC, "%s: UID %u is now UID %u",
	    f->entry->label, pair->id[side], there->found);
	if (!f->sy->request->dry_run) {
		if (status_pair_get(
			st, f->row.id, pair->id[REMOTE], &p, &found, e) == -1)
			return -1;
		if (!found)
			return 0;
		name = xstrdup(p.name);
		p.name = name;
		p.id[side] = there->found;
		date[side] = there->date;
		date[!side] = p.date;
		p.date = folder_pair_date(f, date);
		ret = status_pair_drop(st, f->row.id, pair->id[REMOTE], e);
		if (ret == 0)
			ret = status_pair_put(st, f->row.id, &p, e);
		free(name);
		if (ret == -1)
			return -1;
	}
	pair->id[side] = there->found;
	return 0;
}

static int
compare_pairs(const void *a, const void *b)
{
	const struct plan_pair *x = a, *y = b;

	return (x->id[REMOTE] > y->id[REMOTE]) -
	       (x->id[REMOTE] < y->id[REMOTE]);
}

static int
pairs_renumber(struct folder *f, enum side side, struct plan_pair **pairs,
    const struct wanted *want, size_t n, struct err *e)
{
	size_t i;

	if (status_begin(f->sy->status, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (want[i].found != 0 &&
		    pair_renumber(f, side, pairs[i], &want[i], e) == -1) {
			status_rollback(f->sy->status);
			return -1;
		}
	}
	qsort(f->base, f->base_len, sizeof(*f->base), compare_pairs);
	return status_commit(f->sy->status, e);
}

/*
 * A message that was moved away and back has a new UID. Without this, one
 * that was flagged on the other side meanwhile would be there twice: it is
 * new here, and copied back from there. Files know their pairs: see
 * match_renamed.
 */
static int
match_renumbered(struct folder *f, enum side side, struct err *e)
{
	struct plan_pair **pairs;
	struct status_pair p;
	struct wanted *want;
	uint32_t *ids;
	size_t i, n, ids_len;
	bool found;
	int ret;

	if (!f->snap[side].complete ||
	    store_traits(f->sy->store[side])->names_files)
		return 0;
	pairs = xcalloc(f->base_len, sizeof(*pairs));
	for (n = 0, i = 0; i < f->base_len; i++)
		if (goes_back(f, side, &f->base[i]))
			pairs[n++] = &f->base[i];
	want = xcalloc(n, sizeof(*want));
	ids = match_unpaired_ids(f, side, &ids_len);
	ret = 0;
	for (i = 0; ret == 0 && i < n; i++) {
		ret = status_pair_get(f->sy->status, f->row.id,
		    pairs[i]->id[REMOTE], &p, &found, e);
		if (ret == 0 && found)
			want[i].digest = p.digest;
	}
	if (ret == 0)
		ret =
		    match_content(f->sy->store[side], want, n, ids, ids_len, e);
	if (ret == 0 && n > 0)
		ret = pairs_renumber(f, side, pairs, want, n, e);
	free(ids);
	free(want);
	free(pairs);
	return ret;
}

int
match_unpaired(struct folder *f, struct err *e)
{
	bool named = store_traits(f->sy->store[LOCAL])->names_files;
	struct locals l = { 0 };
	uint32_t *remote;
	size_t remote_len;
	int ret;

	if (match_renumbered(f, REMOTE, e) == -1 ||
	    match_renumbered(f, LOCAL, e) == -1)
		return -1;
	l.ids = match_unpaired_ids(f, LOCAL, &l.len);
	if (l.len == 0)
		return 0;
	ret = -1;
	remote = match_unpaired_ids(f, REMOTE, &remote_len);
	if (remote_len == 0 && (f->base_len == 0 || !named)) {
		ret = 0;
		goto out;
	}
	if (locals_read(f, &l, e) == -1 ||
	    (named && match_renamed(f, &l, e) == -1) ||
	    match_both(f, &l, remote, remote_len, e) == -1)
		goto out;
	ret = 0;
out:
	free(remote);
	locals_clear(&l);
	return ret;
}
