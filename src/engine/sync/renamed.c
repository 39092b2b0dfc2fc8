/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders that have another name now. First the folder is renamed on the other
 * side, then in the status: if we die in between, both sides have it under its
 * new name, and the next run sees that.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/folder.h"
#include "engine/sync/proof.h"
#include "engine/sync/renamed.h"
#include "engine/sync/report.h"

/* A folder that the status knows, and what it became. */
struct renaming {
	struct sync *sy;
	struct status_folder *row;
	struct foldermap_entry *now; /* in the map; NULL: nothing */
	enum side side; /* where it was renamed; on the other it is to be */
	bool on_both;	/* it was renamed there, too */
};

static bool
is_there(const struct sync *sy, enum side side, const char *name)
{
	const struct store_folder *f =
	    store_folders_find(&sy->run.listing[side], name);

	return f != NULL && f->selectable;
}

/* Also where the side could not tell. */
static bool
may_be_there(const struct sync *sy, enum side side, const char *name)
{
	const struct store_folders *f = &sy->run.listing[side];
	size_t i;

	for (i = 0; i < f->refused_len; i++)
		if (f->refused[i].folder != NULL)
			return true;
	return is_there(sy, side, name);
}

static bool
may_rename(const struct sync *sy, enum side side, const char *name)
{
	const struct settings_store *s = &sy->env->account->store[side];

	return sy->store[side]->ops->rename != NULL && !s->readonly &&
	       s->createfolders && strcmp(name, "INBOX") != 0;
}

/* There are no messages to tell a folder by: it has the same id of its own, or
 * the same numbers. A mistake does no harm. */
static bool
is_same_empty(
    const struct status_folder *row, const struct folder *f, enum side side)
{
	const struct store_state *now = &f->state[side];

	if (now->object[0] != '\0' && row->object[side] != NULL)
		return strcmp(row->object[side], now->object) == 0;
	return store_traits(f->sy->store[side])->hands_out_ids &&
	       now->next_id != 0 && now->next_id == row->next_id[side];
}

/* The folder is open there: it has the messages that the row knows. */
static int
messages_fit(struct renaming *r, enum side side, struct folder *f, bool *fit,
    struct err *e)
{
	struct proof p;

	if (folder_validity_changed(f, side))
		return 0;
	if (proof_read(f, side, &p, e) == -1)
		return -1;
	*fit = p.fit > p.gone && p.other == 0;
	if (p.fit + p.gone + p.other == 0)
		*fit = is_same_empty(r->row, f, side);
	return 0;
}

/* Whether the folder of the map is on that side what the row is about. */
static int
entry_fits(struct renaming *r, enum side side, struct foldermap_entry *entry,
    bool *fit, struct err *e)
{
	struct store *store = r->sy->store[side];
	struct folder f;
	bool found;
	int ret;

	*fit = false;
	if (strcmp(entry->name[side], "INBOX") == 0 ||
	    (entry->validity[side] != 0 &&
		entry->validity[side] != r->row->validity[side]))
		return 0;
	folder_init_entry(&f, r->sy, entry);
	ret = status_folder_get(
	    r->sy->status, r->row->name[REMOTE], &f.row, &found, e);
	if (ret == 0)
		ret = status_keywords_get(
		    r->sy->status, f.row.id, &f.keywords, e);
	if (ret == 0)
		ret = folder_open_side(&f, side, e);
	if (ret == 0)
		ret = messages_fit(r, side, &f, fit, e);
	if (store->ops->leave != NULL && (ret == 0 || e->scope <= ERR_FOLDER))
		store->ops->leave(store);
	folder_clear(&f);
	if (ret == 0 || e->scope > ERR_FOLDER)
		return ret;
	err_clear(e); /* it is told when the run comes to it */
	return 0;
}

/* True when the status knows the folder of the map. */
static int
is_known(struct sync *sy, const struct foldermap_entry *entry, bool *known,
    struct err *e)
{
	struct status_folder row = { 0 };
	bool found;

