/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_SASL_H
#define NET_SASL_H

/*
 * SASL by libgsasl; the only file that knows it. One exchange is a struct
 * sasl: the caller moves the base64 between it and the server.
 *
 * Strength order: SCRAM-SHA-256-PLUS, SCRAM-SHA-256, SCRAM-SHA-1-PLUS,
 * SCRAM-SHA-1, EXTERNAL (with a client certificate), GSSAPI, OAUTHBEARER,
 * XOAUTH2, CRAM-MD5, PLAIN, LOGIN. PLAIN, LOGIN and the OAuth mechanisms show
 * the secret and are taken only when plain_ok. GSSAPI is taken when there is
 * no secret, or the user asks for it. With an authzid only what can carry it
 * is taken: not CRAM-MD5, not LOGIN.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/stream.h"

struct sasl_config {
	const char *user;
	const char *authzid; /* NULL: none (remote_identity) */
	const char *secret;  /* password or token; NULL: none */
	const char *host;    /* for GSSAPI and the OAuth mechanisms */
	unsigned port;
	bool plain_ok; /* TLS is on, or the user wrote tls = "no" */
	bool client_cert;
	bool token; /* secret is an OAuth access token: only OAUTHBEARER and
		     * XOAUTH2 are taken, and only then */
	bool plus_absent; /* the server offers no -PLUS mechanism: we tell it
			   * that we would have bound the channel, so that it
			   * notices who took them out (RFC 5802 section 6) */
	const struct stream *stream; /* for channel binding; NULL: none */
};

struct sasl;

/*
 * The strongest mechanism that both sides offer. server: the mechanisms of
 * the AUTH= capabilities, NULL-terminated; wanted: the user's
 * auth_mechanisms, NULL-terminated, or NULL for all. Returns a static name or
 * NULL, with *why (static) saying what is in the way.
 */
const char *sasl_choose(const char *const *server, const char *const *wanted,
    const struct sasl_config *c, const char **why);

/* mechanism must come from sasl_choose with the same *c, which is not needed
 * afterwards. Errors here and below: scope ERR_ACCOUNT, no retry. */
int sasl_new(const char *mechanism, const struct sasl_config *c,
    struct sasl **s, struct err *e);
void sasl_free(struct sasl *s); /* wipes; NULL is fine */

/* True when the client speaks first (RFC 4422 section 3), so that SASL-IR
 * (RFC 4959) is of use. */
bool sasl_client_first(const struct sasl *s);

/*
 * One step: challenge is the server's base64 (NULL for the initial response);
 * appends our base64 answer to *answer, which may be empty. *done: we have
 * all that we need; for SCRAM this means that the server proved itself, and
 * the caller must insist on it before it believes the tagged OK. After that
 * one more challenge is answered only where it carries an error (RFC 7628
 * section 3.2.3), so that the server says NO.
 */
int sasl_step(struct sasl *s, const char *challenge, struct buf *answer,
    bool *done, struct err *e);

#endif
