/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_DOWNLOAD_H
#define ENGINE_SYNC_EXEC_DOWNLOAD_H

/* Copies to a store whose names carry the other side's ids (a Maildir). */

#include "engine/sync/folder.h"

/* n OP_COPYs to one side. The names show what arrived, so that no intent is
 * needed. */
int exec_download(
    struct folder *f, const struct op **ops, size_t n, struct err *e);

#endif
