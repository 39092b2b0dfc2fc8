/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Uploads to a server. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/store/imap/store_imap_private.h"

/*
 * Writing. Each message is announced with its size and follows at once where
 * the server takes literals unasked (RFC 7888); answers are read in commit
 * only, so that a thousand messages cost one round trip. With MULTIAPPEND
 * (RFC 3502) some share a command, which the server stores in one go: all of
 * them or none.
 *
 * A message of moderate size is held until it is complete, and is announced to
 * the server only then: when its source fails, nothing was sent.
 * A larger one streams; if its source breaks, the literal cannot be ended and
 * the connection is given up.
 *
 * With UTF8=ACCEPT a message with UTF-8 in its header must be announced as one
 * (RFC 6855 section 4): the header is held, at least.
 *
 * After a crash in between, the server may have messages whose UIDs were not
 * learned; the intents of the engine find them.
 */

#define HOLD_MAX (1024 * 1024) /* bytes of a message that is held */
#define MULTI_COUNT 100	       /* messages in one command ... */
#define MULTI_BYTES                                                            \
	(8 * 1024 * 1024) /* ... and bytes: what is lost and sent              \
			   * again when the server says NO */

struct append_command {
	struct append_command *next;
	const struct store_batch *batch;
	struct imap_pending pending;
	bool utf8;    /* UTF8 (...) is in it */
	size_t count; /* messages in it */
	uint64_t bytes;
};

struct item { /* one message that was ended */
	struct append_command *command;
	size_t place; /* among those of the command */
};

struct store_batch {
	struct store_imap *st;
	struct append_command *commands, **commands_end;
	struct item *items;
	size_t len, ended;

	/* the current message */
	struct store_meta meta;
	bool active;
	bool streams;
	bool announced;
	bool utf8;     /* as UTF8 (...) */
	uint64_t left; /* bytes that are still to come */
	struct buf held;
};

int
store_imap_end_append(struct store_imap *st, struct err *e)
{
	struct append_command *a = st->open_append;

	st->open_append = NULL;
	/* Done already: the server refused a literal, and the line with it. */
	if (a == NULL || a->pending.done)
		return 0;
	return imap_session_write(st->session, "\r\n", 2, e);
}

/* Where the current message goes once it is complete. */
static struct item *
current(struct store_batch *b)
{
	return &b->items[b->ended];
}

/* Not the epoch of a file that lost its date, nor what no clock shows: without
 * a date the server takes that of now. */
static bool
is_date(int64_t seconds)
{
	return seconds > 0 && seconds <= UINT32_MAX;
}

/* A message with UTF-8 in its header needs UTF8 (...). */
static bool
wants_utf8(const struct store_imap *st)
{
	return imap_session_uses(st->session, EXT_UTF8_ACCEPT) &&
	       !st->no_utf8_append;
}

static void
put_message(const struct store_batch *b, struct imap_cmd *c, bool binary)
{
	const struct store_imap *st = b->st;
	const struct store_meta *m = &b->meta;

	imap_cmd_flags(c, m->flags & st->storable, st->keywords);
	if (is_date(m->date))
		imap_cmd_date(c, m->date, m->zone);
	if (b->utf8)
		imap_cmd_utf8_literal(c, m->size);
	else
		imap_cmd_literal(c, m->size, binary);
}

/* The current message can be added to the command that is still open. */
static bool
joins(const struct store_batch *b)
{
	const struct store_imap *st = b->st;
	const struct append_command *a = st->open_append;

	return a != NULL && a->batch == b && !a->pending.done && !b->streams &&
	       !st->no_multiappend &&
	       imap_session_has(st->session, EXT_MULTIAPPEND) &&
	       a->count < MULTI_COUNT && a->bytes + b->meta.size <= MULTI_BYTES;
}

static int
join_command(struct store_batch *b, bool binary, struct err *e)
{
	struct imap_session *s = b->st->session;
	struct append_command *a = b->st->open_append;
	struct imap_cmd more = { .nonsync = s->cmd.nonsync };
	int rc;

	imap_cmd_start(&more, "");
	put_message(b, &more, binary);
	rc = imap_session_send_more(s, &a->pending, &more, e);
	imap_cmd_clear(&more);
	return rc;
}

static int
begin_command(struct store_batch *b, bool binary, struct err *e)
{
	struct imap_session *s = b->st->session;
	struct append_command *a;
	struct imap_cmd *c;

	if (store_imap_end_append(b->st, e) == -1)
		return -1;
	a = xcalloc(1, sizeof(*a));
	a->batch = b;
	*b->commands_end = a;
	b->commands_end = &a->next;
	c = imap_session_command(s);
	imap_cmd_atoms(c, "APPEND");
	imap_cmd_mailbox(c, b->st->name);
	put_message(b, c, binary);
	b->st->open_append = a;
	return imap_session_send_open(s, &a->pending, e);
}

