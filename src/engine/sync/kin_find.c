/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of a folder that are on both sides, each in a form of its own. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/kin_find.h"

static struct store_ref
ref_of(const struct folder *f, enum side side, uint32_t id)
{
	const struct snap_msg *msg = snapshot_find(&f->scan.snap[side], id);

	return (struct store_ref){ .id = id,
		.flags = msg != NULL ? msg->flags : 0,
		.name = folder_file_name(f, side, id) };
}

static struct kin_wanted *
wanted_make(const struct folder *f, const struct kin_search *q, size_t *which,
    size_t *n)
{
	struct kin_wanted *want = xcalloc(q->len, sizeof(*want));
	size_t i;

	for (*n = 0, i = 0; i < q->len; i++) {
		if (q->want[i].found != 0)
			continue;
		want[*n].ref = ref_of(f, q->side,
		    q->ids != NULL ? q->ids[i] : q->pairs[i].id[q->side]);
		if (q->pairs != NULL)
			want[*n].ref.name = q->pairs[i].name[q->side];
		want[*n].hint = q->want[i].hint;
		which[(*n)++] = i;
	}
	return want;
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* What is there, and not found yet. */
static struct store_ref *
there_make(const struct folder *f, const struct kin_search *q, size_t *n)
{
	struct store_ref *refs = xcalloc(q->there_len, sizeof(*refs));
	uint32_t *taken = xcalloc(q->len, sizeof(*taken));
	size_t i, k;

	for (k = 0, i = 0; i < q->len; i++)
		if (q->want[i].found != 0)
			taken[k++] = q->want[i].found;
	if (k > 0)
		qsort(taken, k, sizeof(*taken), compare_u32);
	for (*n = 0, i = 0; i < q->there_len; i++)
		if (k == 0 || bsearch(&q->there[i], taken, k, sizeof(*taken),
				  compare_u32) == NULL)
			refs[(*n)++] = ref_of(f, !q->side, q->there[i]);
	free(taken);
	return refs;
}

static void
found_take(struct wanted *w, const struct kin_wanted *k)
{
	w->found = k->found;
	w->flags = k->flags;
	w->told = k->told;
	w->date = k->date;
	w->unread = !k->same; /* its bytes are not those of the digest */
}

int
kin_find(struct folder *f, const struct kin_search *q, struct kin_found **list,
    size_t *len, struct err *e)
{
	size_t *which = xcalloc(q->len, sizeof(*which)), i;
	struct kin_wanted *want;
	struct store_ref *there;
	struct kin_query kq;
	int ret;

	kq.want = want = wanted_make(f, q, which, &kq.n);
	kq.there = there = there_make(f, q, &kq.there_len);
	ret = kin_match(f->sy->store[!q->side], f->sy->store[q->side], &kq, e);
	*list = xcalloc(kq.n, sizeof(**list));
	for (*len = 0, i = 0; ret == 0 && i < kq.n; i++) {
		if (want[i].found == 0)
			continue;
		found_take(&q->want[which[i]], &want[i]);
		(*list)[*len].at = which[i];
		(*list)[*len].same = want[i].same;
		memcpy((*list)[(*len)++].body, want[i].body, KIN_LEN);
	}
	if (ret == -1)
		free(*list);
	free(there);
	free(want);
	free(which);
	return ret;
}
