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
	return found == NULL || found->moved || deletion_veto(d, found) != NULL
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
deletions_hold_missing(
    struct deletions *d, size_t entry, const struct status_folder *row)
{
	struct deletion_hold hold = { .reason = HOLD_MISSING, .entry = entry };
	enum side gone;

	for (gone = LOCAL; gone <= REMOTE; gone++) {
		hold.side = !gone;
		if (store_token_says(&row->token[gone], NOTE_MISSING))
			deletions_hold(d, &hold);
	}
}

static bool
is_against(const struct deletion_hold *h, const struct deletion *what)
{
	bool here = h->entry == what->entry;

	switch (h->reason) {
	case HOLD_COPIES_FAILED:
		return true;
	case HOLD_REVALIDATED:
		return here;
	case HOLD_MISSING:
	case HOLD_MANY:
		return here && h->side == what->op.side;
	case HOLD_COPY_FAILED:
		return h->side == what->op.side &&
		       (h->size == 0 || h->size == what->size);
	case HOLD_REASONS:
		break;
	}
	return true;
}

const struct deletion_hold *
deletion_veto(const struct deletions *d, const struct deletion *what)
{
	const struct deletion_hold *widest = NULL, *h;
	size_t i;

	for (i = 0; i < d->holds_len; i++) {
		h = &d->holds[i];
		if (is_against(h, what) &&
		    (widest == NULL || h->reason < widest->reason))
			widest = h;
	}
	return widest;
}

void
deletion_hold_text(const struct deletion_hold *hold, struct buf *out)
{
	static const char *const texts[HOLD_REASONS] = {
		[HOLD_COPIES_FAILED] = "not every folder could be copied",
		[HOLD_REVALIDATED] =
		    "the server renumbered the folder's messages, and they "
		    "were paired again in this run",
		[HOLD_MISSING] = "the folder was gone from the other side, and "
				 "came back without them",
		[HOLD_COPY_FAILED] = "they may be of messages that could not "
				     "be copied to their new place",
	};

	if (hold->reason == HOLD_MANY)
		buf_printf(out,
		    "%llu messages are gone from the other side at once",
		    (unsigned long long)hold->lost);
	else
		buf_puts(out, texts[hold->reason]);
}