	if (status_folder_get(
		sy->status, entry->name[REMOTE], &row, &found, e) == -1)
		return -1;
	*known = found && (row.validity[LOCAL] != 0 || row.validity[REMOTE]);
	status_folder_clear(&row);
	return 0;
}

/* A folder that came to the side, is not on the other or has come there, too,
 * and has the messages of the one that is gone: exactly one. */
static int
look_for(struct renaming *r, struct err *e)
{
	struct sync *sy = r->sy;
	struct foldermap_entry *entry;
	bool known, fit;
	size_t i;

	for (i = 0; i < sy->run.map.len; i++) {
		entry = &sy->run.map.list[i];
		if (!entry->there[r->side] ||
		    entry->there[!r->side] != r->on_both)
			continue;
		if (is_known(sy, entry, &known, e) == -1)
			return -1;
		if (known)
			continue;
		if (entry_fits(r, r->side, entry, &fit, e) == -1 ||
		    (fit && r->on_both &&
			entry_fits(r, !r->side, entry, &fit, e) == -1))
			return -1;
		if (fit && r->now != NULL) {
			r->now = NULL;
			return 0;
		}
		if (fit)
			r->now = entry;
	}
	return 0;
}

/* Renamed by the user: it is gone on one side, or on both. */
static int
renamed_there(struct renaming *r, struct err *e)
{
	const struct status_folder *row = r->row;
	bool may[2];

	for (r->side = LOCAL; r->side <= REMOTE; r->side++)
		may[r->side] = may_be_there(r->sy, r->side, row->name[r->side]);
	if (row->validity[LOCAL] != 0 && !may[LOCAL] && !may[REMOTE]) {
		r->side = LOCAL;
		r->on_both = true;
		return look_for(r, e);
	}
	for (r->side = LOCAL; r->side <= REMOTE; r->side++)
		if (row->validity[r->side] != 0 && !may[r->side] &&
		    is_there(r->sy, !r->side, row->name[!r->side]) &&
		    may_rename(r->sy, !r->side, row->name[!r->side]))
			return look_for(r, e);
	return 0;
}

/* The local folder is that of a remote one. */
static bool
is_taken(const struct sync *sy, const char *local)
{
	size_t i;

	for (i = 0; i < sy->run.map.len; i++)
		if (sy->run.map.list[i].there[REMOTE] &&
		    strcmp(sy->run.map.list[i].name[LOCAL], local) == 0)
			return true;
	return false;
}

/*
 * nametrans says another local name than before: the local folder gets it,
 * unless it is that of another remote folder now; or it has it already, since
 * the user moved it.
 */
static int
renamed_by_rule(struct renaming *r, struct err *e)
{
	struct foldermap_entry *entry =
	    foldermap_find(&r->sy->run.map, r->row->name[REMOTE]);
	const char *before = r->row->name[LOCAL];
	bool fit = true;

	r->side = REMOTE;
	if (entry == NULL || !entry->there[REMOTE] ||
	    (r->row->validity[LOCAL] == 0 && entry->there[LOCAL]) ||
	    strcmp(entry->name[LOCAL], before) == 0)
		return 0;
	if (is_taken(r->sy, before))
		return 0;
	if (!entry->there[LOCAL]) {
		if (is_there(r->sy, LOCAL, before) &&
		    may_rename(r->sy, LOCAL, before))
			r->now = entry;
		return 0;
	}
	if (may_be_there(r->sy, LOCAL, before))
		return 0;
	r->side = LOCAL;
	if (entry_fits(r, LOCAL, entry, &fit, e) == -1)
		return -1;
	if (fit)
		r->now = entry;
	return 0;
}

