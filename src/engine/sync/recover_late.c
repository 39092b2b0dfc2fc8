/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a server stored only after recover.c had looked for it. The message was
 * new again then, and was sent again: now there are two of it, both made by
 * us from one message. The second would come back as new mail.
 *
 * An intent that was looked for in vain stays for a while, as a late one. A
 * message is its twin, and is removed, when all of this holds:
 *
 *	it has no pair, and an id that did not exist before the intent;
 *	the intent's source has a pair, and both its messages are there;
 *	it is byte by byte the pair's message: both are read for that, there
 *	and now, so that what is to stay is known to be there;
 *	it has no flag that the pair lacks: nobody else did anything to it.
 *
 * Each intent has one twin at most. A copy that somebody made by hand, in
 * this folder and while the intent stayed, cannot be told from it: then one is
 * left of the two. Anything else is new mail, and so is the twin where the user
 * wants nothing to be removed on that side.
 *
 * If we die in between, the next run finds the twin again, or nothing, and
 * the intent ends with its time.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/folder.h"

/* How long an intent may be late: much longer than any server takes for what
 * it has received. It is looked for once more after that. */
#define LATE_SECONDS 3600

struct late {
	struct folder *f;
	struct status_intent *list;
	size_t len;
};

/* One that may be there twice. */
struct suspect {
	struct status_intent *intent;
	const struct plan_pair *pair;
};

static bool
is_valid(const struct late *l, const struct status_intent *in)
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
	if (in->side == REMOTE && in->name[0] != '\0') {
		if (status_places(f->sy->status, store_name_key(in->name), NULL,
			here_take, &here, e) == -1)
			return -1;
		by = REMOTE;
		id = here.pair.id[REMOTE];
	}
	for (i = 0; i < f->base_len; i++) {
		p = &f->base[i];
		if (p->id[by] == id &&
		    is_there(&f->snap[LOCAL], p->id[LOCAL]) &&
		    is_there(&f->snap[REMOTE], p->id[REMOTE]))
			*pair = p;
	}
	return 0;
}

static bool
may_remove(const struct folder *f, enum side side)
{
	const struct settings_store *s = f->sy->account->store;

	return !s[side].readonly && !f->state[side].readonly &&
	       s[!side].sync_deletes;
}

/* Flags that the pair has, or had when both sides agreed. */
static uint32_t
pair_flags(const struct folder *f, const struct plan_pair *p)
{
	const struct snap_msg *msg;
	uint32_t flags = p->flags;
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		msg = snapshot_find(&f->snap[s], p->id[s]);
		if (msg != NULL)
			flags |= msg->flags;
	}
	return flags;
}

/* Reads both, and removes the twin if that is what it is. A mark as deleted,
 * by whomever, does not speak against it. */
static int
twin_remove(struct folder *f, const struct suspect *s, const struct wanted *w,
    struct store_result *r, struct err *e)
{
	enum side side = s->intent->side;
	struct store *store = f->sy->store[side];
	struct store_ref both[2] = { { .id = w->found },
		{ .id = s->pair->id[side] } };
	struct content c[2];

	if (content_read(store, both, 2, STORE_WHOLE, c, e) == -1)
		return -1;
	r->outcome = STORE_CHANGED;
	if (!c[0].valid || !c[1].valid ||
	    !digest_equal(&c[0].digest, &c[1].digest) ||
	    (c[0].flags & ~pair_flags(f, s->pair) & ~FLAG_DELETED) != 0)
		return 0;
	both[0].flags = c[0].flags;
	both[0].size = w->digest.size;
	both[0].date = w->date;
	if (step("remove late", e) == -1 ||
	    store->ops->remove(store, both, 1, r, e) == -1)
		return -1;
	return step("removed late", e);
}

static void
snapshot_drop(struct snapshot *s, uint32_t id)
{
	const struct snap_msg *msg = snapshot_find(s, id);
	size_t at = (size_t)(msg - s->msgs);

	s->len--;
	memmove(
	    s->msgs + at, s->msgs + at + 1, (s->len - at) * sizeof(*s->msgs));
}

