/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_FOLDER_NAMES_H
#define ENGINE_SYNC_FOLDER_NAMES_H

/*
 * The names of a folder's files on one side, as its store asks for them while
 * it scans: which id a name has, and in which folders of the account a message
 * is. Loaded at the first question: a folder whose files are not looked at does
 * not pay for them. One thread.
 */

#include "engine/status/status.h"
#include "engine/store/store.h"

struct folder_names {
	/* What the store asks. arg is this struct: do not move it. */
	struct store_known known;

	/* Private. */
	struct status *status;		 /* borrowed */
	const struct status_folder *row; /* borrowed */
	struct keywords *keywords;	 /* of the folder; borrowed */
	enum side side;
	struct store_known names;
	bool names_loaded;
	struct err err; /* set when loading failed */
};

/* status, row and keywords must stay as long as the names are used. */
void folder_names_init(struct folder_names *n, struct status *status,
    const struct status_folder *row, struct keywords *keywords, enum side side);
void folder_names_clear(struct folder_names *n);

/* Before a scan: what was loaded is forgotten. */
void folder_names_renew(struct folder_names *n);
/* After a scan: -1 when a question could not be answered. */
int folder_names_check(const struct folder_names *n, struct err *e);

#endif
