/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two sides as they lie there, and what users do to them. */
#include "config.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "sim_store.h"
#include "../unit/tmpdir.h"

struct sim_world *sim_now;

/* The engine's clock: tests do not wait for tomorrow. */
int64_t
clock_wall(void)
{
	return sim_now->now;
}

int64_t
clock_ms(void)
{
	return sim_now->now * 1000;
}

int
clock_left(int64_t deadline)
{
	return deadline == CLOCK_NEVER ? -1 : 0;
}

int
step_here(const char *what, struct err *e)
{
	return sim_step(sim_now, what, e);
}

void
sim_world_init(struct sim_world *w, const struct sim_can can[2])
{
	int side;

	*w = (struct sim_world){ .now = 1700000000 };
	for (side = LOCAL; side <= REMOTE; side++)
		w->side[side] =
		    (struct sim_side){ .can = can[side], .storable = FLAG_ALL };
	w->dir = tmpdir_new();
	assert(strlen(w->dir) < 64); /* room in sim_status_path() */
}

static void
status_remove(const struct sim_world *w, const char *suffix)
{
	char path[96], full[128];

	snprintf(full, sizeof(full), "%s%s", sim_status_path(w, path), suffix);
	unlink(full);
}

void
sim_side_clear(struct sim_side *side)
{
	size_t i;

	for (i = 0; i < side->len; i++) {
		while (side->folders[i].len > 0)
			sim_delete(&side->folders[i], side->folders[i].msgs);
		free(side->folders[i].msgs);
		free(side->folders[i].name);
	}
	free(side->folders);
}

void
sim_world_clear(struct sim_world *w)
{
	sim_side_clear(&w->side[LOCAL]);
	sim_side_clear(&w->side[REMOTE]);
	tmpdir_free(w->dir);
}

void
sim_world_calm(struct sim_world *w)
{
	w->steps = w->kill_at = w->effects = w->fault_at = w->changes = 0;
	w->fault = FAULT_NONE;
	w->fault_hit = w->killed = false;
}

const char *
sim_status_path(const struct sim_world *w, char out[96])
{
	snprintf(out, 96, "%s/status", w->dir);
	return out;
}

static void
file_copy(const char *from, const char *to)
{
	char block[8192];
	FILE *in, *out;
	size_t n;

	unlink(to);
	in = fopen(from, "rb");
	if (in == NULL)
		return;
	out = fopen(to, "wb");
	assert(out != NULL);
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		if (fwrite(block, 1, n, out) != n)
			abort();
	fclose(in);
	if (fclose(out) != 0)
		abort();
}

static void
status_copy(const struct sim_world *w, const char *from, const char *to)
{
	char path[96], a[128], b[128];

	sim_status_path(w, path);
	snprintf(a, sizeof(a), "%s%s", path, from);
	snprintf(b, sizeof(b), "%s%s", path, to);
	file_copy(a, b);
}

void
sim_status_copy(struct sim_world *w, const char *from, const char *to)
{
	status_copy(w, from, to);
	if (strcmp(to, "") == 0) {
		status_remove(w, "-wal");
		status_remove(w, "-shm");
	}
}

void
sim_status_restore(struct sim_world *w)
{
	status_remove(w, "-shm");
	status_copy(w, ".killed", "");
	status_copy(w, ".killed-wal", "-wal");
}

int
sim_step(struct sim_world *w, const char *what, struct err *e)
{
	if (!w->killed && ++w->steps == w->kill_at) {
		/* What is on disk now is what a killed process leaves. */
		w->killed = true;
		status_copy(w, "", ".killed");
		status_copy(w, "-wal", ".killed-wal");
	}
	if (w->trace)
		printf("  step %u: %s%s\n", w->steps, what,
		    w->killed ? " (dead)" : "");
	return w->killed ? err_set(e, ERR_ALL, "killed at step %u: %s",
			       w->steps, what)
			 : 0;
}

struct sim_folder *
sim_folder(struct sim_world *w, enum side side, const char *name)
{
	size_t i;

	for (i = 0; i < w->side[side].len; i++)
		if (strcmp(w->side[side].folders[i].name, name) == 0)
			return &w->side[side].folders[i];
	return NULL;
}

struct sim_folder *
sim_folder_make(struct sim_world *w, enum side side, const char *name)
{
	struct sim_side *s = &w->side[side];
	struct sim_folder *f;

	f = sim_folder(w, side, name);
	if (f != NULL)
		return f;
	s->folders = xgrow(s->folders, s->len, &s->cap, sizeof(*s->folders));
	f = &s->folders[s->len++];
	*f = (struct sim_folder){ .name = xstrdup(name),
		.validity = 1000 + (uint32_t)s->len,
		.next_id = 1 };
	return f;
}

struct sim_msg *
sim_put(struct sim_world *w, enum side side, struct sim_folder *f,
    unsigned mark, const char *bytes, size_t len)
{
	struct sim_msg *m;

	f->msgs = xgrow(f->msgs, f->len, &f->cap, sizeof(*f->msgs));
	m = &f->msgs[f->len++];
	*m = (struct sim_msg){ .mark = mark, .len = len, .date = w->now };
	m->bytes = xmalloc(len);
	memcpy(m->bytes, bytes, len);
	if (w->side[side].can.named)
		m->name = xasprintf("n%u.sim", w->next_serial++);
	else
		m->id = f->next_id++;
	f->modseq++;
	return m;
}

