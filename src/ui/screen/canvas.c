/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture of characters and roles, before it goes to the terminal. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/xalloc.h"
#include "ui/screen/canvas.h"

#define UTF8_MAX 4	   /* bytes of a character (RFC 3629) */
#define REGIONAL_A 0x1f1e6 /* the first of the letters that make flags */

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

/* A character of a text, as it is shown. */
struct glyph {
	size_t len; /* bytes of the text */
	unsigned columns;
	char shown[UTF8_MAX + 1]; /* "": nothing */
	size_t shown_len;
};

/* Characters that change the one before: terminals do not agree on the columns
 * that the result takes, so they are left out. */
static bool
is_joint(unsigned cp)
{
	return cp == 0x200c || cp == 0x200d ||	   /* joiners */
	       (cp >= 0xfe00 && cp <= 0xfe0f) ||   /* variation selectors */
	       (cp >= 0xe0100 && cp <= 0xe01ef) || /* likewise */
	       (cp >= 0x1f3fb && cp <= 0x1f3ff);   /* colours of skin */
}

static void
glyph_show(struct glyph *g, const char *s, size_t n, unsigned columns)
{
	memcpy(g->shown, s, n);
	g->shown[n] = '\0';
	g->shown_len = n;
	g->columns = columns;
}

/* The first character of s, which is not empty. What is no text is shown as
 * '?'. */
static struct glyph
next_glyph(const char *s)
{
	struct glyph g = { .len = 1 };
	unsigned cp;
	char letter;
	size_t n;
	int w;

	if (*s >= ' ' && *s <= '~') {
		glyph_show(&g, s, 1, 1);
		return g;
	}
	n = utf8_decode(s, strnlen(s, UTF8_MAX), &cp);
	if (n == 0) {
		glyph_show(&g, "?", 1, 1);
		return g;
	}
	g.len = n;
	if (is_joint(cp))
		return g;
	/* Two of them are a flag, as wide as the terminal likes. */
	if (cp >= REGIONAL_A && cp <= REGIONAL_A + 25) {
		letter = (char)('A' + (cp - REGIONAL_A));
		glyph_show(&g, &letter, 1, 1);
		return g;
	}
	w = wcwidth((wchar_t)cp);
	if (utf8_is_visible(cp))
		glyph_show(&g, s, n, w < 0 ? 1 : (unsigned)w);
	else
		glyph_show(&g, "?", 1, 1);
	return g;
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
	unsigned begin = x, i;
	struct glyph g;

	for (; *text != '\0'; text += g.len, x += g.columns) {
		g = next_glyph(text);
		if (y >= c->height || x + g.columns > c->width ||
		    x - begin + g.columns > max)
			break;
		if (g.columns == 0) {
			cell_combine(c, x, y, g.shown, g.shown_len);
			continue;
		}
		cell_set(canvas_at(c, x, y), g.shown, g.shown_len, role);
		for (i = 1; i < g.columns; i++)
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

unsigned
canvas_columns(const char *text)
{
	return canvas_columns_to(text, text + strlen(text));
}

unsigned
canvas_columns_to(const char *text, const char *end)
{
	unsigned sum = 0;
	struct glyph g;

	for (; text < end; text += g.len) {
		g = next_glyph(text);
		sum += g.columns;
	}
	return sum;
}

const char *
canvas_fit(const char *text, unsigned max)
{
	struct glyph g;

	for (; *text != '\0'; text += g.len, max -= g.columns) {
		g = next_glyph(text);
		if (g.columns > max)
			break;
	}
	return text;
}