/* Announces the message; false in *sent when the server refused it. */
static int
announce(struct store_batch *b, bool binary, bool *sent, struct err *e)
{
	struct append_command *a;
	struct item *item = current(b);
	int rc;

	rc =
	    joins(b) ? join_command(b, binary, e) : begin_command(b, binary, e);
	a = b->st->open_append;
	item->command = a;
	if (a != NULL) {
		item->place = a->count++;
		a->utf8 = a->utf8 || b->utf8;
		a->bytes += b->meta.size;
		*sent = !a->pending.done;
	}
	return rc;
}

/* The current message is refused, with *e set. Returns -1. */
static int
refuse(struct store_batch *b, struct err *e)
{
	b->active = false;
	if (e->scope >= ERR_SESSION)
		b->st->broken = true;
	return -1;
}

static int
check_size(struct store_batch *b, struct err *e)
{
	uint64_t limit;

	limit = imap_session_value(b->st->session, EXT_APPENDLIMIT);
	if (limit > 0 && b->meta.size > limit)
		return err_set(e, ERR_MESSAGE,
		    "the message has %llu bytes, but the server accepts at "
		    "most %llu",
		    (unsigned long long)b->meta.size,
		    (unsigned long long)limit);
	if (b->meta.has_nul && !imap_session_has(b->st->session, EXT_BINARY))
		return err_set(e, ERR_MESSAGE,
		    "the message contains a NUL, which the server does not "
		    "accept (no BINARY)");
	return 0;
}

/* Announces it, and makes an error of it when the server refuses. */
static int
announce_or_refuse(struct store_batch *b, struct err *e)
{
	bool sent = false;

	if (check_size(b, e) == -1)
		return refuse(b, e);
	if (announce(b, b->meta.has_nul, &sent, e) == -1) {
		err_raise(e, ERR_SESSION);
		return refuse(b, e);
	}
	b->announced = sent;
	if (sent)
		return 0;
	if (imap_pending_check(
		&current(b)->command->pending, "APPEND", ERR_MESSAGE, e) == 0)
		err_set(e, ERR_MESSAGE, "the server refused the message");
	return refuse(b, e);
}

static int
append_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct store_batch *b = arg;

	assert(b->ended < b->len && !b->active);
	if (b->st->broken)
		return store_imap_ready(b->st, e);
	b->meta = *m;
	b->left = m->size;
	b->active = true;
	b->streams = m->size > HOLD_MAX;
	b->announced = b->utf8 = false;
	buf_reset(&b->held);
	if (b->streams && !wants_utf8(b->st))
		return announce_or_refuse(b, e);
	return check_size(b, e) == -1 ? refuse(b, e) : 0;
}

/* A size that was announced cannot be changed. */
static int
wrong_size(struct store_batch *b, struct err *e)
{
	err_set(e, b->announced ? ERR_SESSION : ERR_MESSAGE,
	    "the message changed while it was read");
	err_retry(e);
	return refuse(b, e);
}

/* The header is held as a whole; of one that is very large, enough. */
static bool
header_ends(const struct store_batch *b)
{
	return b->held.len > HOLD_MAX ||
	       memmem(buf_str(&b->held), b->held.len, "\r\n\r\n", 4) != NULL;
}

/* Other bytes above 127 are sent as they are. */
static bool
header_is_utf8(const struct buf *message)
{
	const char *text = buf_str(message), *end;
	size_t i, n;

	end = memmem(text, message->len, "\r\n\r\n", 4);
	n = end != NULL ? (size_t)(end - text) : message->len;
	for (i = 0; i < n && (text[i] & 0x80) == 0; i++)
		;
	return i < n && utf8_is_valid(text, n);
}

/* Sends what is held: all of a message, or the beginning of one that streams.
 */
static int
send_held(struct store_batch *b, struct err *e)
{
	if (!b->streams)
		b->meta.has_nul =
		    memchr(buf_str(&b->held), '\0', b->held.len) != NULL;
	b->utf8 = wants_utf8(b->st) && header_is_utf8(&b->held);
	if (announce_or_refuse(b, e) == -1)
		return -1;
	if (imap_session_write(
		b->st->session, buf_str(&b->held), b->held.len, e) == -1)
		return refuse(b, e);
	return 0;
}

static int
append_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct store_batch *b = arg;

	assert(b->active);
	if (len > b->left)
		return wrong_size(b, e);
	b->left -= len;
	if (b->announced)
		return imap_session_write(b->st->session, data, len, e) == -1
			   ? refuse(b, e)
			   : 0;
	buf_append(&b->held, data, len);
	return b->streams && header_ends(b) ? send_held(b, e) : 0;
}

/* What is not sent yet of the message, and what follows its bytes. */
static int
send_rest(struct store_batch *b, struct err *e)
{
	if (!b->announced && send_held(b, e) == -1)
		return -1;
	if (b->utf8 && imap_session_write(b->st->session, ")", 1, e) == -1)
		return -1;
	/* A message that streams is alone in its command. */
	return b->streams ? store_imap_end_append(b->st, e) : 0;
}

