/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_PROOF_H
#define ENGINE_SYNC_PROOF_H

/*
 * Whether a folder holds the very messages that the status knows of it, by
 * their headers: sizes and dates can be equal by chance. In the thread of the
 * folder's sync.
 */

#include "engine/sync/folder.h"

#define PROOF_SAMPLE 16

struct proof {
	size_t fit;   /* are what they were */
	size_t other; /* are other messages now */
	size_t gone;  /* are not there, or cannot be read */
};

/* At most PROOF_SAMPLE pairs of the folder that stand far from each other: of
 * each its ids. */
int proof_sample(
    struct folder *f, struct op ops[PROOF_SAMPLE], size_t *n, struct err *e);

/* Reads the headers of a sample on the side, where the folder is open. */
int proof_read(
    struct folder *f, enum side side, struct proof *p, struct err *e);

#endif
