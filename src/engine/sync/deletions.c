/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deletions that wait, and what holds them. */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/sync/deletions.h"

void
deletions_clear(struct deletions *d)
{
	free(d->list);
	free(d->holds);
	*d = (struct deletions){ 0 };
}

void
deletions_move(struct deletions *to, struct deletions *from)
{
	size_t i;

	for (i = 0; i < from->len; i++)
		deletions_add(to, &from->list[i]);
	for (i = 0; i < from->holds_len; i++)
		deletions_hold(to, &from->holds[i]);
	deletions_clear(from);
}

void
deletions_add(struct deletions *d, const struct deletion *new)
{
	d->list = xgrow(d->list, d->len, &d->cap, sizeof(*d->list));
	d->list[d->len++] = *new;
}

void
deletions_forget(struct deletions *d, size_t entry)
{
	size_t i, n;

	for (n = 0, i = 0; i < d->len; i++)
		if (d->list[i].entry != entry || d->list[i].moved)
			d->list[n++] = d->list[i];
	d->len = n;
}

static int
compare_deletions(const void *a, const void *b)
{
	const struct deletion *x = a, *y = b;

	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	if (x->op.side != y->op.side)
		return x->op.side < y->op.side ? -1 : 1;
	return (x->op.id[REMOTE] > y->op.id[REMOTE]) -
	       (x->op.id[REMOTE] < y->op.id[REMOTE]);
}

void
deletions_sort(struct deletions *d)
{
	if (d->len > 0)
		qsort(d->list, d->len, sizeof(*d->list), compare_deletions);
}

struct deletion *
deletions_find(
    const struct deletions *d, size_t entry, enum side side, uint32_t remote_id)
{
	struct deletion key = { .entry = entry }, *found;

	key.op.side = (uint8_t)side;
	key.op.id[REMOTE] = remote_id;
	found = d->len == 0 ? NULL
			    : bsearch(&key, d->list, d->len, sizeof(key),
				  compare_deletions);
	return found == NULL || found->moved ||
		       deletions_held_folder(
			   d, entry, side, HOLD_REVALIDATED) != NULL
		   ? NULL
		   : found;
}

void
deletions_hold(struct deletions *d, const struct deletion_hold *hold)
{
	d->holds =
	    xgrow(d->holds, d->holds_len, &d->holds_cap, sizeof(*d->holds));
	d->holds[d->holds_len++] = *hold;
}

void
deletions_hold_noted(
    struct deletions *d, size_t entry, const struct status_folder *row)
{
	struct deletion_hold hold = { .entry = entry };
	enum side gone;

	for (gone = LOCAL; gone <= REMOTE; gone++) {
		hold.side = !gone;
		hold.reason = HOLD_MISSING;
		if (store_token_says(&row->token[gone], NOTE_MISSING))
			deletions_hold(d, &hold);
		hold.reason = HOLD_MANY;
		if (store_token_says(&row->token[gone], NOTE_HELD))
			deletions_hold(d, &hold);
	}
}

const struct deletion_hold *
deletions_held(const struct deletions *d)
{
	size_t i;

	for (i = 0; i < d->holds_len; i++)
		if (d->holds[i].reason == HOLD_COPIES_FAILED)
			return &d->holds[i];
	return NULL;
}

const struct deletion_hold *
deletions_held_folder(const struct deletions *d, size_t entry, enum side side,
    enum hold_reason reason)
{
	size_t i;

	for (i = 0; i < d->holds_len; i++) {
		const struct deletion_hold *h = &d->holds[i];

		if (h->reason == reason && h->entry == entry &&
		    (h->side == side || reason == HOLD_REVALIDATED))
			return h;
	}
	return NULL;
}

const struct deletion_hold *
deletions_held_message(const struct deletions *d, enum side side, uint64_t size)
{
	size_t i;

	for (i = 0; i < d->holds_len; i++) {
		const struct deletion_hold *h = &d->holds[i];

		if (h->reason == HOLD_COPY_FAILED && h->side == side &&
		    (h->size == 0 || h->size == size))
			return h;
	}
	return NULL;
}
