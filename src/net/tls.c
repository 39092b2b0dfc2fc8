/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS by GnuTLS. */
#include "config.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/xalloc.h"
#include "net/fingerprint.h"
#include "net/host.h"
#include "net/tickets.h"
#include "net/tls.h"

#define PRIORITY "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define RECORD_ALERT 21 /* RFC 8446 section 5.1 */
#define RECORD_HANDSHAKE 22
#define RECORD_SIZE 16384
#define HANDSHAKE_MS 60000 /* against a peer that drips, deadline or not */
#define BYE_MS 1000

struct tls_context {
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
	char *host;  /* A-labels */
	bool verify; /* against ca_file or the system's store */
	unsigned char (*pins)[FINGERPRINT_LEN];
	size_t pins_len;
	struct tickets tickets;
};

struct tls {
	struct stream head;
	struct tls_context *ctx;
	gnutls_session_t session;
	struct buf out; /* less than a record, not yet encrypted */
	gnutls_typed_vdata_st purpose[2]; /* GnuTLS keeps a pointer to it */
	struct err io;			  /* why the stream below failed */
	bool trusted;	 /* the handshake and all checks are done */
	bool broken;	 /* nothing more can be sent */
	char first[8];	 /* what came first; "" before */
	bool no_wait;	 /* the pull function must not wait */
	bool ahead_full; /* as in the deflating stream */
	unsigned char ahead;
	bool end;
	char fingerprint[FINGERPRINT_TEXT];
	char description[512];
};

static struct tls *
tls_of(struct stream *s)
{
	return (struct tls *)s;
}

static int
set_gnutls(struct err *e, enum err_scope scope, int r, const char *what)
{
	return err_set(e, scope, "%s: %s", what, gnutls_strerror(r));
}

/*
 * The context.
 */

static int
context_pins(struct tls_context *ctx, const struct tls_config *c, struct err *e)
{
	size_t i;

	ctx->pins = xcalloc(c->pins_len + 1, sizeof(*ctx->pins));
	for (i = 0; i < c->pins_len; i++)
		if (!fingerprint_parse(c->pins[i], ctx->pins[i]))
			return err_set(e, ERR_ACCOUNT,
			    "fingerprint \"%s\" is not a SHA-256 in 64 "
			    "hexadecimal digits",
			    c->pins[i]);
	ctx->pins_len = c->pins_len;
	return 0;
}

static int
context_trust(
    struct tls_context *ctx, const struct tls_config *c, struct err *e)
{
	int r;

	ctx->verify = c->ca_file != NULL || c->pins_len == 0;
	if (!ctx->verify)
		return 0;
	if (c->ca_file != NULL) {
		r = gnutls_certificate_set_x509_trust_file(
		    ctx->credentials, c->ca_file, GNUTLS_X509_FMT_PEM);
		if (r > 0)
			return 0;
		return err_set(e, ERR_ACCOUNT, "sslcacertfile: %s: %s",
		    c->ca_file,
		    r == 0 ? "no certificate in it" : gnutls_strerror(r));
	}
	r = gnutls_certificate_set_x509_system_trust(ctx->credentials);
	if (r > 0)
		return 0;
	return err_set(e, ERR_ACCOUNT, "the system's store of certificates: %s",
	    r == 0 ? "empty" : gnutls_strerror(r));
}

static int
context_client(
    struct tls_context *ctx, const struct tls_config *c, struct err *e)
{
	const char *key;
	int r;

	if (c->client_cert == NULL)
		return 0;
	key = c->client_key != NULL ? c->client_key : c->client_cert;
	r = gnutls_certificate_set_x509_key_file(
	    ctx->credentials, c->client_cert, key, GNUTLS_X509_FMT_PEM);
	if (r < 0)
		return err_set(e, ERR_ACCOUNT,
		    "client certificate %s, key %s: %s", c->client_cert, key,
		    gnutls_strerror(r));
	return 0;
}

