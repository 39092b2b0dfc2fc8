/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deletions, last of all: by now every copy of the account is made, so that a
 * message which was moved by hand is safe at its new place. They are held when
 * copies are missing that could be of these messages, and when there are so
 * many of them that it looks like an accident (the brake).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/exec.h"
#include "engine/sync/exec_expunge.h"
#include "engine/sync/folder.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

#define CHUNK_MESSAGES 500

/* The deletions of one folder on one side. */
struct expunge {
	struct folder *f;
	enum side side;
	const struct op **ops;
	size_t len;
	size_t left;	/* see struct deletion; the same for all of them */
	size_t waiting; /* may be of messages that are not copied yet */
};

struct elsewhere {
	const struct expunge *p;
	uint32_t uid;
	bool found;
};

static bool
elsewhere_look(void *arg, const struct status_place *place)
{
	struct elsewhere *w = arg;

	w->found = place->folder != w->p->f->row.id;
	return !w->found;
}

/* True when the message turned up in another folder: it was moved. */
static int
moved_elsewhere(const struct expunge *p, const struct status_pair *pair,
    bool *moved, struct err *e)
{
	struct elsewhere w = { .p = p };

	if (status_places_alike(
		p->f->sy->status, &pair->digest, elsewhere_look, &w, e) == -1)
		return -1;
	*moved = w.found;
	return 0;
}

/* How many of the deletions are of messages that are nowhere else. */
static int
expunge_losses(const struct expunge *p, uint64_t *n, struct err *e)
{
	struct status_pair pair;
	bool found, moved;
	size_t i;

	for (*n = 0, i = 0; i < p->len; i++) {
		if (status_pair_get(p->f->sy->status, p->f->row.id,
			p->ops[i]->id[REMOTE], &pair, &found, e) == -1)
			return -1;
		moved = false;
		if (found && moved_elsewhere(p, &pair, &moved, e) == -1)
			return -1;
		if (!moved)
			(*n)++;
	}
	return 0;
}

static void
expunge_hold(struct expunge *p, const char *why)
{
	size_t i;

	for (i = 0; i < p->len; i++)
		report_op(p->f, EVOP_HELD, p->ops[i], NULL);
	report_count(p->f, p->side, COUNT_HELD, (uint32_t)p->len);
	report_held(p->f->sy, p->f->entry->label, EVOP_HELD, p->len,
	    "%zu %s on the %s side %s held: %s; if that was meant, run again "
	    "with --force-delete",
	    p->len, p->len == 1 ? "deletion" : "deletions",
	    p->side == LOCAL ? "local" : "remote", p->len == 1 ? "is" : "are",
	    why);
	p->len = 0;
}

/* Notes it of the side that they are gone from, for the runs to come. */
static int
expunge_note(struct expunge *p, struct store_token note, struct err *e)
{
	struct status_folder *row = &p->f->row;

	if (p->f->sy->env->request->dry_run)
		return 0;
	row->token[!p->side] = note;
	return status_folder_put(p->f->sy->status, row, e);
}

static bool
is_held(const struct expunge *p, enum hold_reason reason)
{
	return deletions_held_folder(&p->f->sy->run.deletions, p->f->number,
		   p->side, reason) != NULL;
}

/* Counts once more when it matters; most runs end at the first look. */
static int
expunge_brake(struct expunge *p, struct err *e)
{
	const struct sync *sy = p->f->sy;
	bool held = is_held(p, HOLD_MANY);
	struct store_token note = { 0 };
	uint64_t losses, left;
	char why[100];

	if (sy->env->request->release)
		return expunge_note(p, note, e);
	if (is_held(p, HOLD_MISSING)) {
		expunge_hold(p, "the folder was gone from the other side, and "
				"came back without them");
		return 0;
	}
	/* Once held, what came there since is no reason to let them go. */
	left = held ? 0 : p->left;
	if (!brake_holds(left + p->len, p->len, sy->env->account->maxdelete))
		return 0;
	if (expunge_losses(p, &losses, e) == -1)
		return -1;
	/* What was moved is no part of what could be left. */
	if (!brake_holds(left + losses, losses, sy->env->account->maxdelete))
		return 0;
	snprintf(why, sizeof(why),
	    "%llu messages are gone from the other side at once",
	    (unsigned long long)losses);
	expunge_hold(p, why);
	store_token_note(&note, NOTE_HELD);
	return held ? 0 : expunge_note(p, note, e);
}

