/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_UNPAIRED_H
#define ENGINE_SYNC_UNPAIRED_H

/* Messages of a folder that the status does not know as a pair. */

#include "engine/sync/folder.h"

/* The ids from least on in the snapshot of side that no pair of the base has,
 * ascending; the caller frees. */
uint32_t *unpaired_ids_from(const struct folder_scan *scan, enum side side,
    uint32_t least, size_t *len);

/*
 * Pairs messages that are on both sides without a base: fills the matches of
 * the scan. And files that got a new name: their pair is told, and the
 * snapshot of their side is as if they had been known.
 */
int unpaired_match(struct folder *f, struct err *e);

#endif
