/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves and copies between folders that were made locally: the server has the
 * bytes already, and copies or moves them itself (RFC 9051 section 6.4.7,
 * RFC 6851). For the account as a whole, after all folders were looked at: by
 * then it is known whether the message at the old place is to go (MOVE) or to
 * stay (COPY).
 *
 * As with an upload, the intent is durable before the command, and the copy is
 * looked at before the pair is recorded. What did not work out is uploaded by
 * the second look at the folder.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/folder.h"

#define WINDOW_SLACK 64
#define GROUP_MESSAGES 500

struct place {
	const struct content *content;
	struct status_pair pair;
	int64_t folder;
	bool found;
};

static bool
place_take(void *arg, const struct status_place *p)
{
	struct place *place = arg;

	if (!digest_equal(&p->pair.digest, &place->content->digest))
		return true;
	place->pair = p->pair;
	place->folder = p->folder;
	place->found = true;
	return false;
}

static void
transfer_add(struct folder *f, const struct op *op, const char *name,
    const struct place *place)
{
	struct sync *sy = f->sy;
	struct sync_transfer *t;

	sy->transfers = xgrow(sy->transfers, sy->transfers_len,
	    &sy->transfers_cap, sizeof(*sy->transfers));
	t = &sy->transfers[sy->transfers_len++];
	*t = (struct sync_transfer){ .entry = f->number };
	t->local_id = op->id[LOCAL];
	t->local_flags = op->flags;
	t->name = xstrdup(name);
	t->digest = place->content->digest;
	t->date = place->pair.date;
	t->source_folder = place->folder;
	t->source_uid = place->pair.id[REMOTE];
	t->source_flags = place->pair.flags;
	t->storable = f->state[LOCAL].storable & f->state[REMOTE].storable;
	f->unfinished = true;
}

static int
transfer_find(struct folder *f, const struct op *op,
    const struct content *content, const char *name, bool *taken, struct err *e)
{
	struct place place = { .content = content };

	*taken = false;
	if (!content->valid)
		return 0;
	if (status_places(f->sy->status, 0, &content->digest, place_take,
		&place, e) == -1)
		return -1;
	if (!place.found)
		return 0;
	*taken = true;
	if (f->sy->request->dry_run) {
		report_op(f, EVOP_TRANSFER, op, NULL);
		report_count(f, REMOTE, COUNT_COPY, 1);
	} else {
		transfer_add(f, op, name, &place);
	}
	return 0;
}

int
exec_plan_transfers(
    struct folder *f, const struct op **ops, size_t *n, struct err *e)
{
	struct sync *sy = f->sy;
	struct content *content;
	struct refs refs = { 0 };
	size_t i, kept, before = sy->transfers_len;
	bool taken;
	int ret;

	if (ops[0]->side != REMOTE || sy->no_transfers ||
	    !store_traits(sy->store[REMOTE])->server_copy ||
	    !store_traits(sy->store[LOCAL])->bytes_at_hand)
		return 0;
	content = xcalloc(*n, sizeof(*content));
	ret = 0;
	for (i = 0; ret == 0 && i < *n; i++)
		ret = refs_add(&refs, f, ops[i], LOCAL, e);
	if (ret == 0)
		ret = content_read(
		    sy->store[LOCAL], refs.list, *n, STORE_WHOLE, content, e);
	for (kept = 0, i = 0; ret == 0 && i < *n; i++) {
		ret = transfer_find(
		    f, ops[i], &content[i], refs.list[i].name, &taken, e);
		if (!taken)
			ops[kept++] = ops[i];
	}
	if (ret == 0)
		ret = exec_adopt(f, before, e);
	*n = kept;
	free(content);
	refs_clear(&refs);
	return ret;
}

/* Transfers with the same source, destination and manner. */
struct group {
	struct sync *sy;
	struct sync_transfer **list;
	size_t len;
	bool move;
	struct folder dest;		     /* loaded */
	size_t source;			     /* index into the map */
	const struct keywords *source_words; /* what source_flags are made of */
};

static bool
source_entry(
    const struct sync *sy, int64_t folder, size_t *entry, struct err *e)
{
	struct status_folder row = { 0 };
	bool found, same;
	size_t i;

	for (i = 0; i < sy->map.len; i++) {
		if (status_folder_get(sy->status, sy->map.list[i].name[REMOTE],
			&row, &found, e) == -1)
			return false;
		same = found && row.id == folder;
		status_folder_clear(&row);
		if (same) {
			*entry = i;
			return sy->map.list[i].there[REMOTE] &&
			       !sync_given_up(sy, &sy->map.list[i]);
		}
	}
	return false;
}