/*
 * The server has another message under that UID. It stays, and as nothing is
 * known of it any more, the next run takes it for new.
 */
static int
pair_disown(struct expunge *p, const struct op *op, struct err *e)
{
	struct folder *f = p->f;
	struct err why;

	err_set(&why, ERR_MESSAGE,
	    "it is not removed: its size or date on the server is not that of "
	    "the message which was deleted on the other side");
	report_count(f, p->side, COUNT_FAILED, 1);
	report_error(f, op, &why);
	return status_pair_drop(f->sy->status, f->row.id, op->id[REMOTE], e);
}

static int
result_record(struct expunge *p, const struct op *op,
    const struct store_result *r, struct err *e)
{
	struct folder *f = p->f;

	if (r->outcome == STORE_FAILED) {
		report_count(f, p->side, COUNT_FAILED, 1);
		report_error(f, op, &r->err);
		return 0;
	}
	/* What a file was changed to, the next pass sees. */
	if (r->outcome == STORE_CHANGED &&
	    store_traits(f->sy->store[p->side])->dates_identify)
		return pair_disown(p, op, e);
	if (r->outcome == STORE_CHANGED && r->err.scope != ERR_NONE)
		report_warning(f->sy, f->entry->label, "%s", r->err.text);
	if (r->outcome != STORE_DONE && r->outcome != STORE_GONE)
		return 0; /* the next pass decides anew */
	report_op(f, EVOP_EXPUNGE, op, NULL);
	report_count(f, p->side, COUNT_EXPUNGE, 1);
	return status_pair_drop(f->sy->status, f->row.id, op->id[REMOTE], e);
}

static int
results_record(struct expunge *p, const struct refs *refs,
    const struct store_result *results, struct err *e)
{
	struct status *st = p->f->sy->status;
	size_t i;

	if (status_begin(st, e) == -1)
		return -1;
	for (i = 0; i < refs->len; i++)
		if (result_record(p, refs->ops[i], &results[i], e) == -1)
			goto fail;
	if (step("deletions commit", e) == -1 || status_commit(st, e) == -1)
		goto fail;
	return step("deletions committed", e);
fail:
	status_rollback(st);
	return -1;
}

/* It may be of a message that is not copied to its new place yet. */
static bool
message_waits(const struct expunge *p, const struct store_ref *ref)
{
	return deletions_held_message(
		   &p->f->sy->run.deletions, p->side, ref->size) != NULL;
}

static int
expunge_chunk(struct expunge *p, size_t first, size_t n, struct err *e)
{
	struct sync *sy = p->f->sy;
	struct store *s = sy->store[p->side];
	struct store_result *results;
	struct refs refs = { 0 };
	size_t i;
	int ret;

	ret = 0;
	for (i = first; ret == 0 && i < first + n; i++) {
		ret = refs_add(&refs, p->f, p->ops[i], p->side, e);
		if (ret == 0 && message_waits(p, &refs.list[refs.len - 1])) {
			refs_pop(&refs);
			p->waiting++;
		}
	}
	results = xcalloc(n, sizeof(*results));
	if (ret == 0)
		ret = step("remove", e);
	if (ret == 0 && refs.len > 0)
		ret = s->ops->remove(s, refs.list, refs.len, results, e);
	if (ret == 0)
		ret = step("removed", e);
	if (ret == 0)
		ret = results_record(p, &refs, results, e);
	store_results_clear(results, n);
	free(results);
	refs_clear(&refs);
	return ret;
}