static int
append_end(void *arg, struct err *e)
{
	struct store_batch *b = arg;

	assert(b->active);
	if (b->left > 0)
		return wrong_size(b, e);
	if (send_rest(b, e) == -1)
		return refuse(b, e);
	b->active = false;
	b->ended++;
	return 0;
}

static void
append_abort(void *arg)
{
	struct store_batch *b = arg;

	if (b->active && b->streams && b->announced && b->left > 0)
		b->st->broken = true;
	b->active = false;
}

static void
append_missing(void *arg, size_t index, const struct err *why)
{
	/* It was never begun here. */
	(void)arg;
	(void)index;
	(void)why;
}

int
store_imap_batch_begin(struct store *s, size_t n, struct store_batch **out,
    struct store_sink *sink, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	struct store_batch *b;

	if (store_imap_ready_folder(st, e) == -1)
		return -1;
	b = xcalloc(1, sizeof(*b));
	b->st = st;
	b->commands_end = &b->commands;
	b->len = n;
	b->items = xcalloc(n > 0 ? n : 1, sizeof(*b->items));
	*sink = (struct store_sink){ b, append_begin, append_data, append_end,
		append_abort, append_missing };
	*out = b;
	return 0;
}

static void
batch_free(struct store_batch *b)
{
	struct append_command *a;

	while ((a = b->commands) != NULL) {
		b->commands = a->next;
		imap_pending_clear(&a->pending);
		free(a);
	}
	buf_clear(&b->held);
	free(b->items);
	free(b);
}

/* The UID of the message at this place: from an APPENDUID of this very
 * command, for this very folder, with as many UIDs as messages. */
static uint32_t
appended_uid(
    const struct store_batch *b, const struct append_command *a, size_t place)
{
	const struct imap_code *c = &a->pending.code;
	const struct uidrange *r;
	size_t i;

	if (c->type != CODE_APPENDUID || c->validity == 0 ||
	    c->validity != b->st->folder.validity ||
	    imap_set_count(&c->to) != a->count ||
	    !imap_session_has(b->st->session, EXT_UIDPLUS))
		return 0;
	for (i = 0; i < c->to.len; i++) {
		r = &c->to.ranges[i];
		if (r->first > r->last)
			return 0;
		if (place <= r->last - r->first)
			return r->first + (uint32_t)place;
		place -= r->last - r->first + 1;
	}
	return 0;
}

static void
fill_result(
    struct store_batch *b, const struct item *item, struct store_result *result)
{
	const struct append_command *a = item->command;

	*result = (struct store_result){ .outcome = STORE_PENDING };
	if (!a->pending.done)
		return;
	if (imap_pending_check(
		&a->pending, "APPEND", ERR_MESSAGE, &result->err) == 0) {
		result->outcome = STORE_DONE;
		result->id = appended_uid(b, a, item->place);
		if (result->id != 0)
			result->validity = a->pending.code.validity;
		return;
	}
	result->outcome = STORE_FAILED;
	/* RFC 6855 wants it, and some that offer UTF8=ACCEPT do not know it. */
	if (a->utf8 && a->pending.cond == IMAP_BAD) {
		err_retry(&result->err);
		b->st->no_utf8_append = true;
	}
	if (a->count > 1) {
		/* One of them was the reason; alone each has its own answer. */
		err_retry(&result->err);
		b->st->no_multiappend = true;
	}
}

static int
wait_all(struct store_batch *b, struct err *e)
{
	struct append_command *a;

	if (b->commands == NULL && !b->st->broken)
		return 0;
	/* The open command may belong to another batch. */
	if ((b->st->open_append == NULL || b->st->open_append->batch == b ||
		b->st->broken) &&
	    store_imap_ready(b->st, e) == -1)
		return -1;
	for (a = b->commands; a != NULL; a = a->next)
		if (imap_session_wait(b->st->session, &a->pending, e) == -1)
			return -1;
	return 0;
}

int
store_imap_batch_commit(struct store_batch *b, struct store_result *results,
    size_t n, struct err *e)
{
	size_t i;
	int rc;

	assert(!b->active && n >= b->ended);
	rc = wait_all(b, e);
	if (rc == -1)
		b->st->broken = true;
	for (i = 0; i < b->ended; i++)
		fill_result(b, &b->items[i], &results[i]);
	b->st->appended = true;
	batch_free(b);
	return rc;
}

void
store_imap_batch_abort(struct store_batch *b)
{
	struct err ignored = ERR_INIT;

	if (b->active)
		append_abort(b);
	/* The answers must still be read. */
	if (wait_all(b, &ignored) == -1) {
		b->st->broken = true;
		b->st->open_append = NULL;
	}
	err_clear(&ignored);
	batch_free(b);
}
