/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From above: a title; the log; a row for each account; a question, if there
 * is one. Help, or one account with its folders, takes the place of log and
 * rows. On a small screen the title goes first, then the log.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "ui/screen/view_private.h"

#define LOG_SHARE                                                              \
	4	 /* the log gets this part at least, where rows do not fit     \
		  */
#define WIDE 100 /* columns from which on rows have numbers by themselves */

void
view_time(int64_t t, char out[16])
{
	time_t when = (time_t)t;
	struct tm tm;

	out[0] = '\0';
	if (t != 0 && localtime_r(&when, &tm) != NULL)
		strftime(out, 16, "%H:%M:%S", &tm);
}

static bool
asks(const struct model *m)
{
	return m->prompt.label[0] != '\0' || model_question(m) >= 0;
}

/* Whether rows have a second line, and where numbers go if they have not. */
static void
layout_numbers(
    const struct model *m, unsigned width, unsigned left, struct layout *l)
{
	size_t twice = 2 * (m->len + 1);
	bool wide = width >= WIDE;

	if (m->numbers == NUMBERS_ON && left > twice)
		l->each = 2;
	/* Unasked for, they leave most of the screen to the log. */
	if (m->numbers == NUMBERS_WIDE && wide && left >= 2 * twice)
		l->each = 2;
	l->beside = m->numbers != NUMBERS_OFF && wide && l->each == 1;
}

static void
layout_make(
    const struct model *m, unsigned width, unsigned height, struct layout *l)
{
	unsigned left = height;
	size_t all = m->len + 1, selected;

	*l = (struct layout){ .prompt = NOWHERE, .each = 1 };
	if (left > 2) { /* the title, a line of the log, a row */
		l->top = 1;
		left--;
	}
	if (asks(m) && left > 1)
		l->prompt = height - 1, left--;
	layout_numbers(m, width, left, l);
	l->shown = left > 1 ? (left - 1) / l->each : 0;
	if (l->shown >= all)
		l->shown = all;
	else if (left / LOG_SHARE > 1) /* they scroll in any case */
		l->shown = (left - left / LOG_SHARE) / l->each;
	if (l->shown == 0 && left > 0)
		l->shown = 1;
	l->log_height = left - (unsigned)l->shown * l->each;
	l->rows = l->top + l->log_height;
	/* *Control is the first from above; then the accounts in order. */
	selected = m->selected < 0 || (size_t)m->selected == m->len
		       ? 0
		       : (size_t)m->selected + 1;
	l->first = selected >= l->shown ? selected - l->shown + 1 : 0;
}

/* The last line that is not a question. */
static unsigned
bottom_of(const struct layout *l, unsigned height)
{
	return l->prompt == NOWHERE ? height : l->prompt;
}

unsigned
view_page(const struct model *m, unsigned width, unsigned height)
{
	struct layout l;
	unsigned n;

	layout_make(m, width, height, &l);
	if (m->help != NULL)
		n = bottom_of(&l, height) - l.top;
	else if (m->account >= 0)
		n = view_account_page(l.top, bottom_of(&l, height));
	else
		n = l.log_height;
	return n > 2 ? n - 2 : 1; /* some is seen again, to find one's way */
}

bool
view_has_numbers(const struct model *m, unsigned width, unsigned height)
{
	struct layout l;

	layout_make(m, width, height, &l);
	return l.each == 2 || l.beside;
}

static bool
row_ticks(
    const struct model *m, const struct layout *l, size_t row, int64_t now_ms)
{
	const struct speed *s = &m->speed;
	const struct model_row *r;

	if (row < m->len) {
		r = &m->rows[row];
		if (!r->active && !r->paused && r->due != CLOCK_NEVER &&
		    r->due > now_ms)
			return true;
		s = &r->speed;
	}
	return (l->each == 2 || l->beside) && speed_most(s, now_ms) > 0;
}

bool
view_ticks(
    const struct model *m, int64_t now_ms, unsigned width, unsigned height)
{
	struct layout l;
	size_t i, at;

	if (m->help != NULL)
		return false;
	layout_make(m, width, height, &l);
	if (m->account >= 0) {
		l.each = 2;
		return row_ticks(m, &l, (size_t)m->account, now_ms);
	}
	for (i = 0; i < l.shown; i++) {
		at = l.first + i;
		if (row_ticks(m, &l, at == 0 ? m->len : at - 1, now_ms))
			return true;
	}
	return false;
}

static void
draw_title(const struct model *m, struct canvas *c)
{
	const char *right = m->stopping	   ? "finishing  q: at once"
			    : m->finishing ? "ends after this sync  q quit"
			    : m->help != NULL || m->account >= 0
				? "Esc back  ? help"
				: "q quit  ? help";
	unsigned n = canvas_columns(right);

	canvas_role(c, 0, 0, c->width, ROLE_TITLE);
	canvas_put(c, 0, 0, c->width, ROLE_TITLE, PACKAGE_STRING);
	if (c->width > n + sizeof(PACKAGE_STRING))
		canvas_put(c, c->width - n, 0, n,
		    m->stopping || m->finishing ? ROLE_WAIT : ROLE_DIM, right);
}

static void
draw_prompt(const struct model_prompt *p, unsigned y, struct canvas *c)
{
	const char *typed = p->typed, *at = p->typed + p->at;
	unsigned x, room;

	/* Of a long question its beginning is seen, of the answer what is
	 * around the cursor. */
	x = canvas_put(c, 0, y, c->width * 3 / 4, ROLE_QUESTION, p->label);
	room = c->width - x > 1 ? c->width - x - 1 : 0;
	while (typed < at && canvas_columns_to(typed, at) > room)
		do
			typed++;
		while (((unsigned char)*typed & 0xc0) == 0x80);
	canvas_put(c, x, y, c->width, ROLE_PLAIN, typed);
	x += canvas_columns_to(typed, at);
	c->cursor_x = (int)(x < c->width ? x : c->width - 1);
	c->cursor_y = (int)y;
}

static void
draw_question(const struct model *m, int row, unsigned y, struct canvas *c)
{
	const struct model_held *h = &m->rows[row].held;
	struct buf text = { 0 };
	unsigned x;

	if (h->folders > 1)
		buf_printf(&text, "%s: %" PRIu64 " messages in %u folders",
		    m->names[row], h->messages, h->folders);
	else
		buf_printf(&text, "%s: %" PRIu64 " %s in %s", m->names[row],
		    h->messages, h->messages == 1 ? "message" : "messages",
		    h->folder);
	buf_puts(&text, " held: delete them, too?");
	/* The keys are seen whatever the names are. */
	x = canvas_put(c, 0, y, c->width > 5 ? c->width - 5 : 0, ROLE_QUESTION,
	    buf_str(&text));
	canvas_put(c, x, y, c->width, ROLE_QUESTION, " y/n ");
	buf_clear(&text);
}

void
view_draw(struct model *m, int64_t now_ms, struct canvas *c)
{
	struct layout l;
	unsigned bottom;

	layout_make(m, c->width, c->height, &l);
	bottom = bottom_of(&l, c->height);
	if (l.top > 0)
		draw_title(m, c);
	if (m->help != NULL) {
		view_help(m, c, l.top, bottom);
	} else if (m->account >= 0) {
		view_account(m, now_ms, c, l.top, bottom);
	} else {
		view_log(m, &l, c);
		view_rows(m, &l, now_ms, c);
	}
	if (l.prompt == NOWHERE)
		return;
	if (m->prompt.label[0] != '\0')
		draw_prompt(&m->prompt, l.prompt, c);
	else
		draw_question(m, model_question(m), l.prompt, c);
}