int
tls_context_new(
    const struct tls_config *c, struct tls_context **out, struct err *e)
{
	struct tls_context *ctx;
	int r;

	ctx = xcalloc(1, sizeof(*ctx));
	tickets_init(&ctx->tickets);
	r = gnutls_certificate_allocate_credentials(&ctx->credentials);
	if (r == 0)
		r = gnutls_priority_init(&ctx->priority, PRIORITY, NULL);
	if (r != 0)
		r = set_gnutls(e, ERR_ACCOUNT, r, "TLS");
	else if (host_to_ascii(c->host, &ctx->host, e) == -1 ||
		 context_pins(ctx, c, e) == -1 ||
		 context_trust(ctx, c, e) == -1 ||
		 context_client(ctx, c, e) == -1)
		r = -1;
	if (r == -1) {
		tls_context_free(ctx);
		return -1;
	}
	*out = ctx;
	return 0;
}

void
tls_context_free(struct tls_context *ctx)
{
	if (ctx == NULL)
		return;
	tickets_clear(&ctx->tickets);
	gnutls_priority_deinit(ctx->priority);
	if (ctx->credentials != NULL)
		gnutls_certificate_free_credentials(ctx->credentials);
	free(ctx->pins);
	free(ctx->host);
	free(ctx);
}

/*
 * Resumption. A ticket is kept only when the session that it comes from was
 * trusted, and used only with the context that trusted it; a resumed session
 * shows no new certificate.
 */

static void
ticket_save(struct tls *t)
{
	gnutls_datum_t ticket;

	if (!t->trusted || gnutls_session_get_data2(t->session, &ticket) != 0)
		return;
	tickets_put(&t->ctx->tickets, ticket.data, ticket.size);
	wipe(ticket.data, ticket.size);
	gnutls_free(ticket.data);
}

/* TLS 1.3 sends tickets whenever it likes, after the handshake. */
static int
on_ticket(gnutls_session_t session, unsigned type, unsigned when,
    unsigned incoming, const gnutls_datum_t *message)
{
	struct tls *t = gnutls_session_get_ptr(session);

	(void)type;
	(void)when;
	(void)message;
	if (incoming && gnutls_protocol_get_version(session) == GNUTLS_TLS1_3)
		ticket_save(t);
	return 0;
}

/*
 * The stream below, as GnuTLS sees it.
 */

static ssize_t
pull(gnutls_transport_ptr_t p, void *data, size_t size)
{
	struct tls *t = p;
	ssize_t n;
	int r;

	r = t->no_wait ? stream_wait(t->head.below, 0, &t->io) : 1;
	n = r == 1 ? stream_read(t->head.below, data, size, &t->io) : -1;
	if (n == -1)
		gnutls_transport_set_errno(t->session, r == 0 ? EAGAIN : EIO);
	if (n > 0 && t->first[0] == '\0')
		memcpy(t->first, data, n < 7 ? (size_t)n : 7);
	return n;
}

static ssize_t
push(gnutls_transport_ptr_t p, const void *data, size_t size)
{
	struct tls *t = p;

	if (stream_write(t->head.below, data, size, &t->io) == -1) {
		gnutls_transport_set_errno(t->session, EIO);
		return -1;
	}
	return (ssize_t)size;
}

/* What went wrong after the handshake. */
static int
set_broken(struct tls *t, int r, struct err *e)
{
	t->broken = true;
	if (t->io.scope != ERR_NONE)
		return err_copy(e, &t->io);
	if (r == GNUTLS_E_PREMATURE_TERMINATION)
		err_set(e, ERR_SESSION,
		    "TLS: the connection was cut without a farewell");
	else if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		err_set(e, ERR_SESSION, "TLS: the server sent the alert \"%s\"",
		    gnutls_alert_get_name(gnutls_alert_get(t->session)));
	else
		set_gnutls(e, ERR_SESSION, r, "TLS");
	return err_retry(e);
}

/* Bytes, 0 at the end, GNUTLS_E_AGAIN only with no_wait, or -1. */
static ssize_t
record_recv(struct tls *t, void *data, size_t size, struct err *e)
{
	ssize_t n;

	if (t->end)
		return 0;
	do
		n = gnutls_record_recv(t->session, data, size);
	while (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_REHANDSHAKE ||
	       (n == GNUTLS_E_AGAIN && !t->no_wait) ||
	       n == GNUTLS_E_WARNING_ALERT_RECEIVED);
	if (n < 0 && n != GNUTLS_E_AGAIN)
		return set_broken(t, (int)n, e);
	t->end = n == 0;
	return n;
}

