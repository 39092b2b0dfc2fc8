/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intents before copies are sent, and pairs in their place afterwards. */
#include "config.h"

#include <stdlib.h>

#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/copy.h"

void
copies_clear(struct copies *c)
{
	size_t i;

	for (i = 0; i < c->len; i++) {
		free(c->list[i].intent.name);
		store_results_clear(&c->list[i].result, 1);
	}
	free(c->list);
	*c = (struct copies){ 0 };
}

static int
intents_put(struct copies *c, struct err *e)
{
	struct status *st = c->f->sy->status;
	size_t i;

	for (i = 0; i < c->len; i++) {
		struct status_intent *in = &c->list[i].intent;

		if (c->list[i].unsent)
			continue;
		in->side = c->to;
		in->next_id = c->next_id;
		in->validity = c->validity;
		if (status_intent_put(st, c->f->row.id, in, e) == -1)
			return -1;
	}
	return status_keywords_put(st, c->f->row.id, &c->f->keywords, e);
}

int
copies_intend(struct copies *c, struct err *e)
{
	struct status *st = c->f->sy->status;

	if (step("intents", e) == -1 || status_begin(st, e) == -1)
		return -1;
	if (intents_put(c, e) == -1 || status_commit(st, e) == -1) {
		status_rollback(st);
		return -1;
	}
	return step("intents committed", e);
}

static void
name_take(struct copy *one, struct store_result *r)
{
	if (r->outcome != STORE_DONE || r->name == NULL)
		return;
	free(one->intent.name);
	one->intent.name = r->name;
	r->name = NULL;
}

/* If we die in here, a name carries an id of which nothing is known; the
 * intent is still there. */
static int
sources_bind(struct copies *c, struct err *e)
{
	struct store *from = c->f->sy->store[!c->to];
	struct store_result *results;
	struct store_ref *refs;
	uint32_t *peers;
	size_t *which, i, n;
	int ret;

	if (!store_traits(from)->names_files)
		return 0;
	refs = xcalloc(c->len, sizeof(*refs));
	peers = xcalloc(c->len, sizeof(*peers));
	which = xcalloc(c->len, sizeof(*which));
	results = xcalloc(c->len, sizeof(*results));
	for (n = 0, i = 0; i < c->len; i++) {
		const struct copy *one = &c->list[i];

		if (one->id == 0)
			continue;
		refs[n] = (struct store_ref){ .id = one->intent.source_id,
			.flags = one->source_flags,
			.name = one->intent.name };
		peers[n] = one->id;
		which[n++] = i;
	}
	ret = step("bind", e);
	if (ret == 0 && n > 0)
		ret = store_told(
		    from, from->ops->bind(from, refs, peers, n, results, e), e);
	for (i = 0; ret == 0 && i < n; i++)
		name_take(&c->list[which[i]], &results[i]);
	store_results_clear(results, n);
	free(results);
	free(which);
	free(peers);
	free(refs);
	return ret == 0 ? step("bound", e) : -1;
}

static int
pair_put(struct copies *c, const struct copy *one, struct err *e)
{
	struct folder *f = c->f;
	const struct status_intent *in = &one->intent;
	struct status_pair p = { .flags = in->flags, .digest = in->digest };
	int64_t date[2];

	p.id[c->to] = one->id;
	p.id[!c->to] = in->source_id;
	date[c->to] = one->date;
	date[!c->to] = in->date;
	p.date = folder_pair_date(f, date);
	p.told[c->to] = one->told;
	p.told[!c->to] = one->source_told;
	p.unread[c->to] = one->unread;
	p.name[!c->to] = in->name;
	if (f->state[c->to].next_id != 0 && f->state[c->to].next_id <= one->id)
		f->state[c->to].next_id = one->id + 1;
	if (folder_pair_put(f, &p, e) == -1 ||
	    status_intent_drop(f->sy->status, in->id, e) == -1)
		return -1;
	return status_unskip(f->sy->status, f->row.id, !c->to,
	    folder_skip_id(f, !c->to, in->source_id), e);
}

/* An OK without a message keeps its intent. */
static bool
is_certainly_not_there(const struct copy *one)
{
	return one->unsent || one->doubled ||
	       one->result.outcome == STORE_FAILED ||
	       one->result.outcome == STORE_GONE ||
	       one->result.outcome == STORE_CHANGED;
}

static int
copy_settle(struct copies *c, const struct copy *one, struct err *e)
{
	if (one->id != 0)
		return pair_put(c, one, e);
	if (one->intent.id != 0 && is_certainly_not_there(one))
		return status_intent_drop(c->f->sy->status, one->intent.id, e);
	return 0;
}

int
copies_settle(struct copies *c, int (*also)(void *arg, size_t i, struct err *e),
    void *arg, struct err *e)
{
	struct status *st = c->f->sy->status;
	size_t i;

	if (sources_bind(c, e) == -1 || status_begin(st, e) == -1)
		return -1;
	for (i = 0; i < c->len; i++)
		if (copy_settle(c, &c->list[i], e) == -1 ||
		    (also != NULL && also(arg, i, e) == -1))
			goto fail;
	if (status_folder_put(st, &c->f->row, e) == -1 ||
	    step("copies commit", e) == -1 || status_commit(st, e) == -1)
		goto fail;
	return step("copies committed", e);
fail:
	status_rollback(st);
	return -1;
}
