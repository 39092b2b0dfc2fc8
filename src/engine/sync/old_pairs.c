/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pairs that get new ids on one side. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/kin_find.h"
#include "engine/sync/old_pairs.h"

static void
pair_names_free(struct status_pair *p)
{
	free((char *)p->name[LOCAL]);
	free((char *)p->name[REMOTE]);
	free((unsigned char *)p->kin);
}

static unsigned char *
kin_copy(const unsigned char *kin)
{
	return memcpy(xcalloc(1, KIN_LEN), kin, KIN_LEN);
}

void
old_pairs_clear(struct old_pairs *o)
{
	size_t i;

	for (i = 0; i < o->len; i++)
		pair_names_free(&o->list[i]);
	free(o->list);
	free(o->want);
}

int
old_pairs_load(
    struct folder *f, const bool *picked, struct old_pairs *o, struct err *e)
{
	struct status_pair p;
	size_t i;
	bool found;

	o->list = xcalloc(f->scan.base_len, sizeof(*o->list));
	o->want = xcalloc(f->scan.base_len, sizeof(*o->want));
	for (i = 0; i < f->scan.base_len; i++) {
		if (picked != NULL && !picked[i])
			continue;
		if (status_pair_get(f->sy->status, f->row.id,
			f->scan.base[i].id[REMOTE], &p, &found, e) == -1)
			return -1;
		if (!found)
			continue;
		o->list[o->len] = p;
		o->list[o->len].name[LOCAL] = xstrdup(p.name[LOCAL]);
		o->list[o->len].name[REMOTE] = xstrdup(p.name[REMOTE]);
		o->list[o->len].kin = p.kin != NULL ? kin_copy(p.kin) : NULL;
		o->want[o->len].digest = p.digest;
		o->len++;
	}
	return 0;
}

/* Those that the other side still has, and whose bytes are not there. */
static int
old_kin_find(struct folder *f, struct old_pairs *o, enum side side,
    const uint32_t *ids, size_t ids_len, struct err *e)
{
	const struct kin_search search = { .side = !side,
		.pairs = o->list,
		.want = o->want,
		.len = o->len,
		.there = ids,
		.there_len = ids_len };
	struct kin_found *kin;
	size_t i, n;

	if (kin_find(f, &search, &kin, &n, e) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		struct status_pair *p = &o->list[kin[i].at];

		free((unsigned char *)p->kin);
		p->kin = kin[i].same ? NULL : kin_copy(kin[i].body);
	}
	free(kin);
	return 0;
}

int
old_pairs_find(struct folder *f, struct old_pairs *o, enum side side,
    const uint32_t *ids, size_t ids_len, struct err *e)
{
	struct match_query q = { .want = o->want,
		.n = o->len,
		.ids = ids,
		.ids_len = ids_len,
		.snap = &f->scan.snap[side] };
	size_t i;

	for (i = 0; i < o->len; i++)
		o->want[i].told = o->list[i].told[side];
	if (match_content(f->sy->store[side], &q, e) == -1)
		return -1;
	return old_kin_find(f, o, side, ids, ids_len, e);
}

int
old_pairs_put(
    struct folder *f, const struct old_pairs *o, enum side side, struct err *e)
{
	int64_t date[2];
	size_t i;

	for (i = 0; i < o->len; i++) {
		if (o->want[i].found == 0)
			continue;
		o->list[i].id[side] = o->want[i].found;
		o->list[i].told[side] = o->want[i].told;
		o->list[i].unread[side] = o->want[i].unread;
		free((char *)o->list[i].name[side]);
		o->list[i].name[side] =
		    xstrdup(folder_file_name(f, side, o->want[i].found));
		date[side] = o->want[i].date;
		date[!side] = o->list[i].date;
		o->list[i].date = folder_pair_date(f, date);
		if (folder_pair_put(f, &o->list[i], e) == -1)
			return -1;
	}
	return 0;
}
