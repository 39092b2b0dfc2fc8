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
#include "engine/sync/exec_expunge.h"
#include "engine/sync/exec_server_copy.h"
#include "engine/sync/folder.h"
#include "engine/sync/generation.h"
#include "engine/sync/identity.h"
#include "engine/sync/made.h"
#include "engine/sync/renamed.h"
#include "engine/sync/report.h"
#include "engine/sync/sync_account.h"
#include "engine/sync/sync_broken.h"
#include "engine/sync/sync_folder.h"
#include "engine/sync/sync_share.h"
#include "engine/sync/terms.h"

/* A problem with a folder's name: others go on, the exit status tells. */
static void
report_refused(struct sync *sy, const struct store_refused *r)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_FOLDER, "%s", r->why);
	if (r->file != NULL)
		err_file(&e, r->file);
	report_problem(sy, r->name, &e);
	err_clear(&e);
}

static int
folders_list(struct sync *sy, struct err *e)
{
	struct store_folders *list = sy->run.listing;
	struct foldermap_input in = { .account = sy->env->account,
		.only = &sy->env->request->folders };
	enum side s;
	int ret;

	for (s = LOCAL; s <= REMOTE; s++) {
		in.folders[s] = &list[s];
		in.folds_case[s] = sy->store[s]->folds_case;
	}
	ret = 0;
	for (s = LOCAL; ret == 0 && s <= REMOTE; s++) {
		store_folders_clear(&list[s]);
		ret = store_told(sy->store[s],
		    sy->store[s]->ops->list(sy->store[s], &list[s], e), e);
	}
	if (ret == 0) {
		foldermap_clear(&sy->run.map);
		ret = foldermap_make(&in, &sy->run.map, e);
	}
	return ret;
}

/* What is left out for its name. */
static void
folders_report(struct sync *sy)
{
	const struct store_folders *list = sy->run.listing;
	enum side s;
	size_t i;

	for (s = LOCAL; s <= REMOTE; s++)
		for (i = 0; i < list[s].refused_len; i++)
			if (list[s].refused[i].folder == NULL)
				report_refused(sy, &list[s].refused[i]);
	for (i = 0; i < sy->run.map.problems_len; i++)
		report_refused(sy, &sy->run.map.problems[i]);
}

/* Each renaming may show others: those of folders below it. */
static int
folders_follow(struct sync *sy, struct err *e)
{
	bool again = true;

	while (again && !sync_stopped(sy)) {
		if (renamed_follow(sy, &again, e) == -1 ||
		    (again && folders_list(sy, e) == -1))
			return -1;
	}
	return 0;
}

/* True when the side's listing has the folder, or could not tell. */
static bool
is_listed(const struct store_folders *f, const char *name)
{
	const char *folder;
	size_t i;

	const struct store_folder *found = store_folders_find(f, name);

	if (found != NULL && found->selectable)
		return true;
	for (i = 0; i < f->refused_len; i++) {
		folder = f->refused[i].folder;
		if (folder != NULL &&
		    strncmp(name, folder, strlen(folder)) == 0)
			return true;
	}
	return false;
}

/*
 * Folders that neither side has any more are forgotten: what the status knows
 * of them is no place where a message is, and their names can be used again.
 */
static int
folders_forget(struct sync *sy, struct err *e)
{
	struct status_folder *list;
	size_t i, len;
	int ret = 0;

	if (sy->env->request->dry_run)
		return 0;
	if (status_folders(sy->status, &list, &len, e) == -1)
		return -1;
	for (i = 0; i < len; i++) {
		if (ret == 0 &&
		    !is_listed(&sy->run.listing[LOCAL], list[i].name[LOCAL]) &&
		    !is_listed(&sy->run.listing[REMOTE], list[i].name[REMOTE]))
			ret = status_folder_drop(sy->status, list[i].id, e);
		status_folder_clear(&list[i]);
	}
	free(list);
	return ret;
}

static void
report_folders(struct sync *sy)
{
	struct event ev;

	report_init(&ev, sy, NULL, EV_FOLDERS);
	ev.total = sy->run.map.len;
	report_post(sy, &ev);
}

/* Whether both sides tell by themselves that nothing changed. */
static bool
folder_unchanged(const struct sync *sy, const struct foldermap_entry *entry,
    const struct status_folder *row)
{
	enum side s;

	if (sy->env->request->full || row->doubted ||
	    row->made_under != terms_of(sy->env->account))
		return false;
	for (s = LOCAL; s <= REMOTE; s++) {
		if (!entry->there[s] || row->older[s] != HOLD_NONE ||
		    sy->run.older[s] != HOLD_NONE ||
		    !store_token_equal(&entry->token[s], &row->token[s]) ||
		    (!entry->token[s].exact && !sync_trusts(sy, entry)))
			return false;
	}
	return !clock_passed(
	    row->scanned_at, FOLDER_SCAN_SECONDS, clock_wall());
}

/* If it comes back empty, its messages were not deleted. */
static int
folder_gone(struct sync *sy, const struct foldermap_entry *entry,
    struct status_folder *row, enum side side, struct err *e)
{
	struct buf leave = { 0 };

