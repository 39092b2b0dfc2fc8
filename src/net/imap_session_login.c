/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the greeting to a session that can be used. */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "net/deflate.h"
#include "net/imap_session_private.h"

/*
 * What the server sent before TLS is forgotten afterwards, and only STARTTLS is
 * sent before it (for the attacks see "Why TLS is better without STARTTLS",
 * Usenix 2021).
 */

#define CHALLENGES_MAX 16 /* no mechanism needs more steps */

static int
tls_refused(struct err *e, const char *why)
{
	return err_set(
	    e, ERR_ACCOUNT, "STARTTLS: %s; nothing secret was sent", why);
}

/* Appends a possible cause to *e. Returns -1. */
static int
add_hint(struct err *e, const char *hint)
{
	struct err old = ERR_INIT;

	err_move(&old, e);
	err_set(e, old.scope, "%s; %s", err_text(&old), hint);
	e->retry = old.retry;
	e->num = old.num;
	err_clear(&old);
	return -1;
}

/* Names the port, since it is often the mistake. */
static int
prefix_port(const struct imap_session *s, const char *what, struct err *e)
{
	if (s->config.port == 0) /* the stream has none */
		return err_prefix(e, "%s", what);
	return err_prefix(e, "%s on port %u", what, s->config.port);
}

/* What sends such a greeting; NULL: not known. */
static const char *
banner_hint(const struct imap_session *s)
{
	static const struct {
		const char *begin, *hint;
	} banners[] = {
		{ "\x15", "perhaps this port wants tls = \"yes\"" },
		{ "\x16", "perhaps this port wants tls = \"yes\"" },
		{ "SSH-", "that is an SSH server" },
		{ "HTTP/", "that is a web server" },
		{ "<", "that is a web server" },
		{ "+OK", "that is a POP3 server" },
		{ "220", "that is an SMTP or FTP server" },
		{ "554", "that is an SMTP server" },
	};
	struct buf line = { 0 };
	const char *hint = NULL;
	size_t i;

	imap_lex_seen(&s->parser.lex, &line);
	for (i = 0; i < sizeof(banners) / sizeof(banners[0]); i++)
		if (strncmp(buf_str(&line), banners[i].begin,
			strlen(banners[i].begin)) == 0)
			hint = banners[i].hint;
	buf_clear(&line);
	if (hint == NULL && s->config.preauth_ok)
		hint = "the tunnel's command must print nothing of its own";
	return hint;
}

/* A server that speaks TLS from the start waits for us to begin. */
static int
no_greeting(struct imap_session *s, struct err *e)
{
	const struct imap_config *c = &s->config;
	const char *hint;

	prefix_port(s, "greeting", e);
	hint = s->parser.lex.garbled ? banner_hint(s) : NULL;
	if (hint != NULL)
		return add_hint(e, hint);
	if (c->security == IMAP_TLS || c->preauth_ok || s->since_useful > 0 ||
	    e->num == ECANCELED)
		return -1;
	return add_hint(e, "perhaps this port wants tls = \"yes\"");
}

static int
read_greeting(struct imap_session *s, bool *preauth, struct err *e)
{
	struct imap_resp *r = &s->resp;

	if (imap_session_step(s, e) == -1)
		return no_greeting(s, e);
	buf_reset(&s->greeting);
	buf_append_visible(&s->greeting, buf_str(&r->text), r->text.len);
	if (r->type == RESP_UNTAGGED && r->cond == IMAP_BYE) {
		err_set(e, ERR_SESSION, "the server greets with goodbye: %s",
		    buf_str(&r->text));
		return err_retry(e);
	}
	if (r->type != RESP_UNTAGGED ||
	    (r->cond != IMAP_OK && r->cond != IMAP_PREAUTH)) {
		err_set(e, ERR_SESSION,
		    "this is not the greeting of an IMAP server");
		imap_session_show(s, e);
		return banner_hint(s) != NULL ? add_hint(e, banner_hint(s))
					      : -1;
	}
	*preauth = r->cond == IMAP_PREAUTH;
	s->greeted = true;
	return 0;
}

