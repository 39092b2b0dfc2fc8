/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modified UTF-7 to UTF-8 and back. */
#include "config.h"

#include <string.h>

#include "base/imap_utf7.h"

static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool
is_plain(unsigned cp)
{
	return cp >= 0x20 && cp < 0x7f;
}

/* The UTF-16 units of a shifted run: bits not yet used, and how many. */
struct bits {
	unsigned long value;
	unsigned count;
};

static void
put_unit(struct bits *b, unsigned unit, struct buf *out)
{
	b->value = (b->value << 16 | unit) & 0xffffff;
	b->count += 16;
	while (b->count >= 6) {
		b->count -= 6;
		buf_putc(out, base64[b->value >> b->count & 0x3f]);
	}
}

static void
put_character(struct bits *b, unsigned cp, struct buf *out)
{
	if (cp >= 0x10000) {
		put_unit(b, 0xd800 | (cp - 0x10000) >> 10, out);
		put_unit(b, 0xdc00 | ((cp - 0x10000) & 0x3ff), out);
	} else {
		put_unit(b, cp, out);
	}
}

static void
shift_out(struct bits *b, struct buf *out)
{
	if (b->count > 0)
		buf_putc(out, base64[b->value << (6 - b->count) & 0x3f]);
	*b = (struct bits){ 0, 0 };
	buf_putc(out, '-');
}

bool
imap_utf7_encode(const char *text, size_t len, struct buf *out)
{
	struct bits b = { 0, 0 };
	bool shifted;
	unsigned cp;
	size_t n;

	shifted = false;
	for (; len > 0; text += n, len -= n) {
		n = utf8_decode(text, len, &cp);
		if (n == 0 || cp == 0)
			return false;
		if (shifted && is_plain(cp)) {
			shift_out(&b, out);
			shifted = false;
		} else if (!shifted && !is_plain(cp)) {
			buf_putc(out, '&');
			shifted = true;
		}
		if (shifted)
			put_character(&b, cp, out);
		else
			buf_puts(
			    out, cp == '&' ? "&-" : (char[]){ (char)cp, '\0' });
	}
	if (shifted)
		shift_out(&b, out);
	return true;
}

/* Takes one UTF-16 unit into *high or, when it completes one, as a character
 * to out. */
static bool
take_unit(unsigned unit, unsigned *high, struct buf *out)
{
	bool low;

	low = unit >= 0xdc00 && unit < 0xe000;
	if (low != (*high != 0))
		return false;
	if (unit >= 0xd800 && unit < 0xdc00) {
		*high = unit;
		return true;
	}
	if (low)
		unit = 0x10000 + ((*high & 0x3ff) << 10) + (unit & 0x3ff);
	*high = 0;
	buf_put_utf8(out, unit);
	return true;
}

bool
imap_utf7_decode_run(const char *text, size_t len, struct buf *out)
{
	struct bits b = { 0, 0 };
	const char *digit;
	unsigned high;
	size_t i;

	high = 0;
	for (i = 0; i < len; i++) {
		digit = memchr(base64, text[i], sizeof(base64) - 1);
		if (digit == NULL)
			return false;
		b.value =
		    (b.value << 6 | (unsigned long)(digit - base64)) & 0xffffff;
		b.count += 6;
		if (b.count >= 16) {
			b.count -= 16;
			if (!take_unit((unsigned)(b.value >> b.count & 0xffff),
				&high, out))
				return false;
		}
	}
	return high == 0;
}

bool
imap_utf7_decode(const char *text, size_t len, struct buf *out)
{
	struct buf again = { 0 };
	const char *end;
	size_t i, start;
	bool ok;

	start = out->len;
	for (i = 0; i < len; i++) {
		if (text[i] != '&') {
			buf_putc(out, text[i]);
			continue;
		}
		end = memchr(text + i, '-', len - i);
		if (end == NULL)
			return false;
		if (end == text + i + 1)
			buf_putc(out, '&');
		else if (!imap_utf7_decode_run(
			     text + i + 1, (size_t)(end - (text + i + 1)), out))
			return false;
		i = (size_t)(end - text);
	}
	/* Canonical is what the way back gives: this catches all the rest. */
	ok = imap_utf7_encode(buf_str(out) + start, out->len - start, &again) &&
	     again.len == len && memcmp(buf_str(&again), text, len) == 0;
	buf_clear(&again);
	return ok;
}
