/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that are on both sides without a pair, files under a new name, and
 * messages of a pair under a new id: all are told by their content.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/kin_find.h"
#include "engine/sync/match.h"
#include "engine/sync/report.h"
#include "engine/sync/unpaired.h"

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t *
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

/* The messages of a side without pair. */
struct unpaired {
	enum side side;
	uint32_t *ids; /* 0: it is one that got a new name */
	size_t len;
	size_t cap;		 /* of one that grows */
	struct content *content; /* NULL: not read */
};

/* One more, with what c holds. */
static void
unpaired_add(struct unpaired *u, uint32_t id, struct content *c)
{
	size_t cap = u->cap;

	u->ids = xgrow(u->ids, u->len, &cap, sizeof(*u->ids));
	u->content = xgrow(u->content, u->len, &u->cap, sizeof(*u->content));
	u->ids[u->len] = id;
	u->content[u->len++] = *c;
	c->why = NULL;
}

static void
unpaired_clear(struct unpaired *u)
{
	free(u->ids);
	if (u->content != NULL)
		content_clear(u->content, u->len);
	free(u->content);
}

struct unpaired_reading {
	struct folder *f;
	struct unpaired *u;
};

static struct store_ref
reading_ref(void *arg, size_t i)
{
	const struct unpaired_reading *r = arg;
	const uint32_t id = r->u->ids[i];

	return (struct store_ref){ .id = id,
		.flags = snapshot_find(&r->f->scan.snap[r->u->side], id)->flags,
		.name = folder_file_name(r->f, r->u->side, id) };
}

static void
reading_take(void *arg, size_t i, struct content *c)
{
	const struct unpaired_reading *r = arg;

	r->u->content[i] = *c;
	c->why = NULL;
}

static int
unpaired_read(struct folder *f, struct unpaired *u, struct err *e)
{
	struct unpaired_reading r = { f, u };
	const struct content_taker taker = { &r, reading_ref, reading_take };

	u->content = xcalloc(u->len, sizeof(*u->content));
	return content_read_parts(
	    f->sy->store[u->side], u->len, STORE_WHOLE, &taker, e);
}

/* This message is the one of this pair under a new name. */
static int
renamed_take(struct folder *f, const struct plan_pair *pair, enum side side,
    struct snap_msg *msg, struct err *e)
{
	const char *name = f->scan.snap[side].names + msg->name;

	log_debug(f->sy->env->log, LOG_SYNC, "%s: pair %u is now %s",
	    f->entry->label, pair->id[REMOTE], name);
	if (!f->sy->env->request->dry_run &&
	    status_pair_name(f->sy->status, f->row.id, pair->id[REMOTE], side,
		name, e) == -1)
		return -1;
	msg->id = pair->id[side];
	return 0;
}

/*
 * Looks for a file without pair that is this pair's message. The snapshot is
 * out of order as soon as one was found.
 */
static int
renamed_find(struct folder *f, const struct plan_pair *pair, struct unpaired *u,
    struct snap_msg **msgs, bool *found, struct err *e)
{
	struct status_pair known;
	bool is_known;
	size_t i;

	*found = false;
	if (status_pair_get(f->sy->status, f->row.id, pair->id[REMOTE], &known,
		&is_known, e) == -1)
		return -1;
	for (i = 0; is_known && i < u->len; i++) {
		if (!u->content[i].valid || u->ids[i] == 0 ||
		    !digest_equal(&u->content[i].digest, &known.digest))
			continue;
		if (renamed_take(f, pair, u->side, msgs[i], e) == -1)
			return -1;
		u->ids[i] = 0;
		*found = true;
		return 0;
	}
	return 0;
}

/* What cannot be read is not absent: its side is not known completely, nothing
 * is made of the file in this run, and nothing is deleted. */
static void
unread_drop(struct folder *f, struct unpaired *u, size_t i)
{
	struct deletion_hold hold = { .reason = HOLD_UNSEEN,
		.label = f->entry->label };
	const struct deletions *d = &f->sy->run.deletions;
	struct op op = { .side = (uint8_t)!u->side };

	op.id[u->side] = u->ids[i];
	if (u->content[i].why != NULL)
		report_error(f, &op, u->content[i].why);
	snapshot_drop(&f->scan.snap[u->side], u->ids[i]);
	f->scan.snap[u->side].complete = false;
	f->outcome.unfinished = true;
	u->ids[i] = 0;
	if (d->holds_len > 0 && d->holds[d->holds_len - 1].label == hold.label)
		return; /* it is not the first one */
	for (hold.side = LOCAL; hold.side <= REMOTE; hold.side++)
		deletions_hold(&f->sy->run.deletions, &hold);
}

/* Pairs are missing on a side, and files that could not be read may be theirs.
 */
static void
unread_hold(struct folder *f, struct unpaired *u)
{
	size_t i;

	for (i = 0; i < u->len; i++)
		if (!u->content[i].valid && u->ids[i] != 0)
			unread_drop(f, u, i);
}

