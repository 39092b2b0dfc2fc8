/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SASL by libgsasl. */
#include "config.h"

#include <assert.h>
#include <gsasl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "net/sasl.h"
#include "net/sasl_mechanism.h"
#include "net/tls.h"

#define CHALLENGE_MAX ((size_t)65536) /* longer than any mechanism needs */
#define STEPS_MAX 16 /* GSSAPI may need some; a hostile server wants more */
#define ROUNDS_MAX 1000000UL /* of PBKDF2: about a second of our time */
#define BINDING_MAX 64

/* tls-exporter came to libgsasl with this version. */
#if GSASL_VERSION_NUMBER >= 0x020200
#define HAVE_EXPORTER 1
#else
#define HAVE_EXPORTER 0
#endif

struct sasl {
	const struct sasl_mechanism *m;
	Gsasl *ctx;
	Gsasl_session *session;
	unsigned steps;
	bool done;
};

static bool
in_list(const char *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (strcasecmp(*list, name) == 0)
			return true;
	return false;
}

/* Channel binding data in base64 and its property; false when we have none. */
static bool
binding_get(const struct sasl_config *c, Gsasl_property *property, char **text)
{
	unsigned char data[BINDING_MAX];
	const char *type;
	size_t len;

	if (c->stream == NULL ||
	    !tls_channel_binding(c->stream, &type, data, sizeof(data), &len))
		return false;
	*property = GSASL_CB_TLS_UNIQUE;
	if (strcmp(type, "tls-unique") != 0) {
#if HAVE_EXPORTER
		*property = GSASL_CB_TLS_EXPORTER;
#else
		return false;
#endif
	}
	return gsasl_base64_to((char *)data, len, text, NULL) == GSASL_OK;
}

static bool
can_bind(const struct sasl_config *c)
{
	Gsasl_property property;
	char *text;

	if (!binding_get(c, &property, &text))
		return false;
	gsasl_free(text);
	return true;
}

static bool
is_built(const struct sasl_mechanism *m)
{
	Gsasl *ctx;
	bool yes;

	if (gsasl_init(&ctx) != GSASL_OK)
		return false;
	yes = gsasl_client_support_p(ctx, m->name) != 0;
	gsasl_done(ctx);
	return yes;
}

/* NULL, or what is in the way of a mechanism that the server offers. */
static const char *
obstacle(
    const struct sasl_mechanism *m, const struct sasl_config *c, bool asked)
{
	unsigned t = m->traits;

	if ((t & SASL_TOKEN) != 0)
		return "the server wants an OAuth token";
	if ((t & SASL_SECRET) != 0 && c->secret == NULL)
		return "the server wants a password, but none is configured";
	if ((t & SASL_SHOWS) != 0 && !c->plain_ok)
		return "without TLS the password could be read on the network";
	if ((t & SASL_CERT) != 0 && !c->client_cert)
		return "the server wants a client certificate";
	if ((t & SASL_TICKET) != 0 && c->secret != NULL && !asked)
		return "the server wants Kerberos";
	if ((t & SASL_ACTS) == 0 && c->authzid != NULL)
		return "no mechanism supports remote_identity";
	if ((t & SASL_BINDS) != 0 && !can_bind(c))
		return "the server wants channel binding";
	return is_built(m) ? NULL : "libgsasl does not support the mechanism";
}

const char *
sasl_choose(const char *const *server, const char *const *wanted,
    const struct sasl_config *c, const char **why)
{
	const struct sasl_mechanism *m;
	const char *reason;
	bool asked;
	size_t n;

	*why = "the server offers no mechanism that can be used";
	for (n = 0; (m = sasl_mechanism(n)) != NULL; n++) {
		asked = wanted != NULL && in_list(wanted, m->name);
		if (!in_list(server, m->name) || (wanted != NULL && !asked))
			continue;
		reason = obstacle(m, c, asked);
		if (reason == NULL)
			return m->name;
		*why = reason;
	}
	return NULL;
}

static void
set_property(struct sasl *s, Gsasl_property property, const char *value)
{
	if (value != NULL)
		gsasl_property_set(s->session, property, value);
}

