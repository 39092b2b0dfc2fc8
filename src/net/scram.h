/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_SCRAM_H
#define NET_SCRAM_H

/*
 * The client of SCRAM (RFC 5802, RFC 7677) without its base64. It is here
 * because libgsasl's cannot say "y" in the GS2 header, by which a server
 * notices that somebody took -PLUS out of its list (RFC 5802 section 6). Any
 * thread; one exchange is one thread's. Errors: scope ERR_ACCOUNT, no retry.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* RFC 5802 section 7, gs2-cbind-flag. */
enum scram_binding {
	SCRAM_CANNOT_BIND, /* "n": without TLS, or the user does not want it */
	SCRAM_SAW_NO_PLUS, /* "y": we could, and the server does not offer it */
	SCRAM_BINDS,	   /* "p=" */
};

struct scram_config {
	const char *name; /* of the mechanism, for errors; static */
	bool sha256;	  /* else SHA-1 */
	const char *user; /* both after SASLprep (RFC 4013) */
	const char *secret;
	const char *authzid; /* NULL: none */
	const char *nonce;   /* printable, without a comma; never used before */
	enum scram_binding binding;
	const char *type; /* "tls-unique" or "tls-exporter"; with SCRAM_BINDS */
	const unsigned char *data; /* of the channel, len bytes; likewise */
	size_t len;
};

struct scram;

/* Copies what it needs of *c. */
struct scram *scram_new(const struct scram_config *c);
void scram_free(struct scram *s); /* wipes; NULL is fine */

/*
 * One step: in is what the server said, and is ignored in the first step;
 * appends our answer, which is empty in the last step. *done: the server has
 * proven that it knows the password. One more step after that is an error.
 */
int scram_step(struct scram *s, const char *in, size_t len, struct buf *out,
    bool *done, struct err *e);

/* After an error of scram_step: the server said that it refuses ("e="). */
bool scram_refused(const struct scram *s);

#endif
