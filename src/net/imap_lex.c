/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cuts what a server sends into tokens. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "net/imap_atoms.h"
#include "net/imap_lex.h"

#define TRACE_MAX 4096	    /* bytes of a response that the log gets */
#define LITERAL_HEAD_MAX 32 /* "~{18446744073709551615+}" and CRLF */

void
imap_lex_init(struct imap_lex *l,
    ssize_t (*fill)(void *arg, void *data, size_t size, struct err *e),
    void *arg)
{
	*l = (struct imap_lex){ .fill = fill, .arg = arg };
	l->buf = xmalloc(IMAP_BUFFER);
	l->literal_max = IMAP_LITERAL_MAX;
	l->line_max = IMAP_LINE_MAX;
}

void
imap_lex_clear(struct imap_lex *l)
{
	/* It may contain secrets and mail. */
	if (l->buf != NULL)
		wipe(l->buf, IMAP_BUFFER);
	free(l->buf);
	wipe(l->head, sizeof(l->head));
	*l = (struct imap_lex){ 0 };
}

size_t
imap_lex_pending(const struct imap_lex *l)
{
	return l->end - l->pos;
}

const char *
imap_lex_drain(struct imap_lex *l, size_t *len)
{
	const char *data;

	data = l->buf + l->pos;
	*len = l->end - l->pos;
	l->pos = l->end = 0;
	return data;
}

void
imap_lex_start(struct imap_lex *l)
{
	l->line = l->head_len = 0;
	l->line_max = IMAP_LINE_MAX;
	l->garbled = l->odd = false;
	l->literals = 0;
}

static int
too_long(struct err *e)
{
	return err_set(e, ERR_SESSION, "a line from the server is too long");
}

static int
garbage(struct imap_lex *l, struct err *e, const char *what)
{
	l->garbled = true;
	return err_set(
	    e, ERR_SESSION, "the server does not speak IMAP: %s", what);
}

/* Where the response ends can still be found. */
static int
odd(struct imap_lex *l, struct err *e, const char *what)
{
	l->odd = true;
	return garbage(l, e, what);
}

/* Makes at least n unread bytes available in one piece. */
static int
need_slow(struct imap_lex *l, size_t n, struct err *e)
{
	ssize_t got;

	assert(n <= IMAP_BUFFER);
	if (l->pos == l->end) {
		l->pos = l->end = 0;
	} else if (l->pos + n > IMAP_BUFFER || l->end == IMAP_BUFFER) {
		memmove(l->buf, l->buf + l->pos, l->end - l->pos);
		l->end -= l->pos;
		l->pos = 0;
	}
	while (l->end - l->pos < n) {
		got = l->fill(l->arg, l->buf + l->end, IMAP_BUFFER - l->end, e);
		if (got < 0)
			return -1;
		if (got == 0) {
			err_set(e, ERR_SESSION,
			    "connection closed by the "
			    "server");
			return err_retry(e);
		}
		l->end += (size_t)got;
	}
	return 0;
}

static inline int
need(struct imap_lex *l, size_t n, struct err *e)
{
	return l->end - l->pos >= n ? 0 : need_slow(l, n, e);
}

static void
keep_head(struct imap_lex *l, size_t n)
{
	if (n > IMAP_HEAD_MAX - l->head_len)
		n = IMAP_HEAD_MAX - l->head_len;
	memcpy(l->head + l->head_len, l->buf + l->pos, n);
	l->head_len += n;
}

/* Takes the n bytes at pos. */
static inline int
take(struct imap_lex *l, size_t n, struct err *e)
{
	if (l->trace != NULL && l->trace->len < TRACE_MAX)
		buf_append(l->trace, l->buf + l->pos, n);
	if (l->head_len < IMAP_HEAD_MAX)
		keep_head(l, n);
	l->pos += n;
	l->line += n;
	return l->line <= l->line_max ? 0 : too_long(e);
}

static inline bool
is_atom(char c)
{
	unsigned char u = (unsigned char)c;

	return u > ' ' && u != '(' && u != ')' && u != '"' && u != 0x7f;
}

