/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_REFUSED_H
#define ENGINE_SYNC_REFUSED_H

/*
 * Folders that cannot be looked into. A message that is gone from another
 * folder may have been moved there: so such a folder holds deletions, but only
 * while that is possible, and not for ever. Run by run the status counts how
 * often it failed, and what the listing said when it did so first.
 */

#include "engine/sync/sync.h"

/* A folder that could be read before, and no longer can be, holds deletions
 * that long; then it is like one that the filters leave out. */
#define REFUSED_SECONDS (36 * 3600)

/* The folder of the map failed in this run; one more. Does nothing in a dry
 * run. */
int refused_note(
    struct sync *sy, const struct foldermap_entry *entry, struct err *e);

/* Adds to *e, of a folder that could not be opened, how to do without it.
 * Returns -1. */
int refused_hint(
    const struct sync *sy, const struct foldermap_entry *entry, struct err *e);

/*
 * Sets *nothing when no message of the side can have been moved into the
 * folder, which failed in this run, without being known there: the side states
 * the same UIDVALIDITY and UIDNEXT as when it was read last, or failed first;
 * or it could never be read, neither in this run nor in one before, and the
 * side states no UIDNEXT of it; or it failed for REFUSED_SECONDS.
 */
int refused_got_nothing(struct sync *sy, const struct foldermap_entry *entry,
    const struct status_folder *row, enum side side, bool *nothing,
    struct err *e);

/*
 * A place that the store's listing refused could not be opened, or could
 * (opened). *holds: messages that went there may be in it still. What cannot be
 * opened for long got none: whoever moves mail there can open it.
 */
int refused_place(struct sync *sy, enum side side, const char *path,
    bool opened, bool *holds, struct err *e);

#endif
