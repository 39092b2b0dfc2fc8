/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole session, from the greeting through all that a store does, with a
 * server that says what the input says.
 *
 * The first byte says how: piece size, and how to log in. A byte 1 in the
 * rest stands for the tag of the oldest command that was not answered.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/store/imap/store_imap_private.h"
#include "fuzz.h"

struct server {
	struct stream head;
	const uint8_t *data;
	size_t len, chunk;
	struct buf line; /* the beginning of what the client says */
	struct buf tags; /* not answered: each with a NUL behind it */
	struct buf in;	 /* tag on its way to the client */
};

/* A tag is four letters and a number; literals do not look like it. */
static void
note_tag(struct server *s)
{
	const char *line = buf_str(&s->line), *end;

	end = strchr(line, ' ');
	if (end == NULL || end - line < 5 || end - line > 20 ||
	    strspn(line, "abcdefghijklmnopqrstuvwxyz") != 4 ||
	    4 + strspn(line + 4, "0123456789") != (size_t)(end - line))
		return;
	buf_append(&s->tags, line, (size_t)(end - line));
	buf_putc(&s->tags, '\0');
}

static int
server_write(
    struct stream *stream, const void *data, size_t size, struct err *e)
{
	struct server *s = (struct server *)stream;
	const char *p = data;
	size_t i;

	(void)e;
	for (i = 0; i < size; i++) {
		if (p[i] == '\n') {
			note_tag(s);
			buf_reset(&s->line);
		} else if (s->line.len < 64) {
			buf_putc(&s->line, p[i]);
		}
	}
	return 0;
}

static size_t
take_tag(struct server *s, void *out, size_t size)
{
	size_t n;

	n = strlen(buf_str(&s->tags));
	if (n == 0 || n > size) {
		*(char *)out = 'X';
		return 1;
	}
	memcpy(out, s->tags.data, n);
	buf_consume(&s->tags, n + 1);
	return n;
}

static ssize_t
server_read(struct stream *stream, void *data, size_t size, struct err *e)
{
	struct server *s = (struct server *)stream;
	const uint8_t *tag;
	size_t n;

	(void)e;
	if (s->len == 0)
		return 0;
	if (*s->data == 1) {
		s->data++;
		s->len--;
		return (ssize_t)take_tag(s, data, size);
	}
	n = size < s->len ? size : s->len;
	n = n < s->chunk ? n : s->chunk;
	tag = memchr(s->data, 1, n);
	if (tag != NULL)
		n = (size_t)(tag - s->data);
	memcpy(data, s->data, n);
	s->data += n;
	s->len -= n;
	return (ssize_t)n;
}

static int
server_flush(struct stream *stream, struct err *e)
{
	(void)stream;
	(void)e;
	return 0;
}

static size_t
server_pending(const struct stream *stream)
{
	return ((const struct server *)stream)->len;
}

static int
server_wait(struct stream *stream, int64_t deadline, struct err *e)
{
	(void)stream;
	(void)deadline;
	(void)e;
	return 1;
}

static void
server_free(struct stream *stream)
{
	struct server *s = (struct server *)stream;

	buf_clear(&s->line);
	buf_clear(&s->tags);
	buf_clear(&s->in);
	free(s);
}

static const struct stream_ops server_ops = { "fuzz", server_read, server_write,
	server_flush, server_pending, server_wait, server_free };

/* Made once: loading the system's certificates takes long. */
static struct tls_context *
tls_once(void)
{
	static const struct tls_config config = { .host = "localhost" };
	static struct tls_context *ctx;
	struct err e = ERR_INIT;

	if (ctx == NULL)
		assert(tls_context_new(&config, &ctx, &e) == 0);
	err_clear(&e);
	return ctx;
}

/* The log, too, sees what the server says. */
static struct log *
log_once(void)
{
	static struct log *log;
	struct err e = ERR_INIT;

	if (log == NULL)
		assert(log_open(&log, "/dev/null", false, LOG_ALL, &e) == 0);
	err_clear(&e);
	return log;
}

static struct stream *
server_new(const uint8_t *data, size_t size, size_t chunk)
{
	struct server *s;

	s = xcalloc(1, sizeof(*s));
	stream_init(&s->head, &server_ops, NULL);
	s->data = data;
	s->len = size;
	s->chunk = chunk;
	return &s->head;
}

/* Checks the contract of a sink. */
struct sink {
	uint64_t left;
	bool open;
};

static int
sink_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct sink *s = arg;

	(void)e;
	assert(!s->open && m->id != 0);
	s->left = m->size;
	if (m->id == 3)
		return err_set(e, ERR_MESSAGE, "not that one");
	s->open = true;
	return 0;
}

static int
sink_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct sink *s = arg;

	(void)data;
	(void)e;
	assert(s->open && len <= s->left);
	s->left -= len;
	return 0;
}

static int
sink_end(void *arg, struct err *e)
{
	struct sink *s = arg;

	(void)e;
	assert(s->open && s->left == 0);
	s->open = false;
	return 0;
}

static void
sink_abort(void *arg)
{
	struct sink *s = arg;

	assert(s->open);
	s->open = false;
}

static void
sink_missing(void *arg, size_t index, const struct err *why)
{
	struct sink *s = arg;

	assert(!s->open && index < 3 && why->scope == ERR_MESSAGE);
}