static int
expunge_run(struct expunge *p, struct err *e)
{
	size_t i, n;

	if (expunge_brake(p, e) == -1)
		return -1;
	for (i = 0; i < p->len && !sync_stopped(p->f->sy); i += n) {
		n = p->len - i < CHUNK_MESSAGES ? p->len - i : CHUNK_MESSAGES;
		if (p->f->sy->env->request->dry_run) {
			report_op(p->f, EVOP_EXPUNGE, p->ops[i], NULL);
			report_count(p->f, p->side, COUNT_EXPUNGE, 1);
			n = 1;
		} else if (expunge_chunk(p, i, n, e) == -1) {
			return -1;
		}
	}
	if (p->waiting > 0)
		report_warning(p->f->sy, p->f->entry->label,
		    "%zu deletions on the %s side wait: they may be of "
		    "messages that could not be copied to their new place",
		    p->waiting, p->side == LOCAL ? "local" : "remote");
	return 0;
}

static int
expunge_side(struct folder *f, enum side side, struct err *e)
{
	const struct deletions *d = &f->sy->run.deletions;
	struct expunge p = { .f = f, .side = side };
	size_t i;
	int ret;

	p.ops = xcalloc(d->len, sizeof(*p.ops));
	for (i = 0; i < d->len; i++)
		if (d->list[i].entry == f->number &&
		    d->list[i].op.side == side && !d->list[i].moved) {
			p.ops[p.len++] = &d->list[i].op;
			p.left = d->list[i].left;
		}
	ret = p.len == 0 ? 0 : expunge_run(&p, e);
	free(p.ops);
	return ret;
}

static int
expunge_folder(struct sync *sy, size_t entry, struct err *e)
{
	struct folder f;
	int ret;

	folder_init(&f, sy, entry);
	ret = folder_load(&f, e);
	if (ret == 0)
		ret = folder_open(&f, e);
	if (ret == 0)
		ret = folder_check_validity(&f, e);
	if (ret == 0) {
		deletions_hold_noted(&sy->run.deletions, entry, &f.row);
		ret = expunge_side(&f, REMOTE, e);
	}
	if (ret == 0)
		ret = expunge_side(&f, LOCAL, e);
	if (ret == -1)
		err_prefix(e, "%s", f.entry->label);
	folder_clear(&f);
	return ret;
}

static bool
has_deletions(const struct deletions *d, size_t entry)
{
	size_t i;

	for (i = 0; i < d->len; i++)
		if (d->list[i].entry == entry && !d->list[i].moved)
			return deletions_held_folder(
				   d, entry, REMOTE, HOLD_REVALIDATED) == NULL;
	return false;
}

static void
report_waiting(struct sync *sy, const struct deletion_hold *hold)
{
	size_t n = sy->run.deletions.len;

	report_warning(sy, NULL, "%zu %s until every folder can be copied%s%s",
	    n, n == 1 ? "deletion waits" : "deletions wait",
	    hold->label != NULL ? "; not so " : "",
	    hold->label != NULL ? hold->label : "");
}

int
exec_expunge(struct sync *sy, struct err *e)
{
	const struct deletions *d = &sy->run.deletions;
	const struct deletion_hold *hold = deletions_held(d);
	size_t entry;

	if (d->len == 0)
		return 0;
	if (hold != NULL) {
		report_waiting(sy, hold);
		return 0;
	}
	for (entry = 0; entry < sy->run.map.len && !sync_stopped(sy); entry++) {
		if (!has_deletions(d, entry) ||
		    expunge_folder(sy, entry, e) == 0)
			continue;
		if (e->scope > ERR_FOLDER)
			return -1;
		report_problem(sy, NULL, e);
		err_clear(e);
	}
	return 0;
}
