/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Before a message is removed because it is gone from the other side: is it
 * there still, in another place? A run that read every folder and copied all
 * that it found there knows that it is not. For each folder of which this is
 * not true, the messages without a pair are compared with those that are to be
 * removed, by content.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/elsewhere.h"
#include "engine/sync/folder.h"
#include "engine/sync/match.h"
#include "engine/sync/refused.h"
#include "engine/sync/report.h"
#include "engine/sync/sync_broken.h"
#include "engine/sync/unpaired.h"

/* What is looked for, on one side. */
struct search {
	struct sync *sy;
	enum side side;	     /* where it is looked for */
	struct wanted *want; /* of the same place in doomed */
	struct deletion **doomed;
	size_t len;
};

/* All folders as they are now, whatever this run was asked for. Listing files
 * again costs little, and shows what came while the run was on. */
static int
folders_renew(struct sync *sy, struct err *e)
{
	struct foldermap_input in = { .account = sy->env->account };
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		if (store_traits(sy->store[s])->names_files) {
			store_folders_clear(&sy->run.listing[s]);
			if (sy->store[s]->ops->list(
				sy->store[s], &sy->run.listing[s], e) == -1)
				return -1;
		}
		in.folders[s] = &sy->run.listing[s];
		in.folds_case[s] = sy->store[s]->folds_case;
	}
	return foldermap_make(&in, &sy->run.all, e);
}

/* The folder as part of this run; NULL: it is none. */
static const struct foldermap_entry *
in_run(const struct sync *sy, const struct foldermap_entry *entry)
{
	return foldermap_find(&sy->run.map, entry->name[REMOTE]);
}

/* True when all that it has on the side is on the other side, too, as far as
 * this run, or the last one that read it, knows. */
static bool
is_settled(const struct search *s, const struct foldermap_entry *entry,
    const struct status_folder *row)
{
	const struct foldermap_entry *here = in_run(s->sy, entry);

	if (here == NULL)
		return !row->left[s->side] &&
		       store_token_equal(
			   &entry->token[s->side], &row->token[s->side]);
	if (!here->seen || here->left[s->side])
		return false;
	return !store_traits(s->sy->store[s->side])->names_files ||
	       store_token_equal(&entry->token[s->side], &here->token[s->side]);
}

/* A message that could not be listed and has no pair may be any of them. */
static bool
may_hide_some(const struct folder_scan *scan, enum side side)
{
	const struct snapshot *snap = &scan->snap[side];
	size_t i, known;

	if (snap->shortfall.scope == ERR_NONE)
		return false;
	for (known = 0, i = 0; i < scan->base_len; i++)
		known += snapshot_find(snap, scan->base[i].id[side]) == NULL;
	return snap->unlisted == 0 || known < snap->unlisted;
}

/* Notes what of it is among the messages without a pair. */
static int
folder_search(struct search *s, struct folder *f, struct err *e)
{
	struct store *store = s->sy->store[s->side];
	struct match_query q = { .want = s->want, .n = s->len };
	struct folder_scan *scan = &f->scan;
	uint32_t *ids;
	size_t i;
	int ret;

	if (folder_open_side(f, s->side, e) == -1 ||
	    store->ops->scan(store, &scan->snap[s->side], e) == -1 ||
	    folder_names_check(&f->names[s->side], e) == -1)
		return -1;
	if (!f->row.doubted && !folder_validity_changed(f, s->side) &&
	    status_base(s->sy->status, f->row.id, &scan->base, &scan->base_len,
		e) == -1)
		return -1;
	ids = unpaired_ids_from(scan, s->side,
	    f->row.doubted || folder_validity_changed(f, s->side)
		? 0
		: f->row.settled[s->side],
	    &q.ids_len);
	q.ids = ids;
	q.snap = &scan->snap[s->side];
	ret = match_content(store, &q, e);
	free(ids);
	for (i = 0; ret == 0 && i < s->len; i++) {
		if (s->want[i].found != 0)
			s->doomed[i]->where = f->entry->label;
		s->want[i].found = 0;
	}
	if (ret == 0 && may_hide_some(scan, s->side))
		return err_copy(e, &scan->snap[s->side].shortfall);
	return ret;
}

/* What cannot be looked into may have any of them. That it failed was told when
 * the run came to it, if it did. */
static int
search_failed(struct search *s, const struct foldermap_entry *entry,
    const struct status_folder *row, struct err *e)
{
	const struct foldermap_entry *here = in_run(s->sy, entry);
	bool nothing;

	if (e->scope > ERR_FOLDER)
		return -1;
	if (here == NULL || here->seen)
		report_problem(s->sy, entry->label, e);
	err_clear(e);
	if (refused_got_nothing(s->sy, entry, row, s->side, &nothing, e) == -1)
		return -1;
	if (nothing)
		return 0;
	deletions_hold(&s->sy->run.deletions,
	    &(struct deletion_hold){ .reason = HOLD_UNSEEN,
		.side = !s->side,
		.label = entry->label });
	return 0;
}

/* To open it would break the connection again. */
static bool
is_out_of_reach(const struct search *s, const struct foldermap_entry *entry)
{
	return !store_traits(s->sy->store[s->side])->bytes_at_hand &&
	       sync_broken_has(s->sy, entry);
}

