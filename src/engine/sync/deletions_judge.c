/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The brake. Deletions are counted over a folder and over the account, at once
 * and within a day since the user's last decision; and they are compared with
 * what a backup leaves out when it is put back. What the user let through, and
 * what turned up in another folder, does not count.
 */
#include "config.h"

#include <stdlib.h>

#include "engine/sync/deletions_judge.h"

struct elsewhere {
	const struct sync *sy;
	int64_t folder;
	bool found;
};

/* The folder of the map that this run has seen; NULL: none. */
static const struct foldermap_entry *
entry_seen(const struct sync *sy, int64_t folder, size_t *number)
{
	size_t i;

	for (i = 0; i < sy->run.map.len; i++)
		if (sy->run.map.list[i].id == folder &&
		    sy->run.map.list[i].seen) {
			*number = i;
			return &sy->run.map.list[i];
		}
	return NULL;
}

/* True when the pair's messages stay: this run saw its folder, and removes
 * neither. */
static bool
elsewhere_look_at(void *arg, const struct status_place *place)
{
	const struct deletions *d;
	struct elsewhere *w = arg;
	uint32_t id = place->pair.id[REMOTE];
	size_t number;

	d = &w->sy->run.deletions;
	w->found = place->folder != w->folder &&
		   entry_seen(w->sy, place->folder, &number) != NULL &&
		   deletions_planned(d, number, LOCAL, id) == NULL &&
		   deletions_planned(d, number, REMOTE, id) == NULL;
	return !w->found;
}

/* What the status knows of one. */
static int
deletion_load(struct sync *sy, const struct status_folder *row,
    struct deletion *what, struct err *e)
{
	struct elsewhere w = { .sy = sy, .folder = row->id };
	uint32_t id = what->op.id[REMOTE];
	struct status_pair pair;
	bool found;

	if (status_pair_get(sy->status, row->id, id, &pair, &found, e) == -1)
		return -1;
	what->released =
	    sy->env->request->release == RELEASE_ALL ||
	    (sy->env->request->release == RELEASE_SHOWN && what->shown);
	what->loss = true;
	if (!found)
		return 0;
	what->digest = pair.digest;
	if (status_places_alike(
		sy->status, &pair.digest, elsewhere_look_at, &w, e) == -1)
		return -1;
	what->loss = !w.found;
	return 0;
}

/* The deletions of a folder on one side, which stand together. */
struct group {
	const struct status_folder *row;
	struct deletion *list;
	size_t len;
	size_t losses; /* that are nowhere else, and wait for nobody's word */
};

static void
hold_group(struct sync *sy, const struct group *g, enum hold_reason reason,
    uint64_t lost)
{
	deletions_hold(
	    &sy->run.deletions, &(struct deletion_hold){ .reason = reason,
				    .side = (enum side)g->list[0].op.side,
				    .entry = g->list[0].entry,
				    .lost = lost });
}

/* Exactly the newest pairs of the folder, and not all of it. */
static int
newest_judge(struct sync *sy, const struct group *g, struct err *e)
{
	struct status_ids newest = { 0 };
	uint32_t least = UINT32_MAX;
	size_t i;

	if (g->losses < BRAKE_ALL || g->list[0].left == 0)
		return 0;
	for (i = 0; i < g->len; i++)
		if (g->list[i].loss && g->list[i].op.id[REMOTE] < least)
			least = g->list[i].op.id[REMOTE];
	if (status_paired(sy->status, g->row->id, REMOTE, least, &newest, e) ==
	    -1)
		return -1;
	if (newest.len == g->losses)
		hold_group(sy, g, HOLD_NEWEST, g->losses);
	free(newest.list);
	return 0;
}

/* Too many of them at once, or together with those of the last day. */
static int
many_judge(struct sync *sy, const struct group *g, struct err *e)
{
	int64_t most = sy->env->account->maxdelete;
	uint64_t left = g->list[0].left, before, lost;

	if (status_removed(sy->status, g->row->id,
		(enum side)g->list[0].op.side, &before, e) == -1)
		return -1;
	lost = g->losses + before;
	if (brake_holds(left + g->losses, g->losses, most) ||
	    brake_holds_slowly(left + lost, lost, most))
		hold_group(sy, g, HOLD_MANY, lost);
	return 0;
}

