/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the header of a message says of it. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "engine/sync/content.h"

static int
header_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct buf *header = arg;

	(void)m, (void)e;
	buf_reset(header);
	return 0;
}

static int
header_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct buf *header = arg;
	size_t room = CONTENT_HEADER_MAX - header->len;

	(void)e;
	buf_append(header, data, len < room ? len : room);
	return 0;
}

static int
header_end(void *arg, struct err *e)
{
	(void)arg, (void)e;
	return 0;
}

static void
header_abort(void *arg)
{
	(void)arg;
}

static void
header_missing(void *arg, size_t index, const struct err *why)
{
	(void)arg, (void)index, (void)why;
}

int
content_header(struct store *s, const struct store_ref *ref, struct buf *out,
    struct err *e)
{
	const struct store_sink sink = { out, header_begin, header_data,
		header_end, header_abort, header_missing };

	return store_told(
	    s, s->ops->read(s, ref, 1, STORE_HEADER, &sink, e), e);
}

/* The line of len bytes that begins at p: true when it is of that field. */
static bool
is_field(const char *p, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len > n && strncasecmp(p, name, n) == 0 && p[n] == ':';
}

/* Appends a line without white space at its ends, after one blank. */
static void
line_add(const char *p, size_t len, struct buf *out)
{
	while (len > 0 && strchr(" \t\r\n", p[len - 1]) != NULL)
		len--;
	for (; len > 0 && (*p == ' ' || *p == '\t'); len--)
		p++;
	if (out->len > 0 && len > 0)
		buf_putc(out, ' ');
	buf_append(out, p, len);
}

bool
content_field(const struct buf *header, const char *name, struct buf *out)
{
	const char *p = buf_str(header), *last = p + header->len, *end;
	bool found = false, blank;
	size_t n;

	for (; p < last; p = end) {
		end = memchr(p, '\n', (size_t)(last - p));
		end = end != NULL ? end + 1 : last;
		blank = *p == ' ' || *p == '\t';
		if (found && !blank)
			break;
		n = found ? 0 : strlen(name) + 1;
		if (!found && !is_field(p, (size_t)(end - p), name))
			continue;
		found = true;
		line_add(p + n, (size_t)(end - p) - n, out);
	}
	return found;
}

#define DESCRIBED 60 /* bytes of a field that are shown */

void
content_describe(const struct buf *header, struct buf *out)
{
	static const char *const names[] = { "From", "Subject", "Date" };
	struct buf value = { 0 };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		buf_reset(&value);
		if (!content_field(header, names[i], &value))
			continue;
		buf_printf(out, "%s%s: ", out->len > 0 ? ", " : "", names[i]);
		buf_append_visible(out, buf_str(&value),
		    value.len < DESCRIBED ? value.len : DESCRIBED);
	}
	buf_clear(&value);
}

bool
content_same_header(const struct buf *a, const struct buf *b)
{
	static const char *const names[] = { "Message-ID", "From", "Date",
		"Subject" };
	bool same = true;
	size_t i;

	for (i = 0; same && i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf x = { 0 }, y = { 0 };
		bool found;

		found = content_field(a, names[i], &x);
		same = content_field(b, names[i], &y) == found &&
		       (found || i > 0) && x.len == y.len &&
		       memcmp(buf_str(&x), buf_str(&y), x.len) == 0;
		buf_clear(&x);
		buf_clear(&y);
	}
	return same;
}