static size_t
tls_pending(const struct stream *s)
{
	const struct tls *t = (const struct tls *)s;

	return gnutls_record_check_pending(t->session) + t->ahead_full;
}

static ssize_t
tls_read(struct stream *s, void *data, size_t size, struct err *e)
{
	struct tls *t = tls_of(s);

	if (t->ahead_full) {
		*(unsigned char *)data = t->ahead;
		t->ahead_full = false;
		return 1;
	}
	return record_recv(t, data, size, e);
}

static int
record_send(struct tls *t, const char *data, size_t size, struct err *e)
{
	ssize_t n;

	while (size > 0) {
		n = gnutls_record_send(t->session, data, size);
		if (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN)
			continue;
		if (n < 0)
			return set_broken(t, (int)n, e);
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int
out_send(struct tls *t, struct err *e)
{
	int r;

	r = record_send(t, t->out.data, t->out.len, e);
	buf_reset(&t->out);
	return r;
}

/* Small writes share a record. */
static int
tls_write(struct stream *s, const void *data, size_t size, struct err *e)
{
	struct tls *t = tls_of(s);

	if (t->out.len + size > RECORD_SIZE && t->out.len > 0 &&
	    out_send(t, e) == -1)
		return -1;
	if (size >= RECORD_SIZE)
		return record_send(t, data, size, e);
	buf_append(&t->out, data, size);
	return 0;
}

static int
tls_flush(struct stream *s, struct err *e)
{
	struct tls *t = tls_of(s);

	if (t->out.len > 0 && out_send(t, e) == -1)
		return -1;
	return stream_flush(s->below, e);
}

/* That bytes are here does not say that they hold data: tickets do not. */
static int
tls_wait(struct stream *s, int64_t deadline, struct err *e)
{
	struct tls *t = tls_of(s);
	ssize_t n;
	int r;

	for (;;) {
		t->no_wait = true;
		n = record_recv(t, &t->ahead, 1, e);
		t->no_wait = false;
		if (n == -1)
			return -1;
		if (n != GNUTLS_E_AGAIN) {
			t->ahead_full = n == 1;
			return 1;
		}
		r = stream_wait(s->below, deadline, e);
		if (r != 1)
			return r;
	}
}

static void
tls_free(struct stream *s)
{
	struct tls *t = tls_of(s);

	if (t->trusted && !t->broken) {
		stream_set_timeout(s, BYE_MS, clock_ms() + BYE_MS);
		gnutls_bye(t->session, GNUTLS_SHUT_WR);
		stream_flush(s->below, &t->io);
	}
	gnutls_deinit(t->session);
	buf_wipe(&t->out);
	err_clear(&t->io);
	wipe(t, sizeof(*t));
	free(t);
}

static const struct stream_ops tls_ops = {
	.name = "tls",
	.read = tls_read,
	.write = tls_write,
	.flush = tls_flush,
	.pending = tls_pending,
	.wait = tls_wait,
	.free = tls_free,
};

/*
 * The handshake, and who it was with.
 */

static int
session_new(struct tls *t)
{
	struct tls_context *ctx = t->ctx;
	struct buf ticket = { 0 };
	int r;

	r = gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
	if (r != 0)
		return r;
	gnutls_session_set_ptr(t->session, t);
	t->purpose[0] = (gnutls_typed_vdata_st){ .type = GNUTLS_DT_DNS_HOSTNAME,
		.data = (unsigned char *)ctx->host };
	t->purpose[1] =
	    (gnutls_typed_vdata_st){ .type = GNUTLS_DT_KEY_PURPOSE_OID,
		    .data = (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER };
	r = gnutls_priority_set(t->session, ctx->priority);
	if (r == 0)
		r = gnutls_credentials_set(
		    t->session, GNUTLS_CRD_CERTIFICATE, ctx->credentials);
	if (r == 0 && !host_is_address(ctx->host))
		r = gnutls_server_name_set(
		    t->session, GNUTLS_NAME_DNS, ctx->host, strlen(ctx->host));
	if (r != 0)
		return r;
	if (ctx->verify)
		gnutls_session_set_verify_cert2(t->session, t->purpose,
		    sizeof(t->purpose) / sizeof(t->purpose[0]), 0);
	gnutls_transport_set_ptr(t->session, t);
	gnutls_transport_set_pull_function(t->session, pull);
	gnutls_transport_set_push_function(t->session, push);
	gnutls_handshake_set_hook_function(t->session,
	    GNUTLS_HANDSHAKE_NEW_SESSION_TICKET, GNUTLS_HOOK_POST, on_ticket);
	/* A ticket that does not fit any more is simply not used. */
	if (tickets_take(&ctx->tickets, &ticket))
		gnutls_session_set_data(t->session, ticket.data, ticket.len);
	buf_wipe(&ticket);
	return 0;
}

static void
put_date(struct buf *b, const char *what, time_t t)
{
	char text[32];
	struct tm tm;

	if (t == (time_t)-1 || gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm) == 0)
		text[0] = '\0';
	buf_printf(b, "%s %s", what, text);
}

/* The names that a certificate is valid for, as many as fit in a message. */
static void
put_names(struct buf *b, gnutls_x509_crt_t crt)
{
	char name[256];
	size_t len, named;
	unsigned i;
	int r;

	named = 0;
	for (i = 0; i < 16 && named < 4; i++) {
		len = sizeof(name) - 1;
		r = gnutls_x509_crt_get_subject_alt_name(
		    crt, i, name, &len, NULL);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (r != GNUTLS_SAN_DNSNAME)
			continue;
		buf_puts(b, named++ == 0 ? " but for " : ", ");
		buf_append_visible(b, name, strnlen(name, 64));
	}
}

static void
put_status(
    struct buf *b, unsigned status, gnutls_x509_crt_t crt, const char *host)
{
	static const struct {
		unsigned bit;
		const char *text;
	} plain[] = {
		{ GNUTLS_CERT_REVOKED, "it was revoked" },
		{ GNUTLS_CERT_PURPOSE_MISMATCH, "it is not for a server" },
		{ GNUTLS_CERT_SIGNER_NOT_CA,
		    "it was signed by a certificate that is not an authority" },
		{ GNUTLS_CERT_INSECURE_ALGORITHM,
		    "it was signed with a weak algorithm" },
		{ GNUTLS_CERT_SIGNATURE_FAILURE, "its signature is wrong" },
		{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE,
		    "its authority may not sign for this name" },
	};
	size_t i;

	if ((status & GNUTLS_CERT_UNEXPECTED_OWNER) != 0) {
		buf_printf(b, "; it is not for %s", host);
		put_names(b, crt);
	}
	if ((status & GNUTLS_CERT_EXPIRED) != 0)
		put_date(b,
		    "; it (or its authority's) is no longer valid since",
		    gnutls_x509_crt_get_expiration_time(crt));
	if ((status & GNUTLS_CERT_NOT_ACTIVATED) != 0)
		put_date(b, "; it (or its authority's) is not valid before",
		    gnutls_x509_crt_get_activation_time(crt));
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if ((status & plain[i].bit) != 0)
			buf_printf(b, "; %s", plain[i].text);
	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0)
		buf_printf(b, "; %s",
		    gnutls_x509_crt_check_issuer(crt, crt)
			? "it is signed by itself and not trusted"
			: "its authority is not known or not trusted");
}

static int
set_refused(struct tls *t, const char *why, struct err *e)
{
	return err_set(e, ERR_ACCOUNT,
	    "certificate refused: %s; its SHA-256 fingerprint is %s; to trust "
	    "it nevertheless see sslcacertfile and cert_fingerprint",
	    why, t->fingerprint);
}

static int
set_unverified(struct tls *t, gnutls_x509_crt_t crt, struct err *e)
{
	struct buf why = { 0 };
	unsigned status;

	status = gnutls_session_get_verify_cert_status(t->session);
	put_status(&why, status, crt, t->ctx->host);
	if (why.len == 0)
		buf_printf(&why, "; it does not verify (status %#x)", status);
	set_refused(t, buf_str(&why) + 2, e);
	buf_clear(&why);
	return -1;
}

static bool
pin_matches(const struct tls_context *ctx, const unsigned char *hash)
{
	size_t i;

	for (i = 0; i < ctx->pins_len; i++)
		if (memcmp(ctx->pins[i], hash, FINGERPRINT_LEN) == 0)
			return true;
	return false;
}

static int
check_pins(struct tls *t, gnutls_x509_crt_t crt, struct err *e)
{
	unsigned char cert[FINGERPRINT_LEN], key[FINGERPRINT_LEN];
	size_t len = FINGERPRINT_LEN, key_len = FINGERPRINT_LEN;

	if (t->ctx->pins_len == 0)
		return 0;
	if (gnutls_x509_crt_get_fingerprint(
		crt, GNUTLS_DIG_SHA256, cert, &len) == 0 &&
	    gnutls_x509_crt_get_key_id(
		crt, GNUTLS_KEYID_USE_SHA256, key, &key_len) == 0 &&
	    (pin_matches(t->ctx, cert) || pin_matches(t->ctx, key)))
		return 0;
	return set_refused(t, "cert_fingerprint does not contain it", e);
}

/* GnuTLS takes a name from the subject where there is no subjectAltName; RFC
 * 9525 section 2 does not. */
static int
check_has_name(struct tls *t, gnutls_x509_crt_t crt, struct err *e)
{
	const int wanted = host_is_address(t->ctx->host) ? GNUTLS_SAN_IPADDRESS
							 : GNUTLS_SAN_DNSNAME;
	char name[1024];
	size_t len;
	unsigned i;
	int r;

	for (i = 0;; i++) {
		len = sizeof(name);
		r = gnutls_x509_crt_get_subject_alt_name(
		    crt, i, name, &len, NULL);
		if (r == wanted)
			return 0;
		if (r < 0 && r != GNUTLS_E_SHORT_MEMORY_BUFFER)
			break;
	}
	return set_refused(t,
	    "it says for which host it is in its subject "
	    "only, not in subjectAltName",
	    e);
}

static void
set_fingerprint(struct tls *t, gnutls_x509_crt_t crt)
{
	unsigned char hash[FINGERPRINT_LEN];
	size_t len = sizeof(hash);

	if (gnutls_x509_crt_get_fingerprint(
		crt, GNUTLS_DIG_SHA256, hash, &len) != 0)
		return;
	fingerprint_format(hash, t->fingerprint);
}

/* The server's own certificate, for gnutls_x509_crt_deinit(); or NULL. */
static gnutls_x509_crt_t
peer_certificate(struct tls *t)
{
	const gnutls_datum_t *der;
	gnutls_x509_crt_t crt;
	unsigned len;

	der = gnutls_certificate_get_peers(t->session, &len);
	if (der == NULL || len == 0 || gnutls_x509_crt_init(&crt) != 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) != 0) {
		gnutls_x509_crt_deinit(crt);
		return NULL;
	}
	set_fingerprint(t, crt);
	return crt;
}

