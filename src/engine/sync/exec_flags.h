/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_FLAGS_H
#define ENGINE_SYNC_EXEC_FLAGS_H

/* Changes of flags. */

#include "engine/sync/folder.h"

/* All OP_FLAGS of both sides. */
int exec_flags(struct folder *f, struct err *e);

#endif