static const struct store_ref refs[] = {
	{ .id = 2, .size = 3, .date = 1577836800 }, { .id = 5 }, { .id = 3 }
};

#define REFS (sizeof(refs) / sizeof(refs[0]))

/* True when the store can still be used; asserts that *e is as it must be, and
 * clears it. */
static bool
usable(int rc, struct err *e)
{
	bool ok;

	assert(rc == 0 || (e->scope != ERR_NONE && err_text(e)[0] != '\0'));
	ok = rc == 0 || e->scope < ERR_SESSION;
	err_clear(e);
	return ok;
}

static bool
look(struct store *s)
{
	struct sink sink = { .open = false };
	const struct store_sink ops = { &sink, sink_begin, sink_data, sink_end,
		sink_abort, sink_missing };
	struct snapshot snap = { 0 };
	struct err e = ERR_INIT;
	bool ok;
	size_t i;
	int rc;

	rc = s->ops->scan(s, &snap, &e);
	ok = usable(rc, &e);
	assert(snap.complete == (rc == 0));
	for (i = 1; rc == 0 && i < snap.len; i++)
		assert(snap.msgs[i].id > snap.msgs[i - 1].id);
	snapshot_clear(&snap);
	if (ok)
		ok = usable(
		    s->ops->read(s, refs, REFS, STORE_WHOLE, &ops, &e), &e);
	assert(!sink.open);
	return ok;
}

static bool
push(struct store_sink *sink, uint64_t size, struct err *e)
{
	static char bytes[2 << 20];
	const struct store_meta m = { .id = 1, .size = size };

	return sink->begin(sink->arg, &m, e) == 0 &&
	       sink->data(sink->arg, bytes, (size_t)size, e) == 0 &&
	       sink->end(sink->arg, e) == 0;
}

static bool
write_some(struct store *s)
{
	struct store_result r[3];
	struct store_batch *b;
	struct store_sink sink;
	struct err e = ERR_INIT, why = ERR_INIT;
	bool ok;
	int rc;

	if (s->ops->batch_begin(s, 3, &b, &sink, &e) == -1)
		return usable(-1, &e);
	ok = (push(&sink, 3, &why) || why.scope < ERR_SESSION) &&
	     (push(&sink, 0, &why) || why.scope < ERR_SESSION) &&
	     (push(&sink, 2 << 20, &why) || why.scope < ERR_SESSION);
	err_clear(&why);
	if (!ok) {
		s->ops->batch_abort(b);
		return false;
	}
	memset(r, 0, sizeof(r));
	rc = s->ops->batch_commit(b, r, 3, &e);
	store_results_clear(r, 3);
	return usable(rc, &e);
}

static bool
change(struct store *s)
{
	struct store_result r[REFS];
	struct err e = ERR_INIT;
	bool ok;

	ok = usable(s->ops->flags(s, refs, REFS,
			(struct store_delta){ FLAG_SEEN, FLAG_FLAGGED }, r, &e),
	    &e);
	store_results_clear(r, REFS);
	if (!ok)
		return false;
	ok = usable(s->ops->transfer(s, refs, REFS,
			(struct store_destination){ "a/b", true }, r, &e),
	    &e);
	store_results_clear(r, REFS);
	if (!ok)
		return false;
	ok = usable(s->ops->remove(s, refs, REFS, r, &e), &e);
	store_results_clear(r, REFS);
	return ok;
}

static void
use(struct store *s)
{
	struct keywords keywords = { { NULL } };
	const struct store_open o = { .name = "INBOX",
		.keywords = &keywords,
		.validity = 1,
		.confirm = true };
	struct store_folders l = { 0 };
	struct store_state st;
	struct err e = ERR_INIT;
	struct buf out = { 0 };
	bool ok;

	ok = usable(store_imap_describe(s, &out, &e), &e) &&
	     usable(s->ops->list(s, &l, &e), &e);
	store_folders_clear(&l);
	if (ok && usable(s->ops->open(s, &o, &st, &e), &e)) {
		if (look(s) && write_some(s) && change(s))
			usable(s->ops->create(s, "new", &e), &e);
	}
	buf_clear(&out);
	s->ops->free(s);
	keywords_clear(&keywords);
}

static void
run(const uint8_t *data, size_t size)
{
	static char host[] = "mail.example.org", tunnel[] = "x", user[] = "me",
		    pass[] = "pass\n";
	struct settings_store settings = { .type = STORE_IMAP,
		.host = host,
		.user = user,
		.pass = pass,
		.tls = TLS_NO,
		.pipelining = (data[0] & 2) == 0,
		.expunge = true };
	struct store_imap_config c = { .settings = &settings,
		.side = REMOTE,
		.socktimeout = 5,
		.cancel_fd = -1,
		.log = (data[0] & 1) != 0 ? log_once() : NULL,
		.log_name = "fuzz" };
	struct err e = ERR_INIT;
	struct store *s;

	if ((data[0] & 64) != 0)
		settings.preauthtunnel = tunnel;
	if ((data[0] & 128) != 0) {
		settings.tls = TLS_STARTTLS;
		c.tls = tls_once();
	}
	if (store_imap_over(&c,
		server_new(data + 1, size - 1, 1 + (size_t)(data[0] & 63) * 8),
		&s, &e) == -1) {
		assert(e.scope >= ERR_SESSION);
		err_clear(&e);
		return;
	}
	assert((data[0] & 192) != 128);
	use(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		run(data, size);
	return 0;
}
