/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_SERVER_COPY_H
#define ENGINE_SYNC_EXEC_SERVER_COPY_H

/* Copies and moves that the server makes itself. */

#include "engine/sync/folder.h"

/* Takes out of ops (copies to one side) what the server can copy itself, to be
 * done by exec_server_copies; *n is what is left. */
int exec_server_copy_plan(
    struct folder *f, const struct op **ops, size_t *n, struct err *e);

/* Makes them, for the account: after all folders were looked at. The folders
 * that got something are to be looked at once more. */
int exec_server_copies(struct sync *sy, struct err *e);

#endif
