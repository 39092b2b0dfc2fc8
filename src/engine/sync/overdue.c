/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that a server stored only after recover.c had looked for them. Such
 * a message was new again then, and was sent again: now there are two of it,
 * both made by us from one message. The second would come back as new mail.
 *
 * An intent that was looked for in vain stays for a while, as an overdue one. A
 * message is its duplicate, and is to go, when all of this holds:
 *
 *	it has no pair, and an id that did not exist before the intent;
 *	the intent's source has a pair, and both its messages are there;
 *	it is byte by byte the pair's message;
 *	it has no flag that the pair lacks: nobody else did anything to it.
 *
 * The planner is told its id and makes an OP_EXPUNGE of it, which goes the way
 * of all deletions. Both messages are read once more just before, so that what
 * is to stay is known to be there.
 *
 * Each intent has one duplicate at most. A copy that somebody makes by hand, in
 * this folder and while the intent stays, cannot be told from it: then one of
 * the two is left. Anything else is new mail, and so is the duplicate where the
 * user wants nothing to be removed on that side.
 *
 * If we die in between, the next run finds the duplicate again, or nothing. As
 * long as a deletion of it waits, so does the intent.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/match.h"
#include "engine/sync/overdue.h"
#include "engine/sync/report.h"
#include "engine/sync/unpaired.h"

/* How long an intent may be overdue: much longer than any server takes for what
 * it has received. It is looked for once more after that. */
#define OVERDUE_SECONDS 3600

struct overdue {
	struct folder *f;
	struct status_intent *list;
	size_t len;
};

/* One that may be there twice. */
struct candidate {
	struct status_intent *intent;
	const struct plan_pair *pair;
};

static bool
is_valid(const struct overdue *l, const struct status_intent *in)
{
	return in->validity == l->f->state[in->side].validity;
}

static bool
is_there(const struct snapshot *s, uint32_t id)
{
	return snapshot_find(s, id) != NULL ||
	       (!s->complete && !uidset_has(&s->vanished, id));
}

static bool
here_take(void *arg, const struct status_place *p)
{
	struct status_place *here = arg;

	if (p->folder == here->folder)
		here->pair.id[REMOTE] = p->pair.id[REMOTE];
	return here->pair.id[REMOTE] == 0;
}

/*
 * The pair of the message that was sent; *pair is NULL if it has none, or not
 * both are there. A file without a pair has another id in each run: it is its
 * name that says which one it was.
 */
static int
pair_find(struct folder *f, const struct status_intent *in,
    const struct plan_pair **pair, struct err *e)
{
	struct status_place here = { .folder = f->row.id };
	enum side by = !in->side;
	uint32_t id = in->source_id;
	const struct plan_pair *p;
	size_t i;

	*pair = NULL;
	if (in->name[0] != '\0') {
		if (status_places_named(f->sy->status, by,
			store_name_key(in->name), here_take, &here, e) == -1)
			return -1;
		by = REMOTE;
		id = here.pair.id[REMOTE];
	}
	for (i = 0; i < f->scan.base_len; i++) {
		p = &f->scan.base[i];
		if (p->id[by] == id &&
		    is_there(&f->scan.snap[LOCAL], p->id[LOCAL]) &&
		    is_there(&f->scan.snap[REMOTE], p->id[REMOTE]))
			*pair = p;
	}
	return 0;
}

/* Flags that the pair has, or had when both sides agreed. */
static uint32_t
pair_flags(const struct folder *f, const struct plan_pair *p)
{
	const struct snap_msg *msg;
	uint32_t flags = p->flags;
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		msg = snapshot_find(&f->scan.snap[s], p->id[s]);
		if (msg != NULL)
			flags |= msg->flags;
	}
	return flags;
}

/* A mark as deleted, by whomever, does not speak against it. */
static bool
is_copy(const struct content c[2], uint32_t flags)
{
	return c[0].valid && c[1].valid &&
	       digest_equal(&c[0].digest, &c[1].digest) &&
	       (c[0].flags & ~flags & ~FLAG_DELETED) == 0;
}

int
overdue_check(struct store *store, const struct duplicate *d,
    struct store_ref *ref, bool *certain, struct err *e)
{
	struct store_ref both[2] = { { .id = d->id }, { .id = d->twin } };
	struct content c[2];
	int ret;

	ret = content_read(store, both, 2, STORE_WHOLE, c, e);
	*certain = ret == 0 && is_copy(c, d->flags);
	ref->size = d->size;
	ref->date = d->date;
	if (*certain)
		ref->flags = c[0].flags;
	content_clear(c, 2);
	return ret;
}

/* It stays an overdue intent for as long as the duplicate is there. */
static int
duplicate_add(struct folder *f, struct status_intent *in,
    const struct duplicate *d, struct err *e)
{
	struct folder_scan *scan = &f->scan;
	size_t *n = &scan->duplicates_len[in->side];

	scan->duplicates[in->side][(*n)++] = *d;
	in->late = clock_wall();
	if (f->sy->env->request->dry_run)
		return 0;
	return status_intent_late(f->sy->status, in->id, in->late, e);
}

