/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page that explains the keys. */
#include "config.h"

#include "ui/screen/key.h"
#include "ui/screen/view_private.h"

#define LEFT 1
#define NAME 11	  /* columns of a key's name, and a space */
#define NARROW 36 /* columns; below that, what it does is on the next line */

/* Each returns the line below what it drew. */
static int
line_put(const struct window *w, int y, enum role role, const char *name,
    const char *does)
{
	struct window text = *w;
	bool narrow = w->c->width < NARROW;

	text.left = narrow ? 2 * LEFT : LEFT + NAME;
	if (y >= w->top && y < w->bottom)
		canvas_put(w->c, LEFT, (unsigned)y, NAME, role, name);
	y += narrow && canvas_columns(name) > 1;
	if (narrow && canvas_columns(name) == 1)
		text.left = LEFT + 2;
	return y + (int)view_wrapped(&text, y, ROLE_PLAIN, does);
}

static int
keys_put(const struct model *m, const struct window *w, int y)
{
	const struct key *k;

	for (k = m->help; k->name != NULL; k++)
		y = line_put(w, y, ROLE_KEY, k->name, k->does);
	return y;
}

static int
lights_put(const struct model *m, const struct window *w, int y)
{
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
		[ROLE_WATCH] = "waiting for news",
		[ROLE_PROBLEM] = "a warning or an error",
	};
	char light[2] = ".";
	unsigned role;

	for (role = 0; role < ROLES; role++) {
		if (what[role] == NULL)
			continue;
		if (m->letters)
			light[0] = model_letter(role);
		y = line_put(w, y, role, light, what[role]);
	}
	return y;
}

void
view_help(struct model *m, struct canvas *c, unsigned top, unsigned bottom)
{
	struct window w = { c, 0, 0, 0 };
	size_t height = bottom - top, lines;
	int y;

	lines = (size_t)lights_put(m, &w, keys_put(m, &w, 0) + 1);
	if (m->help_scroll + height > lines)
		m->help_scroll = lines > height ? lines - height : 0;
	w.top = (int)top;
	w.bottom = (int)bottom;
	y = keys_put(m, &w, w.top - (int)m->help_scroll);
	lights_put(m, &w, y + 1);
	if (m->help_scroll + height < lines && height > 0 && c->width > 6)
		canvas_put(c, c->width - 6, bottom - 1, 6, ROLE_DIM, " more ");
}
