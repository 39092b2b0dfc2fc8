/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection to an IMAP server, and the commands in flight. */
#include "config.h"

#include <inttypes.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "net/imap_session_private.h"

/*
 * How long things may take. T is the timeout in seconds.
 *
 *   T	nothing at all moves (the stream's own idle timeout)
 *  3T	one response, or DEADLINE_BYTES of one: a server that sends a byte
 *	now and then does not block us forever
 * 10T	responses come, but no answer, and fewer than USEFUL_BYTES of what a
 *	command asks for: messages, folders, numbers, and of each as many as
 *	there can be (see is_asked_for)
 */
#define TIMEOUT 60
#define DEADLINE_FACTOR 3
#define DEADLINE_BYTES (256 * 1024)
#define USELESS_FACTOR 10
#define USEFUL_BYTES (16 * 1024)
#define ASKED_MIN                                                              \
	1000 /* such responses to one command, two for each message, */
#define ASKED_MAX                                                              \
	(1 << 22)	    /* of so many: a server may say that it has more   \
			     */
#define OUT_MAX (64 * 1024) /* bytes that wait before they are written */
#define KEEP_MAX 8192	    /* of a command that may be sent again ... */
#define RETRIES_MAX 2	    /* ... so often, */
#define RETRY_MS 50	    /* the second time after so long */

static int64_t
timeout_ms(const struct imap_session *s)
{
	return (int64_t)s->config.timeout * 1000;
}

/* The deadline for sending begins now, however long the session was idle. */
static void
begin_write(struct imap_session *s)
{
	stream_set_timeout(s->stream, (int)timeout_ms(s),
	    clock_ms() + DEADLINE_FACTOR * timeout_ms(s));
	s->line_begins = true;
}

/* Sends what waits in the buffer. */
static int
flush(struct imap_session *s, struct err *e)
{
	if (s->out.len > 0)
		begin_write(s);
	if (s->out.len > 0 &&
	    stream_write(s->stream, s->out.data, s->out.len, e) == -1) {
		s->dead = true;
		return -1;
	}
	buf_reset(&s->out);
	if (stream_flush(s->stream, e) == -1) {
		s->dead = true;
		return -1;
	}
	return 0;
}

static ssize_t
fill(void *arg, void *data, size_t size, struct err *e)
{
	struct imap_session *s = arg;
	ssize_t n;

	if (s->line_begins || s->since_deadline >= DEADLINE_BYTES) {
		stream_set_timeout(s->stream, (int)timeout_ms(s),
		    clock_ms() + DEADLINE_FACTOR * timeout_ms(s));
		s->line_begins = false;
		s->since_deadline = 0;
	}
	n = stream_read(s->stream, data, size, e);
	if (n > 0) {
		s->since_deadline += (size_t)n;
		s->since_useful += (size_t)n;
	}
	return n;
}

static void
make_tag_prefix(struct imap_session *s)
{
	unsigned char random[4] = { 0 };
	size_t i;

	/* Without randomness the tags are merely predictable. */
	if (getentropy(random, sizeof(random)) == -1)
		log_debug(s->config.log, LOG_IMAP, "no random tags");
	for (i = 0; i < sizeof(random); i++)
		s->tag_prefix[i] = (char)('a' + random[i] % 26);
	s->tag_prefix[i] = '\0';
}

int
imap_session_open(const struct imap_config *c, struct stream *stream,
    struct imap_session **out, struct err *e)
{
	struct imap_session *s;

