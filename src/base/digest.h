/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

/*
 * What a message is recognised by: its size, the hash of its header and the
 * hash of all of it, in the form that IMAP carries (lines end in CRLF). Made
 * in one pass while the bytes go by. Any thread; a digester belongs to one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <nettle/sha2.h>

#define DIGEST_LEN 16 /* bytes kept of the SHA-256 of the message */

struct digest {
	uint64_t size;	 /* bytes, CRLF form */
	uint64_t header; /* first 8 bytes of the SHA-256 of the header, its
			  * empty line included; of all when there is none */
	unsigned char whole[DIGEST_LEN];
};

struct digester {
	struct sha256_ctx sha;
	uint64_t size;
	uint64_t header;
	unsigned state; /* what of a line has gone by */
	bool header_done;
};

void digester_init(struct digester *d);
void digester_update(struct digester *d, const void *data, size_t len);
/* Writes the result; *d must be initialised again before more use. */
void digester_final(struct digester *d, struct digest *out);

bool digest_equal(const struct digest *a, const struct digest *b);

/* MD5 in 32 lower-case hexadecimal digits and a NUL (Maildir names only). */
void digest_md5_hex(const void *data, size_t len, char out[33]);

/* A 64-bit hash for look-up tables (first bytes of the SHA-256). */
uint64_t digest_key(const void *data, size_t len);

#endif
