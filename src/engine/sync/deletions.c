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

size_t
deletions_group(const struct deletions *d, size_t first)
{
	const struct deletion *one = &d->list[first];
	size_t i;

	for (i = first; i < d->len; i++)
		if (d->list[i].entry != one->entry ||
		    d->list[i].op.side != one->op.side)
			break;
	return i - first;
}

struct deletion *
deletions_planned(
    const struct deletions *d, size_t entry, enum side side, uint32_t remote_id)
{
	struct deletion key = { .entry = entry };

	key.op.side = (uint8_t)side;
	key.op.id[REMOTE] = remote_id;
	return d->len == 0 ? NULL
			   : bsearch(&key, d->list, d->len, sizeof(key),
				 compare_deletions);
}

struct deletion *
deletions_find(
    const struct deletions *d, size_t entry, enum side side, uint32_t remote_id)
{
	struct deletion *found = deletions_planned(d, entry, side, remote_id);
	struct deletion_hold why;

	return found == NULL || found->moved || deletion_veto(d, found, &why)
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

static bool
is_against(const struct deletion_hold *h, const struct deletion *what)
{
	bool here = h->entry == what->entry, side = h->side == what->op.side;

	switch (h->reason) {
	case HOLD_UNSURE:
		return here;
	case HOLD_UNSEEN:
	case HOLD_MANY_IN_ALL:
		return side;
	default:
		return here && side;
	}
}

static void
widen(struct deletion_hold *why, const struct deletion_hold *h)
{
	if (why->reason == HOLD_NONE || h->reason < why->reason)
		*why = *h;
}

bool
deletion_veto(const struct deletions *d, const struct deletion *what,
    struct deletion_hold *why)
{
	struct deletion_hold own = { .side = (enum side)what->op.side,
		.entry = what->entry,
		.label = what->where };
	const struct deletion_hold *h;
	size_t i;

	*why = (struct deletion_hold){ 0 };
	for (i = 0; i < d->holds_len; i++) {
		h = &d->holds[i];
		if ((!hold_is_decision(h->reason) || !what->released) &&
		    is_against(h, what))
			widen(why, h);
	}
	if (what->view != 0) {
		own.reason = HOLD_UNSEEN;
		own.lost = what->view;
	} else if (what->where != NULL)
		own.reason = HOLD_ELSEWHERE;
	else if (!what->released)
		own.reason = what->held;
	if (own.reason != HOLD_NONE)
		widen(why, &own);
	return why->reason != HOLD_NONE;
}

void
deletion_hold_text(const struct deletion_hold *hold, struct buf *out)
{
	static const char *const texts[HOLD_REASONS] = {
		[HOLD_UNSEEN] = "not every folder could be looked at",
		[HOLD_UNSURE] =
		    "the messages known of the folder did not fit it, and "
		    "are compared with it anew",
		[HOLD_ELSEWHERE] = "they are in another folder now, and could "
				   "not be copied from there",
		[HOLD_MISSING] = "the folder was gone from the other side, and "
				 "came back without them",
		[HOLD_OLDER] = "the other side is older than it was; it looks "
			       "as if it had been put back from a backup",
		[HOLD_REPLACED] = "the folder on the other side is another one "
				  "than it was",
		[HOLD_NEWEST] =
		    "just the newest messages are gone from the other side, as "
		    "if it had been put back from a backup",
		[HOLD_SETTINGS] = "they are gone from the other side since "
				  "before deletions were allowed to travel",
		[HOLD_STATUS] = "the status of the account is older than the "
				"Maildir; it looks as if it had been put back "
				"from a backup",
	};

	switch (hold->reason) {
	case HOLD_MANY:
	case HOLD_MANY_IN_ALL:
		buf_printf(out, "%llu messages are gone from the other side%s",
		    (unsigned long long)hold->lost,
		    hold->reason == HOLD_MANY ? "" : " of the account");
		break;
	case HOLD_UNSEEN:
		if (hold->label != NULL) {
			buf_printf(out,
			    "they may be in %s, which could not be looked "
			    "into; they no longer wait when it can be, or "
			    "when the filters (folders) leave it out",
			    hold->label);
			break;
		}
		if (hold->lost == 0)
			buf_puts(out, texts[hold->reason]);
		else
			buf_printf(out,
			    "the other side seems to show only the newest %llu "
			    "messages of the folder, and they are older",
			    (unsigned long long)hold->lost);
		break;
	case HOLD_ELSEWHERE:
		if (hold->label != NULL) {
			buf_printf(out,
			    "they are in %s now, and were not copied from "
			    "there",
			    hold->label);
			break;
		}
		/* fall through */
	default:
		buf_puts(out, texts[hold->reason]);
	}
}
