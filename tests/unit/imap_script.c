/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "imap_script.h"
#include "stream_memory.h"

struct spy {
	struct stream head;
	struct script *script;
};

static ssize_t
spy_read(struct stream *s, void *data, size_t size, struct err *e)
{
	return stream_read(s->below, data, size, e);
}

static int
spy_write(struct stream *s, const void *data, size_t size, struct err *e)
{
	buf_append(&((struct spy *)s)->script->sent, data, size);
	return stream_write(s->below, data, size, e);
}

static int
spy_flush(struct stream *s, struct err *e)
{
	return stream_flush(s->below, e);
}

static size_t
spy_pending(const struct stream *s)
{
	return stream_pending(s->below);
}

static int
spy_wait(struct stream *s, int64_t deadline, struct err *e)
{
	return stream_wait(s->below, deadline, e);
}

static void
spy_free(struct stream *s)
{
	struct script *script = ((struct spy *)s)->script;
	const char *problem;

	problem = stream_memory_problem(s->below);
	if (problem != NULL)
		buf_puts(&script->problem, problem);
	script->freed = true;
	free(s);
}

static const struct stream_ops spy_ops = {
	.name = "script",
	.read = spy_read,
	.write = spy_write,
	.flush = spy_flush,
	.pending = spy_pending,
	.wait = spy_wait,
	.free = spy_free,
};

struct stream *
script_stream(struct script *s, const char *text, size_t chunk)
{
	struct spy *spy;

	*s = (struct script){ 0 };
	spy = xcalloc(1, sizeof(*spy));
	spy->script = s;
	stream_init(&spy->head, &spy_ops, stream_memory_new(text, chunk));
	return &spy->head;
}

void
script_clear(struct script *s)
{
	buf_clear(&s->sent);
	buf_clear(&s->problem);
}
