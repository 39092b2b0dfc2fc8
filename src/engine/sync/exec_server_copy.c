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
#include "engine/sync/exec_server_copy.h"
#include "engine/sync/match.h"
#include "engine/sync/report.h"
#include "engine/sync/sync_broken.h"

#define WINDOW_SLACK 64
#define BATCH_MESSAGES 500

/* Transfers with the same source, destination and manner. */
struct batch {
	struct sync *sy;
	enum side to; /* the server's */
	struct server_copy **list;
	size_t len;
	bool move;
	struct folder dest;		     /* loaded */
	size_t source;			     /* index into the map */
	const struct keywords *source_words; /* what source_flags are made of */
};

static bool
source_entry(const struct sync *sy, enum side to, int64_t folder, size_t *entry,
    struct err *e)
{
	struct status_folder row = { 0 };
	bool found, same;
	size_t i;

	for (i = 0; i < sy->run.map.len; i++) {
		if (status_folder_get(sy->status,
			sy->run.map.list[i].name[REMOTE], &row, &found,
			e) == -1)
			return false;
		same = found && row.id == folder;
		status_folder_clear(&row);
		if (same) {
			*entry = i;
			return sy->run.map.list[i].there[to] &&
			       !sync_broken_has(sy, &sy->run.map.list[i]);
		}
	}
	return false;
}

/* The deletion that the copy's source waits for; NULL: it stays there. */
static struct deletion *
copy_deletion(const struct sync *sy, size_t source, const struct server_copy *t)
{
	return deletions_find(
	    &sy->run.deletions, source, t->to, t->source_id[REMOTE]);
}

/* What the copy will have: the source's flags may have changed since it was
 * found, by what this run did. */
static int
copy_flags(struct batch *b, struct server_copy *t, struct err *e)
{
	struct status_pair p;
	bool found;

	if (status_pair_get(b->sy->status, t->source_folder,
		t->source_id[REMOTE], &p, &found, e) == -1)
		return -1;
	if (found)
		t->source_flags = p.flags;
	/* What a side cannot keep was not agreed upon: it must not look as if
	 * it had been taken away there. */
	t->intent.flags = keywords_translate(t->source_flags, b->source_words,
			      &b->dest.keywords) &
			  t->storable;
	if (t->unclear) /* nor what it says in letters without a meaning */
		t->intent.flags &= FLAG_SYSTEM;
	return 0;
}

static int
copy_intent(struct batch *b, struct server_copy *t, struct err *e)
{
	if (copy_flags(b, t, e) == -1)
		return -1;
	t->intent.side = b->to;
	t->intent.source_id = t->file_id;
	t->intent.next_id = b->dest.row.next_id[b->to];
	t->intent.validity = b->dest.row.validity[b->to];
	t->intent.date = t->date;
	t->intent.digest = t->digest;
	t->intent.name = t->name;
	return status_intent_put(b->sy->status, b->dest.row.id, &t->intent, e);
}

static int
batch_intents(struct batch *b, struct err *e)
{
	struct status *st = b->sy->status;
	size_t i;
	int ret;

	ret = status_begin(st, e);
	for (i = 0; ret == 0 && i < b->len; i++)
		ret = copy_intent(b, b->list[i], e);
	if (ret == 0)
		ret = status_keywords_put(
		    st, b->dest.row.id, &b->dest.keywords, e);
	if (ret == 0)
		ret = status_commit(st, e);
	if (ret == -1)
		status_rollback(st);
	return ret;
}

/* Has the server copy; the source folder is open there. */
static int
batch_send(struct batch *b, struct err *e)
{
	struct store *server = b->sy->store[b->to];
	struct store_result *results;
	struct store_ref *refs;
	size_t i;
	int ret;

	refs = xcalloc(b->len, sizeof(*refs));
	results = xcalloc(b->len, sizeof(*results));
	for (i = 0; i < b->len; i++) {
		refs[i].id = b->list[i]->source_id[b->to];
		refs[i].flags = b->list[i]->source_flags;
		refs[i].size = b->list[i]->digest.size;
		refs[i].date = b->list[i]->date;
	}
	ret = step("transfer", e);
	if (ret == 0)
		ret = server->ops->transfer(server, refs, b->len,
		    b->dest.entry->name[b->to], b->move, results, e);
	for (i = 0; i < b->len; i++) {
		b->list[i]->outcome = results[i].outcome;
		b->list[i]->new_id = results[i].id;
		b->list[i]->gone = results[i].moved;
	}
	store_results_clear(results, b->len);
	free(results);
	free(refs);
	return ret == 0 ? step("transferred", e) : -1;
}

