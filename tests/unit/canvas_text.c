/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "canvas_text.h"

void
canvas_text(const struct canvas *c, struct buf *out)
{
	unsigned x, y;
	size_t start;

	for (y = 0; y < c->height; y++) {
		start = out->len;
		for (x = 0; x < c->width; x++)
			buf_puts(out, canvas_at(c, x, y)->text);
		while (out->len > start && out->data[out->len - 1] == ' ')
			out->len--;
		buf_putc(out, '\n');
	}
}