static int
compare_doomed(const void *a, const void *b)
{
	const struct sync_doomed *x = a, *y = b;

	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	if (x->op.side != y->op.side)
		return x->op.side < y->op.side ? -1 : 1;
	return (x->op.id[REMOTE] > y->op.id[REMOTE]) -
	       (x->op.id[REMOTE] < y->op.id[REMOTE]);
}

/* The deletion that this transfer's message is waiting for, if any. */
static struct sync_doomed *
transfer_doom(const struct sync *sy, size_t source, uint32_t uid)
{
	struct sync_doomed key = { .entry = source }, *d;

	key.op.side = REMOTE;
	key.op.id[REMOTE] = uid;
	d = sy->doomed_len == 0 ? NULL
				: bsearch(&key, sy->doomed, sy->doomed_len,
				      sizeof(key), compare_doomed);
	return d == NULL || d->moved ? NULL : d;
}

/* What the copy will have: the source's flags may have changed since it was
 * found, by what this run did. */
static int
transfer_flags(struct group *g, struct sync_transfer *t, struct err *e)
{
	struct status_pair p;
	bool found;

	if (status_pair_get(g->sy->status, t->source_folder, t->source_uid, &p,
		&found, e) == -1)
		return -1;
	if (found)
		t->source_flags = p.flags;
	/* What a side cannot keep was not agreed upon: it must not look as if
	 * it had been taken away there. */
	t->intent.flags = keywords_translate(t->source_flags, g->source_words,
			      &g->dest.keywords) &
			  t->storable;
	if (t->unclear) /* nor what it says in letters without a meaning */
		t->intent.flags &= FLAG_SYSTEM;
	return 0;
}

static int
transfer_intent(struct group *g, struct sync_transfer *t, struct err *e)
{
	if (transfer_flags(g, t, e) == -1)
		return -1;
	t->intent.side = REMOTE;
	t->intent.source_id = t->local_id;
	t->intent.next_id = g->dest.row.next_id[REMOTE];
	t->intent.validity = g->dest.row.validity[REMOTE];
	t->intent.date = t->date;
	t->intent.digest = t->digest;
	t->intent.name = t->name;
	return status_intent_put(g->sy->status, g->dest.row.id, &t->intent, e);
}

static int
group_intents(struct group *g, struct err *e)
{
	struct status *st = g->sy->status;
	size_t i;
	int ret;

	ret = status_begin(st, e);
	for (i = 0; ret == 0 && i < g->len; i++)
		ret = transfer_intent(g, g->list[i], e);
	if (ret == 0)
		ret = status_keywords_put(
		    st, g->dest.row.id, &g->dest.keywords, e);
	if (ret == 0)
		ret = status_commit(st, e);
	if (ret == -1)
		status_rollback(st);
	return ret;
}

/* Has the server copy; the source folder is open there. */
static int
group_send(struct group *g, struct err *e)
{
	struct store *remote = g->sy->store[REMOTE];
	struct store_result *results;
	struct store_ref *refs;
	size_t i;
	int ret;

	refs = xcalloc(g->len, sizeof(*refs));
	results = xcalloc(g->len, sizeof(*results));
	for (i = 0; i < g->len; i++) {
		refs[i].id = g->list[i]->source_uid;
		refs[i].flags = g->list[i]->source_flags;
		refs[i].size = g->list[i]->digest.size;
		refs[i].date = g->list[i]->date;
	}
	ret = step("transfer", e);
	if (ret == 0)
		ret = remote->ops->transfer(remote, refs, g->len,
		    g->dest.entry->name[REMOTE], g->move, results, e);
	for (i = 0; i < g->len; i++) {
		g->list[i]->outcome = results[i].outcome;
		g->list[i]->new_id = results[i].id;
		g->list[i]->gone = results[i].moved;
	}
	store_results_clear(results, g->len);
	free(results);
	free(refs);
	return ret == 0 ? step("transferred", e) : -1;
}

struct look {
	struct group *g;
	bool *there;
};

static void
look_size(void *arg, const struct store_info *info)
{
	struct look *look = arg;
	size_t i;

	for (i = 0; i < look->g->len; i++) {
		struct sync_transfer *t = look->g->list[i];

		if (t->new_id != info->id || t->digest.size != info->size)
			continue;
		look->there[i] = true;
		t->date = info->date;
	}
}

