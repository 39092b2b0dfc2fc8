/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_SYNC_ACCOUNT_H
#define ENGINE_SYNC_SYNC_ACCOUNT_H

/*
 * One synchronisation of one account: recover, scan, plan, execute, for each
 * folder; then what concerns several folders at once (moves, and the
 * deletions, which come last).
 */

#include "engine/sync/sync.h"

/*
 * Runs, in the thread of the worker that leads the account. sy is used for one
 * run, or for several attempts at it: what is private to a run ends with it,
 * the results add up. 0: the run went to its end (see failed and held). -1: it
 * broke off, with ERR_SESSION (a new run on new stores may do better) or worse;
 * what was done is recorded, and the next run goes on from there.
 */
int sync_account_run(struct sync *sy, struct err *e);

#endif
