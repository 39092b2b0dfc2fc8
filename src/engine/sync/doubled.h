/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_DOUBLED_H
#define ENGINE_SYNC_DOUBLED_H

/* Messages of which the other side keeps one copy only. */

#include "engine/sync/folder.h"

/* Takes out of ops (copies to one side) those of which that side has a copy
 * with the same content already, as it said (status_doubled), and that has its
 * pair; *n is what is left. They were reported when it was found out. */
int doubled_leave_out(
    struct folder *f, const struct op **ops, size_t *n, struct err *e);

#endif