/* The destination is open: is what we were told there? */
static int
group_look(struct group *g, bool *there, struct err *e)
{
	struct store *remote = g->sy->store[REMOTE];
	struct look look = { g, there };
	struct store_ref *refs;
	size_t i, n;
	int ret;

	refs = xcalloc(g->len, sizeof(*refs));
	for (n = 0, i = 0; i < g->len; i++)
		if (g->list[i]->outcome == STORE_DONE &&
		    g->list[i]->new_id != 0)
			refs[n++].id = g->list[i]->new_id;
	ret = n == 0
		  ? 0
		  : remote->ops->details(remote, refs, n, look_size, &look, e);
	free(refs);
	return ret;
}

/* Looks for the copies whose ids were not told. */
static int
group_look_window(struct group *g, bool *there, struct err *e)
{
	uint32_t first = g->dest.row.next_id[REMOTE], *ids;
	struct wanted *want;
	size_t *which, i, n, m;
	int ret;

	want = xcalloc(g->len, sizeof(*want));
	which = xcalloc(g->len, sizeof(*which));
	for (n = 0, i = 0; i < g->len; i++) {
		if (there[i] || g->list[i]->outcome != STORE_DONE)
			continue;
		want[n].digest = g->list[i]->digest;
		which[n++] = i;
	}
	m = 2 * g->len + WINDOW_SLACK;
	ids = xcalloc(m, sizeof(*ids));
	for (i = 0; i < m; i++)
		ids[i] = first + (uint32_t)i;
	ret = n == 0 || first == 0
		  ? 0
		  : match_content(g->sy->store[REMOTE], want, n, ids, m, e);
	for (i = 0; ret == 0 && i < n; i++) {
		g->list[which[i]]->new_id = want[i].found;
		there[which[i]] = want[i].found != 0;
		g->list[which[i]]->date = want[i].date;
	}
	free(ids);
	free(which);
	free(want);
	return ret;
}

static int
transfer_bind(struct group *g, struct sync_transfer *t, struct err *e)
{
	struct store *local = g->sy->store[LOCAL];
	struct store_ref ref = {
		.id = t->local_id, .flags = t->local_flags, .name = t->name
	};
	struct store_result r = { 0 };

	if (local->ops->bind(local, &ref, &t->new_id, 1, &r, e) == -1)
		return -1;
	if (r.outcome == STORE_DONE && r.name != NULL) {
		free(t->name);
		t->name = r.name;
		r.name = NULL;
	}
	store_results_clear(&r, 1);
	return 0;
}

static int
transfer_settle(struct group *g, struct sync_transfer *t, struct err *e)
{
	struct folder *f = &g->dest;
	struct status_pair p = { 0 };
	struct sync_doomed *d;

	p.id[LOCAL] = t->local_id;
	p.id[REMOTE] = t->new_id;
	p.flags = t->intent.flags;
	p.date = t->date;
	p.digest = t->digest;
	p.name = t->name;
	if (f->row.next_id[LOCAL] <= t->local_id)
		f->row.next_id[LOCAL] = t->local_id + 1;
	if (status_pair_put(f->sy->status, f->row.id, &p, e) == -1 ||
	    status_intent_drop(f->sy->status, t->intent.id, e) == -1)
		return -1;
	/* What was only copied still has to go the way of all deletions. */
	d = transfer_doom(g->sy, g->source, t->source_uid);
	if (!t->gone || d == NULL)
		return 0;
	d->moved = true;
	return status_pair_drop(
	    f->sy->status, t->source_folder, t->source_uid, e);
}

static int
group_settle(struct group *g, const bool *there, struct err *e)
{
	struct status *st = g->sy->status;
	size_t i;
	int ret;

	for (i = 0; i < g->len; i++)
		if (there[i] && transfer_bind(g, g->list[i], e) == -1)
			return -1;
	if (status_begin(st, e) == -1)
		return -1;
	ret = 0;
	for (i = 0; ret == 0 && i < g->len; i++) {
		if (there[i])
			ret = transfer_settle(g, g->list[i], e);
		else if (g->list[i]->outcome != STORE_DONE &&
			 g->list[i]->outcome != STORE_PENDING)
			ret = status_intent_drop(st, g->list[i]->intent.id, e);
	}
	if (ret == 0)
		ret = status_folder_put(st, &g->dest.row, e);
	if (ret == 0)
		ret = status_commit(st, e);
	if (ret == -1) {
		status_rollback(st);
		return -1;
	}
	for (i = 0; i < g->len; i++) {
		struct op op = { .id = { g->list[i]->local_id,
				     g->list[i]->new_id },
			.side = REMOTE };

		if (!there[i])
			continue;
		report_op(&g->dest, g->move ? EVOP_MOVE : EVOP_TRANSFER, &op,
		    g->move ? "moved from another folder"
			    : "copied from another folder");
		report_count(&g->dest, REMOTE, COUNT_COPY, 1);
	}
	return 0;
}

