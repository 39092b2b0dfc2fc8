/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins both sides and the base: one row for each message. */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/plan/plan_private.h"

/*
 * The base is walked once, and each snapshot is followed with a cursor: ids
 * ascend alike on both sides for almost all messages, so the next one is
 * nearly always the one that is looked for. A bit for each message remembers
 * which ones have a row; what has none at the end is new.
 */
struct follower {
	const struct snapshot *snap;
	size_t at; /* where the next id is expected */
	unsigned char *taken;
};

struct join {
	struct follower side[2];
	void (*each)(void *arg, const struct plan_row *row);
	void *arg;
};

static bool
taken(const struct follower *f, size_t i)
{
	return (f->taken[i / 8] >> i % 8 & 1) != 0;
}

static void
take(struct follower *f, size_t i)
{
	f->taken[i / 8] = (unsigned char)(f->taken[i / 8] | 1U << i % 8);
}

/* The message with this id; NULL when there is none. */
static const struct snap_msg *
follow(struct follower *f, uint32_t id, size_t *index)
{
	const struct snap_msg *m, *msgs = f->snap->msgs;

	if (f->at < f->snap->len && msgs[f->at].id == id)
		m = &msgs[f->at];
	else
		m = snapshot_find(f->snap, id);
	if (m == NULL)
		return NULL;
	*index = (size_t)(m - msgs);
	f->at = *index + 1;
	return m;
}

/* What the side says about the message of a pair. */
static void
pair_side(struct follower *f, const struct plan_pair *pair, enum side side,
    struct plan_row *row)
{
	const struct snap_msg *m;
	size_t i;

	m = follow(f, pair->id[side], &i);
	if (m != NULL) {
		row->twice = row->twice || taken(f, i);
		take(f, i);
		row->there[side] = true;
		row->flags[side] = m->flags;
	} else if (!f->snap->complete &&
		   !uidset_has(&f->snap->vanished, pair->id[side])) {
		row->there[side] = true;
		row->flags[side] = pair->flags;
	}
}

static void
join_base(struct join *j, const struct plan_input *in)
{
	struct plan_row row;
	size_t i;

	for (i = 0; i < in->base_len; i++) {
		row = (struct plan_row){
			.id = { in->base[i].id[LOCAL], in->base[i].id[REMOTE] },
			.paired = true,
			.base = in->base[i].flags,
		};
		pair_side(&j->side[LOCAL], &in->base[i], LOCAL, &row);
		pair_side(&j->side[REMOTE], &in->base[i], REMOTE, &row);
		j->each(j->arg, &row);
	}
}

static void
join_matches(struct join *j, const struct plan_input *in)
{
	const struct snap_msg *l, *r;
	struct plan_row row;
	size_t i, li, ri;

	for (i = 0; i < in->matches_len; i++) {
		l = follow(&j->side[LOCAL], in->matches[i].id[LOCAL], &li);
		r = follow(&j->side[REMOTE], in->matches[i].id[REMOTE], &ri);
		if (l == NULL || taken(&j->side[LOCAL], li) || r == NULL ||
		    taken(&j->side[REMOTE], ri))
			continue;
		take(&j->side[LOCAL], li);
		take(&j->side[REMOTE], ri);
		row = (struct plan_row){
			.id = { l->id, r->id },
			.there = { true, true },
			.flags = { l->flags, r->flags },
		};
		j->each(j->arg, &row);
	}
}

static void
join_new(struct join *j, enum side side)
{
	const struct follower *f = &j->side[side];
	struct plan_row row;
	size_t i;

	for (i = 0; i < f->snap->len; i++) {
		if (taken(f, i))
			continue;
		row = (struct plan_row){ 0 };
		row.id[side] = f->snap->msgs[i].id;
		row.there[side] = true;
		row.flags[side] = f->snap->msgs[i].flags;
		j->each(j->arg, &row);
	}
}

void
plan_join(const struct plan_input *in,
    void (*each)(void *arg, const struct plan_row *row), void *arg)
{
	struct join j = { .each = each, .arg = arg };
	int s;

	for (s = LOCAL; s <= REMOTE; s++) {
		j.side[s].snap = in->snap[s];
		j.side[s].taken = xcalloc(in->snap[s]->len / 8 + 1, 1);
	}
	join_base(&j, in);
	join_matches(&j, in);
	join_new(&j, REMOTE);
	join_new(&j, LOCAL);
	free(j.side[LOCAL].taken);
	free(j.side[REMOTE].taken);
}