static int
start_tls(struct imap_session *s, bool preauth, struct err *e)
{
	struct imap_pending p = { 0 };
	int rc;

	if (preauth)
		return tls_refused(e, "the server says PREAUTH, after which "
				      "TLS cannot be started");
	imap_cmd_atoms(imap_session_command(s), "STARTTLS");
	if (imap_session_send(s, &p, e) == -1)
		return -1;
	while (!p.done) {
		if (imap_session_step(s, e) == -1)
			return -1;
		if (s->continued)
			return tls_refused(
			    e, "the server sends a continuation");
	}
	rc = imap_pending_check(&p, "STARTTLS", ERR_ACCOUNT, e);
	imap_pending_clear(&p);
	if (rc == -1)
		return err_raise(e, ERR_ACCOUNT);
	if (imap_lex_pending(&s->parser.lex) > 0 ||
	    stream_pending(s->stream) > 0)
		return tls_refused(e, "more data followed the server's OK; the "
				      "connection may have been tampered with");
	if (tls_start(s->config.tls, &s->stream, e) == -1)
		return prefix_port(s, "STARTTLS", e);
	imap_atoms_clear(&s->caps);
	imap_atoms_clear(&s->server_id);
	imap_atoms_clear(&s->enabled);
	buf_reset(&s->prefix);
	s->delimiter = '\0';
	s->utf8 = s->caps_fresh = false;
	return 0;
}

static int
ask_capabilities(struct imap_session *s, struct err *e)
{
	if (s->caps_fresh)
		return 0;
	imap_cmd_atoms(imap_session_command(s), "CAPABILITY");
	return imap_session_run(s, "CAPABILITY", ERR_SESSION, e);
}

/* The mechanisms of the AUTH= capabilities, NULL-terminated; the names belong
 * to caps. */
static const char **
server_mechanisms(const struct imap_session *s)
{
	const char **list;
	const char *word;
	size_t i, n;

	list = xreallocarray(NULL, s->caps.len + 1, sizeof(*list));
	for (i = 0, n = 0; i < s->caps.len; i++) {
		word = s->caps.list[i];
		if (strlen(word) > 5 && imap_atom_is(word, 5, "AUTH="))
			list[n++] = word + 5;
	}
	list[n] = NULL;
	return list;
}

static int
answer_challenge(struct imap_session *s, struct sasl *sasl, bool first,
    bool *done, struct err *e)
{
	struct buf answer = { 0 };
	int rc;

	/* The first challenge to a client that speaks first is empty. */
	rc = sasl_step(
	    sasl, first ? NULL : buf_str(&s->resp.text), &answer, done, e);
	if (rc == 0) {
		buf_puts(&answer, "\r\n");
		rc = imap_session_write(s, answer.data, answer.len, e);
	}
	buf_wipe(&answer);
	return rc;
}

/* It is not known to be for a reason that would be the same with another
 * mechanism (RFC 5530). */
static bool
is_refusal(const struct imap_pending *p)
{
	const char *name = p->code.name;

	return p->done && (p->cond == IMAP_NO || p->cond == IMAP_BAD) &&
	       (*name == '\0' ||
		   imap_atom_is(name, strlen(name), "AUTHENTICATIONFAILED") ||
		   imap_atom_is(name, strlen(name), "CANNOT"));
}

/* Cancels the exchange on our side (RFC 9051 section 6.2.2, "*"). */
static void
cancel_exchange(struct imap_session *s, struct imap_pending *p)
{
	struct err ignored = ERR_INIT;

	if (!s->dead && imap_session_write(s, "*\r\n", 3, &ignored) == 0)
		imap_session_wait(s, p, &ignored);
	err_clear(&ignored);
}