static int
renamed_match(struct folder *f, struct unpaired *u, struct err *e)
{
	struct snapshot *snap = &f->scan.snap[u->side];
	struct snap_msg **msgs;
	size_t i, n, missing;
	uint32_t *here;
	bool found;
	int ret;

	if (!snap->complete)
		return 0;
	n = snap->len;
	here = xcalloc(n, sizeof(*here));
	for (i = 0; i < n; i++)
		here[i] = snap->msgs[i].id;
	msgs = xcalloc(u->len, sizeof(*msgs));
	for (i = 0; i < u->len; i++)
		msgs[i] =
		    snap->msgs + (snapshot_find(snap, u->ids[i]) - snap->msgs);
	for (ret = 0, missing = i = 0; ret == 0 && i < f->scan.base_len; i++) {
		if (bsearch(&f->scan.base[i].id[u->side], here, n,
			sizeof(*here), compare_u32) != NULL)
			continue;
		ret = renamed_find(f, &f->scan.base[i], u, msgs, &found, e);
		missing += !found;
	}
	snapshot_sort(snap);
	if (ret == 0 && missing > 0)
		unread_hold(f, u);
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

/* The messages of a side that could be read, as they are looked for. */
struct searched {
	struct unpaired *u;
	struct wanted *want;
	struct {
		int64_t date;
		uint64_t told;
	} * here;
};

/* Of what was read only this stays, for there may be a million of them. Those
 * that could not be read go to unread. */
static void
searched_init(
    struct searched *q, const struct snapshot *snap, struct unpaired *unread)
{
	struct unpaired *u = q->u;
	size_t i, n;

	q->want = xcalloc(u->len, sizeof(*q->want));
	q->here = xcalloc(u->len, sizeof(*q->here));
	for (n = 0, i = 0; i < u->len; i++) {
		const struct content *c = &u->content[i];

		if (!c->valid) {
			unpaired_add(unread, u->ids[i], &u->content[i]);
			continue;
		}
		q->want[n].digest = c->digest;
		q->want[n].start = c->start;
		q->want[n].start_is_all = c->start_is_all;
		q->want[n].hint = snapshot_find(snap, u->ids[i])->hint;
		q->here[n].date = c->date;
		q->here[n].told = c->told;
		u->ids[n++] = u->ids[i];
	}
	free(u->content);
	u->content = NULL;
	u->len = n;
}

static struct folder_match *
match_add(struct folder *f, const struct searched *q, size_t i)
{
	const struct unpaired *u = q->u;
	const struct wanted *w = &q->want[i];
	struct folder_match *m;
	int64_t date[2];

	f->scan.matches = xgrow(f->scan.matches, f->scan.matches_len,
	    &f->scan.matches_cap, sizeof(*f->scan.matches));
	m = &f->scan.matches[f->scan.matches_len++];
	m->m.id[u->side] = u->ids[i];
	m->m.id[!u->side] = w->found;
	m->digest = w->digest;
	m->told[u->side] = q->here[i].told;
	m->told[!u->side] = w->told;
	m->unread[u->side] = false;
	m->unread[!u->side] = w->unread;
	date[u->side] = q->here[i].date;
	date[!u->side] = w->date;
	m->date = folder_pair_date(f, date);
	m->kin = NULL;
	return m;
}

/* Those that were not found as they are. */
static int
kin_pair(struct folder *f, const struct searched *q,
    const struct unpaired *other, struct err *e)
{
	const struct kin_search search = { .side = q->u->side,
		.ids = q->u->ids,
		.want = q->want,
		.len = q->u->len,
		.there = other->ids,
		.there_len = other->len };
	struct kin_found *kin;
	struct folder_match *m;
	size_t i, n, altered = 0;

	if (kin_find(f, &search, &kin, &n, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		m = match_add(f, q, kin[i].at);
		if (kin[i].same)
			continue;
		altered++;
		m->kin = xcalloc(1, KIN_LEN);
		memcpy(m->kin, kin[i].body, KIN_LEN);
	}
	free(kin);
	if (altered > 0)
		report_warning(f->sy, f->entry->label,
		    "%zu messages here are not byte by byte those of the other "
		    "side, as if another program had changed their headers; "
		    "they are the same by name and content, and each side "
		    "keeps its own form",
		    altered);
	return 0;
}

static bool
is_matched(const struct folder_scan *scan, enum side side, uint32_t id)
{
	size_t i;

	for (i = 0; i < scan->matches_len; i++)
		if (scan->matches[i].m.id[side] == id)
			return true;
	return false;
}

/*
 * Messages without a pair that may be the one that cannot be read on the other
 * side are not copied there in this run. Its name says which one it is (hint);
 * else it may be any that was there in the last run. True when there is one.
 */
static bool
peers_leave(struct folder *f, const struct unpaired *u, uint32_t hint)
{
	struct snapshot *snap = &f->scan.snap[u->side];
	uint32_t next = f->row.next_id[u->side], id;
	bool any = false;
	size_t i;

	for (i = 0; i < u->len; i++) {
		id = u->ids[i];
		if (hint != 0 ? id != hint : f->scan.base_len > 0 && id >= next)
			continue;
		if (is_matched(&f->scan, u->side, id))
			continue;
		any = true;
		if (snapshot_find(snap, id) != NULL)
			snapshot_drop(snap, id);
		snap->complete = false;
	}
	return any;
}

/* Files without a pair that could not be read: nothing is fetched beside them
 * that they may be. */
static void
unread_leave(struct folder *f, struct unpaired *u, const struct unpaired *other)
{
	const struct snapshot *snap = &f->scan.snap[u->side];
	size_t i;

	for (i = 0; i < u->len; i++)
		if (!u->content[i].valid && u->content[i].why != NULL &&
		    peers_leave(f, other, snapshot_find(snap, u->ids[i])->hint))
			unread_drop(f, u, i);
}

/* Looks for those that were read among those of the other side. */
static int
both_match(struct folder *f, struct unpaired *u, const struct unpaired *other,
    struct err *e)
{
	struct unpaired unread = { .side = u->side };
	struct searched s = { .u = u };
	struct match_query q = { .ids = other->ids,
		.ids_len = other->len,
		.snap = &f->scan.snap[other->side] };
	size_t i;
	int ret;

	searched_init(&s, &f->scan.snap[u->side], &unread);
	q.want = s.want;
	q.n = u->len;
	ret = match_content(f->sy->store[other->side], &q, e);
	for (i = 0; ret == 0 && i < q.n; i++)
		if (s.want[i].found != 0)
			match_add(f, &s, i);
	if (ret == 0)
		ret = kin_pair(f, &s, other, e);
	if (f->scan.matches_len > 0)
		qsort(f->scan.matches, f->scan.matches_len,
		    sizeof(*f->scan.matches), compare_matches);
	if (ret == 0)
		unread_leave(f, &unread, other);
	unpaired_clear(&unread);
	free(s.here);
	free(s.want);
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
		name = xstrdup(p.name[!side]);
		p.name[!side] = name;
		p.name[side] = NULL; /* the store has none */
		p.id[side] = there->found;
		p.told[side] = there->told;
		p.unread[side] = there->unread;
		date[side] = there->date;
		date[!side] = p.date;
		p.date = folder_pair_date(f, date);
		ret = status_pair_drop(st, f->row.id, pair->id[REMOTE], e);
		if (ret == 0)
			ret = folder_pair_put(f, &p, e);
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
		if (ret == 0 && found) {
			want[i].digest = p.digest;
			want[i].told = p.told[side];
		}
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

/* The side whose messages are read, to be looked for on the other one. */
static enum side
side_to_read(const struct folder *f)
{
	return !store_traits(f->sy->store[LOCAL])->bytes_at_hand &&
		       store_traits(f->sy->store[REMOTE])->bytes_at_hand
		   ? REMOTE
		   : LOCAL;
}

/* Reads what has to be read of one side, and finds files with new names. */
static int
unpaired_look(struct folder *f, struct unpaired *u, bool wanted, struct err *e)
{
	bool renames = store_traits(f->sy->store[u->side])->names_files &&
		       f->scan.base_len > 0;
	size_t i, n;

	if (u->len == 0 || (!renames && !wanted))
		return 0;
	if (unpaired_read(f, u, e) == -1 ||
	    (renames && renamed_match(f, u, e) == -1))
		return -1;
	for (n = 0, i = 0; i < u->len; i++) {
		if (u->ids[i] == 0) {
			content_clear(&u->content[i], 1);
			continue;
		}
		u->content[n] = u->content[i];
		u->ids[n++] = u->ids[i];
	}
	u->len = n;
	return 0;
}

int
unpaired_match(struct folder *f, struct err *e)
{
	struct unpaired u[2] = { { .side = LOCAL }, { .side = REMOTE } };
	enum side s, read = side_to_read(f);
	int ret = 0;

	for (s = LOCAL; ret == 0 && s <= REMOTE; s++)
		ret = renumbered_match(f, !s, e);
	for (s = LOCAL; ret == 0 && s <= REMOTE; s++)
		u[s].ids = unpaired_ids(&f->scan, s, &u[s].len);
	if (ret == 0)
		ret = unpaired_look(f, &u[!read], false, e);
	if (ret == 0)
		ret = unpaired_look(f, &u[read], u[!read].len > 0, e);
	if (ret == 0 && u[read].len > 0 && u[!read].len > 0)
		ret = both_match(f, &u[read], &u[!read], e);
	unpaired_clear(&u[LOCAL]);
	unpaired_clear(&u[REMOTE]);
	return ret;
}
