/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_SASL_H
#define NET_SASL_H

/*
 * SASL by libgsasl, and by net/scram.h; the only file that knows libgsasl. One
 * exchange is a struct sasl: the caller moves the base64 between it and the
 * server. The mechanisms and what they need: net/sasl_mechanism.h.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/stream.h"

struct sasl_config {
	const char *user;
	const char *authzid; /* NULL: none (remote_identity) */
	const char *secret;  /* password; NULL: none */
	const char *host;    /* for GSSAPI */
	bool plain_ok;	     /* TLS is on, or the user wrote tls = "no" */
	bool hidden;	     /* nobody on a network can read along */
	bool client_cert;
	/* What the AUTH= capabilities offer, NULL-terminated. */
	const char *const *server;
	const struct stream *stream; /* for channel binding; NULL: none */
	/* The mechanism that the server refused, when another one is sought;
	 * NULL: none yet. */
	const char *refused;
};

struct sasl;

/*
 * The strongest mechanism that both sides offer. wanted: the user's
 * auth_mechanisms, NULL-terminated, or NULL for all. Returns a static name or
 * NULL, with *why (static) saying what is in the way.
 *
 * With refused, the one that may follow. A server that has passwords only as
 * hashes of its own can use none but a password that is shown to it: where
 * hidden, that comes next. After one with channel binding only the same
 * without it: the password is not shown to somebody in the middle. After one
 * that shows the password: none.
 */
const char *sasl_choose(
    const char *const *wanted, const struct sasl_config *c, const char **why);

/* mechanism must come from sasl_choose with the same *c, which is not needed
 * afterwards. Errors here and below: scope ERR_ACCOUNT, no retry. */
int sasl_new(const char *mechanism, const struct sasl_config *c,
    struct sasl **s, struct err *e);
void sasl_free(struct sasl *s); /* wipes; NULL is fine */

/* True when the client speaks first, so that SASL-IR (RFC 4959) is of use. */
bool sasl_client_first(const struct sasl *s);

/* After an error of sasl_step: the server said no, in the exchange itself. */
bool sasl_refused(const struct sasl *s);

/* The mechanism shows the password to the server. */
bool sasl_shows(const char *mechanism);

/*
 * One step: challenge is the server's base64 (NULL for the initial response);
 * appends our base64 answer to *answer, which may be empty. *done: we have
 * all that we need; for SCRAM this means that the server proved itself, and
 * the caller must insist on it before it believes the tagged OK. One more
 * challenge after that is an error.
 */
int sasl_step(struct sasl *s, const char *challenge, struct buf *answer,
    bool *done, struct err *e);

#endif
