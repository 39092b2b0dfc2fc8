/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots: growing, sorting and searching them. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/plan/snapshot.h"

void
snapshot_clear(struct snapshot *s)
{
	free(s->msgs);
	free(s->names);
	uidset_clear(&s->vanished);
	err_clear(&s->shortfall);
	*s = (struct snapshot){ 0 };
}

struct snap_msg *
snapshot_add(struct snapshot *s)
{
	s->msgs = xgrow(s->msgs, s->len, &s->cap, sizeof(*s->msgs));
	s->msgs[s->len] = (struct snap_msg){ 0 };
	return &s->msgs[s->len++];
}

uint32_t
snapshot_add_name(struct snapshot *s, const char *name)
{
	size_t n, need, at;

	n = strlen(name) + 1;
	at = s->names_len > 0 ? s->names_len : 1;
	need = at + n;
	assert(need <= UINT32_MAX);
	if (need > s->names_cap) {
		s->names_cap = need + need / 2 + 256;
		s->names = xrealloc(s->names, s->names_cap);
		s->names[0] = '\0';
	}
	memcpy(s->names + at, name, n);
	s->names_len = need;
	return (uint32_t)at;
}

static int
msg_compare(const void *a, const void *b)
{
	const struct snap_msg *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Servers list in order: then there is nothing to move, and no need for the
 * memory that a sort may take. */
static bool
is_sorted(const struct snapshot *s)
{
	size_t i;

	for (i = 1; i < s->len; i++)
		if (s->msgs[i - 1].id > s->msgs[i].id)
			return false;
	return true;
}

void
snapshot_sort(struct snapshot *s)
{
	if (!is_sorted(s))
		qsort(s->msgs, s->len, sizeof(*s->msgs), msg_compare);
}

const struct snap_msg *
snapshot_find(const struct snapshot *s, uint32_t id)
{
	size_t lo, hi, mid;

	lo = 0;
	hi = s->len;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->msgs[mid].id == id)
			return &s->msgs[mid];
		if (s->msgs[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

void
snapshot_drop(struct snapshot *s, uint32_t id)
{
	size_t at = (size_t)(snapshot_find(s, id) - s->msgs);

	s->len--;
	memmove(
	    s->msgs + at, s->msgs + at + 1, (s->len - at) * sizeof(*s->msgs));
}
