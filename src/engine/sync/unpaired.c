/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that are on both sides without a pair, files under a new name, and
 * messages of a pair under a new id: all are told by their content.
 */
#include "config.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/match.h"
#include "engine/sync/unpaired.h"

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

uint32_t *
unpaired_ids(const struct folder_scan *scan, enum side side, size_t *len)
{
	const struct snapshot *snap = &scan->snap[side];
	uint32_t *paired, *out;
	size_t i, p;

	paired = xcalloc(scan->base_len, sizeof(*paired));
	for (i = 0; i < scan->base_len; i++)
		paired[i] = scan->base[i].id[side];
	qsort(paired, scan->base_len, sizeof(*paired), compare_u32);
	out = NULL;
	*len = 0;
	for (p = 0, i = 0; i < snap->len; i++) {
		while (p < scan->base_len && paired[p] < snap->msgs[i].id)
			p++;
		if (p < scan->base_len && paired[p] == snap->msgs[i].id)
			continue;
		if (out == NULL)
			out = xcalloc(snap->len, sizeof(*out));
		out[(*len)++] = snap->msgs[i].id;
	}
	free(paired);
	return out;
}

uint32_t *
unpaired_ids_from(
    const struct folder_scan *scan, enum side side, uint32_t least, size_t *len)
{
	uint32_t *ids;
	size_t i, n;

	ids = unpaired_ids(scan, side, &n);
	for (*len = 0, i = 0; i < n; i++)
		if (ids[i] >= least)
			ids[(*len)++] = ids[i];
	return ids;
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
	const struct snapshot *snap = &f->scan.snap[LOCAL];
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
	const char *name = f->scan.snap[LOCAL].names + msg->name;

	log_debug(f->sy->env->log, LOG_SYNC, "%s: UID %u is now %s",
	    f->entry->label, pair->id[REMOTE], name);
	if (!f->sy->env->request->dry_run &&
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
renamed_match(struct folder *f, struct locals *l, struct err *e)
{
	struct snapshot *snap = &f->scan.snap[LOCAL];
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
	for (i = 0; ret == 0 && i < f->scan.base_len; i++)
		if (bsearch(&f->scan.base[i].id[LOCAL], here, n, sizeof(*here),
			compare_u32) == NULL)
			ret = renamed_find(f, &f->scan.base[i], l, msgs, e);
	snapshot_sort(snap);
	free(msgs);
	free(here);
	return ret;
}

static int
compare_matches(const void *a, const void *b)
{
	const struct folder_match *x = a, *y = b;

	return (x->m.id[REMOTE] > y->m.id[REMOTE]) -
	       (x->m.id[REMOTE] < y->m.id[REMOTE]);
}

static void
match_add(
    struct folder *f, uint32_t local, int64_t date, const struct wanted *w)
{
	struct folder_match *m;

	f->scan.matches = xgrow(f->scan.matches, f->scan.matches_len,
	    &f->scan.matches_cap, sizeof(*f->scan.matches));
	m = &f->scan.matches[f->scan.matches_len++];
	m->m.id[LOCAL] = local;
	m->m.id[REMOTE] = w->found;
	m->digest = w->digest;
	m->date = folder_pair_date(f, (int64_t[2]){ date, w->date });
}

static int
both_match(struct folder *f, struct locals *l, const uint32_t *remote,
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
		want[n].hint =
		    snapshot_find(&f->scan.snap[LOCAL], l->ids[i])->hint;
		which[n++] = i;
	}
	ret = match_content(f->sy->store[REMOTE],
	    &(struct match_query){
		.want = want, .n = n, .ids = remote, .ids_len = remote_len },
	    e);
	for (i = 0; ret == 0 && i < n; i++)
		if (want[i].found != 0)
			match_add(f, l->ids[which[i]],
			    l->content[which[i]].date, &want[i]);
	if (f->scan.matches_len > 0)
		qsort(f->scan.matches, f->scan.matches_len,
		    sizeof(*f->scan.matches), compare_matches);
	free(which);
	free(want);
	return ret;
}

/* Gone from side, and newly flagged on the other: it would be copied back. */
static bool
goes_back(
    const struct folder_scan *scan, enum side side, const struct plan_pair *p)
{
	const struct snap_msg *left =
	    snapshot_find(&scan->snap[!side], p->id[!side]);

	return left != NULL && (left->flags & ~p->flags & FLAG_FLAGGED) != 0 &&
	       snapshot_find(&scan->snap[side], p->id[side]) == NULL;
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

	log_debug(f->sy->env->log, LOG_SYNC, "%s: UID %u is now UID %u",
	    f->entry->label, pair->id[side], there->found);
	if (!f->sy->env->request->dry_run) {
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
	qsort(f->scan.base, f->scan.base_len, sizeof(*f->scan.base),
	    compare_pairs);
	return status_commit(f->sy->status, e);
}

/*
 * A message that was moved away and back has a new UID. Without this, one
 * that was flagged on the other side meanwhile would be there twice: it is
 * new here, and copied back from there. Files know their pairs: see
 * renamed_match.
 */
static int
renumbered_match(struct folder *f, enum side side, struct err *e)
{
	struct plan_pair **pairs;
	struct status_pair p;
	struct wanted *want;
	uint32_t *ids;
	size_t i, n, ids_len;
	bool found;
	int ret;

	if (!f->scan.snap[side].complete ||
	    store_traits(f->sy->store[side])->names_files)
		return 0;
	pairs = xcalloc(f->scan.base_len, sizeof(*pairs));
	for (n = 0, i = 0; i < f->scan.base_len; i++)
		if (goes_back(&f->scan, side, &f->scan.base[i]))
			pairs[n++] = &f->scan.base[i];
	want = xcalloc(n, sizeof(*want));
	ids = unpaired_ids(&f->scan, side, &ids_len);
	ret = 0;
	for (i = 0; ret == 0 && i < n; i++) {
		ret = status_pair_get(f->sy->status, f->row.id,
		    pairs[i]->id[REMOTE], &p, &found, e);
		if (ret == 0 && found)
			want[i].digest = p.digest;
	}
	if (ret == 0)
		ret = match_content(f->sy->store[side],
		    &(struct match_query){
			.want = want, .n = n, .ids = ids, .ids_len = ids_len },
		    e);
	if (ret == 0 && n > 0)
		ret = pairs_renumber(f, side, pairs, want, n, e);
	free(ids);
	free(want);
	free(pairs);
	return ret;
}

int
unpaired_match(struct folder *f, struct err *e)
{
	bool named = store_traits(f->sy->store[LOCAL])->names_files;
	struct locals l = { 0 };
	uint32_t *remote;
	size_t remote_len;
	int ret;

	if (renumbered_match(f, REMOTE, e) == -1 ||
	    renumbered_match(f, LOCAL, e) == -1)
		return -1;
	l.ids = unpaired_ids(&f->scan, LOCAL, &l.len);
	if (l.len == 0)
		return 0;
	ret = -1;
	remote = unpaired_ids(&f->scan, REMOTE, &remote_len);
	if (remote_len == 0 && (f->scan.base_len == 0 || !named)) {
		ret = 0;
		goto out;
	}
	if (locals_read(f, &l, e) == -1 ||
	    (named && renamed_match(f, &l, e) == -1) ||
	    both_match(f, &l, remote, remote_len, e) == -1)
		goto out;
	ret = 0;
out:
	free(remote);
	locals_clear(&l);
	return ret;
}