static int
entry_search(struct search *s, size_t number, struct err *e)
{
	struct foldermap_entry *entry = &s->sy->run.all.list[number];
	struct folder f;
	int ret;

	if (!entry->there[s->side])
		return 0;
	folder_init_entry(&f, s->sy, entry);
	ret = folder_peek(&f, e);
	if (ret == 0 && !is_settled(s, entry, &f.row))
		ret =
		    is_out_of_reach(s, entry)
			? err_set(e, ERR_FOLDER, "the connection breaks there")
			: folder_search(s, &f, e);
	if (ret == -1)
		ret = search_failed(s, entry, &f.row, e);
	folder_clear(&f);
	return ret;
}

static bool
in_map(const struct search *s, const char *name)
{
	const struct foldermap *all = &s->sy->run.all;
	size_t i;

	for (i = 0; i < all->len; i++)
		if (strcmp(all->list[i].name[s->side], name) == 0)
			return true;
	return false;
}

/* Notes what of it is in the open place, whose messages are none of any
 * folder. */
static int
place_search(struct search *s, struct store_refused *place, struct err *e)
{
	struct store *store = s->sy->store[s->side];
	struct match_query q = { .want = s->want, .n = s->len };
	struct snapshot snap = { 0 };
	uint32_t *ids;
	size_t i;
	int ret;

	ret = store->ops->scan(store, &snap, e);
	ids = xcalloc(snap.len, sizeof(*ids));
	for (i = 0; i < snap.len; i++)
		ids[i] = snap.msgs[i].id;
	q.ids = ids;
	q.ids_len = snap.len;
	q.snap = &snap;
	if (ret == 0)
		ret = match_content(store, &q, e);
	for (i = 0; ret == 0 && i < s->len; i++) {
		if (s->want[i].found != 0)
			s->doomed[i]->where = place->name;
		s->want[i].found = 0;
	}
	free(ids);
	snapshot_clear(&snap);
	return ret;
}

/* Nobody keeps the user from moving mail into what the listing refused: a link,
 * a name that is no text. */
static int
refused_search(struct search *s, struct store_refused *place, struct err *e)
{
	struct store *store = s->sy->store[s->side];
	struct keywords words = { 0 };
	bool opened, holds = false;
	int ret;

	ret = store->ops->open_refused(store, place->path, &words, e);
	opened = ret == 0;
	if (ret == 0)
		ret = place_search(s, place, e);
	if (store->ops->leave != NULL)
		store->ops->leave(store);
	keywords_clear(&words);
	if (ret == -1 && e->scope > ERR_FOLDER)
		return -1;
	err_clear(e);
	if (refused_place(s->sy, s->side, place->path, ret == 0, &holds, e) ==
	    -1)
		return -1;
	if (holds || (ret == -1 && opened))
		deletions_hold(&s->sy->run.deletions,
		    &(struct deletion_hold){ .reason = HOLD_UNSEEN,
			.side = !s->side,
			.label = place->name });
	return 0;
}

/* Those that are no folders of the map, which has been searched. */
static int
refused_search_all(struct search *s, struct err *e)
{
	struct store_folders *f = &s->sy->run.listing[s->side];
	struct store_refused *place;
	size_t i;

	if (s->sy->store[s->side]->ops->open_refused == NULL)
		return 0;
	for (i = 0; i < f->refused_len; i++) {
		place = &f->refused[i];
		if (place->path != NULL &&
		    (place->folder == NULL || !in_map(s, place->folder)) &&
		    refused_search(s, place, e) == -1)
			return -1;
	}
	return 0;
}

/* Those that nothing else speaks against. */
static void
search_collect(struct search *s)
{
	const struct deletions *d = &s->sy->run.deletions;
	struct deletion_hold why;
	size_t i;

	for (i = 0; i < d->len; i++) {
		struct deletion *what = &d->list[i];

		if (what->op.side == s->side || what->moved ||
		    what->digest.size == 0 || what->duplicate.id != 0 ||
		    deletion_veto(d, what, &why))
			continue;
		s->want[s->len].digest = what->digest;
		s->doomed[s->len++] = what;
	}
}

static int
side_search(struct sync *sy, enum side side, struct err *e)
{
	const size_t all = sy->run.deletions.len;
	struct search s = { .sy = sy, .side = side };
	size_t i;
	int ret = 0;

	s.want = xcalloc(all, sizeof(*s.want));
	s.doomed = xcalloc(all, sizeof(struct deletion *));
	search_collect(&s);
	if (s.len > 0 && sy->run.all.len == 0)
		ret = folders_renew(sy, e);
	for (i = 0; ret == 0 && s.len > 0 && i < sy->run.all.len; i++)
		ret = entry_search(&s, i, e);
	if (ret == 0 && s.len > 0)
		ret = refused_search_all(&s, e);
	free(s.doomed);
	free(s.want);
	return ret;
}

int
elsewhere_look(struct sync *sy, struct err *e)
{
	if (side_search(sy, LOCAL, e) == -1)
		return -1;
	return side_search(sy, REMOTE, e);
}
