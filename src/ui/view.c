/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ui/view.h"

#define NAME_MIN 12 /* columns */
#define NAME_MAX 32
#define WIDE 100 /* columns from which on the numbers are beside the lights */
#define WIDE_LIGHTS 10 /* columns left for lights then */
#define BAR 12
#define NOWHERE UINT32_MAX

const struct view_key view_keys[] = {
	{ "1-9 A-Z", "synchronise that row at once; *Control: all of them" },
	{ "Up Down", "select a row" },
	{ "r", "synchronise the selected row" },
	{ "Tab", "a second line of numbers for each row" },
	{ "PgUp PgDn", "older and newer lines" },
	{ "Home End", "the oldest and the newest line" },
	{ "/", "search upwards for a text; / and Enter again: the next" },
	{ "e", "the next older error" },
	{ "^L", "draw the screen again" },
	{ "q", "finish what is in flight and end; again: at once" },
	{ "?", "this help; any key leaves it" },
	{ NULL, NULL },
};

/* How the height is shared out. */
struct layout {
	unsigned log, log_height;
	unsigned rows, rows_height; /* in lines */
	unsigned each;		    /* lines of a row */
	size_t first, shown;	    /* rows, counted from *Control down */
	unsigned prompt;	    /* line, or NOWHERE */
};

static void
layout_make(const struct model *m, unsigned height, struct layout *l)
{
	unsigned left = height;
	size_t all = m->len + 1, sel;

	*l = (struct layout){ .prompt = NOWHERE, .each = 1 };
	if (left > 2) { /* the title, and a line of the log */
		l->log = 1;
		left--;
	}
	if (m->prompt.label[0] != '\0' && left > 1)
		l->prompt = height - 1, left--;
	if (m->numbers && left >= 2 * all + 1)
		l->each = 2;
	l->shown = left > 1 ? (left - 1) / l->each : 0;
	if (l->shown > all)
		l->shown = all;
	if (l->shown == 0 && left > 0)
		l->shown = 1;
	l->rows_height = (unsigned)l->shown * l->each;
	l->log_height = left - l->rows_height;
	l->rows = l->log + l->log_height;
	/* *Control is the first from above; then the accounts in order. */
	sel = m->selected < 0		      ? 0
	      : (size_t)m->selected == m->len ? 0
					      : (size_t)m->selected + 1;
	l->first = sel >= l->shown ? sel - l->shown + 1 : 0;
}

unsigned
view_log_height(const struct model *m, unsigned height)
{
	struct layout l;

	layout_make(m, height, &l);
	return l.log_height;
}

/* --- title -----------------------------------------------------------------
 */

static void
draw_title(const struct model *m, struct canvas *c)
{
	const char *right =
	    m->stopping ? "ending; q: at once" : "q quit  ? help";
	unsigned n = canvas_columns(right);

	canvas_role(c, 0, 0, c->width, ROLE_TITLE);
	canvas_put(c, 0, 0, c->width, ROLE_TITLE, PACKAGE_STRING);
	if (c->width > n + sizeof(PACKAGE_STRING))
		canvas_put(c, c->width - n, 0, n, ROLE_TITLE, right);
}

/* --- log -------------------------------------------------------------------
 */

/* Lines of the screen that a text takes. */
static unsigned
text_height(const char *text, unsigned width)
{
	const char *end;
	unsigned n;

	for (n = 1;; n++, text = end) {
		end = canvas_fit(text, width);
		if (*end == '\0' || end == text)
			return n;
	}
}

/* Draws text from line y on, as far as it is between top and bottom. */
static void
draw_wrapped(
    struct canvas *c, const struct model_line *line, int y, int top, int bottom)
{
	const char *text = line->text, *end;

	for (; y < bottom; y++, text = end) {
		end = canvas_fit(text, c->width);
		if (y >= top)
			canvas_put(
			    c, 0, (unsigned)y, c->width, line->role, text);
		if (*end == '\0' || end == text)
			break;
	}
}

/* From the bottom up. */
static void
draw_newest(const struct model *m, int top, int bottom, struct canvas *c)
{
	const struct model_line *line;
	size_t i;
	int y = bottom;

	for (i = m->scroll; i < m->log_len && y > top; i++) {
		line = model_line(m, i);
		y -= (int)text_height(line->text, c->width);
		draw_wrapped(c, line, y, top, bottom);
	}
}

static void
draw_oldest(const struct model *m, int top, int bottom, struct canvas *c)
{
	const struct model_line *line;
	size_t i;
	int y = top;

	for (i = m->log_len; i-- > 0 && y < bottom;) {
		line = model_line(m, i);
		draw_wrapped(c, line, y, top, bottom);
		y += (int)text_height(line->text, c->width);
	}
}

