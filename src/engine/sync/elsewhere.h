/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_ELSEWHERE_H
#define ENGINE_SYNC_ELSEWHERE_H

/* Messages that are to be removed, and were only moved. */

#include "engine/sync/sync.h"

/*
 * Looks for the messages that the judged deletions of the run are about on the
 * side from which they are gone: in every folder where one may be that has no
 * copy, because the folder is not part of this run, failed, changed since it
 * was read, or has messages that were left out. What is found is noted in the
 * deletion; a folder that cannot be looked into is a hold. Uses the stores of
 * sy; no folder is open afterwards that was before.
 */
int elsewhere_look(struct sync *sy, struct err *e);

#endif
