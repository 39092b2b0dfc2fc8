/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_REFS_H
#define ENGINE_SYNC_REFS_H

/* Messages of one side that operations are about, as a store is told them. */

#include "engine/sync/folder.h"

struct refs {
	struct store_ref *list; /* names owned */
	const struct op **ops;	/* ops[i] is what list[i] is for; borrowed */
	size_t len;
	size_t cap;
};

void refs_clear(struct refs *r);

/* Appends op's message on side, with what snapshot and status know of it. */
int refs_add(struct refs *r, struct folder *f, const struct op *op,
    enum side side, struct err *e);

/* Takes away the last one. */
void refs_pop(struct refs *r);

#endif
