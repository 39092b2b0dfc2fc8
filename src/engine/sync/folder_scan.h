/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_FOLDER_SCAN_H
#define ENGINE_SYNC_FOLDER_SCAN_H

/* What an open folder has, on both sides and in the status. */

#include "engine/sync/folder.h"

/*
 * Makes f->scan anew but for its matches. Unless everything is to be read, the
 * snapshot of a side that cannot have changed since both were the same is
 * partial and empty.
 */
int folder_scan(struct folder *f, bool everything, struct err *e);

#endif
