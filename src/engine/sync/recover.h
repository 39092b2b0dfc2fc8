/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_RECOVER_H
#define ENGINE_SYNC_RECOVER_H

/* What an earlier run left in flight. */

#include "engine/sync/folder.h"

/*
 * Looks for the copies that the folder's intents are about, and settles these.
 * Does nothing when there are none, or in a dry run. The folder is open
 * afterwards, as before.
 */
int recover_folder(struct folder *f, struct err *e);

#endif
