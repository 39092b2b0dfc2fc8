/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <gsasl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "net/sasl.h"
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

enum {
	SECRET = 1 << 0, /* needs one */
	SHOWS = 1 << 1,	 /* the server, or a listener, gets the secret */
	TOKEN = 1 << 2,	 /* the secret is an OAuth token; built here */
	BINDS = 1 << 3,	 /* needs channel binding data */
	CERT = 1 << 4,	 /* needs a client certificate */
	FIRST = 1 << 5,	 /* the client speaks first */
	ACTS = 1 << 6,	 /* can carry an authorisation identity */
	SCRAM = 1 << 7,
	TICKET = 1 << 8, /* needs what we cannot see: only without a secret */
};

struct mechanism {
	const char *name;
	unsigned traits;
};

/* In the order of their strength. */
static const struct mechanism mechanisms[] = {
	{ "SCRAM-SHA-256-PLUS", SCRAM | SECRET | BINDS | FIRST | ACTS },
	{ "SCRAM-SHA-256", SCRAM | SECRET | FIRST | ACTS },
	{ "SCRAM-SHA-1-PLUS", SCRAM | SECRET | BINDS | FIRST | ACTS },
	{ "SCRAM-SHA-1", SCRAM | SECRET | FIRST | ACTS },
	{ "EXTERNAL", CERT | FIRST | ACTS },
	{ "GSSAPI", TICKET | FIRST | ACTS },
	{ "OAUTHBEARER", TOKEN | SECRET | SHOWS | FIRST | ACTS },
	{ "XOAUTH2", TOKEN | SECRET | SHOWS | FIRST | ACTS },
	{ "CRAM-MD5", SECRET },
	{ "PLAIN", SECRET | SHOWS | FIRST | ACTS },
	{ "LOGIN", SECRET | SHOWS },
};

#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