static int
group_run(struct group *g, struct err *e)
{
	struct folder source;
	bool *there;
	int ret;

	folder_init(&source, g->sy, g->source);
	folder_init(&g->dest, g->sy, g->list[0]->entry);
	g->source_words = &source.keywords;
	there = xcalloc(g->len, sizeof(*there));
	ret = -1;
	if (folder_load(&g->dest, e) == -1 || folder_load(&source, e) == -1 ||
	    group_intents(g, e) == -1 || folder_open(&source, e) == -1 ||
	    folder_check_validity(&source, e) == -1 || group_send(g, e) == -1)
		goto out;
	if (folder_open(&g->dest, e) == -1 ||
	    folder_check_validity(&g->dest, e) == -1 ||
	    group_look(g, there, e) == -1 ||
	    group_look_window(g, there, e) == -1)
		goto out;
	ret = group_settle(g, there, e);
out:
	free(there);
	g->source_words = NULL;
	folder_clear(&source);
	folder_clear(&g->dest);
	return ret;
}

/* One command cannot copy one message twice. */
static bool
group_has(const struct group *g, uint32_t source_uid)
{
	size_t i;

	for (i = 0; i < g->len; i++)
		if (g->list[i]->source_uid == source_uid)
			return true;
	return false;
}

static bool
transfer_moves(
    const struct sync *sy, size_t source, const struct sync_transfer *t)
{
	return transfer_doom(sy, source, t->source_uid) != NULL;
}

/* All that go the same way as the first that was not looked at yet. */
static int
transfers_next(struct sync *sy, bool *seen, struct group *g, struct err *e)
{
	struct sync_transfer *first;
	size_t i;

	first = NULL;
	g->len = 0;
	for (i = 0; i < sy->transfers_len && g->len < GROUP_MESSAGES; i++) {
		struct sync_transfer *t = &sy->transfers[i];

		if (seen[i])
			continue;
		if (first == NULL) {
			seen[i] = true;
			if (!source_entry(
				sy, t->source_folder, &g->source, e)) {
				if (e->scope != ERR_NONE)
					return -1;
				continue;
			}
			first = t;
			g->move = transfer_moves(sy, g->source, t);
			g->list[g->len++] = t;
		} else if (t->entry == first->entry &&
			   t->source_folder == first->source_folder &&
			   !group_has(g, t->source_uid) &&
			   transfer_moves(sy, g->source, t) == g->move) {
			seen[i] = true;
			g->list[g->len++] = t;
		}
	}
	return 0;
}

/* The folders that got something are looked at once more: flags that differ
 * travel, and what the server could not copy is uploaded. */
static int
transfers_second_look(struct sync *sy, struct err *e)
{
	bool *again;
	size_t i;
	int ret;

	sy->no_transfers = true;
	again = xcalloc(sy->map.len, sizeof(*again));
	for (i = 0; i < sy->transfers_len; i++)
		again[sy->transfers[i].entry] = true;
	for (ret = 0, i = 0; ret == 0 && i < sy->map.len; i++) {
		if (!again[i])
			continue;
		sync_forget_doomed(sy, i);
		ret = sync_folder_guarded(sy, i, e);
	}
	free(again);
	return ret;
}

int
exec_transfers(struct sync *sy, struct err *e)
{
	struct group g = { .sy = sy };
	bool *seen;
	int ret;

	if (sy->transfers_len == 0 || atomic_load(sy->stop))
		return 0;
	if (sy->doomed_len > 0)
		qsort(sy->doomed, sy->doomed_len, sizeof(*sy->doomed),
		    compare_doomed);
	seen = xcalloc(sy->transfers_len, sizeof(*seen));
	g.list = xcalloc(sy->transfers_len, sizeof(*g.list));
	do {
		ret = transfers_next(sy, seen, &g, e);
		if (ret == 0 && g.len > 0)
			ret = group_run(&g, e);
		if (ret == -1 && e->scope <= ERR_FOLDER) {
			report_error(sy, NULL, NULL, e);
			sync_copies_failed(sy, NULL);
			err_clear(e);
			ret = 0;
		}
	} while (ret == 0 && g.len > 0);
	free(g.list);
	free(seen);
	return ret == 0 ? transfers_second_look(sy, e) : -1;
}
