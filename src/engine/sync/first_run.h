/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_FIRST_RUN_H
#define ENGINE_SYNC_FIRST_RUN_H

/* The first run of a folder that has mail on both sides. In the thread of the
 * folder's sync. */

#include "engine/sync/folder.h"

/*
 * Two folders that have next to nothing in common are perhaps not the two that
 * the user means, or hold the same mail in a form in which it is not known
 * again. After the plan, before anything is done: *stop when it would copy much
 * both ways, and pairs less than that; some of the messages of either side were
 * shown then, and the user is asked.
 */
int first_run_brake(struct folder *f, bool *stop, struct err *e);

#endif
