/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_OLD_PAIRS_H
#define ENGINE_SYNC_OLD_PAIRS_H

/* Pairs whose ids on one side are not believed: they are looked for again by
 * content. In the thread of the folder's sync. */

#include "engine/sync/folder.h"
#include "engine/sync/match.h"

struct old_pairs {
	struct status_pair *list; /* names owned */
	struct wanted *want;	  /* what they are recognised by; then what
				   * was found */
	size_t len;
};

void old_pairs_clear(struct old_pairs *o);

/* Those of the scan's base that are picked, by their place in it; all when
 * picked is NULL. */
int old_pairs_load(
    struct folder *f, const bool *picked, struct old_pairs *o, struct err *e);

/* Looks for them among these ids of the open folder. */
int old_pairs_find(struct folder *f, struct old_pairs *o, enum side side,
    const uint32_t *ids, size_t ids_len, struct err *e);

/* Puts those that were found under their new ids; the old ones are not in the
 * status any more. */
int old_pairs_put(
    struct folder *f, const struct old_pairs *o, enum side side, struct err *e);

#endif
