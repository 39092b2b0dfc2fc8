/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_KIN_H
#define ENGINE_SYNC_KIN_H

/*
 * One message in two forms. Other programs change what they store: mbsync adds
 * X-TUID, OfflineIMAP folds header lines in its own way, mail readers note
 * flags in the header, deliveries add where it came from. Two messages are kin
 * when they are one message but for such changes. Runs in the store's thread.
 */

#include "engine/store/store.h"

#define KIN_LEN 16 /* bytes kept of the SHA-256 of a body */

/* What is compared of a message. Hashes are without white space. */
struct kin {
	uint64_t key;	   /* of the Message-ID, else the header; 0: none */
	uint64_t fields;   /* of From, Date and Subject; 0: none */
	uint64_t header;   /* of all of it but what other programs add */
	uint64_t body_len; /* bytes as they are; not of STORE_HEADER */
	uint64_t start;	   /* hash of the first STORE_START_BYTES of the body as
			    * they are; likewise */
	uint64_t exact;	   /* of all its bytes as they are; likewise */
	uint64_t told;	   /* as in store_meta */
	uint32_t header_len;
	uint32_t flags;
	int64_t date;
	unsigned char body[KIN_LEN]; /* not of STORE_HEADER */
	bool whole;		     /* all of it was read */
	bool valid;
};

/* Reads n messages of the open folder, in whole or their headers (part); out
 * has n entries. What cannot be read is not valid. */
int kin_read(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, struct kin *out, struct err *e);

struct kin_wanted {
	struct store_ref ref; /* in the store that it comes from */
	uint32_t hint;	      /* the id that is likely; 0 for none */
	uint32_t found;	      /* the id, or 0; then: */
	uint32_t flags;	      /* what was found, there */
	uint64_t told;
	int64_t date;
	bool same;		     /* byte by byte */
	unsigned char body[KIN_LEN]; /* of both */
};

struct kin_query {
	struct kin_wanted *want;
	size_t n;
	/* Where they are looked for: messages of the store's open folder. */
	const struct store_ref *there;
	size_t there_len;
};

/*
 * Finds the wanted messages, which lie in from, among those of s. Each is told
 * by its Message-ID, or without one by its header but for what other programs
 * add; and by its body. That is compared as a whole where two could be meant,
 * or From, Date or Subject differ; else its length and beginning suffice, where
 * bytes come over a network. Where two fit, the one that the hint says is
 * taken, then the one with the same header, then the first. No message is found
 * twice.
 */
int kin_match(struct store *s, struct store *from, const struct kin_query *q,
    struct err *e);

#endif
