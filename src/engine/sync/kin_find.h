/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_KIN_FIND_H
#define ENGINE_SYNC_KIN_FIND_H

/* Messages of a folder that are on both sides, each in a form of its own. In
 * the thread of the folder's sync. */

#include "engine/sync/folder.h"
#include "engine/sync/kin.h"
#include "engine/sync/match.h"

struct kin_search {
	enum side side;	     /* where the messages are that are looked for */
	const uint32_t *ids; /* of them; NULL: as in pairs */
	const struct status_pair *pairs; /* what has their names; NULL: the
					  * snapshot */
	struct wanted *want;		 /* as match_content left them */
	size_t len;
	const uint32_t *there; /* where they are looked for, on the other side
				*/
	size_t there_len;
};

struct kin_found {
	size_t at; /* in the query */
	bool same; /* byte by byte, and only the size that was stated is not */
	unsigned char body[KIN_LEN];
};

/* Looks for the wanted that were not found among the messages of the other side
 * that are not taken: fills them, and lists them. The caller frees *list. */
int kin_find(struct folder *f, const struct kin_search *q,
    struct kin_found **list, size_t *len, struct err *e);

#endif
