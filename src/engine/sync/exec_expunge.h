/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_EXPUNGE_H
#define ENGINE_SYNC_EXEC_EXPUNGE_H

/* Deletions: the one place that makes them, and decides whether. */

#include "engine/sync/sync.h"

/* Makes those of the account that nothing holds, when all else is done. */
int exec_expunge(struct sync *sy, struct err *e);

#endif