static int
lex_atom(struct imap_lex *l, struct err *e)
{
	size_t n;

	n = 0;
	for (;;) {
		while (l->pos + n < l->end && is_atom(l->buf[l->pos + n]))
			n++;
		if (n > IMAP_TOKEN_MAX)
			return too_long(e);
		if (l->pos + n < l->end)
			break;
		if (need(l, n + 1, e) == -1)
			return -1;
	}
	if (n == 0)
		return odd(l, e, "a control character");
	l->type = IMAP_ATOM;
	l->text = l->buf + l->pos;
	l->len = n;
	return take(l, n, e);
}

/* Takes the backslashes out, in place. */
static size_t
unquote(char *s, size_t len)
{
	size_t i, n;

	for (i = 0, n = 0; i < len; i++) {
		if (s[i] == '\\')
			i++;
		s[n++] = s[i];
	}
	return n;
}

/* *end: the CR that is the n-th byte and what follows end the line. */
static int
ends_line(struct imap_lex *l, size_t n, bool *end, struct err *e)
{
	if (need(l, n + 2, e) == -1)
		return -1;
	*end = l->buf[l->pos + n + 1] == '\n';
	return 0;
}

/*
 * No NUL, CR or LF may be in it (RFC 9051 section 9). A NUL, CR
 * or LF alone, for instance in the name of one folder, is left to the caller; a
 * CRLF, which ends the response, is an error.
 */
static int
lex_quoted(struct imap_lex *l, struct err *e)
{
	bool escaped, plain, end;
	size_t n;
	char c;

	escaped = false;
	plain = true; /* false behind a backslash */
	for (n = 1;; n++) {
		if (n > IMAP_TOKEN_MAX)
			return too_long(e);
		if (need(l, n + 1, e) == -1)
			return -1;
		c = l->buf[l->pos + n];
		if (c == '\r' && ends_line(l, n, &end, e) == -1)
			return -1;
		if (c == '\r' && end)
			return odd(l, e, "a quoted string has no end");
		if (c == '"' && plain)
			break;
		plain = c != '\\' || !plain;
		escaped = escaped || !plain;
	}
	l->type = IMAP_STRING;
	l->len = n - 1;
	if (take(l, n + 1, e) == -1)
		return -1;
	l->text = l->buf + l->pos - n;
	if (escaped)
		l->len = unquote(l->buf + l->pos - n, n - 1);
	return 0;
}

