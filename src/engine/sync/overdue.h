/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_OVERDUE_H
#define ENGINE_SYNC_OVERDUE_H

/* What arrived after it was looked for. */

#include "engine/sync/folder.h"

/*
 * Removes what is there twice because it arrived when it had been sent again,
 * and takes it out of the snapshots; those may be partial.
 */
int overdue_resolve(struct folder *f, struct err *e);

#endif
