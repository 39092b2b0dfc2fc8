/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of accounts with their lights. */
#include "config.h"

#include <stdio.h>

#include "base/clock.h"
#include "ui/screen/view_private.h"

#define BEFORE 12   /* columns before the name: "4: [active] " */
#define NAME_MIN 13 /* columns of it */
#define NAME_MAX 32
#define NAME_LEAST 8 /* where the screen is narrow */
#define INDENT 12    /* of the second line */
#define LIGHTS 10    /* columns left for lights before the numbers */

static unsigned
name_width(const struct model *m, unsigned width)
{
	unsigned most = NAME_MIN;
	size_t i;

	for (i = 0; i < m->len; i++)
		if (m->name_columns[i] > most)
			most = m->name_columns[i];
	if (most > NAME_MAX)
		most = NAME_MAX;
	/* Narrow: the lights are worth more than the padding. */
	if (width < BEFORE + most + NAME_LEAST)
		most = width > BEFORE + 2 * NAME_LEAST
			   ? width - BEFORE - NAME_LEAST
			   : NAME_LEAST;
	return most;
}

static void
state_text(const struct model_row *r, int64_t now_ms, char *out, size_t cap)
{
	int64_t s;

	if (r->active) {
		snprintf(out, cap, "[active]");
	} else if (r->paused) {
		snprintf(out, cap, "[paused]");
	} else if (r->due == CLOCK_NEVER) {
		snprintf(out, cap, "[ idle ]");
	} else {
		/* All countdowns change at once, when a second is full: one
		 * picture for all of them. */
		s = r->due / 1000 - now_ms / 1000;
		if (s < 0)
			s = 0;
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

/* What the first thread does that does not only watch. */
static enum role
role_of_first(const struct model_row *r)
{
	size_t i;

	for (i = 0; i < r->lights_len; i++)
		if (r->lights[i].worker != -1 &&
		    r->lights[i].role != ROLE_WATCH)
			return r->lights[i].role;
	return ROLE_PLAIN;
}

/* Returns the column behind the last light. */
static unsigned
draw_row(const struct model *m, size_t row, int64_t now_ms, struct canvas *c,
    unsigned y)
{
	static const struct model_row control = { .active = true,
		.lights = { { 0, ROLE_ACCOUNT } },
		.lights_len = 1 };
	const struct model_row *r = row == m->len ? &control : &m->rows[row];
	const char *name = row == m->len ? "*Control" : m->names[row];
	unsigned x, width = name_width(m, c->width), n = canvas_columns(name);
	char key[3] = { model_key(m, row), ':', '\0' }, state[16];
	enum role role = r->active ? ROLE_PLAIN : ROLE_DIM;

	if (key[0] != '\0')
		canvas_put(c, 0, y, 2, ROLE_KEY, key);
	/* Where there is no room for lights, this is one. */
	if (c->width < BEFORE + width + 4 && (r->active || r->failed))
		role = r->active ? role_of_first(r) : ROLE_PROBLEM;
	state_text(r, now_ms, state, sizeof(state));
	canvas_put(c, 3, y, c->width, role, state);
	n = n < width ? n : width;
	x = BEFORE + width;
	canvas_put(c, x - n, y, n, ROLE_PLAIN, name);
	canvas_put(c, x, y, 2, ROLE_PLAIN, ": ");
	if (m->selected == (int)row)
		canvas_role(c, 0, y, x + 1, ROLE_SELECTED);
	x = draw_lights(m, r, c, x + 2, y);
	if (!r->failed)
		return x;
	x += r->lights_len > 0;
	return x + canvas_put(c, x, y, 1, ROLE_PROBLEM, "!");
}

void
view_row(const struct model *m, size_t row, int64_t now_ms, struct canvas *c,
    unsigned y)
{
	draw_row(m, row, now_ms, c, y);
}

void
view_rows(const struct model *m, const struct layout *l, int64_t now_ms,
    struct canvas *c)
{
	unsigned x, y, beside = BEFORE + name_width(m, c->width) + 1 + LIGHTS;
	size_t i, row;

	for (i = 0; i < l->shown; i++) {
		row = l->first + i == 0 ? m->len : l->first + i - 1;
		y = l->rows + (unsigned)i * l->each;
		x = draw_row(m, row, now_ms, c, y) + 1;
		if (l->each == 2)
			view_numbers(m, row, now_ms, c,
			    c->width < 60 ? 3 : INDENT, y + 1);
		else if (l->beside)
			view_numbers(
			    m, row, now_ms, c, x > beside ? x : beside, y);
	}
}