	uidset_clear(&row->held[!side]);
	uidset_add_range(&row->held[!side], 1, UINT32_MAX);
	row->why[!side] = HOLD_MISSING;
	row->token[side].valid = false;
	if (!sy->env->request->dry_run &&
	    status_folder_put(sy->status, row, e) == -1)
		return -1;
	foldermap_leave_out(sy->env->account, entry->label, &leave);
	err_set(e, ERR_FOLDER,
	    "the folder is gone from the %s side; nothing is copied or deleted "
	    "in it. To delete it for good, delete it on the %s side, too; to "
	    "have it back, run: blinkmail reset '%s' '%s'; to keep it on the "
	    "%s side only, %s",
	    side_name(side), side_name(!side), sy->env->account->name,
	    entry->label, side_name(!side), buf_str(&leave));
	buf_clear(&leave);
	return err_side(e, side);
}

/*
 * A folder that is on one side only. One that was on both before is not made
 * anew: that would undo its deletion, or fill a disk that is not mounted.
 */
static int
folder_missing(struct sync *sy, struct foldermap_entry *entry,
    struct status_folder *row, enum side side, bool *skip, struct err *e)
{
	const struct settings_store *s = &sy->env->account->store[side];

	*skip = false;
	if (row->validity[side] != 0)
		return folder_gone(sy, entry, row, side, e);
	if (!s->createfolders || s->readonly) {
		*skip = true;
		return 0;
	}
	return made_folder(sy, entry, side, e);
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
	else if (found && folder_unchanged(sy, entry, &row)) {
		*skip = true;
		entry->seen = true;
		memcpy(entry->left, row.left, sizeof(entry->left));
	}
	entry->id = row.id;
	status_folder_clear(&row);
	return ret;
}

static void
report_skip(struct sync *sy, size_t entry)
{
	struct event ev;

	report_init(&ev, sy, sy->run.map.list[entry].label, EV_FOLDER_SKIP);
	ev.done = entry;
	ev.total = sy->run.map.len;
	report_post(sy, &ev);
}

static int
folders_run(struct sync *sy, struct err *e)
{
	size_t *todo, n = 0;
	bool skip;
	size_t i;
	int ret;

	todo = xcalloc(sy->run.map.len, sizeof(*todo));
	for (ret = 0, i = 0; ret == 0 && i < sy->run.map.len; i++) {
		if (sy->run.map.list[i].failed ||
		    sync_broken_has(sy, &sy->run.map.list[i]))
			continue;
		if (folder_prepare(sy, &sy->run.map.list[i], &skip, e) == -1)
			ret = sync_folder_failed(sy, i, e);
		else if (skip)
			report_skip(sy, i);
		else
			todo[n++] = i;
	}
	if (ret == 0 && n > 0)
		ret = sync_share(sy, todo, n, e);
	free(todo);
	return ret;
}

/* The folders that got a server copy are looked at once more: flags that differ
 * travel, and what the server could not copy is uploaded. */
static int
folders_second_look(struct sync *sy, struct err *e)
{
	const struct server_copies *copies = &sy->run.server_copies;
	bool *again;
	size_t i;
	int ret;

	sy->run.no_server_copies = true;
	again = xcalloc(sy->run.map.len, sizeof(*again));
	for (i = 0; i < copies->len; i++)
		again[copies->list[i].entry] = true;
	for (ret = 0, i = 0; ret == 0 && i < sy->run.map.len; i++) {
		if (!again[i])
			continue;
		deletions_forget(&sy->run.deletions, i);
		ret = sync_folder(sy, i, e);
	}
	free(again);
	return ret;
}

static int
server_copies_run(struct sync *sy, struct err *e)
{
	if (sy->env->request->dry_run || sy->run.server_copies.len == 0 ||
	    sync_stopped(sy))
		return 0;
	if (exec_server_copies(sy, e) == -1)
		return -1;
	return folders_second_look(sy, e);
}

/* Folders that are here only are made there; what the server calls otherwise
 * then gets that name here, too. */
static int
folders_make(struct sync *sy, struct err *e)
{
	bool again;

	if (made_folders(sy, &again, e) == -1)
		return -1;
	if (!again)
		return 0;
	if (folders_list(sy, e) == -1 || folders_follow(sy, e) == -1)
		return -1;
	return made_folders(sy, &again, e);
}

/* The listings are there. */
static int
steps_run(struct sync *sy, struct err *e)
{
	if (generation_check(sy, e) == -1 || folders_follow(sy, e) == -1)
		return -1;
	folders_report(sy);
	if (folders_forget(sy, e) == -1)
		return -1;
	if (folders_make(sy, e) == -1)
		return -1;
	report_folders(sy);
	if (folders_run(sy, e) == -1 || server_copies_run(sy, e) == -1)
		return -1;
	return exec_expunge(sy, e);
}

int
sync_account_run(struct sync *sy, struct err *e)
{
	bool stop = false;
	int ret;

	ret = folders_list(sy, e);
	if (ret == 0)
		ret = identity_check(sy, &stop, e);
	if (ret == 0 && !stop)
		ret = steps_run(sy, e);
	sync_leave_folder(sy);
	sync_broken_note(sy, ret, e);
	sync_run_clear(&sy->run);
	return ret;
}