static int
row_rename(struct renaming *r, struct err *e)
{
	struct status *st = r->sy->status;
	struct status_folder other = { 0 };
	enum side s;
	bool found;
	int ret;

	if (status_begin(st, e) == -1)
		return -1;
	ret = status_folder_get(st, r->now->name[REMOTE], &other, &found, e);
	if (ret == 0 && found && other.id != r->row->id)
		ret = status_folder_drop(st, other.id, e);
	status_folder_clear(&other);
	for (s = LOCAL; s <= REMOTE; s++) {
		free(r->row->name[s]);
		r->row->name[s] = xstrdup(r->now->name[s]);
		r->row->token[s].valid = false;
	}
	if (ret == 0)
		ret = status_folder_put(st, r->row, e);
	if (ret == 0)
		ret = status_commit(st, e);
	if (ret == -1)
		status_rollback(st);
	return ret;
}

static void
report_renamed(const struct renaming *r, enum side side)
{
	struct event ev;

	report_init(&ev, r->sy, r->now->label, EV_FOLDER_RENAME);
	ev.side = side;
	ev.planned = r->sy->env->request->dry_run;
	buf_visible(ev.text, sizeof(ev.text), r->row->name[side],
	    strlen(r->row->name[side]));
	report_post(r->sy, &ev);
}

static void
map_drop(struct foldermap *map, const char *remote)
{
	struct foldermap_entry *entry = foldermap_find(map, remote);
	struct foldermap_entry *end = map->list + map->len;

	if (entry == NULL)
		return;
	free(entry->name[LOCAL]);
	free(entry->name[REMOTE]);
	free(entry->label);
	memmove(entry, entry + 1, (size_t)(end - entry - 1) * sizeof(*entry));
	map->len--;
}

static void
only_report(struct renaming *r, enum side side)
{
	char *now = xstrdup(r->now->name[REMOTE]);

	report_renamed(r, side);
	map_drop(&r->sy->run.map, r->row->name[REMOTE]);
	map_drop(&r->sy->run.map, now);
	free(now);
}

/* Another name on the side where it has the old one. */
static int
store_rename(struct renaming *r, enum side side, struct err *e)
{
	struct store *s = r->sy->store[side];

	if (step("rename folder", e) == -1)
		return -1;
	if (store_told(s,
		s->ops->rename(s, r->row->name[side], r->now->name[side], e),
		e) == -1)
		return err_prefix(e, "renaming it to %s", r->now->name[side]);
	return step("folder renamed", e);
}

/* What cannot be renamed is reported, and stays as it is. */
static int
follow(struct renaming *r, bool *again, struct err *e)
{
	const enum side side = !r->side;
	const bool there =
	    r->on_both || strcmp(r->row->name[side], r->now->name[side]) == 0;

	if (r->sy->env->request->dry_run) {
		if (!there)
			only_report(r, side);
		return 0;
	}
	if (!there && store_rename(r, side, e) == -1) {
		if (e->scope > ERR_FOLDER)
			return -1;
		report_problem(r->sy, r->now->label, e);
		err_clear(e);
		return 0;
	}
	if (!there)
		report_renamed(r, side);
	*again = !there;
	return row_rename(r, e);
}

int
renamed_follow(struct sync *sy, bool *again, struct err *e)
{
	struct status_folder *list;
	struct renaming r;
	size_t i, len;
	int ret = 0;

	*again = false;
	if (sy->env->request->folders.len > 0)
		return 0;
	if (status_folders(sy->status, &list, &len, e) == -1)
		return -1;
	for (i = 0; i < len; i++) {
		r = (struct renaming){ .sy = sy, .row = &list[i] };
		if (ret == 0 && !*again)
			ret = renamed_by_rule(&r, e);
		if (ret == 0 && !*again && r.now == NULL)
			ret = renamed_there(&r, e);
		if (ret == 0 && !*again && r.now != NULL)
			ret = follow(&r, again, e);
		status_folder_clear(&list[i]);
	}
	free(list);
	return ret;
}
