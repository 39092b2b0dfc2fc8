/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SASL by libgsasl, and by scram.c. */
#include "config.h"

#include <assert.h>
#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "net/sasl.h"
#include "net/sasl_mechanism.h"
#include "net/scram.h"
#include "net/tls.h"

#define CHALLENGE_MAX ((size_t)65536) /* longer than any mechanism needs */
#define STEPS_MAX 16   /* GSSAPI may need some; a hostile server wants more */
#define NONCE_BYTES 18 /* RFC 5802 asks for enough; 24 characters of base64 */
#define BINDING_MAX 64

struct sasl {
	const struct sasl_mechanism *m;
	struct scram *scram; /* when the mechanism is one, else the next two */
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

static bool
can_bind(const struct sasl_config *c)
{
	unsigned char data[BINDING_MAX];
	const char *type;
	size_t len;

	return c->stream != NULL &&
	       tls_channel_binding(c->stream, &type, data, sizeof(data), &len);
}

static bool
is_built(const struct sasl_mechanism *m)
{
	Gsasl *ctx;
	bool yes;

	if ((m->traits & SASL_SCRAM) != 0)
		return true;
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

static const struct sasl_mechanism *
find_mechanism(const char *name)
{
	const struct sasl_mechanism *m;
	size_t n;

	for (n = 0; (m = sasl_mechanism(n)) != NULL; n++)
		if (strcmp(m->name, name) == 0)
			break;
	return m;
}

bool
sasl_shows(const char *mechanism)
{
	const struct sasl_mechanism *m = find_mechanism(mechanism);

	return m == NULL || (m->traits & SASL_SHOWS) != 0;
}

/* It may be tried after the one that was refused. */
static bool
may_follow(const struct sasl_mechanism *m, const struct sasl_config *c)
{
	const struct sasl_mechanism *r;
	size_t n = strlen(m->name);

	if (c->refused == NULL)
		return true;
	r = find_mechanism(c->refused);
	if (r == NULL || m == r || (r->traits & SASL_SHOWS) != 0)
		return false;
	if ((r->traits & SASL_BINDS) != 0)
		return strncmp(r->name, m->name, n) == 0;
	return (m->traits & SASL_BINDS) == 0 &&
	       ((m->traits & SASL_SHOWS) == 0 || c->hidden);
}

const char *
sasl_choose(
    const char *const *wanted, const struct sasl_config *c, const char **why)
{
	const struct sasl_mechanism *m;
	const char *reason, *found = NULL;
	bool asked, shows;
	size_t n;

	*why = "the server offers no mechanism that can be used";
	for (n = 0; (m = sasl_mechanism(n)) != NULL; n++) {
		asked = wanted != NULL && in_list(wanted, m->name);
		if (!in_list(c->server, m->name) ||
		    (wanted != NULL && !asked) || !may_follow(m, c))
			continue;
		reason = obstacle(m, c, asked);
		shows = (m->traits & SASL_SHOWS) != 0;
		if (reason == NULL && (c->refused == NULL || shows))
			return m->name;
		if (reason == NULL && found == NULL)
			found = m->name;
		*why = reason;
	}
	return found;
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
	const char *acts;

	acts = c->authzid;
	if (acts == NULL && (s->m->traits & SASL_TICKET) != 0)
		acts = c->user; /* Kerberos' name for us says too little */
	set_property(s, GSASL_AUTHID, c->user);
	set_property(s, GSASL_AUTHZID, acts);
	set_property(s, GSASL_PASSWORD, c->secret);
	set_property(s, GSASL_SERVICE, "imap");
	set_property(s, GSASL_HOSTNAME, c->host);
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

/* The server offers the mechanism with channel binding, too. */
static bool
offers_plus(const struct sasl_config *c, const struct sasl_mechanism *m)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-PLUS", m->name);
	return in_list(c->server, name);
}

static enum scram_binding
binding_of(const struct sasl_config *c, const struct sasl_mechanism *m)
{
	if ((m->traits & SASL_BINDS) != 0)
		return SCRAM_BINDS;
	/* With its -PLUS offered it is the user who does not want to bind. */
	return can_bind(c) && !offers_plus(c, m) ? SCRAM_SAW_NO_PLUS
						 : SCRAM_CANNOT_BIND;
}

/* A nonce in base64; gsasl_free it. */
static int
make_nonce(char **out)
{
	char bytes[NONCE_BYTES];
	int r;

	r = gsasl_nonce(bytes, sizeof(bytes));
	return r != GSASL_OK ? r
			     : gsasl_base64_to(bytes, sizeof(bytes), out, NULL);
}

static int
scram_start(struct sasl *s, const struct sasl_config *c, struct err *e)
{
	struct scram_config config = { .name = s->m->name,
		.sha256 = strncmp(s->m->name, "SCRAM-SHA-256", 13) == 0,
		.authzid = c->authzid,
		.binding = binding_of(c, s->m) };
	unsigned char data[BINDING_MAX];
	char *user = NULL, *secret = NULL, *nonce = NULL;
	int r;

	r = gsasl_saslprep(c->user, GSASL_ALLOW_UNASSIGNED, &user, NULL);
	if (r == GSASL_OK)
		r = gsasl_saslprep(c->secret, 0, &secret, NULL);
	if (r == GSASL_OK)
		r = make_nonce(&nonce);
	if (r == GSASL_OK && config.binding == SCRAM_BINDS &&
	    !tls_channel_binding(
		c->stream, &config.type, data, sizeof(data), &config.len))
		r = GSASL_AUTHENTICATION_ERROR;
	if (r == GSASL_OK) {
		config.user = user;
		config.secret = secret;
		config.nonce = nonce;
		config.data = data;
		s->scram = scram_new(&config);
	}
	if (secret != NULL)
		wipe(secret, strlen(secret));
	gsasl_free(secret);
	gsasl_free(user);
	gsasl_free(nonce);
	return r == GSASL_OK ? 0 : set_gsasl(s, r, e);
}

int
sasl_new(const char *mechanism, const struct sasl_config *c, struct sasl **out,
    struct err *e)
{
	struct sasl *s;
	int rc;

	s = xcalloc(1, sizeof(*s));
	s->m = find_mechanism(mechanism);
	assert(s->m != NULL);
	rc = (s->m->traits & SASL_SCRAM) != 0 ? scram_start(s, c, e)
					      : session_start(s, c, e);
	if (rc == -1) {
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
		gsasl_finish(s->session);
	}
	if (s->ctx != NULL)
		gsasl_done(s->ctx);
	scram_free(s->scram);
	free(s);
}

bool
sasl_client_first(const struct sasl *s)
{
	return (s->m->traits & SASL_FIRST) != 0;
}

bool
sasl_refused(const struct sasl *s)
{
	return s->scram != NULL && scram_refused(s->scram);
}

static int
gsasl_answer(
    struct sasl *s, const char *challenge, struct buf *answer, struct err *e)
{
	char *text = NULL;
	int r;

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
	return 0;
}

static int
scram_answer(
    struct sasl *s, const char *challenge, struct buf *answer, struct err *e)
{
	struct buf out = { 0 };
	char *in, *text;
	size_t len;
	int r, rc;

	r = gsasl_base64_from(challenge, strlen(challenge), &in, &len);
	if (r != GSASL_OK)
		return set_gsasl(s, r, e);
	rc = scram_step(s->scram, in, len, &out, &s->done, e);
	gsasl_free(in);
	if (rc == 0 && out.len > 0) {
		r = gsasl_base64_to(out.data, out.len, &text, NULL);
		if (r == GSASL_OK) {
			buf_puts(answer, text);
			gsasl_free(text);
		} else
			rc = set_gsasl(s, r, e);
	}
	buf_clear(&out);
	return rc;
}

int
sasl_step(struct sasl *s, const char *challenge, struct buf *answer, bool *done,
    struct err *e)
{
	int rc;

	if (challenge == NULL)
		challenge = "";
	if (strnlen(challenge, CHALLENGE_MAX + 1) > CHALLENGE_MAX)
		return err_set(
		    e, ERR_ACCOUNT, "%s: challenge too long", s->m->name);
	if (s->steps++ == STEPS_MAX || s->done)
		return err_set(e, ERR_ACCOUNT,
		    "%s: the server keeps asking for more authentication data",
		    s->m->name);
	rc = s->scram != NULL ? scram_answer(s, challenge, answer, e)
			      : gsasl_answer(s, challenge, answer, e);
	*done = s->done;
	return rc;
}
