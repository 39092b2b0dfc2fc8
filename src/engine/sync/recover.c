/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an earlier run left in flight: copies that were sent to a store which
 * numbers messages itself, and whose number we never learned. They are looked
 * for among the ids that did not exist when the copy was about to be sent.
 *
 * Found: it is a pair, as if the answer had come, with the flags that the copy
 * was sent with: what differs from them was changed since. Not found: the
 * message is new again, and the intent stays for a while as an overdue one, in
 * case that its copy arrives after all (overdue.c). The look itself failed:
 * nothing is decided, and the folder is left alone.
 *
 * When we died a moment ago the server may still be storing what it has of us:
 * what is not found is looked for once more after a pause, which is cheaper
 * than to send it again.
 */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/sync/folder_scan.h"
#include "engine/sync/match.h"
#include "engine/sync/recover.h"
#include "engine/sync/unpaired.h"

/* How often, and after what pause, to look for what a server may still be
 * storing, before it is sent again. */
#define RECOVER_LOOKS 2
#define RECOVER_WAIT_MS 350

struct intents {
	struct status_intent *list;
	size_t len;
	struct wanted *want;
};

/* Those that were not looked for yet. */
static int
intents_load(struct folder *f, struct intents *in, struct err *e)
{
	size_t i, len;

	if (status_intents(f->sy->status, f->row.id, &in->list, &len, e) == -1)
		return -1;
	for (i = 0; i < len; i++)
		if (in->list[i].late == 0)
			in->list[in->len++] = in->list[i];
		else
			free(in->list[i].name);
	return 0;
}

/* The lowest id that any of the intents' copies can have. */
static uint32_t
intents_least(const struct intents *in, enum side side)
{
	uint32_t least = UINT32_MAX;
	size_t i;

	for (i = 0; i < in->len; i++)
		if (in->list[i].side == side && in->list[i].next_id < least)
			least = in->list[i].next_id;
	return least;
}

static int
intents_look(
    struct folder *f, struct intents *in, enum side side, struct err *e)
{
	struct wanted *want;
	struct store_ref *refs;
	struct match_query q;
	size_t i, n, *which, ids_len;
	uint32_t *ids;
	int ret;

	want = xcalloc(in->len, sizeof(*want));
	which = xcalloc(in->len, sizeof(*which));
	refs = xcalloc(in->len, sizeof(*refs));
	for (n = 0, i = 0; i < in->len; i++) {
		/* Ids of another validity say nothing; pairing by content
		 * finds such a copy later. */
		if (in->list[i].side != side ||
		    in->list[i].validity != f->state[side].validity)
			continue;
		want[n].digest = in->list[i].digest;
		refs[n].id = in->list[i].source_id;
		refs[n].name = in->list[i].name;
		which[n++] = i;
	}
	ids = unpaired_ids_from(
	    &f->scan, side, intents_least(in, side), &ids_len);
	q = (struct match_query){ .want = want,
		.n = n,
		.ids = ids,
		.ids_len = ids_len,
		.refs = refs };
	ret = match_content(f->sy->store[side], &q, e);
	if (ret == 0)
		ret = match_altered(
		    f->sy->store[side], f->sy->store[!side], &q, e);
	for (i = 0; ret == 0 && i < n; i++)
		in->want[which[i]] = want[i];
	free(ids);
	free(refs);
	free(which);
	free(want);
	return ret;
}

/* The source's name gets the new id, as it would have after the answer. */
static int
intent_bind(
    struct folder *f, struct status_intent *in, uint32_t found, struct err *e)
{
	struct store *from = f->sy->store[!in->side];
	struct store_ref ref = {
		.id = in->source_id, .flags = in->flags, .name = in->name
	};
	struct store_result r = { 0 };

	if (found == 0 || !store_traits(from)->names_files)
		return 0;
	if (from->ops->bind(from, &ref, &found, 1, &r, e) == -1)
		return -1;
	if (r.outcome == STORE_DONE && r.name != NULL) {
		free(in->name);
		in->name = r.name;
		r.name = NULL;
	}
	store_results_clear(&r, 1);
	return 0;
}

