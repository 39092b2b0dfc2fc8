/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads messages for their digests. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/content.h"

/* Messages in a part: few enough to need no memory to speak of, so many that
 * waiting for a server between parts does not count. */
#define PART 10000

struct reading {
	struct content *out;
	struct content *now;
	struct digester digester;
	bool lines;	  /* without CRs */
	bool body;	  /* without CRs, the header, and the last line ends */
	size_t line_ends; /* that are digested if something follows */
	enum store_part part;
	unsigned char start[STORE_START_BYTES]; /* of the body */
	size_t start_len;
	uint64_t body_len;
	unsigned crlf; /* how much of CRLFCRLF has gone by; 4: all */
	unsigned ends; /* of lines that came one after the other; 2: the header
			* is over */
	enum side side;
};

static int
reading_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct reading *r = arg;

	(void)e;
	r->now = &r->out[m->index];
	r->now->told = m->told;
	r->now->date = m->date;
	r->now->flags = m->flags;
	digester_init(&r->digester);
	r->ends = r->body ? 1 : 2;
	r->crlf = r->part == STORE_START ? 4 : 2;
	r->start_len = 0;
	r->body_len = 0;
	r->line_ends = 0;
	return 0;
}

/* Passes over what is left of the header, and over line ends at the end. */
static void
lines_take(struct reading *r, const char *p, size_t len)
{
	size_t end = 0;

	for (; r->ends < 2 && len > 0; len--)
		r->ends = *p++ == '\n' ? r->ends + 1 : 0;
	if (r->body) {
		while (end < len && p[len - 1 - end] == '\n')
			end++;
		for (; end < len && r->line_ends > 0; r->line_ends--)
			digester_update(&r->digester, "\n", 1);
		r->line_ends += end;
	}
	digester_update(&r->digester, p, len - end);
}

/* Keeps the beginning of the body. */
static void
start_take(struct reading *r, const char *p, size_t len)
{
	size_t room;

	for (; r->crlf < 4 && len > 0; len--, p++)
		r->crlf = *p == "\r\n\r\n"[r->crlf] ? r->crlf + 1
			  : *p == '\r'		    ? 1
						    : 0;
	r->body_len += len;
	room = STORE_START_BYTES - r->start_len;
	if (len > room)
		len = room;
	memcpy(r->start + r->start_len, p, len);
	r->start_len += len;
}

static int
reading_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct reading *r = arg;

	const char *p = data, *cr;

	(void)e;
	if (r->part != STORE_HEADER)
		start_take(r, data, len);
	while (r->lines && (cr = memchr(p, '\r', len)) != NULL) {
		lines_take(r, p, (size_t)(cr - p));
		len -= (size_t)(cr - p) + 1;
		p = cr + 1;
	}
	lines_take(r, p, len);
	return 0;
}

static int
reading_end(void *arg, struct err *e)
{
	struct reading *r = arg;

	(void)e;
	digester_final(&r->digester, &r->now->digest);
	r->now->start = digest_key(r->start, r->start_len);
	r->now->start_is_all = r->body_len == r->start_len;
	r->now->valid = true;
	return 0;
}

static void
reading_abort(void *arg)
{
	(void)arg;
}

static void
reading_missing(void *arg, size_t index, const struct err *why)
{
	struct reading *r = arg;
	struct content *c = &r->out[index];

	if (c->why == NULL)
		c->why = xcalloc(1, sizeof(*c->why));
	err_copy(c->why, why);
	err_side(c->why, r->side);
}

void
content_clear(struct content *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (list[i].why != NULL)
			err_clear(list[i].why);
		free(list[i].why);
		list[i] = (struct content){ 0 };
	}
}

static int
read_some(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, struct reading *r, struct err *e)
{
	struct store_sink sink = { r, reading_begin, reading_data, reading_end,
		reading_abort, reading_missing };

	memset(r->out, 0, n * sizeof(*r->out));
	if (n == 0)
		return 0;
	r->side = s->side;
	r->part = part;
	return store_told(s, s->ops->read(s, refs, n, part, &sink, e), e);
}

int
content_read(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, struct content *out, struct err *e)
{
	struct reading r = { .out = out };

	return read_some(s, refs, n, part, &r, e);
}

int
content_read_lines(struct store *s, const struct store_ref *refs, size_t n,
    struct content *out, struct err *e)
{
	struct reading r = { .out = out, .lines = true };

	return read_some(s, refs, n, STORE_WHOLE, &r, e);
}

int
content_read_body(struct store *s, const struct store_ref *refs, size_t n,
    struct content *out, struct err *e)
{
	struct reading r = { .out = out, .lines = true, .body = true };

	return read_some(s, refs, n, STORE_WHOLE, &r, e);
}

int
content_read_parts(struct store *s, size_t n, enum store_part part,
    const struct content_taker *t, struct err *e)
{
	const size_t most = n < PART ? n : PART;
	struct store_ref *refs = xcalloc(most, sizeof(*refs));
	struct content *list = xcalloc(most, sizeof(*list));
	size_t first, len, i;
	int ret = 0;

	for (first = 0; ret == 0 && first < n; first += len) {
		len = n - first < most ? n - first : most;
		for (i = 0; i < len; i++)
			refs[i] = t->ref(t->arg, first + i);
		ret = content_read(s, refs, len, part, list, e);
		for (i = 0; ret == 0 && i < len; i++)
			t->take(t->arg, first + i, &list[i]);
		content_clear(list, len);
	}
	free(list);
	free(refs);
	return ret;
}
