/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_SYNC_BROKEN_H
#define ENGINE_SYNC_SYNC_BROKEN_H

/* Folders in which the connection breaks, over several attempts at a run. */

#include "engine/sync/sync.h"

/* Notes in which folder the run broke off, if in one; before the map goes. */
void sync_broken_note(struct sync *sy, int ret, const struct err *e);

/*
 * A run broke off with ERR_SESSION, and trying again did not help: the folder
 * in which it did is reported, and left out of all attempts to come. False
 * when it was in none, or when there were too many of them: *e then is what
 * is left to be reported.
 */
bool sync_broken_leave_out(struct sync *sy, struct err *e);

/* The folder is left out. */
bool sync_broken_has(
    const struct sync *sy, const struct foldermap_entry *entry);

/* After the last attempt: forgets them. */
void sync_broken_forget(struct sync *sy);

#endif