static int
exchange(struct imap_session *s, struct sasl *sasl, struct imap_pending *p,
    bool first, bool done, struct err *e)
{
	unsigned n;

	for (n = 0; n < CHALLENGES_MAX; n++) {
		if (imap_session_wait_continue(s, p, e) == -1)
			return -1;
		if (p->done)
			break;
		if (answer_challenge(s, sasl, first, &done, e) == -1) {
			cancel_exchange(s, p);
			s->refused = sasl_refused(sasl) && is_refusal(p);
			return -1;
		}
		first = false;
	}
	if (!p->done)
		return err_set(e, ERR_ACCOUNT,
		    "the server keeps asking for more authentication data");
	s->refused = is_refusal(p);
	if (imap_pending_check(p, s->login, ERR_ACCOUNT, e) == -1)
		return -1;
	if (!done)
		return err_set(e, ERR_ACCOUNT,
		    "the server did not prove that it knows the password");
	return 0;
}

static int
authenticate(
    struct imap_session *s, const struct sasl_config *config, struct err *e)
{
	struct imap_pending p = { 0 };
	struct buf initial = { 0 };
	struct sasl *sasl;
	bool done, first;
	int rc;

	if (sasl_new(s->mechanism, config, &sasl, e) == -1)
		return -1;
	imap_cmd_atoms(imap_session_command(s), "AUTHENTICATE");
	imap_cmd_atoms(&s->cmd, s->mechanism);
	done = false;
	first = sasl_client_first(sasl);
	rc = 0;
	if (first && imap_session_has(s, EXT_SASL_IR)) {
		rc = sasl_step(sasl, NULL, &initial, &done, e);
		imap_cmd_atoms(
		    &s->cmd, initial.len > 0 ? buf_str(&initial) : "=");
		first = false;
	}
	s->cmd.secret = true;
	s->secret = true;
	if (rc == 0)
		rc = imap_session_send(s, &p, e);
	if (rc == 0)
		rc = exchange(s, sasl, &p, first, done, e);
	s->secret = false;
	imap_cmd_start(&s->cmd, ""); /* wipes */
	imap_pending_clear(&p);
	buf_wipe(&initial);
	sasl_free(sasl);
	return rc;
}

static int
login_command(
    struct imap_session *s, const struct sasl_config *config, struct err *e)
{
	struct imap_cmd *c;
	int rc;

	assert(config->user != NULL && config->secret != NULL);
	s->mechanism = "LOGIN command";
	c = imap_session_command(s);
	imap_cmd_atoms(c, "LOGIN");
	imap_cmd_string(c, config->user, strlen(config->user));
	imap_cmd_string(c, config->secret, strlen(config->secret));
	c->secret = true;
	rc = imap_session_run(s, s->login, ERR_ACCOUNT, e);
	imap_cmd_start(&s->cmd, ""); /* wipes */
	return rc;
}

/* The user permits the LOGIN command: auth_mechanisms is not given, or contains
 * a mechanism that shows the password as this command does. */
static bool
login_wanted(const struct imap_config *c)
{
	const char *const *m;

	if (c->mechanisms == NULL)
		return true;
	for (m = c->mechanisms; *m != NULL; m++)
		if (imap_atom_is(*m, strlen(*m), "LOGIN") ||
		    imap_atom_is(*m, strlen(*m), "PLAIN"))
			return true;
	return false;
}

/* The command shows a password, and can do nothing else. */
static bool
command_can_do(const struct imap_session *s, const struct sasl_config *config)
{
	return config->plain_ok && config->secret != NULL &&
	       config->authzid == NULL && login_wanted(&s->config);
}

static int
choose(struct imap_session *s, const struct sasl_config *config, struct err *e)
{
	const char *why;

	why = "";
	s->mechanism = sasl_choose(s->config.mechanisms, config, &why);
	if (s->mechanism != NULL)
		return 0;
	if (!command_can_do(s, config))
		return err_set(e, ERR_ACCOUNT, "cannot log in: %s", why);
	if (imap_atoms_have(&s->caps, "LOGINDISABLED"))
		return err_set(e, ERR_ACCOUNT,
		    "cannot log in: %s, and the server forbids LOGIN", why);
	return 0;
}

