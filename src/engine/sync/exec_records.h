/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_RECORDS_H
#define ENGINE_SYNC_EXEC_RECORDS_H

/* Operations that concern the status alone. */

#include "engine/sync/folder.h"

/* All OP_ADOPT, OP_SETTLE and OP_FORGET, in one transaction. */
int exec_records(struct folder *f, struct err *e);

/* Brings the base up to date with an OP_FLAGS that was done, or an OP_SETTLE;
 * within the caller's transaction. */
int exec_records_flags(struct folder *f, const struct op *op, struct err *e);

#endif