static void
draw_log(const struct model *m, const struct layout *l, struct canvas *c)
{
	int top = (int)l->log, bottom = top + (int)l->log_height;
	int older = 0;
	size_t i;

	if (m->scroll > 0 && l->log_height > 1)
		canvas_put(c, 0, (unsigned)--bottom, c->width, ROLE_DIM,
		    "-- End: the newest lines --");
	for (i = m->scroll; i < m->log_len && older < bottom - top; i++)
		older += (int)text_height(model_line(m, i)->text, c->width);
	if (m->scroll > 0 && older < bottom - top)
		draw_oldest(m, top, bottom, c);
	else
		draw_newest(m, top, bottom, c);
}

/* --- rows ------------------------------------------------------------------
 */

static unsigned
name_width(const struct model *m, unsigned width)
{
	unsigned n, most = NAME_MIN;
	size_t i;

	for (i = 0; i < m->len; i++) {
		n = canvas_columns(m->names[i]);
		if (n > most)
			most = n;
	}
	if (most > NAME_MAX)
		most = NAME_MAX;
	/* Narrow: the lights are worth more than the padding. */
	if (width < most + 20)
		most = width > 28 ? width - 20 : 8;
	return most;
}

static void
state_text(const struct model_row *r, int64_t now_ms, char *out, size_t cap)
{
	int64_t s;

	if (r->active) {
		snprintf(out, cap, "[active]");
	} else if (r->due == CLOCK_NEVER) {
		snprintf(out, cap, "[ idle ]");
	} else {
		s = r->due > now_ms ? (r->due - now_ms + 999) / 1000 : 0;
		if (s > 999 * 60 + 59)
			s = 999 * 60 + 59;
		snprintf(out, cap, "[%3d:%02d]", (int)(s / 60), (int)(s % 60));
	}
}

static unsigned
draw_lights(const struct model *m, const struct model_row *r, struct canvas *c,
    unsigned x, unsigned y)
{
	const struct model_light *light;
	char text[2] = ".";
	size_t i;

	for (i = 0; i < r->lights_len; i++, x++) {
		light = &r->lights[i];
		if (light->worker == -1)
			continue;
		if (m->letters)
			text[0] = model_letter(light->role);
		canvas_put(c, x, y, 1, light->role, text);
	}
	return x;
}

static void
count_put(struct buf *out, uint64_t n, const char *what)
{
	if (n > 0)
		buf_printf(
		    out, "%s%" PRIu64 " %s", out->len > 0 ? ", " : "", n, what);
}

/* What the last sync came to. */
static void
result_text(const struct model_row *r, struct buf *out)
{
	struct buf counts = { 0 };
	time_t t = (time_t)r->ended;
	struct tm tm;
	char at[16] = "";

	if (r->ended == 0)
		return;
	if (localtime_r(&t, &tm) != NULL)
		strftime(at, sizeof(at), "%H:%M:%S", &tm);
	if (r->errors > 0 || r->scope != ERR_NONE) {
		buf_printf(out, "%s FAILED: %s", at, r->error);
		return;
	}
	count_put(&counts,
	    (uint64_t)r->counts[0][COUNT_COPY] + r->counts[1][COUNT_COPY],
	    "copied");
	count_put(&counts,
	    (uint64_t)r->counts[0][COUNT_FLAGS] + r->counts[1][COUNT_FLAGS],
	    "flags");
	count_put(&counts,
	    (uint64_t)r->counts[0][COUNT_EXPUNGE] + r->counts[1][COUNT_EXPUNGE],
	    "deleted");
	buf_printf(
	    out, "%s %s", at, counts.len > 0 ? buf_str(&counts) : "no change");
	buf_clear(&counts);
}

static void
bar_text(const struct progress *p, struct buf *out)
{
	uint64_t done = 0, total = 0;
	unsigned i, full;

	for (i = 0; i < PROGRESS_SLOTS; i++)
		if (p->slots[i].active) {
			done += p->slots[i].done;
			total += p->slots[i].total;
		}
	if (total == 0)
		return;
	full = done >= total ? BAR : (unsigned)(done * BAR / total);
	buf_puts(out, " [");
	for (i = 0; i < BAR; i++)
		buf_putc(out, i < full ? '#' : ' ');
	buf_putc(out, ']');
}

static void
draw_numbers(
    const struct model_row *r, struct canvas *c, unsigned x, unsigned y)
{
	struct buf text = { 0 }, bar = { 0 };
	unsigned room;

	if (x >= c->width)
		return;
	room = c->width - x;
	if (!r->active) {
		result_text(r, &text);
	} else {
		bar_text(&r->progress, &bar);
		if (room > bar.len)
			progress_text(&r->progress, NULL,
			    room - (unsigned)bar.len, &text);
		if (text.len == 0)
			buf_puts(&text, r->folder);
		else
			buf_append(&text, bar.data, bar.len);
	}
	canvas_put(c, x, y, room,
	    r->errors > 0 && !r->active ? ROLE_TROUBLE : ROLE_DIM,
	    buf_str(&text));
	buf_clear(&bar);
	buf_clear(&text);
}

