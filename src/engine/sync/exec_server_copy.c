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

#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/copy.h"
#include "engine/sync/exec_server_copy.h"
#include "engine/sync/report.h"
#include "engine/sync/sync_broken.h"

#define BATCH_MESSAGES 500

/* Copies with the same source, destination and manner. */
struct batch {
	struct sync *sy;
	enum side to; /* the server's */
	struct server_copy **list;
	size_t len;
	bool move;
	size_t entry; /* of the source, index into the map */
	/* while it runs */
	struct folder source, dest;
	struct copies copies; /* in the order of list */
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
copy_flags(
    struct batch *b, struct server_copy *t, uint32_t *flags, struct err *e)
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
	*flags = keywords_translate(
		     t->source_flags, &b->source.keywords, &b->dest.keywords) &
		 t->storable;
	return 0;
}

/* The destination is loaded and not open: its row has the UIDNEXT that was seen
 * last. */
static int
batch_copies(struct batch *b, struct err *e)
{
	const struct status_folder *row = &b->dest.row;
	size_t i;

	b->copies = (struct copies){ .f = &b->dest,
		.to = b->to,
		.next_id = row->next_id[b->to],
		.validity = row->validity[b->to],
		.list = xcalloc(b->len, sizeof(*b->copies.list)),
		.len = b->len };
	for (i = 0; i < b->len; i++) {
		struct server_copy *t = b->list[i];
		struct copy *copy = &b->copies.list[i];

		if (copy_flags(b, t, &copy->intent.flags, e) == -1)
			return -1;
		copy->intent.source_id = t->file_id;
		copy->intent.date = t->date;
		copy->intent.digest = t->digest;
		copy->intent.name = xstrdup(t->name);
		copy->source_flags = t->file_flags;
	}
	return 0;
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
		refs[i].size = b->list[i]->told;
		refs[i].date = b->list[i]->date;
	}
	ret = step("transfer", e);
	if (ret == 0)
		ret = store_told(server,
		    server->ops->transfer(server, refs, b->len,
			(struct store_destination){
			    b->dest.entry->name[b->to], b->move },
			results, e),
		    e);
	for (i = 0; i < b->len; i++)
		b->copies.list[i].result = results[i];
	free(results);
	free(refs);
	return ret == 0 ? step("transferred", e) : -1;
}

/* The pair of what was moved goes with it. What was only copied still has to go
 * the way of all deletions. */
static int
copy_settle(void *arg, size_t i, struct err *e)
{
	struct batch *b = arg;
	const struct server_copy *t = b->list[i];
	struct deletion *d;

	if (b->copies.list[i].id == 0 || !b->copies.list[i].result.moved)
		return 0;
	d = copy_deletion(b->sy, b->entry, t);
	if (d == NULL)
		return 0;
	d->moved = true;
	return status_pair_drop(
	    b->sy->status, t->source_folder, t->source_id[REMOTE], e);
}

static void
batch_report(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->len; i++) {
		struct op op = { .side = (uint8_t)b->to };

		if (b->copies.list[i].id == 0)
			continue;
		op.id[!b->to] = b->list[i]->file_id;
		op.id[b->to] = b->copies.list[i].id;
		report_op(&b->dest, b->move ? EVOP_MOVE : EVOP_TRANSFER, &op,
		    b->move ? "moved from another folder"
			    : "copied from another folder");
		report_count(&b->dest, b->to, COUNT_COPY, 1);
	}
}

static int
batch_run(struct batch *b, struct err *e)
{
	int ret = -1;

	folder_init(&b->source, b->sy, b->entry);
	folder_init(&b->dest, b->sy, b->list[0]->entry);
	if (folder_load(&b->dest, e) == -1 ||
	    folder_load(&b->source, e) == -1 || batch_copies(b, e) == -1 ||
	    copies_intend(&b->copies, e) == -1 ||
	    folder_open(&b->source, e) == -1 ||
	    folder_check_validity(&b->source, e) == -1 ||
	    batch_send(b, e) == -1)
		goto out;
	if (folder_open(&b->dest, e) == -1 ||
	    folder_check_validity(&b->dest, e) == -1 ||
	    copies_learn(&b->copies, e) == -1 ||
	    copies_settle(&b->copies, copy_settle, b, e) == -1)
		goto out;
	batch_report(b);
	ret = 0;
out:
	copies_clear(&b->copies);
	folder_clear(&b->source);
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
				sy, t->to, t->source_folder, &b->entry, e)) {
				if (e->scope != ERR_NONE)
					return -1;
				continue;
			}
			first = t;
			b->to = t->to;
			b->move = copy_moves(sy, b->entry, t);
			b->list[b->len++] = t;
		} else if (t->to == b->to && t->entry == first->entry &&
			   t->source_folder == first->source_folder &&
			   !batch_has(b, t) &&
			   copy_moves(sy, b->entry, t) == b->move) {
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
	    &(struct deletion_hold){ .reason = HOLD_UNSEEN, .side = LOCAL });
	deletions_hold(&sy->run.deletions,
	    &(struct deletion_hold){ .reason = HOLD_UNSEEN, .side = REMOTE });
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