struct look {
	struct batch *b;
	bool *there;
};

static void
look_size(void *arg, const struct store_info *info)
{
	struct look *look = arg;
	size_t i;

	for (i = 0; i < look->b->len; i++) {
		struct server_copy *t = look->b->list[i];

		if (t->new_id != info->id || t->digest.size != info->size)
			continue;
		look->there[i] = true;
		t->date = info->date;
	}
}

/* The destination is open: is what we were told there? */
static int
batch_look(struct batch *b, bool *there, struct err *e)
{
	struct store *server = b->sy->store[b->to];
	struct look look = { b, there };
	struct store_ref *refs;
	size_t i, n;
	int ret;

	refs = xcalloc(b->len, sizeof(*refs));
	for (n = 0, i = 0; i < b->len; i++)
		if (b->list[i]->outcome == STORE_DONE &&
		    b->list[i]->new_id != 0)
			refs[n++].id = b->list[i]->new_id;
	ret = n == 0
		  ? 0
		  : server->ops->details(server, refs, n, look_size, &look, e);
	free(refs);
	return ret;
}

/* Looks for the copies whose ids were not told. */
static int
batch_look_window(struct batch *b, bool *there, struct err *e)
{
	uint32_t first = b->dest.row.next_id[b->to], *ids;
	struct wanted *want;
	size_t *which, i, n, m;
	int ret;

	want = xcalloc(b->len, sizeof(*want));
	which = xcalloc(b->len, sizeof(*which));
	for (n = 0, i = 0; i < b->len; i++) {
		if (there[i] || b->list[i]->outcome != STORE_DONE)
			continue;
		want[n].digest = b->list[i]->digest;
		which[n++] = i;
	}
	m = 2 * b->len + WINDOW_SLACK;
	ids = xcalloc(m, sizeof(*ids));
	for (i = 0; i < m; i++)
		ids[i] = first + (uint32_t)i;
	ret = n == 0 || first == 0
		  ? 0
		  : match_content(b->sy->store[b->to],
			&(struct match_query){
			    .want = want, .n = n, .ids = ids, .ids_len = m },
			e);
	for (i = 0; ret == 0 && i < n; i++) {
		b->list[which[i]]->new_id = want[i].found;
		there[which[i]] = want[i].found != 0;
		b->list[which[i]]->date = want[i].date;
	}
	free(ids);
	free(which);
	free(want);
	return ret;
}