static int
set_handshake(struct tls *t, int r, struct err *e)
{
	gnutls_x509_crt_t crt;

	if (t->io.scope != ERR_NONE) {
		err_copy(e, &t->io);
		return err_prefix(e, "TLS handshake");
	}
	if (r == GNUTLS_E_PREMATURE_TERMINATION) {
		err_set(e, ERR_SESSION,
		    "the server closed the connection in the TLS handshake");
		return err_retry(e);
	}
	crt = r == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR ? peer_certificate(t)
							   : NULL;
	if (crt != NULL) {
		set_unverified(t, crt, e);
		gnutls_x509_crt_deinit(crt);
		return -1;
	}
	if (t->first[0] != '\0' && t->first[0] != RECORD_ALERT &&
	    t->first[0] != RECORD_HANDSHAKE)
		return err_set(e, ERR_ACCOUNT,
		    "the server does not speak TLS, but sent \"%s...\"; "
		    "perhaps "
		    "this port wants tls = \"starttls\"",
		    t->first);
	if (r == GNUTLS_E_UNSUPPORTED_VERSION_PACKET)
		return err_set(
		    e, ERR_ACCOUNT, "the server offers no TLS 1.2 or later");
	if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return err_set(e, ERR_ACCOUNT,
		    "TLS handshake: the server refused it with the alert "
		    "\"%s\"",
		    gnutls_alert_get_name(gnutls_alert_get(t->session)));
	return set_gnutls(e, ERR_ACCOUNT, r, "TLS handshake");
}

