/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_COPY_H
#define ENGINE_SYNC_COPY_H

/*
 * Copies to a store that numbers messages itself, so that the id of each has to
 * be learned. Its answer may be lost; therefore the intention is written down
 * first:
 *
 *	copies_intend -> send -> copies_learn -> copies_settle
 *
 * Sending is the caller's: exec_upload.c has the bytes, exec_server_copy.c lets
 * the server copy, and recover.c has sent them in an earlier run. If we die
 * after copies_intend, recover.c looks for the copies.
 *
 * Runs in the thread of the folder.
 */

#include "engine/sync/folder.h"

struct copy {
	/* Set by the caller: source_id, flags, date, digest and name (owned) of
	 * the intent, all that the pair begins with. copies_intend sets the
	 * rest. The digest becomes what the side it went to has, and the name
	 * what the source is called then. */
	struct status_intent intent;
	uint32_t source_flags;	    /* what the source has */
	uint64_t source_told;	    /* the size that its store states, or 0 */
	bool unsent;		    /* it is not going to be sent */
	struct store_result result; /* of sending it; owned */

	/* Learned. */
	uint32_t id;  /* on the side that it went to; 0: not found */
	int64_t date; /* as that side says, and the size that it states */
	uint64_t told;
	bool unread;  /* found there without reading all of it */
	bool altered; /* it is there, and not byte by byte as it was sent */
	bool doubled; /* the store stated the id of a copy that it had before,
		       * and keeps that one only: there is no other */
};

struct copies {
	struct folder *f; /* that they go to */
	enum side to;
	uint32_t next_id;  /* the lowest id that they can have; 0: not known */
	uint32_t validity; /* to which that belongs */
	struct copy *list;
	size_t len;
};

void copies_clear(struct copies *c);

/* Writes down that they are about to be sent, and what the bits of their flags
 * mean; durable on return. Unsent ones are left out. */
int copies_intend(struct copies *c, struct err *e);

/*
 * Finds out the ids of those whose result is STORE_DONE; the folder is open.
 *
 * An id that the store stated is an answer if it is of this validity (RFC 4315
 * section 3), not below next_id, of no pair, stated for one copy only, and of a
 * message that is there. It is believed even when the message has another size:
 * some servers add to what they are given, or only estimate sizes. It is read
 * then, and the digest is of what is there.
 *
 * An id of an older message with the same content means that the store keeps
 * each message once: the copy is paired with it, or doubled when it has its
 * pair. What has no answer is looked for by content among the ids from next_id
 * on.
 */
int copies_learn(struct copies *c, struct err *e);

/* Likewise, among n ids, ascending, and without what was stated. An intent of
 * another validity or side than the copies' is left alone. */
int copies_look(struct copies *c, const uint32_t *ids, size_t n, struct err *e);

/*
 * Tells the sources the new ids, where their names carry them. Then, in one
 * transaction: what was found becomes a pair and its intent goes; the intent of
 * what is certainly not there goes; and also(arg, i) is called for each copy,
 * found or not. NULL: nothing else is to be done.
 */
int copies_settle(struct copies *c,
    int (*also)(void *arg, size_t i, struct err *e), void *arg, struct err *e);

#endif
