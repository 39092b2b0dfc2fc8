/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/xalloc.h"
#include "ui/canvas.h"

#define UTF8_MAX 4 /* bytes of a character (RFC 3629) */

void
canvas_clear(struct canvas *c, unsigned width, unsigned height)
{
	size_t i, n = (size_t)width * height;

	if (width != c->width || height != c->height) {
		free(c->cells);
		c->cells = xcalloc(n, sizeof(*c->cells));
		c->width = width;
		c->height = height;
	}
	for (i = 0; i < n; i++)
		c->cells[i] = (struct cell){ " ", ROLE_PLAIN };
	c->cursor_x = c->cursor_y = -1;
}

void
canvas_free(struct canvas *c)
{
	free(c->cells);
	*c = (struct canvas){ 0 };
}

struct cell *
canvas_at(const struct canvas *c, unsigned x, unsigned y)
{
	assert(x < c->width && y < c->height);
	return &c->cells[(size_t)y * c->width + x];
}

/* The next character of *s and the columns it takes. What is no text is shown
 * as '?'. */
static size_t
next_char(const char *s, unsigned *columns, bool *bad)
{
	unsigned cp;
	size_t n;
	int w;

	*bad = false;
	*columns = 1;
	if (*s >= ' ' && *s <= '~')
		return 1;
	n = utf8_decode(s, strnlen(s, UTF8_MAX), &cp);
	w = n == 0 ? -1 : wcwidth((wchar_t)cp);
	*bad = n == 0 || cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
	*columns = *bad || w < 0 ? 1 : (unsigned)w;
	return n == 0 ? 1 : n;
}

static void
cell_set(struct cell *cell, const char *s, size_t n, enum role role)
{
	memcpy(cell->text, s, n);
	cell->text[n] = '\0';
	cell->role = role;
}

/* A mark without width belongs to the character before it. */
static void
cell_combine(struct canvas *c, unsigned x, unsigned y, const char *s, size_t n)
{
	struct cell *cell;
	size_t len;

	while (x > 0 && canvas_at(c, x - 1, y)->text[0] == '\0')
		x--;
	if (x == 0)
		return;
	cell = canvas_at(c, x - 1, y);
	len = strlen(cell->text);
	if (len + n < CELL_BYTES) {
		memcpy(cell->text + len, s, n);
		cell->text[len + n] = '\0';
	}
}

unsigned
canvas_put(struct canvas *c, unsigned x, unsigned y, unsigned max,
    enum role role, const char *text)
{
	unsigned begin = x, columns, i;
	size_t n;
	bool bad;

	for (; *text != '\0'; text += n, x += columns) {
		n = next_char(text, &columns, &bad);
		if (y >= c->height || x + columns > c->width ||
		    x - begin + columns > max)
			break;
		if (columns == 0) {
			cell_combine(c, x, y, text, n);
			continue;
		}
		cell_set(
		    canvas_at(c, x, y), bad ? "?" : text, bad ? 1 : n, role);
		for (i = 1; i < columns; i++)
			cell_set(canvas_at(c, x + i, y), "", 0, role);
	}
	return x - begin;
}

void
canvas_role(
    struct canvas *c, unsigned x, unsigned y, unsigned n, enum role role)
{
	for (; n > 0 && x < c->width && y < c->height; n--, x++)
		canvas_at(c, x, y)->role = role;
}

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

unsigned
canvas_columns(const char *text)
{
	return canvas_columns_to(text, text + strlen(text));
}

unsigned
canvas_columns_to(const char *text, const char *end)
{
	unsigned columns, sum = 0;
	bool bad;

	while (text < end) {
		text += next_char(text, &columns, &bad);
		sum += columns;
	}
	return sum;
}

const char *
canvas_fit(const char *text, unsigned max)
{
	unsigned columns;
	size_t n;
	bool bad;

	for (; *text != '\0'; text += n, max -= columns) {
		n = next_char(text, &columns, &bad);
		if (columns > max)
			break;
	}
	return text;
}
