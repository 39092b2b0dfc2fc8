/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_SYNC_FOLDER_H
#define ENGINE_SYNC_SYNC_FOLDER_H

/* The pass over one folder. */

#include "engine/sync/sync.h"

/*
 * Everything for one folder (an index into the map) but server copies and
 * deletions. A failure of the folder alone is reported, and 0 is returned:
 * -1 comes with ERR_SESSION or worse only.
 */
int sync_folder(struct sync *sy, size_t entry, struct err *e);

/* What sync_folder does with an error of this folder. */
int sync_folder_failed(struct sync *sy, size_t entry, struct err *e);

#endif
