/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_UPLOAD_H
#define ENGINE_SYNC_EXEC_UPLOAD_H

/* Copies to a store that numbers messages itself (a server). */

#include "engine/sync/folder.h"

/* n OP_COPYs to one side. ops is used as scratch. */
int exec_upload(
    struct folder *f, const struct op **ops, size_t n, struct err *e);

#endif