struct sasl {
	const struct mechanism *m;
	Gsasl *ctx; /* NULL for a token */
	Gsasl_session *session;
	struct buf token; /* the initial response, where it is built here */
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
is_built(const struct mechanism *m)
{
	Gsasl *ctx;
	bool yes;

	if ((m->traits & TOKEN) != 0)
		return true;
	if (gsasl_init(&ctx) != GSASL_OK)
		return false;
	yes = gsasl_client_support_p(ctx, m->name) != 0;
	gsasl_done(ctx);
	return yes;
}

/* NULL, or what is in the way of a mechanism that the server offers. */
static const char *
obstacle(const struct mechanism *m, const struct sasl_config *c, bool asked)
{
	unsigned t = m->traits;

	if (((t & TOKEN) != 0) != (c->token && c->secret != NULL))
		return c->token ? "the server does not take an OAuth token"
				: "the server wants an OAuth token";
	if ((t & SECRET) != 0 && c->secret == NULL)
		return "the server wants a password, and there is none";
	if ((t & SHOWS) != 0 && !c->plain_ok)
		return "without TLS the password would be seen by anyone";
	if ((t & CERT) != 0 && !c->client_cert)
		return "the server wants a client certificate";
	if ((t & TICKET) != 0 && c->secret != NULL && !asked)
		return "the server wants Kerberos";
	if ((t & ACTS) == 0 && c->authzid != NULL)
		return "no mechanism that can carry remote_identity";
	if ((t & BINDS) != 0 && !can_bind(c))
		return "the server wants channel binding";
	return is_built(m) ? NULL : "libgsasl was built without the mechanism";
}

const char *
sasl_choose(const char *const *server, const char *const *wanted,
    const struct sasl_config *c, const char **why)
{
	const struct mechanism *m;
	const char *reason;
	bool asked;

	*why = "the server offers no mechanism that may be used";
	for (m = mechanisms; m < mechanisms + MECHANISMS; m++) {
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

/* RFC 5801 section 4: "," and "=" mean something in a GS2 header. */
static void
put_saslname(struct buf *b, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == ',')
			buf_puts(b, "=2C");
		else if (*name == '=')
			buf_puts(b, "=3D");
		else
			buf_putc(b, *name);
	}
}

/* RFC 7628 section 3.1; XOAUTH2 is its ancestor, without the GS2 header. */
static int
token_build(struct sasl *s, const struct sasl_config *c, struct err *e)
{
	const char *user = c->authzid != NULL ? c->authzid : c->user;

	if (strchr(c->secret, '\001') != NULL || strchr(user, '\001') != NULL)
		return err_set(
		    e, ERR_ACCOUNT, "control character in user or token");
	if (strcmp(s->m->name, "OAUTHBEARER") == 0) {
		buf_puts(&s->token, "n,a=");
		put_saslname(&s->token, user);
		buf_printf(
		    &s->token, ",\001host=%s\001port=%u\001", c->host, c->port);
	} else {
		buf_printf(&s->token, "user=%s\001", user);
	}
	buf_puts(&s->token, "auth=Bearer ");
	buf_puts(&s->token, c->secret);
	buf_puts(&s->token, "\001\001");
	return 0;
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
	if (acts == NULL && (s->m->traits & TICKET) != 0)
		acts = c->user; /* Kerberos' name for us says too little */
	set_property(s, GSASL_AUTHID, c->user);
	set_property(s, GSASL_AUTHZID, acts);
	set_property(s, GSASL_PASSWORD, c->secret);
	set_property(s, GSASL_SERVICE, "imap");
	set_property(s, GSASL_HOSTNAME, c->host);
	/* libgsasl says "y" in the GS2 header when it has binding data that
	 * the mechanism does not use. */
	if (((s->m->traits & BINDS) != 0 ||
		((s->m->traits & SCRAM) != 0 && c->plus_absent)) &&
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
	size_t i;
	int r;

	s = xcalloc(1, sizeof(*s));
	for (i = 0; i < MECHANISMS; i++)
		if (strcasecmp(mechanisms[i].name, mechanism) == 0)
			s->m = &mechanisms[i];
	if (s->m == NULL)
		r = err_set(e, ERR_ACCOUNT, "%s: no such mechanism", mechanism);
	else if ((s->m->traits & TOKEN) != 0)
		r = token_build(s, c, e);
	else
		r = session_start(s, c, e);
	if (r == -1) {
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
	buf_wipe(&s->token);
	free(s);
}

bool
sasl_client_first(const struct sasl *s)
{
	return (s->m->traits & FIRST) != 0;
}

static int
put_base64(struct buf *answer, const char *data, size_t len, struct err *e)
{
	char *text;

	if (gsasl_base64_to(data, len, &text, NULL) != GSASL_OK)
		return err_set(e, ERR_ACCOUNT, "SASL: base64");
	buf_puts(answer, text);
	wipe(text, strlen(text));
	gsasl_free(text);
	return 0;
}

/* The server says why it does not like the token; it waits for an answer
 * before it says NO. */
static int
token_step(struct sasl *s, struct buf *answer, struct err *e)
{
	if (!s->done)
		return put_base64(answer, s->token.data, s->token.len, e);
	if (strcmp(s->m->name, "OAUTHBEARER") == 0)
		return put_base64(answer, "\001", 1, e);
	return 0;
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

static int
gsasl_do_step(
    struct sasl *s, const char *challenge, struct buf *answer, struct err *e)
{
	char *text = NULL;
	int r;

	if ((s->m->traits & SCRAM) != 0 && check_rounds(s, challenge, e) == -1)
		return -1;
	r = gsasl_step64(s->session, challenge, &text);
	if ((r == GSASL_OK || r == GSASL_NEEDS_MORE) && text != NULL)
		buf_puts(answer, text);
	if (text != NULL) {
		wipe(text, strlen(text));
		gsasl_free(text);
	}
	if (r == GSASL_OK)
		s->done = true;
	else if (r != GSASL_NEEDS_MORE)
		return set_gsasl(s, r, e);
	return 0;
}

int
sasl_step(struct sasl *s, const char *challenge, struct buf *answer, bool *done,
    struct err *e)
{
	int r;

	if (challenge == NULL)
		challenge = "";
	if (strnlen(challenge, CHALLENGE_MAX + 1) > CHALLENGE_MAX)
		return err_set(
		    e, ERR_ACCOUNT, "%s: challenge too long", s->m->name);
	if (s->steps++ == STEPS_MAX || (s->done && (s->m->traits & TOKEN) == 0))
		return err_set(e, ERR_ACCOUNT, "%s: the server goes on asking",
		    s->m->name);
	if ((s->m->traits & TOKEN) != 0) {
		r = token_step(s, answer, e);
		s->done = true;
	} else {
		r = gsasl_do_step(s, challenge, answer, e);
	}
	*done = s->done;
	return r;
}
