/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Backups of a simulated side, or of the status. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "sim_backup.h"

static void
folder_copy(const struct sim_folder *from, struct sim_folder *to)
{
	struct sim_msg *m;
	size_t i;

	*to = *from;
	to->name = xstrdup(from->name);
	to->cap = from->len;
	to->msgs = xcalloc(from->len, sizeof(*to->msgs));
	for (i = 0; i < from->len; i++) {
		m = &to->msgs[i];
		*m = from->msgs[i];
		m->name = m->name == NULL ? NULL : xstrdup(m->name);
		m->home = m->home == NULL ? NULL : xstrdup(m->home);
		m->bytes = xcalloc(m->len + 1, 1);
		memcpy(m->bytes, from->msgs[i].bytes, m->len);
	}
}

static void
side_copy(const struct sim_side *from, struct sim_side *to)
{
	size_t i;

	*to = *from;
	to->cap = from->len;
	to->folders = xcalloc(from->len, sizeof(*to->folders));
	for (i = 0; i < from->len; i++)
		folder_copy(&from->folders[i], &to->folders[i]);
}

void
sim_backup_clear(struct sim_backup *b)
{
	if (b->taken)
		sim_side_clear(&b->side);
	*b = (struct sim_backup){ 0 };
}

void
sim_backup_take(const struct sim *s, enum side side, struct sim_backup *b)
{
	sim_backup_clear(b);
	side_copy(&s->w.side[side], &b->side);
	b->taken = true;
}

static bool
is_somewhere(const struct sim_picture *p, unsigned mark)
{
	unsigned n;
	int x;

	for (n = 0, x = 0; x < SIM_FOLDERS; x++)
		n += p->at[LOCAL][x][mark].count + p->at[REMOTE][x][mark].count;
	return n > 0;
}

void
sim_backup_restore(struct sim *s, enum side side, const struct sim_backup *b)
{
	struct sim_picture p;
	unsigned mark;

	if (!b->taken)
		return;
	sim_side_clear(&s->w.side[side]);
	side_copy(&b->side, &s->w.side[side]);
	sim_picture(s, &p);
	for (mark = 0; mark < s->marks; mark++)
		s->deleted[mark] |= !is_somewhere(&p, mark);
	if (s->verbose)
		printf(" %s is put back\n", side_name(side));
}

void
sim_backup_take_status(struct sim *s)
{
	sim_status_copy(&s->w, "", ".backup");
}

void
sim_backup_restore_status(struct sim *s)
{
	sim_status_copy(&s->w, ".backup", "");
	if (s->verbose)
		printf(" the status is put back\n");
}
