/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_LIMITS_MEMORY_H
#define ENGINE_SYNC_LIMITS_MEMORY_H

/*
 * Which messages of a side the limits leave out, so that their sizes and dates
 * are asked for once. Kept as a fact of the account, for as long as the
 * settings and the validity of the ids are the same; nothing is kept of a side
 * that does not number its messages itself. In the thread of the folder's sync.
 */

#include "engine/sync/folder.h"

/* Fills *ids, which is empty, with what is known. */
int limits_memory_load(
    struct folder *f, enum side side, struct uidset *ids, struct err *e);

/* Puts ids in the place of what was known. */
int limits_memory_store(
    struct folder *f, enum side side, const struct uidset *ids, struct err *e);

#endif
