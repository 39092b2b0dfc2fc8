/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_TLS_H
#define NET_TLS_H

/*
 * TLS over a stream. The only file that knows GnuTLS.
 *
 * TLS 1.2 or later (RFC 8996). The certificate is verified for the configured
 * host name (RFC 9525) and for use as a server's, against the system's store
 * or ca_file; or, when pins are given and no ca_file, against the pins alone;
 * with both, both must hold. There is no way to go on after a failure: scope
 * ERR_ACCOUNT, no retry, and the text says what was wrong and, for a
 * certificate, its SHA-256 fingerprint.
 */

#include "net/stream.h"

struct tls_config {
	const char *host;    /* verified and sent as SNI; not for addresses */
	const char *ca_file; /* PEM; NULL: the system's store */
	const char *const *pins; /* SHA-256 of the certificate (DER), or of its
				  * SubjectPublicKeyInfo; hexadecimal, colons
				  * and case do not count; NULL: none */
	size_t pins_len;
	const char *client_cert; /* PEM files; NULL: none */
	const char *client_key;
};

/*
 * What the connections of one run share: loaded certificates and the tickets
 * with which a session is resumed (RFC 8446 section 2.2). Any thread.
 */
struct tls_context;

int tls_context_new(
    const struct tls_config *c, struct tls_context **ctx, struct err *e);
void tls_context_free(struct tls_context *ctx);

/*
 * Does the handshake over *s. On success *s is the TLS stream, which owns the
 * old one; on failure *s is as it was, good only for stream_free. Bytes that
 * were received before the handshake are an error (response injection).
 */
int tls_start(struct tls_context *ctx, struct stream **s, struct err *e);

/* "TLS1.3, ECDHE-..., certificate SHA-256 ...", for info; static per stream,
 * valid until it is freed. NULL when s is not a TLS stream. */
const char *tls_describe(const struct stream *s);

/*
 * Channel binding data for SCRAM-*-PLUS: "tls-exporter" (RFC 9266) with TLS
 * 1.3, "tls-unique" (RFC 5929) before. False when s is not a TLS stream.
 */
bool tls_channel_binding(const struct stream *s, const char **type,
    unsigned char *data, size_t cap, size_t *len);

#endif