	s = xcalloc(1, sizeof(*s));
	s->config = *c;
	if (s->config.timeout == 0)
		s->config.timeout = TIMEOUT;
	if (s->config.log_name == NULL)
		s->config.log_name = "imap";
	s->stream = stream;
	s->line_begins = s->useful = true;
	s->one_at_a_time = c->one_at_a_time;
	imap_lex_init(&s->parser.lex, fill, s);
	if (c->literal_max > 0)
		s->parser.lex.literal_max = c->literal_max;
	if (log_wants(c->log, LOG_IMAP))
		s->parser.lex.trace = &s->trace;
	make_tag_prefix(s);
	if (imap_session_login(s, e) == -1) {
		imap_session_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

static void
send_logout(struct imap_session *s)
{
	struct imap_pending p = { 0 };
	struct err ignored = ERR_INIT;

	imap_session_command(s);
	imap_cmd_atoms(&s->cmd, "LOGOUT");
	s->config.timeout = 1;
	if (imap_session_send(s, &p, &ignored) == 0)
		flush(s, &ignored);
	s->pending = s->again = NULL;
	imap_pending_clear(&p);
	err_clear(&ignored);
}

/* What went over the wire: the lowest layer knows. */
static void
log_traffic(const struct imap_session *s)
{
	const struct stream *wire = s->stream;

	while (wire->below != NULL)
		wire = wire->below;
	log_debug(s->config.log, LOG_NET,
	    "%s: closed after %" PRIu64 " bytes in, %" PRIu64 " bytes out",
	    s->config.log_name, wire->bytes_in, wire->bytes_out);
}

void
imap_session_free(struct imap_session *s)
{
	size_t i;

	if (s == NULL)
		return;
	/* The commands still in flight belong to callers that are gone. */
	s->pending = s->again = NULL;
	if (!s->dead && s->greeted)
		send_logout(s);
	log_traffic(s);
	stream_free(s->stream);
	imap_names_clear(&s->names);
	for (i = 0; i < sizeof(s->setup) / sizeof(s->setup[0]); i++)
		imap_pending_clear(&s->setup[i]);
	imap_lex_clear(&s->parser.lex);
	imap_resp_clear(&s->resp);
	imap_atoms_clear(&s->caps);
	imap_atoms_clear(&s->enabled);
	imap_atoms_clear(&s->server_id);
	imap_cmd_clear(&s->cmd);
	buf_clear(&s->greeting);
	buf_clear(&s->prefix);
	buf_wipe(&s->out);
	buf_clear(&s->trace);
	free(s);
}

bool
imap_session_disabled(const struct imap_session *s, enum imap_extension x)
{
	const char *name = imap_extension(x)->name;
	const char *const *d;

	for (d = s->config.disable; d != NULL && *d != NULL; d++)
		if (imap_atom_is(name, strlen(name), *d))
			return true;
	return false;
}

/* The capability that announces it; NULL: none does. */
static const char *
announcement(const struct imap_session *s, enum imap_extension x)
{
	const struct imap_extension_row *row = imap_extension(x);
	size_t i, n, len = strlen(row->name);
	const char *word;

	for (i = 0; i < s->caps.len; i++) {
		word = s->caps.list[i];
		n = strlen(word);
		if (row->has_value && n > len && word[len] == '=')
			n = len;
		else if (row->has_value)
			continue;
		if (imap_atom_is(word, n, row->name))
			return word;
	}
	return NULL;
}

bool
imap_session_announced(const struct imap_session *s, enum imap_extension x)
{
	return announcement(s, x) != NULL;
}

bool
imap_session_has(const struct imap_session *s, enum imap_extension x)
{
	const struct imap_extension_row *row = imap_extension(x);

	if (imap_session_disabled(s, x) ||
	    (row->needs != EXT_NONE && !imap_session_has(s, row->needs)))
		return false;
	return announcement(s, x) != NULL ||
	       (row->in_rev2 && imap_session_has(s, EXT_REV2));
}

bool
imap_session_uses(const struct imap_session *s, enum imap_extension x)
{
	const struct imap_extension_row *row = imap_extension(x);

	if (row->use == NULL || !imap_session_has(s, x))
		return false;
	if (row->enable == ENABLE_MUST)
		return imap_atoms_have(&s->enabled, row->name);
	if (x == EXT_COMPRESS)
		return s->compressed;
	return x != EXT_LITERAL_MINUS || !imap_session_has(s, EXT_LITERAL_PLUS);
}

uint64_t
imap_session_value(const struct imap_session *s, enum imap_extension x)
{
	const char *word;
	uint64_t n = 0;

	assert(imap_extension(x)->has_value);
	word = imap_session_has(s, x) ? announcement(s, x) : NULL;
	if (word == NULL)
		return 0;
	for (word = strchr(word, '=') + 1;
	     *word >= '0' && *word <= '9' && n < UINT64_MAX / 10 - 1; word++)
		n = n * 10 + (uint64_t)(*word - '0');
	return n;
}

struct imap_cmd *
imap_session_command(struct imap_session *s)
{
	char tag[IMAP_TAG_LEN];

	s->number++;
	snprintf(tag, sizeof(tag), "%s%u", s->tag_prefix, s->number);
	s->cmd.utf8 = s->utf8;
	s->cmd.names = &s->names;
	s->cmd.nonsync = imap_session_has(s, EXT_LITERAL_PLUS)	  ? UINT64_MAX
			 : imap_session_has(s, EXT_LITERAL_MINUS) ? 4096
								  : 0;
	imap_cmd_start(&s->cmd, tag);
	return &s->cmd;
}

/* The first line of a command, less what is secret. */
static void
log_command(const struct imap_session *s, const struct imap_cmd *c)
{
	const char *text, *end;
	int len;

	if (!log_wants(s->config.log, LOG_IMAP))
		return;
	text = buf_str(&c->bytes);
	end = memchr(text, '\r', c->bytes.len);
	len = (int)(end != NULL ? (size_t)(end - text) : c->bytes.len);
	if (c->secret) {
		/* Show the tag and the command's name. */
		end = strchr(text, ' ');
		end = end != NULL ? strchr(end + 1, ' ') : NULL;
		len = end != NULL ? (int)(end - text) : 0;
	}
	log_debug(s->config.log, LOG_IMAP, "%s: C: %.*s%s", s->config.log_name,
	    len > 4096 ? 4096 : len, text, c->secret ? " ****" : "");
}

int
imap_session_write(
    struct imap_session *s, const void *data, size_t len, struct err *e)
{
	if (s->out.len + len > OUT_MAX) {
		begin_write(s);
		if ((s->out.len > 0 && stream_write(s->stream, s->out.data,
					   s->out.len, e) == -1) ||
		    (len > 0 && stream_write(s->stream, data, len, e) == -1)) {
			s->dead = true;
			return -1;
		}
		buf_reset(&s->out);
		return 0;
	}
	buf_append(&s->out, data, len);
	return 0;
}

int
imap_session_wait_continue(
    struct imap_session *s, struct imap_pending *p, struct err *e)
{
	s->continued = false;
	while (!s->continued && !p->done)
		if (imap_session_step(s, e) == -1)
			return -1;
	return 0;
}

int
imap_session_send_more(struct imap_session *s, struct imap_pending *p,
    struct imap_cmd *c, struct err *e)
{
	size_t i, at;

	for (i = 0, at = 0; i < c->sync_len; i++) {
		if (imap_session_write(
			s, c->bytes.data + at, c->sync[i] - at, e) == -1 ||
		    imap_session_wait_continue(s, p, e) == -1)
			return -1;
		if (p->done)
			return 0;
		at = c->sync[i];
	}
	return imap_session_write(
	    s, buf_str(&c->bytes) + at, c->bytes.len - at, e);
}

static void
put_last(struct imap_pending **list, struct imap_pending *p)
{
	while (*list != NULL)
		list = &(*list)->next;
	p->next = NULL;
	*list = p;
}

/* Keeps the command, which is sent while others are not answered, or to a
 * server that is particular about that, for the case that it does not take it.
 * Not with literals: they would be many bytes. */
static void
keep_command(const struct imap_session *s, struct imap_pending *p)
{
	const struct imap_cmd *c = &s->cmd;

	if ((s->pending != NULL || s->told_one_at_a_time) && !c->secret &&
	    c->sync_len == 0 && c->bytes.len < KEEP_MAX &&
	    memchr(c->bytes.data, '{', c->bytes.len) == NULL)
		buf_append(&p->again, c->bytes.data, c->bytes.len);
}

static int
send_again(struct imap_session *s, struct err *e)
{
	struct imap_pending *p = s->again;
	const char *rest;

	/* Perhaps it is not ready yet. */
	if (p->retries > 0 &&
	    stream_wait(s->stream, clock_ms() + RETRY_MS, e) == -1)
		return -1;
	s->again = p->next;
	rest = strchr(buf_str(&p->again), ' ');
	imap_session_command(s);
	buf_puts(&s->cmd.bytes, rest);
	log_command(s, &s->cmd);
	p->number = s->number;
	p->retries++;
	put_last(&s->pending, p);
	s->useful = true;
	return imap_session_write(s, s->cmd.bytes.data, s->cmd.bytes.len, e);
}

int
imap_session_send_open(
    struct imap_session *s, struct imap_pending *p, struct err *e)
{
	unsigned number = s->number;
	struct imap_cmd cmd;
	int rc = 0;

	if (s->one_at_a_time && (s->pending != NULL || s->again != NULL)) {
		/* Those that are sent again have their own place. */
		cmd = s->cmd;
		s->cmd = (struct imap_cmd){ .nonsync = cmd.nonsync,
			.utf8 = cmd.utf8 };
		while (rc == 0 && (s->pending != NULL || s->again != NULL))
			rc = imap_session_step(s, e);
		imap_cmd_clear(&s->cmd);
		s->cmd = cmd;
		if (rc == -1)
			return -1;
	}
	log_command(s, &s->cmd);
	p->number = number;
	p->sent = true;
	keep_command(s, p);
	put_last(&s->pending, p);
	s->useful = true;
	return imap_session_send_more(s, p, &s->cmd, e);
}

int
imap_session_send(struct imap_session *s, struct imap_pending *p, struct err *e)
{
	imap_cmd_end(&s->cmd);
	return imap_session_send_open(s, p, e);
}

static struct imap_pending *
take_pending(struct imap_session *s, const struct buf *tag)
{
	struct imap_pending **at, *p;
	char name[IMAP_TAG_LEN];

	for (at = &s->pending; *at != NULL; at = &(*at)->next) {
		p = *at;
		snprintf(name, sizeof(name), "%s%u", s->tag_prefix, p->number);
		if (strcmp(buf_str(tag), name) == 0) {
			*at = p->next;
			p->next = NULL;
			return p;
		}
	}
	return NULL;
}

/* The server says BAD to a command that was sent before others were answered:
 * perhaps for that reason. */
static void
was_early(struct imap_session *s, struct imap_pending *p)
{
	if (!s->told_one_at_a_time)
		log_line(s->config.log,
		    "%s: the server says BAD to a command that came before "
		    "others were answered; it gets one at a time now (see "
		    "\"pipelining\")",
		    s->config.log_name);
	s->told_one_at_a_time = s->one_at_a_time = true;
	put_last(&s->again, p);
}

static int
tagged(struct imap_session *s, struct imap_resp *r, struct err *e)
{
	struct imap_pending *p;

	p = take_pending(s, &r->tag);
	if (p == NULL)
		return err_set(e, ERR_SESSION,
		    "the server answers a command that was not sent (%s)",
		    buf_str(&r->tag));
	if (r->cond == IMAP_BAD && p->again.len > 0 &&
	    p->retries < RETRIES_MAX) {
		was_early(s, p);
		return 0;
	}
	/* It was for another reason. */
	if (r->cond == IMAP_BAD && p->retries > 0)
		s->one_at_a_time = s->config.one_at_a_time;
	imap_pending_clear(p);
	p->cond = r->cond;
	p->code = r->code;
	r->code.from = r->code.to = (struct imap_set){ 0 };
	if (p->code.type == CODE_MESSAGELIMIT)
		s->message_limit = p->code.number;
	buf_visible(p->text, sizeof(p->text), buf_str(&r->text), r->text.len);
	p->done = true;
	return 0;
}

static void
log_response(struct imap_session *s)
{
	struct imap_resp *r = &s->resp;

	if (s->parser.lex.trace == NULL)
		return;
	if (s->secret && r->type == RESP_CONTINUE)
		log_debug(s->config.log, LOG_IMAP, "%s: S: + ****",
		    s->config.log_name);
	else
		log_debug(s->config.log, LOG_IMAP, "%s: S: %s",
		    s->config.log_name, buf_str(&s->trace));
	buf_reset(&s->trace);
}

/* Once for each kind of response: some servers say it each time. */
static void
log_odd(struct imap_session *s, const struct imap_resp *r)
{
	if (r->odd.scope == ERR_NONE || (s->odd >> r->type & 1) != 0)
		return;
	s->odd |= 1U << r->type;
	log_line(s->config.log,
	    "%s: the server sends what is not IMAP; it is "
	    "passed over: %s",
	    s->config.log_name, err_text(&r->odd));
}

/* Handles what concerns the session itself. */
static int
untagged(struct imap_session *s, struct imap_resp *r, struct err *e)
{
	switch (r->type) {
	case RESP_UNTAGGED:
		if (r->cond == IMAP_BYE && s->greeted) {
			err_set(e, ERR_SESSION, "the server says goodbye: %s",
			    buf_str(&r->text));
			return err_retry(e);
		}
		break;
	case RESP_CAPABILITY:
		imap_atoms_move(&s->caps, &r->atoms);
		s->caps_fresh = true;
		break;
	case RESP_ENABLED:
		imap_atoms_move(&s->enabled, &r->atoms);
		s->utf8 = imap_atoms_have(&s->enabled, "UTF8=ACCEPT") ||
			  imap_atoms_have(&s->enabled, "IMAP4rev2");
		break;
	case RESP_ID:
		imap_atoms_move(&s->server_id, &r->atoms);
		break;
	case RESP_NAMESPACE:
		buf_reset(&s->prefix);
		buf_append(&s->prefix, buf_str(&r->name), r->name.len);
		s->delimiter = r->list.delimiter;
		break;
	case RESP_CONTINUE:
		s->continued = true;
		break;
	default:
		break;
	}
	return 0;
}

/* A response that brings the command nearer to its end, unless too many have
 * come already: then the server says the same again and again. */
static bool
is_asked_for(struct imap_session *s, const struct imap_resp *r)
{
	switch (r->type) {
	case RESP_FETCH:
	case RESP_LIST:
	case RESP_STATUS:
	case RESP_SEARCH:
	case RESP_VANISHED:
	case RESP_EXPUNGE:
		return s->asked_for++ < ASKED_MIN + 2 * (uint64_t)s->messages;
	case RESP_EXISTS:
		s->messages = r->number < ASKED_MAX ? r->number : ASKED_MAX;
		return false;
	default:
		return false;
	}
}

/* before: what since_useful was before the response. */
static int
check_progress(struct imap_session *s, const struct imap_resp *r, size_t before,
    struct err *e)
{
	bool answered = r->type == RESP_TAGGED || r->type == RESP_CONTINUE;
	int64_t now;

	if (answered)
		s->asked_for = 0;
	else if (!is_asked_for(s, r))
		s->since_useful = before;
	if (answered || s->since_useful >= USEFUL_BYTES) {
		s->useful = true;
		s->since_useful = 0;
		return 0;
	}
	if (s->line_begins) /* it was read before: no time has passed */
		return 0;
	now = clock_ms();
	if (s->useful)
		s->useful_at = now;
	s->useful = false;
	if (now - s->useful_at <= USELESS_FACTOR * timeout_ms(s))
		return 0;
	err_set(e, ERR_SESSION,
	    "the server sends data but does not answer the command");
	return err_retry(e);
}

static int
step(struct imap_session *s, struct err *e)
{
	struct imap_resp *r = &s->resp;
	size_t before = s->since_useful;

	if (s->pending == NULL && s->again != NULL && send_again(s, e) == -1)
		return -1;
	if (flush(s, e) == -1)
		return -1;
	s->line_begins = true;
	if (imap_resp_read(&s->parser, r, e) == -1)
		return -1;
	log_response(s);
	log_odd(s, r);
	if (check_progress(s, r, before, e) == -1)
		return -1;
	if ((r->type == RESP_TAGGED || r->type == RESP_UNTAGGED) &&
	    r->code.type == CODE_CAPABILITY) {
		imap_atoms_move(&s->caps, &r->atoms);
		s->caps_fresh = true;
	}
	if (r->code.type == CODE_ALERT && r->type == RESP_UNTAGGED)
		log_line(s->config.log, "%s: the server says: %s",
		    s->config.log_name, buf_str(&r->text));
	if (r->type == RESP_TAGGED)
		return tagged(s, r, e);
	if (s->folder.untagged != NULL)
		s->folder.untagged(s->folder.arg, r);
	if (s->hook.untagged != NULL)
		s->hook.untagged(s->hook.arg, r);
	return untagged(s, r, e);
}

void
imap_session_show(const struct imap_session *s, struct err *e)
{
	struct buf line = { 0 }, text = { 0 };
	bool retry = e->retry;

	imap_lex_seen(&s->parser.lex, &line);
	if (line.len > 0) {
		buf_printf(&text, "%s: it sent \"", err_text(e));
		buf_append_visible(&text, line.data, line.len);
		err_set(e, e->scope, "%s\"", buf_str(&text));
	}
	e->retry = retry;
	buf_wipe(&line);
	buf_clear(&text);
}

int
imap_session_step(struct imap_session *s, struct err *e)
{
	if (step(s, e) == 0)
		return 0;
	/* Not what may be a secret in an exchange, nor mail. */
	if (s->parser.lex.garbled && !s->secret && s->parser.lex.literals == 0)
		imap_session_show(s, e);
	s->dead = true;
	return err_raise(e, ERR_SESSION);
}

int
imap_session_listen(struct imap_session *s, int64_t deadline, struct err *e)
{
	int r;

	if (flush(s, e) == -1)
		return err_raise(e, ERR_SESSION);
	if (imap_lex_pending(&s->parser.lex) == 0) {
		r = stream_wait(s->stream, deadline, e);
		if (r == -1) {
			s->dead = true;
			return err_raise(e, ERR_SESSION);
		}
		if (r == 0)
			return 0;
	}
	s->useful = true;
	return imap_session_step(s, e) == -1 ? -1 : 1;
}

int
imap_session_wait(struct imap_session *s, struct imap_pending *p, struct err *e)
{
	while (!p->done)
		if (imap_session_step(s, e) == -1)
			return -1;
	return 0;
}

int
imap_session_settle(struct imap_session *s, struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof(s->setup) / sizeof(s->setup[0]); i++)
		if (s->setup[i].sent &&
		    imap_session_wait(s, &s->setup[i], e) == -1)
			return -1;
	return 0;
}

int
imap_session_run(struct imap_session *s, const char *what, enum err_scope scope,
    struct err *e)
{
	struct imap_pending p = { 0 };
	int rc;

	rc = imap_session_send(s, &p, e);
	if (rc == 0)
		rc = imap_session_wait(s, &p, e);
	if (rc == 0)
		rc = imap_pending_check(&p, what, scope, e);
	imap_pending_clear(&p);
	return rc;
}
