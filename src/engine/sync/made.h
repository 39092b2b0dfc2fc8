/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_MADE_H
#define ENGINE_SYNC_MADE_H

/*
 * Folders that are made on a side. A server may keep one under another name
 * than it was asked for: in another case or composition of letters, without a
 * space at its end, below INBOX; or take it for one that it has.
 */

#include "engine/sync/sync.h"

/* Makes the folder on the side, or in a dry run only reports that. */
int made_folder(struct sync *sy, struct foldermap_entry *entry, enum side side,
    struct err *e);

/*
 * Makes the folders that are on the local side only, and looks under which
 * names they are there then. What is there under none is reported, and takes
 * no part in the run. *again: the status has the names of others, and after
 * new listings renamed_follow() gives them to the local folders.
 */
int made_folders(struct sync *sy, bool *again, struct err *e);

#endif
