/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "fake_clock.h"
#include "imap_peer.h"

static bool
word(const char *line, const char *what)
{
	return strncmp(line, what, strlen(what)) == 0;
}

static void
say(struct peer *p, const char *text, size_t len)
{
	if (len >= 2 && memcmp(text, "T ", 2) == 0) {
		buf_puts(&p->in, p->tag);
		text++;
		len--;
	}
	buf_append(&p->in, text, len);
	buf_puts(&p->in, "\r\n");
}

/* True when the client has sent that line. */
static bool
heard(struct peer *p, const char *want, size_t len)
{
	const char *line = buf_str(&p->out), *end, *space;
	size_t n;

	end = strstr(line, "\r\n");
	if (end == NULL)
		return false;
	n = (size_t)(end - line);
	if (len >= 2 && memcmp(want, "T ", 2) == 0) {
		space = memchr(line, ' ', n);
		assert_non_null(space);
		snprintf(
		    p->tag, sizeof(p->tag), "%.*s", (int)(space - line), line);
		n -= (size_t)(space - line);
		line = space;
		want++;
		len--;
	}
	if (n != len || memcmp(line, want, len) != 0)
		fail_msg("client sent \"%.*s\", script has \"%.*s\"", (int)n,
		    line, (int)len, want);
	buf_consume(&p->out, (size_t)(end - p->out.data) + 2);
	return true;
}

/* Until there is something to read, or the deadline: as stream_wait. */
static int
go_on(struct peer *p, int64_t deadline, struct err *e)
{
	const char *line;
	size_t len;

	while (p->in.len == 0 && !p->eof) {
		line = p->script;
		len = strcspn(line, "\n");
		if (word(line, "PASS ")) {
			if (p->pass == 0)
				p->pass = strtoll(line + 5, NULL, 10);
			if (fake_now_ms + p->pass >= deadline) {
				p->pass -= deadline - fake_now_ms;
				fake_now_ms = deadline;
				if (p->pass > 0)
					return 0;
			}
			fake_now_ms += p->pass;
			p->pass = 0;
		} else if (word(line, "C: ")) {
			if (!heard(p, line + 3, len - 3)) {
				fake_now_ms = deadline;
				return 0;
			}
		} else if (word(line, "S: ")) {
			say(p, line + 3, len - 3);
		} else if (word(line, "EOF")) {
			p->eof = true;
		} else if (word(line, "LOOP")) {
			if (++fake_now_ms >= deadline)
				return 0;
			line = strchr(line, '\n') + 1;
			say(p, line, strcspn(line, "\n"));
			return 1;
		} else if (*line == '\0') {
			fake_now_ms = deadline;
			return 0;
		}
		p->script += len + (line[len] == '\n');
		if (word(line, "WAKE"))
			return 0;
		if (word(line, "CANCEL"))
			return err_errno(e, ERR_SESSION, ECANCELED, "peer");
		if (word(line, "JUMP ")) {
			fake_now_ms = deadline + strtoll(line + 5, NULL, 10);
			return 0;
		}
	}
	return 1;
}

static int
peer_wait(struct stream *s, int64_t deadline, struct err *e)
{
	struct peer *p = (struct peer *)s;

	p->waits++;
	return go_on(p, deadline, e);
}

static ssize_t
peer_read(struct stream *s, void *data, size_t size, struct err *e)
{
	struct peer *p = (struct peer *)s;
	int64_t limit = fake_now_ms + s->idle_ms;
	int r;

	r = go_on(p, limit < s->deadline ? limit : s->deadline, e);
	if (r == -1)
		return -1;
	if (r == 0) {
		err_errno(e, ERR_SESSION, ETIMEDOUT, "read");
		return err_retry(e);
	}
	size = size < p->chunk ? size : p->chunk;
	size = size < p->in.len ? size : p->in.len;
	memcpy(data, buf_str(&p->in), size);
	buf_consume(&p->in, size);
	return (ssize_t)size;
}

static int
peer_write(struct stream *s, const void *data, size_t size, struct err *e)
{
	struct peer *p = (struct peer *)s;

	/* As a real one: a deadline that is over is over. */
	if (fake_now_ms >= s->deadline) {
		err_errno(e, ERR_SESSION, ETIMEDOUT, "write");
		return -1;
	}
	buf_append(&p->out, data, size);
	return 0;
}

static int
peer_flush(struct stream *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

static size_t
peer_pending(const struct stream *s)
{
	return ((const struct peer *)s)->in.len;
}

static void
peer_free(struct stream *s)
{
	struct peer *p = (struct peer *)s;

	buf_clear(&p->in);
	buf_clear(&p->out);
	free(p);
}

static const struct stream_ops peer_ops = { "peer", peer_read, peer_write,
	peer_flush, peer_pending, peer_wait, peer_free };

struct peer *
peer_new(const char *script, size_t chunk)
{
	struct peer *p = xcalloc(1, sizeof(*p));

	stream_init(&p->head, &peer_ops, NULL);
	p->script = script;
	p->chunk = chunk;
	return p;
}
