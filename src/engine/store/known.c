/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table from name keys to ids. */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/store/known.h"

/* Linear probing in two arrays, which pad nothing; a fifth stays free. */
struct known {
	uint64_t *keys;
	uint32_t *ids; /* 0: the slot is free */
	size_t slots;
	size_t used; /* less than slots, so that every search ends */
};

struct known *
known_new(size_t n)
{
	struct known *k = xcalloc(1, sizeof(*k));

	k->slots = n + n / 4 + 1;
	k->keys = xcalloc(k->slots, sizeof(*k->keys));
	k->ids = xcalloc(k->slots, sizeof(*k->ids));
	return k;
}

void
known_free(struct known *k)
{
	if (k == NULL)
		return;
	free(k->keys);
	free(k->ids);
	free(k);
}

/* Where key is, or would be. */
static size_t
find(const struct known *k, uint64_t key)
{
	size_t at = (size_t)((key >> 32) * k->slots >> 32);

	while (k->ids[at] != 0 && k->keys[at] != key)
		at = at + 1 < k->slots ? at + 1 : 0;
	return at;
}

void
known_add(struct known *k, uint64_t key, uint32_t id)
{
	size_t at = find(k, key);

	if (k->ids[at] != 0 || k->used + 1 == k->slots)
		return;
	k->used++;
	k->keys[at] = key;
	k->ids[at] = id;
}

uint32_t
known_by_key(void *arg, uint64_t key)
{
	const struct known *k = arg;

	return k->ids[find(k, key)];
}
