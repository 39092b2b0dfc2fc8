/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_SYNC_SHARE_H
#define ENGINE_SYNC_SYNC_SHARE_H

/* The folders of an account, side by side. */

#include "engine/sync/sync.h"

/* Synchronises n folders, indices into the map, by this thread and its helpers.
 * Errors as sync_account_run. */
int sync_share(struct sync *sy, const size_t *todo, size_t n, struct err *e);

#endif