/* Counts those that are lost, and nobody's decision. */
static void
group_count(struct group *g)
{
	size_t i;

	g->losses = 0;
	for (i = 0; i < g->len; i++)
		if (g->list[i].loss && !g->list[i].released)
			g->losses++;
}

/* Only then can it be told that the account has lost less than it had. */
static bool
saw_all(const struct sync *sy)
{
	size_t i;

	for (i = 0; i < sy->run.map.len; i++)
		if (!sy->run.map.list[i].seen)
			return false;
	return sy->env->request->folders.len == 0;
}

static bool
was_too_much(const struct sync *sy, enum hold_reason reason)
{
	return hold_is_amount(reason) &&
	       (reason != HOLD_MANY_IN_ALL || saw_all(sy));
}

/* What was too much still is, whatever came there meanwhile; unless so much
 * came back that the rest may be deleted by hand. */
static void
group_relax(const struct sync *sy, struct group *g)
{
	size_t i, n;

	for (n = 0, i = 0; i < g->len; i++)
		n += was_too_much(sy, g->list[i].held);
	for (i = 0; n < BRAKE_ALL && i < g->len; i++)
		if (was_too_much(sy, g->list[i].held))
			g->list[i].held = HOLD_NONE;
}

static int
group_load(struct sync *sy, struct group *g, struct err *e)
{
	size_t i;

	for (i = 0; i < g->len; i++)
		if (deletion_load(sy, g->row, &g->list[i], e) == -1)
			return -1;
	group_relax(sy, g);
	return 0;
}

static int
group_judge(struct sync *sy, struct group *g, struct err *e)
{
	group_count(g);
	if (g->losses == 0)
		return 0;
	if (newest_judge(sy, g, e) == -1)
		return -1;
	return many_judge(sy, g, e);
}

static int
groups_each(struct sync *sy,
    int (*each)(struct sync *sy, struct group *g, struct err *e), struct err *e)
{
	struct deletions *d = &sy->run.deletions;
	struct status_folder row;
	struct group g;
	size_t i;
	bool found;
	int ret;

	for (i = 0; i < d->len; i += g.len) {
		g = (struct group){ .row = &row, .list = &d->list[i] };
		g.len = deletions_group(d, i);
		row = (struct status_folder){ 0 };
		ret = status_folder_get(sy->status,
		    sy->run.map.list[g.list[0].entry].name[REMOTE], &row,
		    &found, e);
		if (ret == 0)
			ret = each(sy, &g, e);
		status_folder_clear(&row);
		if (ret == -1)
			return -1;
	}
	return 0;
}

/* Likewise over all folders. */
static int
account_judge(struct sync *sy, enum side side, struct err *e)
{
	const struct deletions *d = &sy->run.deletions;
	int64_t most = sy->env->account->maxdelete;
	uint64_t losses, before, pairs;
	size_t i;

	for (losses = 0, i = 0; i < d->len; i++)
		losses += d->list[i].op.side == side && d->list[i].loss &&
			  !d->list[i].released;
	if (losses == 0)
		return 0;
	if (status_removed(sy->status, 0, side, &before, e) == -1)
		return -1;
	/* To count all pairs takes time: only when it can matter. */
	if (!brake_holds_slowly(losses + before, losses + before, most))
		return 0;
	if (status_count_all(sy->status, &pairs, e) == -1)
		return -1;
	if (brake_holds_slowly(pairs + before, losses + before, most))
		deletions_hold(&sy->run.deletions,
		    &(struct deletion_hold){ .reason = HOLD_MANY_IN_ALL,
			.side = side,
			.lost = losses + before });
	return 0;
}

/* What came before a decision does not count after it. */
static int
decision_note(struct sync *sy, struct err *e)
{
	const struct deletions *d = &sy->run.deletions;
	size_t i;

	if (sy->env->request->dry_run)
		return 0;
	for (i = 0; i < d->len; i++)
		if (d->list[i].released)
			return status_removed_forget(sy->status, e);
	return 0;
}

int
deletions_judge(struct sync *sy, struct err *e)
{
	deletions_sort(&sy->run.deletions);
	if (groups_each(sy, group_load, e) == -1 ||
	    decision_note(sy, e) == -1 ||
	    groups_each(sy, group_judge, e) == -1 ||
	    account_judge(sy, LOCAL, e) == -1)
		return -1;
	return account_judge(sy, REMOTE, e);
}
