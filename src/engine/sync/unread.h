/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_UNREAD_H
#define ENGINE_SYNC_UNREAD_H

/* Pairs that were found by parts of their messages. */

#include "engine/sync/folder.h"

/*
 * Before the message that ref means is removed for op: if all of it was never
 * compared with the pair's, it is now. *same false: it is another one, and they
 * are a pair no more; or it cannot be read. This was reported, and it must
 * stay.
 */
int unread_check(struct folder *f, const struct op *op,
    const struct store_ref *ref, bool *same, struct err *e);

#endif
