/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_GENERATION_H
#define ENGINE_SYNC_GENERATION_H

/*
 * Was a side, or the status, put back from a backup? A Maildir carries a number
 * that grows with each run that changes something, and the status has it, too.
 * A backup has a lower one, however its files were put back.
 *
 * The store has the new number first: should we die in between, it is ahead of
 * the status, which is no backup's sign.
 */

#include "engine/sync/sync.h"

/* Before anything is done: all folders of a side that is older than the status
 * are noted as such, or those of both when the status is older. */
int generation_check(struct sync *sy, struct err *e);

/* Before the first change of the run: both have the next number. It is no
 * error when a store cannot be written to; what is done next will tell. */
int generation_advance(struct sync *sy, struct err *e);

#endif