/* What became of it: the plan is not to see it, unless it is no twin. */
static int
twin_settle(struct folder *f, const struct suspect *s, uint32_t id,
    const struct store_result *r, struct err *e)
{
	enum side side = s->intent->side;
	struct op op = { .side = (uint8_t)side };

	if (r->outcome == STORE_CHANGED)
		return 0;
	op.id[side] = id;
	snapshot_drop(&f->snap[side], id);
	if (r->outcome != STORE_DONE && r->outcome != STORE_GONE) {
		f->unfinished = true;
		s->intent->late = clock_wall(); /* the next run tries again */
		report_error(f->sy, f, &op, &r->err);
		return 0;
	}
	report_op(
	    f, EVOP_EXPUNGE, &op, "arrived late, and was sent again meanwhile");
	report_count(f, side, COUNT_EXPUNGE, 1);
	return status_intent_drop(f->sy->status, s->intent->id, e);
}

static int
twins_remove(struct folder *f, const struct suspect *s,
    const struct wanted *want, size_t n, struct err *e)
{
	struct store_result r;
	size_t i;
	int ret;

	for (ret = 0, i = 0; ret == 0 && i < n && !exec_stopped(f); i++) {
		if (want[i].found == 0)
			continue;
		r = (struct store_result){ .outcome = STORE_CHANGED };
		ret = twin_remove(f, &s[i], &want[i], &r, e);
		log_debug(f->sy->log, LOG_SYNC, "%s: %u is %sa late copy of %u",
		    f->entry->label, want[i].found,
		    r.outcome == STORE_CHANGED ? "not " : "",
		    s[i].pair->id[s[i].intent->side]);
		if (ret == 0)
			ret = twin_settle(f, &s[i], want[i].found, &r, e);
		store_results_clear(&r, 1);
	}
	return ret;
}

/* Those that were sent again; by what the server made of the other copy. */
static int
suspects_find(const struct late *l, enum side side, struct suspect *s,
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

/* The ids without a pair that did not exist before any of the suspects. */
static uint32_t *
new_ids(struct folder *f, enum side side, const struct suspect *s, size_t n,
    size_t *len)
{
	uint32_t *ids, least = UINT32_MAX;
	size_t i, all;

	for (i = 0; i < n; i++)
		if (s[i].intent->next_id < least)
			least = s[i].intent->next_id;
	ids = match_unpaired_ids(f, side, &all);
	for (*len = 0, i = 0; i < all; i++)
		if (ids[i] >= least)
			ids[(*len)++] = ids[i];
	return ids;
}

static int
late_look(const struct late *l, enum side side, struct err *e)
{
	struct folder *f = l->f;
	struct suspect *s;
	struct wanted *want;
	uint32_t *ids;
	size_t n, len;
	int ret;

	if (f->snap[side].len == 0 || !may_remove(f, side))
		return 0;
	s = xcalloc(l->len, sizeof(*s));
	want = xcalloc(l->len, sizeof(*want));
	ids = NULL;
	ret = suspects_find(l, side, s, want, &n, e);
	if (ret == 0 && n > 0) {
		ids = new_ids(f, side, s, n, &len);
		ret = match_content(f->sy->store[side], want, n, ids, len, e);
	}
	if (ret == 0)
		ret = twins_remove(f, s, want, n, e);
	free(ids);
	free(want);
	free(s);
	return ret;
}

static int
late_expire(const struct late *l, struct err *e)
{
	const struct status_intent *in;
	size_t i;

	for (i = 0; i < l->len; i++) {
		in = &l->list[i];
		if (in->late == 0 ||
		    (is_valid(l, in) && in->late + LATE_SECONDS > clock_wall()))
			continue;
		if (status_intent_drop(l->f->sy->status, in->id, e) == -1)
			return -1;
	}
	return 0;
}

int
recover_late(struct folder *f, struct err *e)
{
	struct late l = { .f = f };
	bool any;
	size_t i;
	int ret;

	if (f->sy->request->dry_run)
		return 0;
	if (status_intents(f->sy->status, f->row.id, &l.list, &l.len, e) == -1)
		return -1;
	for (any = false, i = 0; i < l.len; i++)
		any = any || l.list[i].late != 0;
	ret = 0;
	if (any)
		ret = late_look(&l, LOCAL, e);
	if (any && ret == 0)
		ret = late_look(&l, REMOTE, e);
	if (any && ret == 0)
		ret = late_expire(&l, e);
	status_intents_free(l.list, l.len);
	return ret;
}
