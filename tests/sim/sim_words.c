/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keywords: bits of the world, bits of the engine, letters of a Maildir. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "sim_store.h"

const char *const sim_words[SIM_WORDS] = { "kw", "blue", "junk" };

uint32_t
sim_words_out(struct keywords *k, uint32_t flags)
{
	struct keywords world = { 0 };
	size_t i;

	for (i = 0; i < SIM_WORDS; i++)
		world.names[i] = (char *)sim_words[i];
	return keywords_translate(flags, &world, k);
}

uint32_t
sim_words_in(struct keywords *k, uint32_t flags)
{
	uint32_t out;
	size_t i;

	out = flags & FLAG_SYSTEM;
	for (i = 0; i < SIM_WORDS; i++)
		if (flags & sim_words_out(k, FLAG_KEYWORD(i)))
			out |= FLAG_KEYWORD(i);
	return out;
}

void
sim_words_meet(struct keywords *k, const char *folder)
{
	size_t i;

	for (i = 0; i < SIM_WORDS; i++)
		sim_words_out(
		    k, FLAG_KEYWORD((i + strlen(folder)) % SIM_WORDS));
}

/* Letter 0 stands for another word in each folder. */
static size_t
first_word(const char *folder)
{
	return strlen(folder) % SIM_WORDS;
}

uint32_t
sim_misread(uint32_t flags, const char *home, const char *here)
{
	size_t i, letter;
	uint32_t out;

	out = flags & FLAG_SYSTEM;
	for (i = 0; i < SIM_WORDS; i++) {
		letter = (i + SIM_WORDS - first_word(home)) % SIM_WORDS;
		if (flags & FLAG_KEYWORD(i))
			out |= FLAG_KEYWORD(
			    (letter + first_word(here)) % SIM_WORDS);
	}
	return out;
}

struct other { /* a folder that has a message, and is not this one */
	struct sim_world *w;
	enum side side;
	const struct sim_folder *here;
	const char *found; /* as the world calls it */
};

static bool
take_other(void *arg, const struct store_location *l)
{
	struct other *o = arg;
	struct sim_folder *f;

	if (strcmp(l->folder, o->here->name) == 0)
		return true;
	f = sim_folder(o->w, o->side, l->folder);
	o->found = f == NULL ? NULL : f->name;
	return o->found == NULL;
}

const char *
sim_told_home(struct sim_world *w, enum side side,
    const struct store_known *known, const struct sim_folder *here,
    const char *name)
{
	struct other o = { .w = w, .side = side, .here = here };
	const char *sum = strstr(name, ",F=");

	if (sum != NULL)
		return sum + 3;
	if (known != NULL)
		known->locate(
		    known->arg, store_name_key(name), NULL, take_other, &o);
	return o.found;
}

void
sim_settle(struct sim_folder *f, struct sim_msg *m, const char *told)
{
	char *name;

	m->flags =
	    sim_misread(m->flags, m->home, told != NULL ? told : f->name);
	name = xasprintf(
	    "%.*s,F=%s", (int)strcspn(m->name, ","), m->name, f->name);
	free(m->name);
	m->name = name;
	free(m->home);
	m->home = NULL;
}