static void
set_properties(struct sasl *s, const struct sasl_config *c)
{
	Gsasl_property property;
	const char *acts;
	char *text;

	acts = c->authzid;
	if (acts == NULL && (s->m->traits & SASL_TICKET) != 0)
		acts = c->user; /* Kerberos' name for us says too little */
	set_property(s, GSASL_AUTHID, c->user);
	set_property(s, GSASL_AUTHZID, acts);
	set_property(s, GSASL_PASSWORD, c->secret);
	set_property(s, GSASL_SERVICE, "imap");
	set_property(s, GSASL_HOSTNAME, c->host);
	/* Only where the mechanism uses them: else libgsasl says "y" in the
	 * GS2 header. */
	if ((s->m->traits & SASL_BINDS) != 0 &&
	    binding_get(c, &property, &text)) {
		set_property(s, property, text);
		gsasl_free(text);
	}
}

static int
set_gsasl(struct sasl *s, int r, struct err *e)
{
	return err_set(e, ERR_ACCOUNT, "%s: %s", s->m->name, gsasl_strerror(r));
}

static int
session_start(struct sasl *s, const struct sasl_config *c, struct err *e)
{
	int r;

	r = gsasl_init(&s->ctx);
	if (r == GSASL_OK)
		r = gsasl_client_start(s->ctx, s->m->name, &s->session);
	if (r != GSASL_OK)
		return set_gsasl(s, r, e);
	set_properties(s, c);
	return 0;
}

int
sasl_new(const char *mechanism, const struct sasl_config *c, struct sasl **out,
    struct err *e)
{
	struct sasl *s;
	size_t n;

	s = xcalloc(1, sizeof(*s));
	for (n = 0; (s->m = sasl_mechanism(n)) != NULL; n++)
		if (strcmp(s->m->name, mechanism) == 0)
			break;
	assert(s->m != NULL);
	if (session_start(s, c, e) == -1) {
		sasl_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* libgsasl frees its copies of secrets as they are. */
static void
wipe_property(struct sasl *s, Gsasl_property property)
{
	const char *value;

	value = gsasl_property_fast(s->session, property);
	if (value != NULL)
		wipe((char *)value, strlen(value));
}

void
sasl_free(struct sasl *s)
{
	if (s == NULL)
		return;
	if (s->session != NULL) {
		wipe_property(s, GSASL_PASSWORD);
		wipe_property(s, GSASL_SCRAM_SALTED_PASSWORD);
		gsasl_finish(s->session);
	}
	if (s->ctx != NULL)
		gsasl_done(s->ctx);
	free(s);
}

bool
sasl_client_first(const struct sasl *s)
{
	return (s->m->traits & SASL_FIRST) != 0;
}

/* The server says how often we hash (RFC 5802 section 5.1, attribute i): a
 * hostile one could keep us busy for hours. */
static int
check_rounds(struct sasl *s, const char *challenge, struct err *e)
{
	unsigned long rounds = 0;
	const char *p;
	char *data, *text;
	size_t len;

	if (gsasl_base64_from(challenge, strlen(challenge), &data, &len) !=
	    GSASL_OK)
		return set_gsasl(s, GSASL_BASE64_ERROR, e);
	text = xstrndup(data, len);
	gsasl_free(data);
	for (p = text; p != NULL; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, "i=", 2) == 0)
			rounds = strtoul(p + 2, NULL, 10);
	}
	free(text);
	if (rounds > ROUNDS_MAX)
		return err_set(e, ERR_ACCOUNT,
		    "%s: the server asks for %lu rounds", s->m->name, rounds);
	return 0;
}

int
sasl_step(struct sasl *s, const char *challenge, struct buf *answer, bool *done,
    struct err *e)
{
	char *text = NULL;
	int r;

	if (challenge == NULL)
		challenge = "";
	if (strnlen(challenge, CHALLENGE_MAX + 1) > CHALLENGE_MAX)
		return err_set(
		    e, ERR_ACCOUNT, "%s: challenge too long", s->m->name);
	if (s->steps++ == STEPS_MAX || s->done)
		return err_set(e, ERR_ACCOUNT,
		    "%s: the server keeps asking for more authentication data",
		    s->m->name);
	if ((s->m->traits & SASL_SCRAM) != 0 &&
	    check_rounds(s, challenge, e) == -1)
		return -1;
	r = gsasl_step64(s->session, challenge, &text);
	if ((r == GSASL_OK || r == GSASL_NEEDS_MORE) && text != NULL)
		buf_puts(answer, text);
	if (text != NULL) {
		wipe(text, strlen(text));
		gsasl_free(text);
	}
	if (r != GSASL_OK && r != GSASL_NEEDS_MORE)
		return set_gsasl(s, r, e);
	s->done = r == GSASL_OK;
	*done = s->done;
	return 0;
}
