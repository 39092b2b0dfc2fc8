/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_SUSPECT_H
#define ENGINE_SYNC_SUSPECT_H

/*
 * Whether a side of an open folder is what the status knows, or an older
 * state of it, or another folder, or one from which deletions did not travel
 * before. What is missing there then is no deletion until the user says so.
 * In the thread of the folder's sync.
 */

#include "engine/sync/folder.h"

struct suspicion {
	enum hold_reason reason; /* HOLD_NONE: none */
	bool compare; /* the ids may be those of other messages now */
};

struct suspicion suspect_side(const struct folder *f, enum side side);

/* The messages of pairs that are missing on the side wait for a decision. The
 * scan is complete; nothing for HOLD_NONE. */
void suspect_missing(struct folder *f, enum side side, enum hold_reason reason);

/* Another directory is in the folder's place, with none of the messages known:
 * perhaps another disk is mounted there. It was told, and the folder is to be
 * left alone, so that all is well when it is back. The scan is complete. */
bool suspect_mount(struct folder *f, enum side side, enum hold_reason reason);

/* From now on, what the side has is what is known. */
void folder_object_put(struct folder *f, enum side side);

/* What is known of the folder is not believed until it was compared. */
int folder_doubt(struct folder *f, struct err *e);

#endif
