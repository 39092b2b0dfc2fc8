/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_RENAMED_H
#define ENGINE_SYNC_RENAMED_H

/*
 * Folders that have another name now: a mail reader renamed them on one side,
 * or nametrans says another name than before. What shows it is the messages.
 * The folder is renamed on the other side, and the status goes on with it:
 * nothing is transferred, and nothing deleted.
 */

#include "engine/sync/sync.h"

/*
 * Follows one renaming that the listings and the map show. *again: the listings
 * are out of date now, and there may be more. In a dry run it is only reported,
 * and its folders are taken out of the map. Does nothing in a run of some
 * folders. No folder is open afterwards.
 */
int renamed_follow(struct sync *sy, bool *again, struct err *e);

#endif