unsigned
sim_mark(const char *bytes)
{
	unsigned mark;

	return sscanf(bytes, "X-Mark: %6u", &mark) == 1 ? mark : UINT_MAX;
}

struct sim_msg *
sim_new(struct sim_world *w, enum side side, struct sim_folder *f,
    unsigned mark, uint32_t flags)
{
	struct sim_msg *m;
	char *text;

	text = xasprintf("X-Mark: %06u\r\nSubject: %s\r\n\r\n%s body\r\n", mark,
	    mark % 3 == 0 ? "a" : "longer", mark % 2 == 0 ? "" : "odd");
	m = sim_put(w, side, f, mark, text, strlen(text));
	m->flags = flags;
	free(text);
	return m;
}

struct sim_msg *
sim_find(struct sim_folder *f, unsigned mark)
{
	size_t i;

	for (i = 0; f != NULL && i < f->len; i++)
		if (f->msgs[i].mark == mark)
			return &f->msgs[i];
	return NULL;
}

void
sim_flags(struct sim_folder *f, struct sim_msg *m, uint32_t flags)
{
	m->flags = flags;
	f->modseq++;
}

void
sim_delete(struct sim_folder *f, struct sim_msg *m)
{
	size_t i = (size_t)(m - f->msgs);

	free(m->name);
	free(m->home);
	free(m->bytes);
	memmove(m, m + 1, (f->len - i - 1) * sizeof(*m));
	f->len--;
	f->modseq++;
}

void
sim_move(struct sim_world *w, enum side side, struct sim_folder *from,
    struct sim_msg *m, struct sim_folder *to)
{
	struct sim_msg *new;

	new = sim_put(w, side, to, m->mark, m->bytes, m->len);
	new->flags = m->flags;
	new->date = m->date;
	if (m->name != NULL) {
		free(new->name);
		new->name = xstrdup(m->name);
		new->home = xstrdup(m->home != NULL ? m->home : from->name);
	}
	sim_delete(from, m);
}

void
sim_rename(struct sim_world *w, struct sim_folder *f, struct sim_msg *m)
{
	free(m->name);
	m->name = xasprintf("r%u.sim", w->next_serial++);
	f->modseq++;
}

void
sim_revalidate(struct sim_folder *f)
{
	size_t i;

	f->validity += 1000;
	f->next_id = 1;
	for (i = 0; i < f->len; i++)
		f->msgs[i].id = f->next_id++;
	f->modseq++;
}

/* On its way. */

void
sim_hold(struct sim_world *w, enum side side, const char *folder,
    const struct sim_msg *m)
{
	assert(w->late == NULL);
	w->late = xcalloc(1, sizeof(*w->late));
	w->late->side = side;
	w->late->folder = xstrdup(folder);
	w->late->msg = *m;
	w->late->msg.bytes = xstrndup(m->bytes, m->len);
}

bool
sim_arrive(struct sim_world *w)
{
	struct sim_late *late = w->late;
	struct sim_msg *m;

	if (late == NULL)
		return false;
	m = sim_put(w, late->side, sim_folder(w, late->side, late->folder),
	    sim_mark(late->msg.bytes), late->msg.bytes, late->msg.len);
	m->flags = late->msg.flags & w->side[late->side].storable;
	m->date = late->msg.date;
	free(late->msg.bytes);
	free(late->folder);
	free(late);
	w->late = NULL;
	return true;
}

void
sim_answer(const struct sim_world *w, const struct sim_side *side,
    const struct sim_folder *to, uint32_t id, struct store_result *r)
{
	size_t i, len = to->msgs[to->len - 1].len;

	if (side->can.says_ids)
		r->id = id;
	if (side->can.says_validity)
		r->validity = to->validity;
	if (!side->can.says_ids || w->answer == ANSWER_RIGHT)
		return;
	for (i = 0; w->answer == ANSWER_OLD && to->msgs[i].len != len; i++)
		;
	if (w->answer == ANSWER_OLD) {
		r->id = to->msgs[i].id;
	} else {
		r->id = id ^ 1;
		r->validity = to->validity + 1;
	}
}

struct store_token
sim_token(const struct sim_side *side, const struct sim_folder *f)
{
	struct store_token t = { .valid = side->can.tokens, .exact = true };

	t.words[0] = f->validity;
	t.words[1] = f->next_id;
	t.words[2] = f->len;
	t.words[3] = f->modseq;
	return t;
}

bool
sim_differs(const struct sim_folder *f, const struct store_newest *newest)
{
	struct digester digester;
	struct digest d;
	size_t i;

	for (i = 0; i < f->len; i++)
		if (newest->id != 0 && f->msgs[i].id == newest->id)
			break;
	if (i == f->len || newest->header == 0)
		return false;
	digester_init(&digester);
	digester_update(&digester, f->msgs[i].bytes, f->msgs[i].len);
	digester_final(&digester, &d);
	return d.header != newest->header;
}
