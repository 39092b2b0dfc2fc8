/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_H
#define ENGINE_SYNC_EXEC_H

/* What all that executes operations needs. */

#include "engine/sync/folder.h"

/* The operations of this kind, which stand together: first, and how many. NULL
 * when there are none. */
const struct op *exec_ops(
    const struct plan *plan, enum op_kind kind, size_t *n);

/* op->side did not get the message: reported, remembered against deletions of
 * the same message, tried again later. */
int exec_copy_failed(struct folder *f, const struct op *op,
    const struct err *why, struct err *e);

#endif
