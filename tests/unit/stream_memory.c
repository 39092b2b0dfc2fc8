/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream that plays a script, for tests. */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "stream_memory.h"

#define TAGS 10 /* T, T1 to T9 */

enum line_kind { LINE_SEND, LINE_SEND_RAW, LINE_EXPECT, LINE_EOF };

struct line {
	enum line_kind kind;
	struct buf text;
};

struct memory {
	struct stream head;
	size_t chunk;
	struct line *lines;
	size_t lines_len;
	size_t lines_cap;
	size_t now;	    /* the line that is waited for */
	bool eof;	    /* the server has closed */
	struct buf in;	    /* what the server has sent and nobody read */
	struct buf written; /* what the client wrote and did not flush */
	struct buf out;	    /* what the client sent and no line took */
	struct buf tags[TAGS];
	struct buf problem; /* empty: none so far */
};

static struct memory *
memory(struct stream *s)
{
	return (struct memory *)s;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One escape behind the backslash at p; returns how long it is, 0 if bad. */
static size_t
unescape_one(const char *p, size_t len, char *c)
{
	static const char from[] = "rn0t\\", to[] = "\r\n\0\t\\";
	const char *at;

	if (len >= 3 && p[0] == 'x' && hex_value(p[1]) >= 0 &&
	    hex_value(p[2]) >= 0) {
		*c = (char)(hex_value(p[1]) << 4 | hex_value(p[2]));
		return 3;
	}
	at = len > 0 && p[0] != '\0' ? strchr(from, p[0]) : NULL;
	if (at == NULL)
		return 0;
	*c = to[at - from];
	return 1;
}

static bool
unescape(struct buf *out, const char *p, size_t len)
{
	size_t n;
	char c;

	while (len > 0) {
		c = *p++;
		len--;
		if (c == '\\') {
			n = unescape_one(p, len, &c);
			if (n == 0)
				return false;
			p += n;
			len -= n;
		}
		buf_putc(out, c);
	}
	return true;
}

/* The text of a line that begins with mark, or NULL: "S:" or "S: text". */
static const char *
marked(const char *p, size_t len, const char *mark, size_t *text_len)
{
	if (len < 2 || memcmp(p, mark, 2) != 0)
		return NULL;
	p += 2;
	len -= 2;
	if (len > 0 && *p == ' ') {
		p++;
		len--;
	}
	*text_len = len;
	return p;
}

static bool
line_parse(struct line *l, const char *p, size_t len)
{
	const char *text;
	size_t n;

	if ((text = marked(p, len, "S:", &n)) != NULL) {
		l->kind = LINE_SEND;
		buf_append(&l->text, text, n);
	} else if ((text = marked(p, len, "S>", &n)) != NULL) {
		l->kind = LINE_SEND_RAW;
		return unescape(&l->text, text, n);
	} else if ((text = marked(p, len, "C:", &n)) != NULL) {
		l->kind = LINE_EXPECT;
		buf_append(&l->text, text, n);
	} else {
		l->kind = LINE_EOF;
		return len == 3 && memcmp(p, "EOF", 3) == 0;
	}
	return true;
}

static void
script_parse(struct memory *m, const char *script)
{
	struct line *l;
	size_t len;

	for (; *script != '\0'; script += len + (script[len] == '\n')) {
		len = strcspn(script, "\n");
		if (len == 0)
			continue;
		m->lines = xgrow(
		    m->lines, m->lines_len, &m->lines_cap, sizeof(*m->lines));
		l = &m->lines[m->lines_len++];
		*l = (struct line){ 0 };
		if (!line_parse(l, script, len) && m->problem.len == 0)
			buf_printf(&m->problem, "bad line in script: %.*s",
			    (int)len, script);
	}
}

/* If p begins with the word T, T1 .. T9: its length, with the number. */
static size_t
tag_word(const char *p, size_t len, size_t *number)
{
	size_t n;

	if (len == 0 || p[0] != 'T')
		return 0;
	n = 1;
	*number = 0;
	if (n < len && p[n] >= '1' && p[n] <= '9')
		*number = (size_t)(p[n++] - '0');
	return n == len || p[n] == ' ' ? n : 0;
}

/* Without recursion: only the last star can have to take more. */
static bool
glob(const char *p, size_t p_len, const char *s, size_t s_len)
{
	size_t i, j, star, mark;
	bool starred;

	i = j = star = mark = 0;
	starred = false;
	while (j < s_len) {
		if (i < p_len && p[i] == '*') {
			starred = true;
			star = ++i;
			mark = j;
		} else if (i < p_len && p[i] == s[j]) {
			i++;
			j++;
		} else if (starred) {
			i = star;
			j = ++mark;
		} else {
			return false;
		}
	}
	while (i < p_len && p[i] == '*')
		i++;
	return i == p_len;
}

static bool
line_matches(
    struct memory *m, const struct buf *pattern, const char *s, size_t len)
{
	size_t skip, number, tag;

	skip = tag_word(pattern->data, pattern->len, &number);
	tag = 0;
	if (skip > 0) {
		while (tag < len && s[tag] != ' ')
			tag++;
		if (tag == 0)
			return false;
		buf_reset(&m->tags[number]);
		buf_append(&m->tags[number], s, tag);
	}
	return glob(
	    buf_str(pattern) + skip, pattern->len - skip, s + tag, len - tag);
}

/* True when the client has sent a line, right or wrong. */
static bool
play_expect(struct memory *m, const struct buf *pattern)
{
	const char *end;
	size_t len;

	end =
	    m->out.len < 2 ? NULL : memmem(m->out.data, m->out.len, "\r\n", 2);
	if (end == NULL)
		return false;
	len = (size_t)(end - m->out.data);
	if (!line_matches(m, pattern, m->out.data, len)) {
		buf_printf(&m->problem,
		    "script expects \"C: %s\", client sent ", buf_str(pattern));
		buf_append_visible(&m->problem, m->out.data, len);
	}
	buf_consume(&m->out, len + 2);
	return true;
}

static void
play_send(struct memory *m, const struct line *l)
{
	size_t skip, number;

	skip = 0;
	if (l->kind == LINE_SEND)
		skip = tag_word(l->text.data, l->text.len, &number);
	if (skip > 0)
		buf_append(&m->in, m->tags[number].data, m->tags[number].len);
	if (l->text.len > skip)
		buf_append(&m->in, l->text.data + skip, l->text.len - skip);
	if (l->kind == LINE_SEND)
		buf_puts(&m->in, "\r\n");
}

static void
play(struct memory *m)
{
	const struct line *l;

	for (; m->problem.len == 0 && m->now < m->lines_len; m->now++) {
		l = &m->lines[m->now];
		if (l->kind == LINE_EXPECT) {
			if (!play_expect(m, &l->text))
				return;
		} else if (l->kind == LINE_EOF) {
			m->eof = true;
		} else {
			play_send(m, l);
		}
	}
}

static int
fail(struct memory *m, struct err *e)
{
	return err_set(e, ERR_SESSION, "%s", buf_str(&m->problem));
}

static int
memory_flush(struct stream *s, struct err *e)
{
	struct memory *m = memory(s);

	if (m->written.len > 0) {
		buf_append(&m->out, m->written.data, m->written.len);
		buf_reset(&m->written);
		play(m);
	}
	return m->problem.len > 0 ? fail(m, e) : 0;
}

static ssize_t
memory_read(struct stream *s, void *data, size_t size, struct err *e)
{
	struct memory *m = memory(s);

	if (m->in.len == 0 && m->eof)
		return 0;
	if (m->in.len == 0 && m->now < m->lines_len) {
		buf_printf(&m->problem,
		    "client reads, script expects \"C: %s\"",
		    buf_str(&m->lines[m->now].text));
		return fail(m, e);
	}
	if (m->in.len == 0) {
		err_errno(e, ERR_SESSION, ETIMEDOUT, "end of script");
		return err_retry(e);
	}
	if (size > m->chunk)
		size = m->chunk;
	if (size > m->in.len)
		size = m->in.len;
	memcpy(data, m->in.data, size);
	buf_consume(&m->in, size);
	return (ssize_t)size;
}

static int
memory_write(struct stream *s, const void *data, size_t size, struct err *e)
{
	struct memory *m = memory(s);

	if (m->problem.len > 0)
		return fail(m, e);
	if (m->eof) {
		err_errno(e, ERR_SESSION, EPIPE, "write");
		return err_retry(e);
	}
	buf_append(&m->written, data, size);
	return 0;
}

static size_t
memory_pending(const struct stream *s)
{
	return ((const struct memory *)s)->in.len;
}

static int
memory_wait(struct stream *s, int64_t deadline, struct err *e)
{
	(void)deadline;
	(void)e;
	return memory(s)->in.len > 0 || memory(s)->eof;
}

static void
memory_free(struct stream *s)
{
	struct memory *m = memory(s);
	size_t i;

	for (i = 0; i < m->lines_len; i++)
		buf_clear(&m->lines[i].text);
	free(m->lines);
	for (i = 0; i < TAGS; i++)
		buf_clear(&m->tags[i]);
	buf_clear(&m->in);
	buf_clear(&m->written);
	buf_clear(&m->out);
	buf_clear(&m->problem);
	free(m);
}

static const struct stream_ops memory_ops = {
	.name = "memory",
	.read = memory_read,
	.write = memory_write,
	.flush = memory_flush,
	.pending = memory_pending,
	.wait = memory_wait,
	.free = memory_free,
};

struct stream *
stream_memory_new(const char *script, size_t chunk)
{
	struct memory *m;

	assert(chunk > 0);
	m = xcalloc(1, sizeof(*m));
	stream_init(&m->head, &memory_ops, NULL);
	m->chunk = chunk;
	script_parse(m, script);
	play(m);
	return &m->head;
}

const char *
stream_memory_problem(struct stream *s)
{
	struct memory *m = memory(s);

	if (m->problem.len > 0)
		return buf_str(&m->problem);
	if (m->now < m->lines_len)
		buf_printf(&m->problem, "script stopped before \"C: %s\"",
		    buf_str(&m->lines[m->now].text));
	else if (m->in.len > 0)
		buf_printf(
		    &m->problem, "client left %zu bytes unread", m->in.len);
	else if (m->out.len + m->written.len > 0)
		buf_printf(&m->problem, "client sent too much: %s%s",
		    buf_str(&m->out), buf_str(&m->written));
	return m->problem.len > 0 ? buf_str(&m->problem) : NULL;
}
