/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_OVERDUE_H
#define ENGINE_SYNC_OVERDUE_H

/* What arrived after it was looked for. */

#include "engine/sync/folder.h"

/*
 * Finds what is there twice because it arrived when it had been sent again:
 * fills the duplicates of the scan, whose snapshots may be partial.
 */
int overdue_find(struct folder *f, struct err *e);

/*
 * Reads a duplicate and the message that stays from the store's open folder.
 * *certain: they still are the same, and nobody did anything to the duplicate;
 * ref then has its flags. Size and date in ref are filled in.
 */
int overdue_check(struct store *store, const struct duplicate *d,
    struct store_ref *ref, bool *certain, struct err *e);

#endif