static int
duplicates_find(struct folder *f, const struct candidate *s,
    const struct wanted *want, size_t n, struct err *e)
{
	struct store_ref ref = { 0 };
	struct duplicate d;
	bool certain;
	size_t i;

	for (i = 0; i < n && !sync_stopped(f->sy); i++) {
		enum side side = s[i].intent->side;

		if (want[i].found == 0)
			continue;
		d = (struct duplicate){ .id = want[i].found,
			.twin = s[i].pair->id[side],
			.flags = pair_flags(f, s[i].pair),
			.size = want[i].digest.size,
			.date = want[i].date,
			.intent = s[i].intent->id };
		if (overdue_check(f->sy->store[side], &d, &ref, &certain, e) ==
		    -1)
			return -1;
		log_debug(f->sy->env->log, LOG_SYNC,
		    "%s: %u is %sa late copy of %u", f->entry->label, d.id,
		    certain ? "" : "not ", d.twin);
		if (certain && duplicate_add(f, s[i].intent, &d, e) == -1)
			return -1;
	}
	return 0;
}

static int
compare_duplicates(const void *a, const void *b)
{
	const struct duplicate *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Those that were sent again; by what the server made of the other copy. */
static int
candidates_find(const struct overdue *l, enum side side, struct candidate *s,
    struct wanted *want, size_t *n, struct err *e)
{
	struct folder *f = l->f;
	struct status_pair known;
	bool found;
	size_t i;

	for (*n = 0, i = 0; i < l->len; i++) {
		struct status_intent *in = &l->list[i];

		if (in->late == 0 || in->side != side || !is_valid(l, in))
			continue;
		s[*n].intent = in;
		if (pair_find(f, in, &s[*n].pair, e) == -1)
			return -1;
		if (s[*n].pair == NULL)
			continue;
		if (status_pair_get(f->sy->status, f->row.id,
			s[*n].pair->id[REMOTE], &known, &found, e) == -1)
			return -1;
		if (!found)
			continue;
		want[(*n)++].digest = known.digest;
	}
	return 0;
}

/* The lowest id that any of the candidates can have. */
static uint32_t
candidates_least(const struct candidate *c, size_t n)
{
	uint32_t least = UINT32_MAX;
	size_t i;

	for (i = 0; i < n; i++)
		if (c[i].intent->next_id < least)
			least = c[i].intent->next_id;
	return least;
}

static int
overdue_look(const struct overdue *l, enum side side, struct err *e)
{
	struct folder *f = l->f;
	struct candidate *s;
	struct wanted *want;
	uint32_t *ids;
	size_t n, len;
	int ret;

	if (f->scan.snap[side].len == 0)
		return 0;
	free(f->scan.duplicates[side]);
	f->scan.duplicates[side] = xcalloc(l->len, sizeof(struct duplicate));
	f->scan.duplicates_len[side] = 0;
	s = xcalloc(l->len, sizeof(*s));
	want = xcalloc(l->len, sizeof(*want));
	ids = NULL;
	ret = candidates_find(l, side, s, want, &n, e);
	if (ret == 0 && n > 0) {
		ids = unpaired_ids_from(
		    &f->scan, side, candidates_least(s, n), &len);
		ret = match_content(f->sy->store[side],
		    &(struct match_query){
			.want = want, .n = n, .ids = ids, .ids_len = len },
		    e);
	}
	if (ret == 0)
		ret = duplicates_find(f, s, want, n, e);
	qsort(f->scan.duplicates[side], f->scan.duplicates_len[side],
	    sizeof(struct duplicate), compare_duplicates);
	free(ids);
	free(want);
	free(s);
	return ret;
}

static int
overdue_expire(const struct overdue *l, struct err *e)
{
	const struct status_intent *in;
	size_t i;

	if (l->f->sy->env->request->dry_run)
		return 0;
	for (i = 0; i < l->len; i++) {
		in = &l->list[i];
		if (in->late == 0 ||
		    (is_valid(l, in) &&
			!clock_passed(in->late, OVERDUE_SECONDS, clock_wall())))
			continue;
		if (status_intent_drop(l->f->sy->status, in->id, e) == -1)
			return -1;
	}
	return 0;
}

int
overdue_find(struct folder *f, struct err *e)
{
	struct overdue l = { .f = f };
	bool any;
	size_t i;
	int ret;

	if (status_intents(f->sy->status, f->row.id, &l.list, &l.len, e) == -1)
		return -1;
	for (any = false, i = 0; i < l.len; i++)
		any = any || l.list[i].late != 0;
	ret = 0;
	if (any)
		ret = overdue_look(&l, LOCAL, e);
	if (any && ret == 0)
		ret = overdue_look(&l, REMOTE, e);
	if (any && ret == 0)
		ret = overdue_expire(&l, e);
	status_intents_free(l.list, l.len);
	return ret;
}