static int
copy_bind(struct batch *b, struct server_copy *t, struct err *e)
{
	struct store *from = b->sy->store[!b->to];
	struct store_ref ref = {
		.id = t->file_id, .flags = t->file_flags, .name = t->name
	};
	struct store_result r = { 0 };

	if (!store_traits(from)->names_files)
		return 0;
	if (from->ops->bind(from, &ref, &t->new_id, 1, &r, e) == -1)
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
copy_settle(struct batch *b, struct server_copy *t, struct err *e)
{
	struct folder *f = &b->dest;
	struct status_pair p = { 0 };
	struct deletion *d;

	p.id[!b->to] = t->file_id;
	p.id[b->to] = t->new_id;
	p.flags = t->intent.flags;
	p.date = t->date;
	p.digest = t->digest;
	p.name[!b->to] = t->name;
	if (folder_pair_put(f, &p, e) == -1 ||
	    status_intent_drop(f->sy->status, t->intent.id, e) == -1)
		return -1;
	/* What was only copied still has to go the way of all deletions. */
	d = copy_deletion(b->sy, b->source, t);
	if (!t->gone || d == NULL)
		return 0;
	d->moved = true;
	return status_pair_drop(
	    f->sy->status, t->source_folder, t->source_id[REMOTE], e);
}

static int
batch_settle(struct batch *b, const bool *there, struct err *e)
{
	struct status *st = b->sy->status;
	size_t i;
	int ret;

	for (i = 0; i < b->len; i++)
		if (there[i] && copy_bind(b, b->list[i], e) == -1)
			return -1;
	if (status_begin(st, e) == -1)
		return -1;
	ret = 0;
	for (i = 0; ret == 0 && i < b->len; i++) {
		if (there[i])
			ret = copy_settle(b, b->list[i], e);
		else if (b->list[i]->outcome != STORE_DONE &&
			 b->list[i]->outcome != STORE_PENDING)
			ret = status_intent_drop(st, b->list[i]->intent.id, e);
	}
	if (ret == 0)
		ret = status_folder_put(st, &b->dest.row, e);
	if (ret == 0)
		ret = status_commit(st, e);
	if (ret == -1) {
		status_rollback(st);
		return -1;
	}
	for (i = 0; i < b->len; i++) {
		struct op op = { .side = (uint8_t)b->to };

		if (!there[i])
			continue;
		op.id[!b->to] = b->list[i]->file_id;
		op.id[b->to] = b->list[i]->new_id;
		report_op(&b->dest, b->move ? EVOP_MOVE : EVOP_TRANSFER, &op,
		    b->move ? "moved from another folder"
			    : "copied from another folder");
		report_count(&b->dest, b->to, COUNT_COPY, 1);
	}
	return 0;
}

static int
batch_run(struct batch *b, struct err *e)
{
	struct folder source;
	bool *there;
	int ret;

	folder_init(&source, b->sy, b->source);
	folder_init(&b->dest, b->sy, b->list[0]->entry);
	b->source_words = &source.keywords;
	there = xcalloc(b->len, sizeof(*there));
	ret = -1;
	if (folder_load(&b->dest, e) == -1 || folder_load(&source, e) == -1 ||
	    batch_intents(b, e) == -1 || folder_open(&source, e) == -1 ||
	    folder_check_validity(&source, e) == -1 || batch_send(b, e) == -1)
		goto out;
	if (folder_open(&b->dest, e) == -1 ||
	    folder_check_validity(&b->dest, e) == -1 ||
	    batch_look(b, there, e) == -1 ||
	    batch_look_window(b, there, e) == -1)
		goto out;
	ret = batch_settle(b, there, e);
out:
	free(there);
	b->source_words = NULL;
	folder_clear(&source);
	folder_clear(&b->dest);
	return ret;
}

/* One command cannot copy one message twice. */
static bool
batch_has(const struct batch *b, const struct server_copy *t)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if (b->list[i]->source_id[b->to] == t->source_id[b->to])
			return true;
	return false;
}

static bool
copy_moves(const struct sync *sy, size_t source, const struct server_copy *t)
{
	return copy_deletion(sy, source, t) != NULL;
}

/* All that go the same way as the first that was not looked at yet. */
static int
copies_next(struct sync *sy, bool *seen, struct batch *b, struct err *e)
{
	struct server_copy *first;
	size_t i;

	first = NULL;
	b->len = 0;
	for (i = 0; i < sy->run.server_copies.len && b->len < BATCH_MESSAGES;
	     i++) {
		struct server_copy *t = &sy->run.server_copies.list[i];

		if (seen[i])
			continue;
		if (first == NULL) {
			seen[i] = true;
			if (!source_entry(
				sy, t->to, t->source_folder, &b->source, e)) {
				if (e->scope != ERR_NONE)
					return -1;
				continue;
			}
			first = t;
			b->to = t->to;
			b->move = copy_moves(sy, b->source, t);
			b->list[b->len++] = t;
		} else if (t->to == b->to && t->entry == first->entry &&
			   t->source_folder == first->source_folder &&
			   !batch_has(b, t) &&
			   copy_moves(sy, b->source, t) == b->move) {
			seen[i] = true;
			b->list[b->len++] = t;
		}
	}
	return 0;
}

static void
batch_failed(struct sync *sy, struct err *e)
{
	report_problem(sy, NULL, e);
	deletions_hold(&sy->run.deletions,
	    &(struct deletion_hold){ .reason = HOLD_COPIES_FAILED });
	err_clear(e);
}

int
exec_server_copies(struct sync *sy, struct err *e)
{
	struct batch b = { .sy = sy };
	bool *seen;
	int ret;

	deletions_sort(&sy->run.deletions);
	seen = xcalloc(sy->run.server_copies.len, sizeof(*seen));
	b.list = xcalloc(sy->run.server_copies.len, sizeof(*b.list));
	do {
		ret = copies_next(sy, seen, &b, e);
		if (ret == 0 && b.len > 0)
			ret = batch_run(&b, e);
		if (ret == -1 && e->scope <= ERR_FOLDER) {
			batch_failed(sy, e);
			ret = 0;
		}
	} while (ret == 0 && b.len > 0);
	free(b.list);
	free(seen);
	return ret;
}
