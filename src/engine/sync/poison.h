/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_POISON_H
#define ENGINE_SYNC_POISON_H

/*
 * Messages during whose copying a connection broke, over all attempts of a run.
 * The next attempt copies them after all others, and in groups: half as many at
 * once as broke the last connection, until the one that breaks each of them
 * stands alone. That one is put off: it is named, remembered in the status as a
 * copy that failed, and left out of this run.
 *
 * A message is known by the id under which the status remembers copies that
 * failed: folder_skip_id(). Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/side.h"

struct poison;

/* Where messages lie. */
struct poison_place {
	int64_t folder; /* of the status */
	enum side side;
};

/* How many messages may be asked for together with this one. */
#define POISON_OFF 0	     /* it was put off: none, nor itself */
#define POISON_NONE SIZE_MAX /* nothing is known against it */

struct poison *poison_new(void);
void poison_free(struct poison *p); /* NULL is fine */

struct poison_facts {
	size_t group;
	size_t breaks; /* how many connections broke meanwhile */
};

struct poison_facts poison_facts(
    struct poison *p, const struct poison_place *where, uint32_t id);

/*
 * A connection broke while messages were asked for together; these n of them,
 * in this order, were not answered. begun: the first was on its way, and the
 * others were not. Otherwise it may be any, and is most often the first.
 */
void poison_broke(struct poison *p, const struct poison_place *where,
    const uint32_t *ids, size_t n, bool begun);

/* The message is left out of what is left of this run. */
void poison_put_off(
    struct poison *p, const struct poison_place *where, uint32_t id);

/* How often something new was learned: another attempt gets further. */
size_t poison_learned(struct poison *p);

#endif