/* The LOGIN command and all mechanisms but these. */
static bool
needs_secret(const char *mechanism)
{
	return mechanism == NULL || (strcmp(mechanism, "EXTERNAL") != 0 &&
					strcmp(mechanism, "GSSAPI") != 0);
}

/* The name of the login for errors: the user, the mechanism, and the source of
 * the password. */
static void
name_login(struct imap_session *s)
{
	const struct imap_config *c = &s->config;
	const char *source = NULL, *mechanism = s->mechanism;

	if (c->secret_source != NULL && needs_secret(mechanism))
		source = c->secret_source(c->secret_arg);
	snprintf(s->login, sizeof(s->login), "login as %s%s%s%s%s%s%s", c->user,
	    mechanism != NULL ? " with " : "",
	    mechanism != NULL ? mechanism : "",
	    source == NULL ? "" : " (password ",
	    source == NULL || strcmp(source, "typed") == 0 ? "" : "from ",
	    source == NULL ? "" : source, source == NULL ? "" : ")");
}

/* One try with the mechanism that was chosen. */
static int
try_login(struct imap_session *s, struct sasl_config *config,
    struct buf *secret, struct err *e)
{
	const struct imap_config *c = &s->config;

	if (c->secret != NULL && needs_secret(s->mechanism) &&
	    secret->len == 0) {
		if (c->secret(c->secret_arg, secret, e) == -1)
			return -1;
		config->secret = buf_str(secret);
	}
	name_login(s);
	s->caps_fresh = s->refused = false;
	return s->mechanism != NULL ? authenticate(s, config, e)
				    : login_command(s, config, e);
}

/* Another mechanism than config->refused, which the server refused: NULL is the
 * LOGIN command, which shows the password, too. */
static int
choose_another(
    struct imap_session *s, const struct sasl_config *config, struct err *e)
{
	bool command = config->hidden && command_can_do(s, config) &&
		       strstr(config->refused, "-PLUS") == NULL &&
		       !imap_atoms_have(&s->caps, "LOGINDISABLED");

	if (choose(s, config, e) == -1)
		return -1;
	if (command && s->mechanism != NULL && !sasl_shows(s->mechanism))
		s->mechanism = NULL;
	return s->mechanism != NULL || command ? 0 : -1;
}

/*
 * The server refused what it offers, *e says how. Some offer what they cannot
 * do, since it is not known for what password: another mechanism is tried, and
 * no third.
 */
static int
try_another(struct imap_session *s, struct sasl_config *config,
    struct buf *secret, struct err *e)
{
	const char *refused = s->mechanism;
	struct err first = ERR_INIT, other = ERR_INIT;
	int rc;

	err_move(&first, e);
	config->refused = refused;
	rc = choose_another(s, config, &other);
	if (rc == 0) {
		log_line(s->config.log, "%s: %s; another mechanism is tried",
		    s->config.log_name, err_text(&first));
		rc = try_login(s, config, secret, &other);
		if (rc == -1)
			err_set(&first, first.scope, "%s; and %s",
			    err_text(&first), err_text(&other));
	}
	if (rc == -1) {
		err_move(e, &first);
		add_hint(
		    e, s->config.mechanisms != NULL
			   ? "auth_mechanisms says which mechanisms may be used"
			   : "the first was the strongest one that the server "
			     "offers, and auth_mechanisms can name another");
	}
	err_clear(&first);
	err_clear(&other);
	return rc;
}

