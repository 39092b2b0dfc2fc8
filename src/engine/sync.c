/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One account. The order makes it safe: folders made; each folder recovered,
 * scanned, planned, copied both ways; moves; and only when all copies are
 * made, the deletions.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/folder.h"

/* A problem with a folder's name: others go on, the exit status tells. */
static void
report_problem(struct sync *sy, const char *text)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_FOLDER, "%s", text);
	report_error(sy, NULL, 0, &e);
}

static int
folders_list(struct sync *sy, struct err *e)
{
	struct store_folders list[2] = { { 0 } };
	const struct engine_options *o = sy->options;
	enum side s;
	size_t i;
	int ret;

	ret = 0;
	for (s = LOCAL; ret == 0 && s <= REMOTE; s++) {
		ret = sy->store[s]->ops->list(sy->store[s], &list[s], e);
		for (i = 0; ret == 0 && i < list[s].refused_len; i++)
			report_problem(sy, list[s].refused[i]);
	}
	if (ret == 0)
		ret = foldermap_make(sy->account, &list[REMOTE], &list[LOCAL],
		    o->folders, o->folders_len, sy->folds_case, &sy->map, e);
	for (i = 0; ret == 0 && i < sy->map.problems_len; i++)
		report_problem(sy, sy->map.problems[i]);
	store_folders_clear(&list[LOCAL]);
	store_folders_clear(&list[REMOTE]);
	return ret;
}

static void
report_folders(struct sync *sy)
{
	struct event ev;

	report_init(&ev, sy, NULL, EV_FOLDERS);
	ev.total = sy->map.len;
	report_post(sy, &ev);
}

/* Whether both sides tell by themselves that nothing changed. */
static bool
folder_unchanged(const struct sync *sy, const struct foldermap_entry *entry,
    const struct status_folder *row)
{
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		if (!entry->there[s] ||
		    !store_token_equal(&entry->token[s], &row->token[s]) ||
		    (!entry->token[s].exact && !sy->options->quick))
			return false;
	}
	return row->scanned_at + SCAN_ALL_SECONDS >= clock_wall();
}

static int
folder_create(struct sync *sy, struct foldermap_entry *entry, enum side side,
    struct err *e)
{
	struct folder f = { .sy = sy, .entry = entry };
	struct event ev;

	if (!sy->options->dry_run &&
	    sy->store[side]->ops->create(sy->store[side], entry->name[side],
		e) == -1)
		return err_prefix(e, "creating the folder");
	entry->there[side] = !sy->options->dry_run;
	report_init(&ev, sy, &f, EV_FOLDER_CREATE);
	ev.side = (int)side;
	ev.planned = sy->options->dry_run;
	report_post(sy, &ev);
	return 0;
}

/*
 * A folder that is on one side only. One that was on both before is not made
 * anew: that would undo its deletion, or fill a disk that is not mounted.
 */
static int
folder_missing(struct sync *sy, struct foldermap_entry *entry,
    const struct status_folder *row, enum side side, bool *skip,
    struct err *e)
{
	const struct settings_store *s = &sy->account->store[side];

	*skip = false;
	if (row->validity[side] != 0)
		return err_set(e, ERR_FOLDER,
		    "the folder is gone from the %s side, where it was "
		    "synchronised before; nothing is copied or deleted in it",
		    side == LOCAL ? "local" : "remote");
	if (!s->createfolders || s->readonly) {
		*skip = true;
		return 0;
	}
	return folder_create(sy, entry, side, e);
}

static int
folder_prepare(struct sync *sy, struct foldermap_entry *entry, bool *skip,
    struct err *e)
{
	struct status_folder row = { 0 };
	bool found;
	int ret;

	*skip = false;
	if (status_folder_get(sy->status, entry->name[REMOTE], &row, &found,
		e) == -1)
		return -1;
	ret = 0;
	if (!entry->there[LOCAL])
		ret = folder_missing(sy, entry, &row, LOCAL, skip, e);
	else if (!entry->there[REMOTE])
		ret = folder_missing(sy, entry, &row, REMOTE, skip, e);
	else if (found && folder_unchanged(sy, entry, &row))
		*skip = true;
	status_folder_clear(&row);
	return ret;
}

static void
report_skip(struct sync *sy, size_t entry)
{
	struct folder f;
	struct event ev;

	folder_init(&f, sy, entry);
	report_init(&ev, sy, &f, EV_FOLDER_SKIP);
	ev.done = entry;
	ev.total = sy->map.len;
	report_post(sy, &ev);
	folder_clear(&f);
}

static int
folder_run(struct sync *sy, size_t entry, struct err *e)
{
	bool skip;

	if (folder_prepare(sy, &sy->map.list[entry], &skip, e) == -1)
		return -1;
	if (skip) {
		report_skip(sy, entry);
		return 0;
	}
	return folder_sync(sy, entry, e);
}

static int
folder_failed(struct sync *sy, size_t entry, struct err *e)
{
	struct folder f;

	if (e->scope > ERR_FOLDER)
		return err_prefix(e, "%s", sy->map.list[entry].label);
	folder_init(&f, sy, entry);
	report_error(sy, &f, 0, e);
	folder_clear(&f);
	sy->copies_failed = true;
	err_clear(e);
	return 0;
}

int
sync_folder_guarded(struct sync *sy, size_t entry, struct err *e)
{
	if (folder_sync(sy, entry, e) == 0)
		return 0;
	return folder_failed(sy, entry, e);
}

void
sync_forget_doomed(struct sync *sy, size_t entry)
{
	size_t i, n;

	for (n = 0, i = 0; i < sy->doomed_len; i++)
		if (sy->doomed[i].entry != entry || sy->doomed[i].moved)
			sy->doomed[n++] = sy->doomed[i];
	sy->doomed_len = n;
}

static int
folders_run(struct sync *sy, struct err *e)
{
	size_t i;

	for (i = 0; i < sy->map.len && !atomic_load(sy->stop); i++)
		if (folder_run(sy, i, e) == -1 &&
		    folder_failed(sy, i, e) == -1)
			return -1;
	return 0;
}

/* All that is private to the run; another one may follow with this sync. */
static void
sync_clear(struct sync *sy)
{
	size_t i;

	for (i = 0; i < sy->transfers_len; i++)
		free(sy->transfers[i].name);
	free(sy->transfers);
	sy->transfers = NULL;
	sy->transfers_len = sy->transfers_cap = 0;
	free(sy->doomed);
	sy->doomed = NULL;
	sy->doomed_len = sy->doomed_cap = 0;
	free(sy->uncopied);
	sy->uncopied = NULL;
	sy->uncopied_len = sy->uncopied_cap = 0;
	sy->no_transfers = sy->copies_failed = false;
	foldermap_clear(&sy->map);
}

int
sync_account_run(struct sync *sy, struct err *e)
{
	int ret;

	ret = folders_list(sy, e);
	if (ret == 0) {
		report_folders(sy);
		ret = folders_run(sy, e);
	}
	if (ret == 0 && !sy->options->dry_run)
		ret = exec_transfers(sy, e);
	if (ret == 0)
		ret = exec_deletions(sy, e);
	sync_clear(sy);
	return ret;
}
