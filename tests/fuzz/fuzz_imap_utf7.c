/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modified UTF-7, both ways: each text has one form only. */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"
#include "base/imap_utf7.h"

static bool
is_printable(const struct buf *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if (b->data[i] < 0x20 || b->data[i] > 0x7e)
			return false;
	return true;
}

static bool
is_utf8(const struct buf *b)
{
	unsigned cp;
	size_t i, n;

	for (i = 0; i < b->len; i += n) {
		n = utf8_decode(b->data + i, b->len - i, &cp);
		if (n == 0 || cp == 0)
			return false;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct buf there = { 0 }, back = { 0 };

	if (imap_utf7_decode(text, size, &there)) {
		assert(is_utf8(&there));
		assert(imap_utf7_encode(buf_str(&there), there.len, &back));
		assert(back.len == size);
		assert(memcmp(buf_str(&back), text, size) == 0);
	}
	buf_reset(&there);
	buf_reset(&back);
	if (imap_utf7_encode(text, size, &there)) {
		assert(is_printable(&there));
		assert(imap_utf7_decode(buf_str(&there), there.len, &back));
		assert(back.len == size);
		assert(memcmp(buf_str(&back), text, size) == 0);
	}
	buf_clear(&there);
	buf_clear(&back);
	return 0;
}
