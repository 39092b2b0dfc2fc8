/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One account: its row and numbers, then its folders, then what is wrong with
 * the folder that is selected. On a small screen the folders are what stays.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "ui/screen/view_private.h"

#define TALL 8	    /* lines from which on the table has a head */
#define WIDE 60	    /* columns from which on it has all of its columns */
#define NARROW 36   /* columns below which it has no numbers at all */
#define ERROR_MAX 3 /* lines */

static const struct {
	const char *text;
	enum role role;
} states[] = {
	[FOLDER_NONE] = { "", ROLE_DIM },
	[FOLDER_SYNC] = { "syncing", ROLE_SYNC },
	[FOLDER_LIST] = { "listing", ROLE_LIST },
	[FOLDER_COPY] = { "copying", ROLE_COPY },
	[FOLDER_DONE] = { "done", ROLE_PLAIN },
	[FOLDER_SAME] = { "no change", ROLE_DIM },
	[FOLDER_STOPPED] = { "stopped", ROLE_DIM },
	[FOLDER_HELD] = { "HELD", ROLE_PROBLEM },
	[FOLDER_FAILED] = { "FAILED", ROLE_PROBLEM },
};

/* Columns where each field ends, or begins for the state; 0: not shown. */
struct columns {
	unsigned name, messages, copied, flags, deleted, state;
};

static struct columns
columns_of(unsigned width)
{
	struct columns w = { 0 };

	if (width >= WIDE) {
		w.state = width - 19;
		w.deleted = w.state - 2;
		w.flags = w.deleted - 8;
		w.copied = w.flags - 6;
		w.messages = w.copied - 7;
		w.name = w.messages - 10;
	} else if (width >= NARROW) {
		w.state = width - 10;
		w.messages = w.state - 1;
		w.name = w.messages - 10;
	} else {
		w.state = width > 18 ? width - 7 : width;
		w.name = w.state > 0 ? w.state - 1 : 0;
	}
	return w;
}

static void
put_right(struct canvas *c, unsigned end, unsigned y, enum role role,
    const char *text)
{
	unsigned n = canvas_columns(text);

	if (end > 0)
		canvas_put(c, end > n ? end - n : 0, y, n, role, text);
}

static void
put_count(struct canvas *c, unsigned end, unsigned y, unsigned count)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", count);
	if (count > 0)
		put_right(c, end, y, ROLE_PLAIN, text);
}

static void
draw_head(struct canvas *c, const struct columns *w, unsigned y)
{
	canvas_role(c, 0, y, c->width, ROLE_HEAD);
	canvas_put(c, 0, y, c->width, ROLE_HEAD, "Folder");
	put_right(c, w->messages, y, ROLE_HEAD, "Messages");
	put_right(c, w->copied, y, ROLE_HEAD, "Copied");
	put_right(c, w->flags, y, ROLE_HEAD, "Flags");
	put_right(c, w->deleted, y, ROLE_HEAD, "Deleted");
	canvas_put(c, w->state, y, c->width, ROLE_HEAD, "State");
}

static void
draw_folder(const struct folder_row *r, bool selected, struct canvas *c,
    const struct columns *w, unsigned y)
{
	char text[64], at[16] = "";

	canvas_put(c, 0, y, w->name, ROLE_PLAIN, r->name);
	if (selected)
		canvas_role(c, 0, y, w->name, ROLE_SELECTED);
	snprintf(text, sizeof(text), "%" PRIu64 "/%" PRIu64, r->done, r->total);
	if (r->total > 0)
		put_right(c, w->messages, y, ROLE_PLAIN, text);
	else if (!folders_is_busy(r->state))
		put_right(c, w->messages, y, ROLE_DIM, "-");
	put_count(c, w->copied, y, r->copied);
	put_count(c, w->flags, y, r->flags);
	put_count(c, w->deleted, y, r->deleted);
	if (c->width >= WIDE && !folders_is_busy(r->state))
		view_time(r->time, at);
	canvas_put(
	    c, w->state, y, 10, states[r->state].role, states[r->state].text);
	canvas_put(c, w->state + 10, y, c->width, ROLE_DIM, at);
}

/* Lines above the folders: the row, its numbers, what is watched, a head. */
static unsigned
above(unsigned height)
{
	return height >= TALL ? 4 : height > 2 ? 1 : 0;
}

unsigned
view_account_page(unsigned top, unsigned bottom)
{
	return bottom - top - above(bottom - top);
}

static void
draw_top(const struct model *m, int64_t now_ms, struct canvas *c,
    const struct columns *w, unsigned y)
{
	const struct model_row *r = &m->rows[m->account];
	struct buf text = { 0 };

	view_row(m, (size_t)m->account, now_ms, c, y);
	view_numbers(m, (size_t)m->account, now_ms, c, 3, y + 1);
	if (r->watcher >= 0) {
		buf_printf(&text, "watching: %s", r->watching);
		canvas_put(c, 3, y + 2, c->width, ROLE_WATCH, buf_str(&text));
	}
	draw_head(c, w, y + 3);
	buf_clear(&text);
}

/* What is wrong with the selected folder, at the bottom; returns where that
 * begins. */
static unsigned
draw_error(const struct folders *f, struct canvas *c, unsigned bottom)
{
	struct window w = { c, 0, 0, 0 };
	const char *error;
	unsigned n;

	error = f->selected < f->len ? f->rows[f->selected].error : NULL;
	if (error == NULL)
		return bottom;
	n = view_wrapped(&w, 0, ROLE_PROBLEM, error);
	if (n > ERROR_MAX)
		n = ERROR_MAX;
	w.top = (int)(bottom - n);
	w.bottom = (int)bottom;
	view_wrapped(&w, w.top, ROLE_PROBLEM, error);
	return bottom - n;
}

void
view_account(struct model *m, int64_t now_ms, struct canvas *c, unsigned top,
    unsigned bottom)
{
	struct folders *f = &m->rows[m->account].folders;
	struct columns w = columns_of(c->width);
	unsigned y, lines = above(bottom - top);
	size_t i, height;

	if (lines == 4)
		draw_top(m, now_ms, c, &w, top);
	else if (lines == 1)
		view_row(m, (size_t)m->account, now_ms, c, top);
	top += lines;
	if (bottom - top > ERROR_MAX)
		bottom = draw_error(f, c, bottom);
	height = bottom - top;
	if (f->selected < f->scroll)
		f->scroll = f->selected;
	if (f->selected >= f->scroll + height)
		f->scroll = f->selected - height + 1;
	if (f->scroll + height > f->len)
		f->scroll = f->len > height ? f->len - height : 0;
	for (i = f->scroll, y = top; i < f->len && y < bottom; i++, y++)
		draw_folder(&f->rows[i], i == f->selected, c, &w, y);
	if (f->len == 0 && y < bottom)
		canvas_put(
		    c, 0, y, c->width, ROLE_DIM, "no folder was seen yet");
}
