/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What users do to their mail between runs. */
#include "config.h"

#include "sim_run.h"

static uint32_t
random_flags(struct rng *r)
{
	static const uint32_t sets[] = { 0, FLAG_SEEN, FLAG_FLAGGED,
		FLAG_SEEN | FLAG_ANSWERED, FLAG_DELETED, 1, FLAG_SEEN | 1, 2,
		6 };

	return sets[rng_below(r, sizeof(sets) / sizeof(sets[0]))];
}

static uint32_t
random_flag(struct rng *r)
{
	static const uint32_t flags[] = { FLAG_SEEN, FLAG_FLAGGED,
		FLAG_ANSWERED, FLAG_DELETED, FLAG_DRAFT, 1, 2, 4 };

	return flags[rng_below(r, sizeof(flags) / sizeof(flags[0]))];
}

static void
user_new(struct sim *s, enum side side, struct sim_folder *f)
{
	if (s->marks == SIM_MARKS)
		return;
	s->acts[s->marks]++;
	sim_new(&s->w, side, f, s->marks++, random_flags(&s->rng));
}

/* Another folder that does not have it yet. */
static void
user_move(
    struct sim *s, enum side side, struct sim_folder *f, struct sim_msg *m)
{
	struct sim_folder *to;

	to = sim_folder(
	    &s->w, side, sim_folder_names[rng_below(&s->rng, SIM_FOLDERS)]);
	if (to != NULL && to != f && sim_find(to, m->mark) == NULL) {
		s->moved[m->mark] = true;
		s->acts[m->mark]++;
		sim_move(&s->w, side, f, m, to);
	}
}

static void
user_acts(struct sim *s, enum side side)
{
	const char *name = sim_folder_names[rng_below(&s->rng, SIM_FOLDERS)];
	struct sim_folder *f;
	struct sim_msg *m;

	f = sim_folder_make(&s->w, side, name);
	if (f->len == 0) {
		user_new(s, side, f);
		return;
	}
	m = &f->msgs[rng_below(&s->rng, (uint32_t)f->len)];
	switch (rng_below(&s->rng, 8)) {
	case 0:
	case 1:
		user_new(s, side, f);
		break;
	case 2:
		s->deleted[m->mark] = true;
		s->acts[m->mark]++;
		sim_delete(f, m);
		break;
	case 3:
		user_move(s, side, f, m);
		break;
	case 4:
		s->acts[m->mark]++;
		if (s->w.side[side].can.named)
			sim_rename(&s->w, f, m);
		break;
	default:
		s->acts[m->mark]++;
		sim_flags(f, m, m->flags ^ random_flag(&s->rng));
		break;
	}
}

void
sim_users(struct sim *s, unsigned n)
{
	s->w.now += 60;
	while (n-- > 0)
		user_acts(s, rng_below(&s->rng, 2) == 0 ? LOCAL : REMOTE);
}