static void
draw_row(const struct model *m, size_t row, int64_t now_ms, struct canvas *c,
    unsigned y, unsigned each)
{
	static const struct model_row control = { .active = true,
		.lights = { { 0, ROLE_ACCOUNT } },
		.lights_len = 1 };
	const struct model_row *r = row == m->len ? &control : &m->rows[row];
	const char *name = row == m->len ? "*Control" : m->names[row];
	unsigned x, width = name_width(m, c->width), n = canvas_columns(name);
	char key = model_key(m, row), text[24], state[16];

	state_text(r, now_ms, state, sizeof(state));
	snprintf(text, sizeof(text), "%c%c %s ", key != '\0' ? key : ' ',
	    key != '\0' ? ':' : ' ', state);
	x = canvas_put(c, 0, y, c->width, ROLE_PLAIN, text);
	n = n < width ? n : width;
	canvas_put(c, x + width - n, y, n, ROLE_PLAIN, name);
	canvas_put(c, x + width, y, 2, ROLE_PLAIN, ": ");
	if (m->selected == (int)row)
		canvas_role(c, 0, y, x + width + 1, ROLE_SELECTED);
	x = draw_lights(m, r, c, x + width + 2, y);
	if (row == m->len)
		return;
	if (each == 2)
		draw_numbers(r, c, 4, y + 1);
	else if (c->width >= WIDE)
		draw_numbers(r, c,
		    x + 1 > 13 + width + WIDE_LIGHTS ? x + 1
						     : 13 + width + WIDE_LIGHTS,
		    y);
}

static void
draw_rows(const struct model *m, const struct layout *l, int64_t now_ms,
    struct canvas *c)
{
	size_t i, at;

	for (i = 0; i < l->shown; i++) {
		at = l->first + i;
		draw_row(m, at == 0 ? m->len : at - 1, now_ms, c,
		    l->rows + (unsigned)i * l->each, l->each);
	}
}

/* --- help and questions ----------------------------------------------------
 */

static void
draw_help(const struct model *m, struct canvas *c)
{
	const struct view_key *k;
	unsigned y = 2;

	for (k = view_keys; k->keys != NULL && y < c->height; k++, y++) {
		canvas_put(c, 2, y, 12, ROLE_TITLE, k->keys);
		canvas_put(c, 14, y, c->width, ROLE_PLAIN, k->does);
	}
	for (unsigned role = ROLE_ACCOUNT; role < ROLES && y + 1 < c->height;
	     role++, y++) {
		static const char *const what[ROLES] = {
			[ROLE_ACCOUNT] = "an account begins",
			[ROLE_CONNECT] = "connecting",
			[ROLE_FOLDERS] = "folders are listed or made",
			[ROLE_SYNC] = "a folder is synchronised",
			[ROLE_LIST] = "its messages are listed",
			[ROLE_COPY] = "a message is copied",
			[ROLE_FLAGS_ADD] = "flags are added",
			[ROLE_FLAGS_DEL] = "flags are removed",
			[ROLE_DELETE] = "a message is deleted",
			[ROLE_WAIT] = "waiting for you",
			[ROLE_TROUBLE] = "a warning or an error",
		};
		char light[2] = { m->letters ? model_letter(role) : '.', '\0' };

		canvas_put(c, 2, y + 1, 1, role, light);
		canvas_put(c, 14, y + 1, c->width, ROLE_PLAIN, what[role]);
	}
}

static void
draw_prompt(const struct model *m, const struct layout *l, struct canvas *c)
{
	unsigned x, room;
	const char *typed = m->prompt.typed;

	if (l->prompt == NOWHERE)
		return;
	/* Of a long question its beginning, of a long answer its end. */
	x = canvas_put(
	    c, 0, l->prompt, c->width * 3 / 4, ROLE_WAIT, m->prompt.label);
	room = c->width - x > 1 ? c->width - x - 1 : 0;
	while (*typed != '\0' && canvas_columns(typed) > room)
		do
			typed++;
		while ((*typed & 0xc0) == 0x80);
	x += canvas_put(c, x, l->prompt, room, ROLE_PLAIN, typed);
	c->cursor_x = (int)(x < c->width ? x : c->width - 1);
	c->cursor_y = (int)l->prompt;
}

void
view_draw(const struct model *m, int64_t now_ms, struct canvas *c)
{
	struct layout l;

	layout_make(m, c->height, &l);
	if (c->height > 2)
		draw_title(m, c);
	if (m->help) {
		draw_help(m, c);
		return;
	}
	draw_log(m, &l, c);
	draw_rows(m, &l, now_ms, c);
	draw_prompt(m, &l, c);
}