static int
handshake(struct tls *t, struct err *e)
{
	struct stream *below = t->head.below;
	int64_t own = below->deadline, limit = clock_ms() + HANDSHAKE_MS;
	int r;

	stream_set_timeout(below, below->idle_ms, own < limit ? own : limit);
	do
		r = gnutls_handshake(t->session);
	while (r < 0 && !gnutls_error_is_fatal(r));
	if (r == 0 && stream_flush(below, &t->io) == -1)
		r = GNUTLS_E_PUSH_ERROR;
	if (r != 0) {
		set_handshake(t, r, e);
		if (t->io.scope == ERR_NONE) {
			gnutls_alert_send_appropriate(t->session, r);
			stream_flush(below, &t->io);
		}
	}
	stream_set_timeout(below, below->idle_ms, own);
	return r == 0 ? 0 : -1;
}

/* What GnuTLS's own verification in the handshake leaves to us. */
static int
check_peer(struct tls *t, struct err *e)
{
	gnutls_x509_crt_t crt;
	int r;

	crt = peer_certificate(t);
	if (crt == NULL)
		return err_set(
		    e, ERR_ACCOUNT, "the server showed no certificate");
	r = check_pins(t, crt, e);
	if (r == 0 && t->ctx->verify)
		r = check_has_name(t, crt, e);
	gnutls_x509_crt_deinit(crt);
	return r;
}

