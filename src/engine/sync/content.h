/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_CONTENT_H
#define ENGINE_SYNC_CONTENT_H

/* What a message is recognised by. Runs in the store's thread. */

#include "base/buf.h"
#include "engine/store/store.h"

struct content {
	struct digest digest; /* STORE_HEADER: header only, size as announced */
	uint64_t start; /* hash of the first STORE_START_BYTES of the body; not
			 * of STORE_HEADER */
	bool start_is_all; /* the body is not longer; of STORE_WHOLE */
	uint64_t told;	   /* as in store_meta */
	int64_t date;
	uint32_t flags;
	bool valid;	 /* false: it could not be read */
	struct err *why; /* it could not; NULL: it was not tried, or it could */
};

/* Frees what n contents hold, and empties them. */
void content_clear(struct content *list, size_t n);

/*
 * Reads n messages of the open folder of a store and digests them; out has n
 * entries, in the order of refs, to be cleared by the caller in any case. -1
 * when the reading as a whole broke.
 */
int content_read(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, struct content *out, struct err *e);

/* Likewise of whole messages, as if they had no CR: with the same digest for
 * those that differ in the ends of lines alone. */
int content_read_lines(struct store *s, const struct store_ref *refs, size_t n,
    struct content *out, struct err *e);

/* Likewise, and as if they had no header and no line ends at the end: some
 * servers end the last line. */
int content_read_body(struct store *s, const struct store_ref *refs, size_t n,
    struct content *out, struct err *e);

/* What reads many messages: see content_read_parts. */
struct content_taker {
	void *arg;
	/* What to read as the i-th. */
	struct store_ref (*ref)(void *arg, size_t i);
	/* What it has; what take() moves away of it is its own. */
	void (*take)(void *arg, size_t i, struct content *c);
};

/*
 * As content_read, for n messages of which there may be a million: they are
 * read in parts, so that references and contents need memory for one part
 * only. When it returns -1, some were not taken.
 */
int content_read_parts(struct store *s, size_t n, enum store_part part,
    const struct content_taker *t, struct err *e);

/* Reads the header of one message, its lines ending in CRLF, at most
 * CONTENT_HEADER_MAX bytes of it; empty when it cannot be read. The caller
 * clears out. */
#define CONTENT_HEADER_MAX 65536
int content_header(struct store *s, const struct store_ref *ref,
    struct buf *out, struct err *e);

/* Appends what that field ("From") says, in one line; false when the header has
 * none. */
bool content_field(const struct buf *header, const char *name, struct buf *out);

/* Appends what the user can know the message by, made visible: "From: Ann,
 * Subject: Hello, Date: ..."; nothing when the header does not say. */
void content_describe(const struct buf *header, struct buf *out);

/* Both headers are of one message, by its Message-ID, From, Date and Subject,
 * whatever else differs. False without a Message-ID. */
bool content_same_header(const struct buf *a, const struct buf *b);

#endif
