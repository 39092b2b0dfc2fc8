/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages during whose copying a connection broke. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/sync/poison.h"

struct message {
	struct poison_place where;
	uint32_t id;
	struct poison_facts facts;
};

struct poison {
	pthread_mutex_t lock;
	struct message *list; /* lock; few */
	size_t len, cap;
	size_t learned; /* lock */
};

struct poison *
poison_new(void)
{
	struct poison *p;

	p = xcalloc(1, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void
poison_free(struct poison *p)
{
	if (p == NULL)
		return;
	pthread_mutex_destroy(&p->lock);
	free(p->list);
	free(p);
}

static struct message *
find(const struct poison *p, const struct poison_place *where, uint32_t id)
{
	size_t i;

	for (i = 0; i < p->len; i++)
		if (p->list[i].where.folder == where->folder &&
		    p->list[i].where.side == where->side && p->list[i].id == id)
			return &p->list[i];
	return NULL;
}

/* Only ever makes the group smaller. */
static void
learn(struct poison *p, const struct poison_place *where, uint32_t id,
    size_t group)
{
	struct message *m = find(p, where, id);

	if (m == NULL) {
		p->list = xgrow(p->list, p->len, &p->cap, sizeof(*p->list));
		m = &p->list[p->len++];
		*m = (struct message){ .where = *where,
			.id = id,
			.facts = { .group = POISON_NONE } };
	}
	m->facts.breaks += group != POISON_OFF;
	if (group >= m->facts.group)
		return;
	m->facts.group = group;
	p->learned++;
}

struct poison_facts
poison_facts(struct poison *p, const struct poison_place *where, uint32_t id)
{
	struct poison_facts facts = { .group = POISON_NONE };
	const struct message *m;

	pthread_mutex_lock(&p->lock);
	m = find(p, where, id);
	if (m != NULL)
		facts = m->facts;
	pthread_mutex_unlock(&p->lock);
	return facts;
}

void
poison_broke(struct poison *p, const struct poison_place *where,
    const uint32_t *ids, size_t n, bool begun)
{
	size_t i;

	pthread_mutex_lock(&p->lock);
	if (n > 0)
		learn(p, where, ids[0], 1);
	for (i = 1; i < n && !begun; i++)
		learn(p, where, ids[i], n / 2);
	pthread_mutex_unlock(&p->lock);
}

void
poison_put_off(struct poison *p, const struct poison_place *where, uint32_t id)
{
	pthread_mutex_lock(&p->lock);
	learn(p, where, id, POISON_OFF);
	pthread_mutex_unlock(&p->lock);
}

size_t
poison_learned(struct poison *p)
{
	size_t n;

	pthread_mutex_lock(&p->lock);
	n = p->learned;
	pthread_mutex_unlock(&p->lock);
	return n;
}