static void
describe(struct tls *t)
{
	char *text;

	text = gnutls_session_get_desc(t->session);
	snprintf(t->description, sizeof(t->description),
	    "%s%s, certificate SHA-256 %s", text != NULL ? text : "TLS",
	    gnutls_session_is_resumed(t->session) ? ", resumed" : "",
	    t->fingerprint);
	gnutls_free(text);
}

int
tls_start(struct tls_context *ctx, struct stream **s, struct err *e)
{
	struct tls *t;
	int r;

	if (stream_pending(*s) > 0)
		return err_set(e, ERR_ACCOUNT,
		    "data came before the TLS handshake; the connection may "
		    "have been tampered with");
	t = xcalloc(1, sizeof(*t));
	stream_init(&t->head, &tls_ops, *s);
	t->ctx = ctx;
	r = session_new(t);
	if (r != 0)
		set_gnutls(e, ERR_ACCOUNT, r, "TLS");
	if (r != 0 || handshake(t, e) == -1 || check_peer(t, e) == -1) {
		tls_free(&t->head);
		return -1;
	}
	t->trusted = true;
	describe(t);
	if (gnutls_protocol_get_version(t->session) == GNUTLS_TLS1_2)
		ticket_save(t);
	*s = &t->head;
	return 0;
}

const char *
tls_describe(const struct stream *s)
{
	return s->ops == &tls_ops ? ((const struct tls *)s)->description : NULL;
}

/* TLS 1.2: only with the extended master secret (RFC 7627), without which
 * two sessions can be made to agree. */
static bool
binding_unique(
    gnutls_session_t session, unsigned char *data, size_t cap, size_t *len)
{
	gnutls_datum_t d = { NULL, 0 };
	bool ok;

	if (!gnutls_session_ext_master_secret_status(session) ||
	    gnutls_session_channel_binding(session, GNUTLS_CB_TLS_UNIQUE, &d) !=
		0)
		return false;
	ok = d.size > 0 && d.size <= cap;
	if (ok) {
		memcpy(data, d.data, d.size);
		*len = d.size;
	}
	gnutls_free(d.data);
	return ok;
}

bool
tls_channel_binding(const struct stream *s, const char **type,
    unsigned char *data, size_t cap, size_t *len)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	gnutls_session_t session;

	while (s != NULL && s->ops != &tls_ops)
		s = s->below;
	if (s == NULL)
		return false;
	session = ((const struct tls *)s)->session;
	if (gnutls_protocol_get_version(session) == GNUTLS_TLS1_2) {
		*type = "tls-unique";
		return binding_unique(session, data, cap, len);
	}
	*type = "tls-exporter";
	*len = 32;
	return cap >= *len && gnutls_prf_rfc5705(session, sizeof(label) - 1,
				  label, 0, NULL, *len, (char *)data) == 0;
}
