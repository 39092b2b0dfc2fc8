/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_FOLDERMAP_H
#define ENGINE_SYNC_FOLDERMAP_H

/*
 * Which folders take part, and what each is called on the other side: filters
 * and name translation. Pure; any thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/namelist.h"
#include "engine/settings/settings.h"
#include "engine/store/store.h"

/* True when the folder takes part: shell patterns (fnmatch, '*' also matches
 * the delimiter), later wins, '!' takes out; starts with "all" when the first
 * pattern is negative or there is none. Matched against native names; a
 * pattern also matches the very name that it is ("[Gmail]/Spam"), and INBOX
 * in any case. */
bool foldermap_wanted(
    const char *const *patterns, size_t n, const char *native);

/* One folder's names on both sides. */
struct foldermap_entry {
	char *name[2]; /* canonical, by side */
	char *label;   /* native remote name, for people */
	bool there[2];
	struct store_token token[2]; /* from the listings */
	uint32_t validity[2];	     /* likewise; 0: not told */
	uint32_t next_id[2];	     /* likewise: UIDNEXT */

	/* What the run found, by the one thread that has the folder; token is
	 * then that of before it was read. */
	int64_t id;   /* in the status; 0: not known */
	bool seen;    /* looked at to its end, or it had not changed */
	bool failed;  /* it could not be made, and takes no part */
	bool left[2]; /* messages of the side were not copied to the other */
};

/* What a map is made of; all borrowed. */
struct foldermap_input {
	const struct settings_account *account;
	const struct store_folders *folders[2]; /* the listings, by side */
	bool folds_case[2]; /* likewise: names that differ only by case are
			     * one folder there */
	/* Exact native remote names that stand in the place of the remote's
	 * filter (the -f option); NULL or empty: the filter decides. */
	const struct namelist *only;
};

struct foldermap {
	struct foldermap_entry *list; /* INBOX first, then by name */
	size_t len;
	size_t cap;
	struct store_refused *problems; /* folders that are left out */
	size_t problems_len;
	size_t problems_cap;
};

/* Appends what to write into the configuration so that the folder of this label
 * takes part no more. */
void foldermap_leave_out(
    const struct settings_account *a, const char *label, struct buf *out);

/*
 * Joins the listings of both sides, of which the selectable folders count.
 *
 * Names: what all names of a side begin with (prefix) is taken away first, and
 * put before what a name becomes on it. nametrans of the remote turns native
 * remote names into what they are called on the local side, with the remote's
 * delimiter; for folders that are only on the local side, nametrans of that
 * side does the reverse, with either delimiter.
 *
 * Filters: a folder takes part when the folders of both sides want it, each
 * asked with its native name there.
 *
 * Left out, with a line in problems: folders of one side that would share one
 * of the other, which is the case too for names that differ only by case where
 * one of the stores cannot tell; a name that no folder can have; a
 * folder only on the local side whose translation does not lead back, or leads
 * to a remote folder that is kept elsewhere; a name in only that nothing
 * has. A local folder whose remote one is left out is left out with it. What
 * the listings refused is not repeated. createfolders and readonly are not
 * looked at.
 *
 * What could not be looked into on the local side is not missing there: a
 * remote folder that may be in it has a local one, and the attempt to open that
 * tells. Where no remote folder is, or others may be below, it is a problem.
 *
 * ERR_ACCOUNT for a wrong nametrans rule, and when the filters leave nothing
 * at all while the remote has folders. *map must be empty, and is then.
 */
int foldermap_make(
    const struct foldermap_input *in, struct foldermap *map, struct err *e);
void foldermap_clear(struct foldermap *map);

/* The folder of that canonical remote name; NULL: it is not in the map. */
struct foldermap_entry *foldermap_find(
    const struct foldermap *map, const char *remote);

#endif