static int
log_in(struct imap_session *s, struct err *e)
{
	const struct imap_config *c = &s->config;
	struct buf secret = { 0 };
	struct sasl_config config;
	const char **server;
	int rc = -1;

	if (c->user == NULL)
		return err_set(e, ERR_ACCOUNT,
		    "the server requires a login, but no user is configured");
	server = server_mechanisms(s);
	config = (struct sasl_config){ .user = c->user,
		.authzid = c->authzid,
		/* The real one is asked for only when it is needed. */
		.secret = c->secret != NULL ? "" : NULL,
		.host = c->host,
		.plain_ok = c->plain_ok || c->security != IMAP_PLAIN,
		.hidden = c->hidden || c->security != IMAP_PLAIN,
		.client_cert = c->client_cert,
		.server = server,
		.stream = s->stream };
	rc = choose(s, &config, e);
	if (rc == 0)
		rc = try_login(s, &config, &secret, e);
	if (rc == -1 && s->refused && !s->dead && s->mechanism != NULL &&
	    !sasl_shows(s->mechanism))
		rc = try_another(s, &config, &secret, e);
	buf_wipe(&s->out);
	buf_wipe(&secret);
	free(server);
	return rc;
}

static int
send_setup(struct imap_session *s, size_t i, struct err *e)
{
	return imap_session_send(s, &s->setup[i], e);
}

static int
send_enable(struct imap_session *s, struct err *e)
{
	struct imap_cmd *c = NULL;
	enum imap_extension x;

	if (!imap_session_has(s, EXT_ENABLE))
		return 0;
	for (x = EXT_NONE + 1; x < IMAP_EXTENSIONS; x++) {
		if (imap_extension(x)->enable == ENABLE_NOT ||
		    !imap_session_has(s, x))
			continue;
		if (c == NULL) {
			c = imap_session_command(s);
			imap_cmd_atoms(c, "ENABLE");
		}
		imap_cmd_atoms(c, imap_extension(x)->name);
	}
	return c != NULL ? send_setup(s, 1, e) : 0;
}

static int
start_compress(struct imap_session *s, struct err *e)
{
	struct imap_pending p = { 0 };
	const char *early;
	size_t len;
	int rc;

	imap_cmd_atoms(imap_session_command(s), "COMPRESS DEFLATE");
	rc = imap_session_send(s, &p, e);
	if (rc == 0)
		rc = imap_session_wait(s, &p, e);
	if (rc == 0 && p.cond == IMAP_OK) {
		early = imap_lex_drain(&s->parser.lex, &len);
		deflate_start(&s->stream, early, len);
		s->compressed = true;
	}
	/* After NO the session goes on without compression (RFC 4978). */
	imap_pending_clear(&p);
	return rc;
}

/* All in one go; only COMPRESS must be waited for. */
static int
set_up(struct imap_session *s, struct err *e)
{
	struct imap_cmd *c;

	if (imap_session_has(s, EXT_ID)) {
		c = imap_session_command(s);
		imap_cmd_atoms(c, "ID (\"name\" \"" PACKAGE_NAME "\" "
				  "\"version\" \"" PACKAGE_VERSION "\")");
		if (send_setup(s, 0, e) == -1)
			return -1;
	}
	if (send_enable(s, e) == -1)
		return -1;
	if (imap_session_has(s, EXT_NAMESPACE)) {
		imap_cmd_atoms(imap_session_command(s), "NAMESPACE");
		if (send_setup(s, 2, e) == -1)
			return -1;
	}
	if (s->config.compress && imap_session_has(s, EXT_COMPRESS))
		return start_compress(s, e);
	return 0;
}

int
imap_session_login(struct imap_session *s, struct err *e)
{
	bool preauth = false;

	if (read_greeting(s, &preauth, e) == -1)
		return -1;
	if (s->config.security == IMAP_STARTTLS &&
	    start_tls(s, preauth, e) == -1) {
		s->dead = true; /* not even LOGOUT */
		return -1;
	}
	if (preauth && !s->config.preauth_ok &&
	    s->config.security == IMAP_PLAIN)
		return err_set(e, ERR_ACCOUNT,
		    "PREAUTH refused: it does not say which user is logged in");
	if (ask_capabilities(s, e) == -1)
		return -1;
	if (preauth)
		s->mechanism = "PREAUTH";
	else if (log_in(s, e) == -1 || ask_capabilities(s, e) == -1)
		return -1;
	return set_up(s, e);
}
