/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One account. The order makes it safe: folders made; each folder recovered,
 * scanned, planned, copied both ways, several at once where others help;
 * moves; and only when all copies are made, the deletions.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/sync/folder.h"

/* A problem with a folder's name: others go on, the exit status tells. */
static void
report_problem(struct sync *sy, const struct store_refused *r)
{
	struct foldermap_entry entry = { .label = r->name };
	struct folder f = { .sy = sy, .entry = &entry };
	struct err e = ERR_INIT;

	err_set(&e, ERR_FOLDER, "%s", r->why);
	report_error(sy, &f, NULL, &e);
}

static int
folders_list(struct sync *sy, struct err *e)
{
	struct store_folders list[2] = { { 0 } };
	enum side s;
	size_t i;
	int ret;

	ret = 0;
	for (s = LOCAL; ret == 0 && s <= REMOTE; s++) {
		ret = sy->store[s]->ops->list(sy->store[s], &list[s], e);
		for (i = 0; ret == 0 && i < list[s].refused_len; i++)
			if (list[s].refused[i].folder == NULL)
				report_problem(sy, &list[s].refused[i]);
	}
	if (ret == 0)
		ret = foldermap_make(sy->account, &list[REMOTE], &list[LOCAL],
		    &sy->request->folders, sy->store[LOCAL]->folds_case,
		    &sy->map, e);
	for (i = 0; ret == 0 && i < sy->map.problems_len; i++)
		report_problem(sy, &sy->map.problems[i]);
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

bool
sync_trusts(const struct sync *sy, const struct foldermap_entry *entry)
{
	const struct request *r = sy->request;

	/* News does not say of which side it is; to look once more costs no
	 * more than that. */
	return r->quick && (r->news[0] == '\0' ||
			       (strcmp(r->news, entry->name[REMOTE]) != 0 &&
				   strcmp(r->news, entry->name[LOCAL]) != 0));
}

/* Whether both sides tell by themselves that nothing changed. */
static bool
folder_unchanged(const struct sync *sy, const struct foldermap_entry *entry,
    const struct status_folder *row)
{
	enum side s;

	if (sy->request->full)
		return false;
	for (s = LOCAL; s <= REMOTE; s++) {
		if (!entry->there[s] ||
		    !store_token_equal(&entry->token[s], &row->token[s]) ||
		    (!entry->token[s].exact && !sync_trusts(sy, entry)))
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

	if (!sy->request->dry_run &&
	    sy->store[side]->ops->create(
		sy->store[side], entry->name[side], e) == -1)
		return err_prefix(e, "creating the folder");
	entry->there[side] = !sy->request->dry_run;
	report_init(&ev, sy, &f, EV_FOLDER_CREATE);
	ev.side = (int)side;
	ev.planned = sy->request->dry_run;
	report_post(sy, &ev);
	return 0;
}

/* Should it come back empty, that is no deletion of its messages. */
static int
folder_gone(
    struct sync *sy, struct status_folder *row, enum side side, struct err *e)
{
	const char *here = side == LOCAL ? "local" : "remote";

	store_token_note(&row->token[side], NOTE_MISSING);
	if (!sy->request->dry_run &&
	    status_folder_put(sy->status, row, e) == -1)
		return -1;
	return err_set(e, ERR_FOLDER,
	    "the folder is gone from the %s side, where it was synchronised "
	    "before; nothing is copied or deleted in it. To delete it for "
	    "good, delete it on the other side, too; to have it back, put it "
	    "back, or rename it on the other side",
	    here);
}

/*
 * A folder that is on one side only. One that was on both before is not made
 * anew: that would undo its deletion, or fill a disk that is not mounted.
 */
static int
folder_missing(struct sync *sy, struct foldermap_entry *entry,
    struct status_folder *row, enum side side, bool *skip, struct err *e)
{
	const struct settings_store *s = &sy->account->store[side];

	*skip = false;
	if (row->validity[side] != 0)
		return folder_gone(sy, row, side, e);
	if (!s->createfolders || s->readonly) {
		*skip = true;
		return 0;
	}
	return folder_create(sy, entry, side, e);
}

static int
folder_prepare(
    struct sync *sy, struct foldermap_entry *entry, bool *skip, struct err *e)
{
	struct status_folder row = { 0 };
	bool found;
	int ret;

	*skip = false;
	if (status_folder_get(
		sy->status, entry->name[REMOTE], &row, &found, e) == -1)
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

void
sync_copies_failed(struct sync *sy, const char *label)
{
	if (!sy->copies_failed)
		sy->failed_in = label;
	sy->copies_failed = true;
}

static int
folder_failed(struct sync *sy, size_t entry, struct err *e)
{
	struct folder f;

	if (e->scope > ERR_FOLDER) {
		sy->broke_at = entry + 1;
		return err_prefix(e, "%s", sy->map.list[entry].label);
	}
	folder_init(&f, sy, entry);
	report_error(sy, &f, NULL, e);
	folder_clear(&f);
	sync_copies_failed(sy, sy->map.list[entry].label);
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

void
sync_leave_folder(struct sync *sy)
{
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++)
		if (sy->store[s]->ops->leave != NULL)
			sy->store[s]->ops->leave(sy->store[s]);
}

static int
folders_run(struct sync *sy, struct err *e)
{
	size_t *todo, n = 0;
	bool skip;
	size_t i;
	int ret;

	todo = xcalloc(sy->map.len, sizeof(*todo));
	for (ret = 0, i = 0; ret == 0 && i < sy->map.len; i++) {
		if (sync_given_up(sy, &sy->map.list[i]))
			sync_copies_failed(sy, sy->map.list[i].label);
		else if (folder_prepare(sy, &sy->map.list[i], &skip, e) == -1)
			ret = folder_failed(sy, i, e);
		else if (skip)
			report_skip(sy, i);
		else
			todo[n++] = i;
	}
	if (ret == 0 && n > 0)
		ret = sync_share_out(sy, todo, n, e);
	free(todo);
	return ret;
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
	sy->failed_in = NULL;
	sy->broke_at = 0;
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
	if (ret == 0 && !sy->request->dry_run)
		ret = exec_transfers(sy, e);
	if (ret == 0)
		ret = exec_deletions(sy, e);
	sync_leave_folder(sy);
	sync_broken_note(sy, ret, e);
	sync_clear(sy);
	return ret;
}
