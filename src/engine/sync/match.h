/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_MATCH_H
#define ENGINE_SYNC_MATCH_H

/* Finds messages by their content. Runs in the store's thread. */

#include "engine/plan/snapshot.h"
#include "engine/store/store.h"

/* What is looked for. */
struct wanted {
	struct digest digest;
	uint64_t told;	/* the size that this store stated of it; 0: not known,
			 * it may be that of the digest. Afterwards, of what was
			 * found */
	uint64_t start; /* of its content, where that is known, else 0 */
	bool start_is_all;
	uint32_t hint;	/* the id that is likely; 0 for none */
	uint32_t found; /* the id, or 0 */
	bool unread;	/* found without reading all of it */
	uint32_t flags; /* of what was found, and its date */
	int64_t date;
};

struct match_query {
	struct wanted *want;
	size_t n;
	/* Where it is looked for: messages of the store's open folder. Some may
	 * not exist. */
	const uint32_t *ids;
	size_t ids_len;
	/* What has their names, where the store's messages are files. */
	const struct snapshot *snap;
	/* The same messages on the side that they come from, in the order of
	 * want; for match_altered alone. */
	const struct store_ref *refs;
};

/*
 * Finds the wanted messages: by size and header, and by all of it where two
 * could be meant. No message is found twice.
 */
int match_content(struct store *s, const struct match_query *q, struct err *e);

/*
 * Some servers change the ends of lines that are not CRLF, or add to a header.
 * Looks for those of the wanted that were not found by all that is not a CR,
 * then by Message-ID, From, Date, Subject and body; from has the messages that
 * the refs mean. Fills found, and digest, flags and date as the store has
 * them.
 */
int match_altered(struct store *s, struct store *from,
    const struct match_query *q, struct err *e);

/* That message was found: its id, and what it is there, for the status. */
int match_altered_take(
    struct store *s, uint32_t id, struct wanted *w, struct err *e);

/* The message with this id is the one that ref means in from, but for line ends
 * and lines of the header. */
int match_altered_is(struct store *s, uint32_t id, struct store *from,
    const struct store_ref *ref, bool *is, struct err *e);

#endif