static int
literal_size(struct imap_lex *l, const char *p, size_t n, struct err *e)
{
	uint64_t v;
	size_t i;

	for (v = 0, i = 0; i < n && p[i] >= '0' && p[i] <= '9'; i++) {
		if (v > (UINT64_MAX - 9) / 10)
			return garbage(
			    l, e, "the size of a literal is too large");
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	if (i < n && (p[i] == '+' || p[i] == '-'))
		n--;
	if (i == 0 || i != n)
		return garbage(l, e, "a literal without size");
	if (v > l->literal_max)
		return err_set(e, ERR_SESSION,
		    "the server announces a literal "
		    "of %llu bytes; the limit is %llu",
		    (unsigned long long)v, (unsigned long long)l->literal_max);
	l->size = l->literal = v;
	return 0;
}

/* A brace that no number follows, nor an end, begins an atom. */
static int
begins_literal(struct imap_lex *l, size_t at, bool *is, struct err *e)
{
	char c;

	if (need(l, at + 2, e) == -1)
		return -1;
	c = l->buf[l->pos + at + 1];
	*is = l->buf[l->pos + at] == '{' &&
	      ((c >= '0' && c <= '9') || c == '}' || c == '+' || c == '-');
	return 0;
}

/* {n} CRLF; at is 1 for the literal8 of RFC 3516, which begins with ~. */
static int
lex_literal(struct imap_lex *l, size_t at, struct err *e)
{
	size_t n, start;

	start = at + 1;
	for (n = start;; n++) {
		if (n > LITERAL_HEAD_MAX)
			return garbage(l, e, "a literal without size");
		if (need(l, n + 1, e) == -1)
			return -1;
		if (l->buf[l->pos + n] == '}')
			break;
	}
	if (literal_size(l, l->buf + l->pos + start, n - start, e) == -1)
		return -1;
	l->type = IMAP_LITERAL;
	l->literals++;
	l->text = "";
	l->len = 0;
	if (take(l, n + 1, e) == -1 || need(l, 2, e) == -1)
		return -1;
	if (l->buf[l->pos] != '\r' || l->buf[l->pos + 1] != '\n')
		return garbage(l, e, "a literal without CRLF");
	l->pos += 2;
	return 0;
}

static int
lex_eol(struct imap_lex *l, struct err *e)
{
	size_t n;

	n = l->buf[l->pos] == '\r' ? 2 : 1;
	if (need(l, n, e) == -1)
		return -1;
	if (l->buf[l->pos + n - 1] != '\n')
		return odd(l, e, "a bare CR");
	l->pos += n;
	l->type = IMAP_EOL;
	l->text = "";
	l->len = 0;
	return 0;
}

static int
lex_paren(struct imap_lex *l, enum imap_token type, struct err *e)
{
	l->type = type;
	l->text = "";
	l->len = 0;
	return take(l, 1, e);
}

static int
skip_literal(struct imap_lex *l, struct err *e)
{
	const char *data;
	size_t len;

	do {
		if (imap_lex_chunk(l, &data, &len, e) == -1)
			return -1;
	} while (len > 0);
	return 0;
}

static int
skip_spaces(struct imap_lex *l, struct err *e)
{
	for (;;) {
		if (need(l, 1, e) == -1)
			return -1;
		if (l->buf[l->pos] != ' ')
			return 0;
		if (take(l, 1, e) == -1)
			return -1;
	}
}

int
imap_lex_next(struct imap_lex *l, struct err *e)
{
	bool is = false;
	size_t at;

	if (l->literal > 0 && skip_literal(l, e) == -1)
		return -1;
	if (skip_spaces(l, e) == -1)
		return -1;
	switch (l->buf[l->pos]) {
	case '(':
		return lex_paren(l, IMAP_OPEN, e);
	case ')':
		return lex_paren(l, IMAP_CLOSE, e);
	case '\r':
	case '\n':
		return lex_eol(l, e);
	case '"':
		return lex_quoted(l, e);
	case '{':
	case '~':
		at = l->buf[l->pos] == '~';
		if (begins_literal(l, at, &is, e) == -1)
			return -1;
		return is ? lex_literal(l, at, e) : lex_atom(l, e);
	default:
		return lex_atom(l, e);
	}
}

int
imap_lex_chunk(
    struct imap_lex *l, const char **data, size_t *len, struct err *e)
{
	size_t n;

	*len = 0;
	if (l->literal == 0)
		return 0;
	if (need(l, 1, e) == -1)
		return -1;
	n = l->end - l->pos;
	if (n > l->literal)
		n = (size_t)l->literal;
	*data = l->buf + l->pos;
	*len = n;
	l->pos += n;
	l->literal -= n;
	return 0;
}

int
imap_lex_gather(struct imap_lex *l, struct err *e)
{
	size_t n;

	assert(l->type == IMAP_LITERAL && l->literal == l->size);
	if (l->size > IMAP_TOKEN_MAX)
		return too_long(e);
	n = (size_t)l->size;
	/* It is kept in memory, and so counts for the limit. */
	l->line += n;
	if (l->line > l->line_max)
		return too_long(e);
	if (need(l, n, e) == -1)
		return -1;
	l->type = IMAP_STRING;
	l->text = l->buf + l->pos;
	l->len = n;
	l->pos += n;
	l->literal = 0;
	return 0;
}

int
imap_lex_text(struct imap_lex *l, struct err *e)
{
	const char *nl;
	size_t n, have;

	n = 0;
	for (;;) {
		have = l->end - l->pos;
		nl = have > n ? memchr(l->buf + l->pos + n, '\n', have - n)
			      : NULL;
		if (nl != NULL)
			break;
		n = have;
		if (n > IMAP_TEXT_MAX) {
			l->line += n - IMAP_TEXT_MAX;
			l->end = l->pos + IMAP_TEXT_MAX;
			n = IMAP_TEXT_MAX;
		}
		if (l->line > l->line_max)
			return too_long(e);
		if (need(l, n + 1, e) == -1)
			return -1;
	}
	n = (size_t)(nl - (l->buf + l->pos));
	l->type = IMAP_EOL;
	l->text = l->buf + l->pos;
	l->len = n > 0 && nl[-1] == '\r' ? n - 1 : n;
	if (take(l, l->len, e) == -1)
		return -1;
	l->pos += n + 1 - l->len;
	return 0;
}

int
imap_lex_peek(struct imap_lex *l, char *c, struct err *e)
{
	if (skip_spaces(l, e) == -1)
		return -1;
	*c = l->buf[l->pos];
	return 0;
}

/* The size of the literal that the n bytes at p, a line, announce with their
 * end; UINT64_MAX: none. */
static uint64_t
announced(const char *p, size_t n)
{
	uint64_t size = 0;
	size_t i;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (n < 3 || p[--n] != '}')
		return UINT64_MAX;
	if (p[n - 1] == '+' || p[n - 1] == '-')
		n--;
	for (i = n; i > 0 && p[i - 1] >= '0' && p[i - 1] <= '9'; i--)
		;
	if (i == n || i == 0 || p[i - 1] != '{')
		return UINT64_MAX;
	for (; i < n; i++) {
		if (size > UINT64_MAX / 20)
			return UINT64_MAX - 1;
		size = size * 10 + (uint64_t)(p[i] - '0');
	}
	return size;
}

/* Takes what there is up to a line feed, and that; *size as announced() has
 * it. */
static int
skip_to_feed(struct imap_lex *l, uint64_t *size, struct err *e)
{
	const char *p, *feed;
	size_t have, n;

	for (;;) {
		p = l->buf + l->pos;
		have = l->end - l->pos;
		feed = have > 0 ? memchr(p, '\n', have) : NULL;
		if (feed != NULL)
			break;
		/* The end of it may be that of an announcement. */
		if (have > LITERAL_HEAD_MAX &&
		    take(l, have - LITERAL_HEAD_MAX, e) == -1)
			return -1;
		if (need(l, l->end - l->pos + 1, e) == -1)
			return -1;
	}
	n = (size_t)(feed - p);
	*size = announced(p, n);
	have = n > 0 && p[n - 1] == '\r' ? n - 1 : n;
	if (take(l, have, e) == -1)
		return -1;
	l->pos += n + 1 - have;
	return 0;
}

int
imap_lex_skip_line(struct imap_lex *l, struct err *e)
{
	uint64_t size;

	for (;;) {
		if (l->literal > 0 && skip_literal(l, e) == -1)
			return -1;
		if (skip_to_feed(l, &size, e) == -1)
			return -1;
		if (size == UINT64_MAX)
			break;
		if (size > l->literal_max)
			return garbage(l, e, "a literal is too large");
		l->literal = size;
		l->literals++;
	}
	l->type = IMAP_EOL;
	l->text = "";
	l->len = 0;
	return 0;
}

void
imap_lex_seen(const struct imap_lex *l, struct buf *out)
{
	size_t n = 0;

	while (l->type != IMAP_EOL && l->pos + n < l->end &&
	       n < IMAP_HEAD_MAX - l->head_len && l->buf[l->pos + n] != '\r' &&
	       l->buf[l->pos + n] != '\n')
		n++;
	buf_append(out, l->head, l->head_len);
	buf_append(out, l->buf + l->pos, n);
}

int
imap_lex_flag(struct imap_lex *l, struct err *e)
{
	unsigned depth = 0;
	bool end = false;
	size_t n;
	char c;

	if (skip_spaces(l, e) == -1)
		return -1;
	for (n = 0;; n++) {
		if (n > IMAP_TOKEN_MAX)
			return too_long(e);
		if (need(l, n + 1, e) == -1)
			return -1;
		c = l->buf[l->pos + n];
		if (c == '\r' && ends_line(l, n, &end, e) == -1)
			return -1;
		if (end || c == '\n' || (depth == 0 && (c == ' ' || c == ')')))
			break;
		depth += c == '(';
		depth -= c == ')';
	}
	if (n == 0)
		return c == ')' ? lex_paren(l, IMAP_CLOSE, e) : lex_eol(l, e);
	l->type = IMAP_ATOM;
	l->text = l->buf + l->pos;
	l->len = n;
	return take(l, n, e);
}

/* What is in the line from pos on; the line stays where it is. */
static int
peek_line(struct imap_lex *l, size_t *len, struct err *e)
{
	size_t n;

	for (n = 0;; n++) {
		if (n > IMAP_TOKEN_MAX)
			return too_long(e);
		if (need(l, n + 1, e) == -1)
			return -1;
		if (l->buf[l->pos + n] == '\n')
			break;
	}
	*len = n > 0 && l->buf[l->pos + n - 1] == '\r' ? n - 1 : n;
	return 0;
}

/* Where the last list of the line begins, less the spaces before it; 0: there
 * is none. */
static size_t
before_list(const char *p, size_t n)
{
	size_t depth = 0;

	for (; n > 0; n--) {
		depth += p[n - 1] == ')';
		if (p[n - 1] == '(' && (depth == 0 || --depth == 0))
			break;
	}
	n -= n > 0;
	while (n > 0 && p[n - 1] == ' ')
		n--;
	return n;
}

int
imap_lex_mailbox(struct imap_lex *l, bool listed, bool *is_odd, struct err *e)
{
	size_t len = 0, n, atom;
	const char *p;
	char c;

	if (imap_lex_peek(l, &c, e) == -1)
		return -1;
	if (c == '"' || c == '{' || c == '~') {
		if (imap_lex_next(l, e) == -1)
			return -1;
		if (l->type == IMAP_LITERAL)
			return imap_lex_gather(l, e);
		return 0;
	}
	if (peek_line(l, &len, e) == -1)
		return -1;
	p = l->buf + l->pos;
	for (atom = 0; atom < len && is_atom(p[atom]); atom++)
		;
	for (n = atom; n < len && p[n] == ' '; n++)
		;
	/* After an atom nothing follows but a list. */
	if (listed)
		n = before_list(p, len);
	else
		n = n == len || (p[n] == '(' && n > atom) ? atom : len;
	if (n == 0)
		return odd(l, e, "a name is missing");
	*is_odd = *is_odd || n != atom;
	l->type = IMAP_STRING;
	l->text = p;
	l->len = n;
	return take(l, n, e);
}

int
imap_lex_skip_value(struct imap_lex *l, struct err *e)
{
	unsigned depth;

	depth = 0;
	do {
		if (imap_lex_next(l, e) == -1)
			return -1;
		if (l->type == IMAP_OPEN && ++depth > IMAP_NEST_MAX)
			return garbage(l, e, "too many parentheses");
		if (l->type == IMAP_EOL ||
		    (l->type == IMAP_CLOSE && depth-- == 0))
			return odd(l, e, "a value is missing");
	} while (depth > 0);
	return l->literal > 0 ? skip_literal(l, e) : 0;
}

/* One number of a set; 0 when it is out of range. */
static int
set_number(struct imap_lex *l, uint32_t *n, struct err *e)
{
	uint64_t v;
	bool digits;

	v = 0;
	for (digits = false;; digits = true) {
		if (need(l, 1, e) == -1)
			return -1;
		if (l->buf[l->pos] < '0' || l->buf[l->pos] > '9')
			break;
		if (v <= UINT32_MAX)
			v = v * 10 + (uint64_t)(l->buf[l->pos] - '0');
		if (take(l, 1, e) == -1)
			return -1;
	}
	if (!digits)
		return odd(l, e, "a set without numbers");
	*n = v <= UINT32_MAX ? (uint32_t)v : 0;
	return 0;
}

int
imap_lex_set(struct imap_lex *l, struct imap_set *set, bool *bad, struct err *e)
{
	uint32_t first = 0, last;

	l->line_max = IMAP_LONG_MAX;
	if (skip_spaces(l, e) == -1)
		return -1;
	for (;;) {
		if (set_number(l, &first, e) == -1 || need(l, 1, e) == -1)
			return -1;
		last = first;
		if (l->buf[l->pos] == ':' &&
		    (take(l, 1, e) == -1 || set_number(l, &last, e) == -1 ||
			need(l, 1, e) == -1))
			return -1;
		if (first == 0 || last == 0)
			*bad = true;
		else if (set->len >= IMAP_RANGES_MAX)
			return too_long(e);
		else
			imap_set_add(set, first, last);
		if (l->buf[l->pos] != ',')
			return 0;
		if (take(l, 1, e) == -1)
			return -1;
	}
}

bool
imap_lex_is(const struct imap_lex *l, const char *word)
{
	return l->type == IMAP_ATOM && imap_atom_is(l->text, l->len, word);
}

bool
imap_lex_number(const struct imap_lex *l, uint64_t max, uint64_t *n)
{
	uint64_t v, digit;
	size_t i;

	if (l->type != IMAP_ATOM)
		return false;
	for (v = 0, i = 0; i < l->len; i++) {
		if (l->text[i] < '0' || l->text[i] > '9')
			return false;
		digit = (uint64_t)(l->text[i] - '0');
		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*n = v;
	return v <= max;
}
