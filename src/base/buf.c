/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing byte buffers, and making foreign bytes visible. */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"

void
wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}

void
buf_clear(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		wipe(b->data, b->cap);
	buf_clear(b);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

char *
buf_reserve(struct buf *b, size_t n)
{
	size_t need, cap;

	need = b->len + n + 1;
	assert(need > n);
	if (need > b->cap) {
		cap = b->cap < 64 ? 64 : b->cap;
		while (cap < need)
			cap += cap / 2;
		b->data = xrealloc(b->data, cap);
		b->cap = cap;
		b->data[b->len] = '\0';
	}
	return b->data + b->len;
}

void
buf_append(struct buf *b, const void *data, size_t len)
{
	char *p;

	p = buf_reserve(b, len);
	if (len > 0)
		memcpy(p, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_append(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_append(b, &c, 1);
}

void
buf_vprintf(struct buf *b, const char *format, va_list ap)
{
	va_list again;
	size_t room;
	char *p;
	int n;

	p = buf_reserve(b, 0);
	room = b->cap - b->len;
	va_copy(again, ap);
	n = vsnprintf(p, room, format, again);
	va_end(again);
	assert(n >= 0);
	if ((size_t)n >= room)
		vsnprintf(buf_reserve(b, (size_t)n), (size_t)n + 1, format, ap);
	b->len += (size_t)n;
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_vprintf(b, format, ap);
	va_end(ap);
}

void
buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

char *
buf_steal(struct buf *b)
{
	char *s;

	s = b->data != NULL ? b->data : xstrdup("");
	*b = (struct buf){ 0 };
	return s;
}

size_t
utf8_decode(const char *s, size_t len, unsigned *cp)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c;
	unsigned v;
	size_t i, n;

	if (len == 0)
		return 0;
	c = (unsigned char)s[0];
	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	n = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
	if (n == 0 || c >= 0xf8 || n > len)
		return 0;
	v = c & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		c = (unsigned char)s[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (c & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*cp = v;
	return n;
}

bool
utf8_is_valid(const char *s, size_t len)
{
	unsigned cp;
	size_t n;

	for (; len > 0; s += n, len -= n) {
		n = utf8_decode(s, len, &cp);
		if (n == 0)
			return false;
	}
	return true;
}

void
buf_put_utf8(struct buf *b, unsigned cp)
{
	if (cp < 0x80) {
		buf_putc(b, (char)cp);
	} else if (cp < 0x800) {
		buf_putc(b, (char)(0xc0 | cp >> 6));
		buf_putc(b, (char)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		buf_putc(b, (char)(0xe0 | cp >> 12));
		buf_putc(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_putc(b, (char)(0x80 | (cp & 0x3f)));
	} else {
		buf_putc(b, (char)(0xf0 | cp >> 18));
		buf_putc(b, (char)(0x80 | (cp >> 12 & 0x3f)));
		buf_putc(b, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_putc(b, (char)(0x80 | (cp & 0x3f)));
	}
}

bool
utf8_is_visible(unsigned cp)
{
	static const struct {
		unsigned first, last;
	} hidden[] = {
		{ 0, 0x1f },			  /* control characters */
		{ 0x7f, 0x9f }, { 0x61c, 0x61c }, /* marks of direction */
		{ 0x200b, 0x200b },
		/* Words are spelled, and pictures joined, with U+200C and
		 * U+200D. */
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xe0000, 0xe007f }, /* tags */
	};
	size_t i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return false;
	return true;
}

/* One character of src made visible in out; returns how much src it took. */
static size_t
visible_one(const char *src, size_t len, char out[16], size_t *out_len)
{
	unsigned cp;
	size_t n;

	n = utf8_decode(src, len, &cp);
	if (n > 0 && utf8_is_visible(cp)) {
		memcpy(out, src, n);
		*out_len = n;
	} else if (n > 0 && cp > 0x9f) {
		*out_len = (size_t)snprintf(out, 16, "\\u{%04X}", cp);
	} else {
		n = 1;
		*out_len = (size_t)snprintf(
		    out, 16, "\\x%02X", (unsigned)(unsigned char)src[0]);
	}
	return n;
}

size_t
buf_visible(char *dst, size_t cap, const char *src, size_t len)
{
	char one[16];
	size_t used, n, took;

	used = 0;
	while (len > 0) {
		took = visible_one(src, len, one, &n);
		if (used + n >= cap)
			break;
		memcpy(dst + used, one, n);
		used += n;
		src += took;
		len -= took;
	}
	dst[used] = '\0';
	return used;
}

void
buf_append_visible(struct buf *b, const char *src, size_t len)
{
	char one[16];
	size_t n, took;

	while (len > 0) {
		took = visible_one(src, len, one, &n);
		buf_append(b, one, n);
		src += took;
		len -= took;
	}
}
