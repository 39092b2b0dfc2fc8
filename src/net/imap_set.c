/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sequence sets as a server sends them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "net/imap_set.h"

void
imap_set_clear(struct imap_set *set)
{
	free(set->ranges);
	*set = (struct imap_set){ 0 };
}

void
imap_set_reset(struct imap_set *set)
{
	set->len = 0;
}

void
imap_set_add(struct imap_set *set, uint32_t first, uint32_t last)
{
	set->ranges =
	    xgrow(set->ranges, set->len, &set->cap, sizeof(*set->ranges));
	set->ranges[set->len++] = (struct uidrange){ first, last };
}

static uint64_t
range_count(const struct uidrange *r)
{
	uint64_t a = r->first, b = r->last;

	return a < b ? b - a + 1 : a - b + 1;
}

uint64_t
imap_set_count(const struct imap_set *set)
{
	uint64_t n;
	size_t i;

	for (n = 0, i = 0; i < set->len; i++)
		n += range_count(&set->ranges[i]);
	return n;
}

static int
range_compare(const void *a, const void *b)
{
	const struct uidrange *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

void
imap_set_to_uidset(const struct imap_set *set, struct uidset *out)
{
	struct uidrange *sorted, *r;
	size_t i;

	if (set->len == 0)
		return;
	sorted = xreallocarray(NULL, set->len, sizeof(*sorted));
	memcpy(sorted, set->ranges, set->len * sizeof(*sorted));
	for (i = 0; i < set->len; i++) {
		r = &sorted[i];
		if (r->first > r->last)
			*r = (struct uidrange){ r->last, r->first };
	}
	qsort(sorted, set->len, sizeof(*sorted), range_compare);
	for (i = 0; i < set->len; i++)
		uidset_add_range(out, sorted[i].first, sorted[i].last);
	free(sorted);
}
