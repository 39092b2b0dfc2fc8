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

enum proof_result { PROOF_FITS, PROOF_OTHER, PROOF_GONE };

/* Reads the headers of n pairs on the side, where the folder is open. When it
 * is open on the other side, too, a header that differs is compared with that
 * of the copy there. */
int proof_headers(struct folder *f, const struct op *ops, size_t n,
    enum side side, enum proof_result *results, struct err *e);

/* Whether the newest pair is another message now on the side; *other is false
 * when there is none. */
int proof_newest(struct folder *f, enum side side, bool *other, struct err *e);

/* Likewise of a sample on the side. */
int proof_read(
    struct folder *f, enum side side, struct proof *p, struct err *e);

#endif