static int
intent_settle(struct folder *f, const struct status_intent *in,
    const struct wanted *w, struct err *e)
{
	struct status_pair p = { 0 };
	int64_t date[2];

	log_debug(f->sy->env->log, LOG_SYNC, "%s: copy in flight of %u: %s %u",
	    f->entry->label, in->source_id,
	    w->found != 0 ? "arrived as" : "did not arrive", w->found);
	if (w->found == 0)
		return status_intent_late(
		    f->sy->status, in->id, clock_wall(), e);
	p.id[in->side] = w->found;
	p.id[!in->side] = in->source_id;
	p.flags = in->flags;
	date[in->side] = w->date;
	date[!in->side] = in->date;
	p.date = folder_pair_date(f, date);
	p.digest = w->digest;
	p.name[!in->side] = in->name;
	if (folder_pair_put(f, &p, e) == -1)
		return -1;
	return status_intent_drop(f->sy->status, in->id, e);
}

static int
intents_settle(struct folder *f, struct intents *in, struct err *e)
{
	struct status *st = f->sy->status;
	size_t i;

	for (i = 0; i < in->len; i++)
		if (intent_bind(f, &in->list[i], in->want[i].found, e) == -1)
			return -1;
	if (status_begin(st, e) == -1)
		return -1;
	for (i = 0; i < in->len; i++)
		if (intent_settle(f, &in->list[i], &in->want[i], e) == -1)
			goto fail;
	if (status_folder_put(st, &f->row, e) == -1 ||
	    status_commit(st, e) == -1)
		goto fail;
	return 0;
fail:
	status_rollback(st);
	return -1;
}

static size_t
missing_count(const struct folder *f, const struct intents *in)
{
	size_t i, n;

	for (n = 0, i = 0; i < in->len; i++)
		n += in->want[i].found == 0 &&
		     store_traits(f->sy->store[in->list[i].side])->arrives_late;
	return n;
}

/*
 * Resolves the folder's intents by looking; they stay when that fails. Unless
 * it is the last look, nothing is resolved when *missing of them were not found
 * at a store where they may still arrive.
 */
static int
recover_intents(struct folder *f, bool last, size_t *missing, struct err *e)
{
	struct intents in = { 0 };
	int ret;

	*missing = 0;
	if (intents_load(f, &in, e) == -1)
		return -1;
	in.want = xcalloc(in.len, sizeof(*in.want));
	ret = intents_look(f, &in, LOCAL, e);
	if (ret == 0)
		ret = intents_look(f, &in, REMOTE, e);
	if (ret == 0) {
		*missing = missing_count(f, &in);
		if (*missing == 0 || last)
			ret = intents_settle(f, &in, e);
	}
	status_intents_free(in.list, in.len);
	free(in.want);
	return ret;
}

int
recover_folder(struct folder *f, struct err *e)
{
	struct status_intent *list;
	size_t i, len, missing;
	bool any;

	if (f->sy->env->request->dry_run || f->row.validity[REMOTE] == 0)
		return 0;
	if (status_intents(f->sy->status, f->row.id, &list, &len, e) == -1)
		return -1;
	for (any = false, i = 0; i < len; i++)
		any = any || list[i].late == 0;
	status_intents_free(list, len);
	if (!any)
		return 0;
	for (i = 1;; i++) {
		if (folder_scan(f, true, e) == -1 ||
		    recover_intents(f, i == RECOVER_LOOKS, &missing, e) == -1)
			return -1;
		if (missing > 0 && i < RECOVER_LOOKS)
			poll(NULL, 0, RECOVER_WAIT_MS);
		if (folder_open(f, e) == -1)
			return -1;
		if (missing == 0 || i == RECOVER_LOOKS)
			return folder_scan(f, true, e);
	}
}
