/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log's part of the picture. */
#include "config.h"

#include "ui/screen/view_private.h"

/* Where the part of text ends that stands on one line: between words, unless
 * a word takes more than half of it. */
static const char *
line_end(const char *text, unsigned width)
{
	const char *end = canvas_fit(text, width), *p;

	if (*end == '\0' || *end == ' ')
		return end;
	for (p = end; p > text + (end - text) / 2; p--)
		if (p[-1] == ' ')
			return p;
	return end;
}

static const char *
line_next(const char *end)
{
	while (*end == ' ')
		end++;
	return end;
}

unsigned
view_wrapped(const struct window *w, int y, enum role role, const char *text)
{
	unsigned width = w->c->width > w->left ? w->c->width - w->left : 1, n;
	const char *end, *next;

	for (n = 1;; n++, y++, text = next) {
		end = line_end(text, width);
		next = line_next(end);
		if (y >= w->top && y < w->bottom)
			canvas_put(w->c, w->left, (unsigned)y,
			    canvas_columns_to(text, end), role, text);
		if (*next == '\0' || next == text)
			return n;
	}
}

/* Lines of the screen that a text takes. */
static int
text_height(struct canvas *c, const char *text)
{
	const struct window nowhere = { c, 0, 0, 0 };

	return (int)view_wrapped(&nowhere, 0, ROLE_PLAIN, text);
}

/* From the bottom up. */
static void
draw_newest(const struct model *m, const struct window *w)
{
	const struct model_line *line;
	size_t i;
	int y = w->bottom;

	for (i = m->log.scroll; i < m->log.len && y > w->top; i++) {
		line = model_line(m, i);
		y -= text_height(w->c, line->text);
		view_wrapped(w, y, line->role, line->text);
	}
}

static void
draw_oldest(const struct model *m, const struct window *w)
{
	const struct model_line *line;
	size_t i;
	int y = w->top;

	for (i = m->log.len; i-- > 0 && y < w->bottom;) {
		line = model_line(m, i);
		y += (int)view_wrapped(w, y, line->role, line->text);
	}
}

void
view_log(const struct model *m, const struct layout *l, struct canvas *c)
{
	struct window w = { c, 0, (int)l->top, (int)(l->top + l->log_height) };
	int older = 0;
	size_t i;

	if (m->log.scroll > 0 && l->log_height > 1)
		canvas_put(c, 0, (unsigned)--w.bottom, c->width, ROLE_DIM,
		    "-- End: the newest lines --");
	for (i = m->log.scroll; i < m->log.len && older < w.bottom - w.top; i++)
		older += text_height(c, model_line(m, i)->text);
	if (m->log.scroll > 0 && older < w.bottom - w.top)
		draw_oldest(m, &w);
	else
		draw_newest(m, &w);
}
