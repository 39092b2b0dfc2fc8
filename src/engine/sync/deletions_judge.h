/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_DELETIONS_JUDGE_H
#define ENGINE_SYNC_DELETIONS_JUDGE_H

/* Whether the planned deletions are what a person does. */

#include "engine/sync/sync.h"

/*
 * Fills in what the status knows of each deletion of the run, and adds holds
 * against what is too much, or looks like a backup put back. The copies are
 * all made; the list is sorted afterwards.
 */
int deletions_judge(struct sync *sy, struct err *e);

#endif
