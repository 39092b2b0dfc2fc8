/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deletions, last of all: by now every copy of the account is made, so that a
 * message which was moved by hand is safe at its new place. Each is asked about
 * twice (deletion_veto): before its folder is opened, and when the brake has
 * counted and the size of the message is known. What is vetoed is reported with
 * the reason.
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/exec.h"
#include "engine/sync/exec_expunge.h"
#include "engine/sync/exec_records.h"
#include "engine/sync/folder.h"
#include "engine/sync/overdue.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

#define CHUNK_MESSAGES 500

/* The deletions of one folder on one side. */
struct expunge {
	struct folder *f;
	enum side side;
	struct deletion **list;
	size_t len;
	/* By the reason: how many are vetoed, and the first hold. */
	size_t vetoed[HOLD_REASONS];
	struct deletion_hold why[HOLD_REASONS];
};

struct elsewhere {
	const struct expunge *p;
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
			p->list[i]->op.id[REMOTE], &pair, &found, e) == -1)
			return -1;
		moved = false;
		if (found && moved_elsewhere(p, &pair, &moved, e) == -1)
			return -1;
		if (!moved)
			(*n)++;
	}
	return 0;
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

/*
 * The brake: holds the deletions, and notes it, when too many are gone at once.
 * Counts once more when it matters; most runs end at the first look.
 */
static int
expunge_brake(struct expunge *p, struct err *e)
{
	const struct store_token *noted = &p->f->row.token[!p->side];
	int64_t most = p->f->sy->env->account->maxdelete;
	struct deletion_hold many = {
		.reason = HOLD_MANY, .entry = p->f->number, .side = p->side
	};
	bool held = store_token_says(noted, NOTE_HELD);
	struct store_token note = { 0 };
	uint64_t left;

	if (p->f->sy->env->request->release)
		return expunge_note(p, note, e);
	/* Once held, what came there since is no reason to let them go. */
	left = held ? 0 : p->list[0]->left;
	if (!brake_holds(left + p->len, p->len, most))
		return 0;
	if (expunge_losses(p, &many.lost, e) == -1)
		return -1;
	/* What was moved is no part of what could be left. */
	if (!brake_holds(left + many.lost, many.lost, most))
		return 0;
	deletions_hold(&p->f->sy->run.deletions, &many);
	store_token_note(&note, NOTE_HELD);
	return held ? 0 : expunge_note(p, note, e);
}

/* What waits for the user's decision; the other reasons pass by themselves. */
static bool
is_decision(enum hold_reason reason)
{
	return reason == HOLD_MISSING || reason == HOLD_MANY;
}

/* True when it may not be made now: counts it by the reason. */
static bool
is_vetoed(struct expunge *p, const struct deletion *what)
{
	const struct deletion_hold *no;

	no = deletion_veto(&p->f->sy->run.deletions, what);
	if (no == NULL)
		return false;
	if (p->vetoed[no->reason]++ == 0)
		p->why[no->reason] = *no;
	if (is_decision(no->reason)) {
		report_op(p->f, EVOP_HELD, &what->op, NULL);
		report_count(p->f, p->side, COUNT_HELD, 1);
	}
	return true;
}

/* Takes out what may not be made now. */
static void
expunge_ask(struct expunge *p)
{
	size_t i, n;

	for (n = 0, i = 0; i < p->len; i++)
		if (!is_vetoed(p, p->list[i]))
			p->list[n++] = p->list[i];
	p->len = n;
}

static void
expunge_report(const struct expunge *p)
{
	const char *label = p->f->entry->label;
	const char *side = side_name(p->side);
	struct buf why = { 0 };
	size_t r, n;

	for (r = 0; r < HOLD_REASONS; r++) {
		n = p->vetoed[r];
		if (n == 0)
			continue;
		deletion_hold_text(&p->why[r], &why);
		if (is_decision((enum hold_reason)r))
			report_held(p->f->sy, label, EVOP_HELD, n,
			    "%zu %s on the %s side %s held: %s; if that was "
			    "meant, run again with --force-delete",
			    n, n == 1 ? "deletion" : "deletions", side,
			    n == 1 ? "is" : "are", buf_str(&why));
		else
			report_warning(p->f->sy, label,
			    "%zu %s on the %s side: %s", n,
			    n == 1 ? "deletion waits" : "deletions wait", side,
			    buf_str(&why));
		buf_clear(&why);
	}
}

/*
 * The server has another message under that UID. It stays, and as nothing is
 * known of it any more, the next run takes it for new.
 */
static int
pair_disown(struct expunge *p, const struct op *op, struct err *e)
{
	struct folder *f = p->f;
	struct err why = ERR_INIT;

	err_set(&why, ERR_MESSAGE,
	    "it is not removed: its size or date on the server is not that of "
	    "the message which was deleted on the other side");
	report_count(f, p->side, COUNT_FAILED, 1);
	report_error(f, op, &why);
	err_clear(&why);
	return status_pair_drop(f->sy->status, f->row.id, op->id[REMOTE], e);
}

/* The message is gone. */
static int
deletion_record(struct expunge *p, const struct deletion *done, struct err *e)
{
	struct status *st = p->f->sy->status;

	report_op(p->f, EVOP_EXPUNGE, &done->op, NULL);
	report_count(p->f, p->side, COUNT_EXPUNGE, 1);
	if (done->duplicate.id != 0)
		return status_intent_drop(st, done->duplicate.intent, e);
	return status_pair_drop(st, p->f->row.id, done->op.id[REMOTE], e);
}

static int
result_record(struct expunge *p, const struct deletion *what,
    const struct store_result *r, struct err *e)
{
	struct folder *f = p->f;

	if (r->outcome == STORE_FAILED) {
		report_count(f, p->side, COUNT_FAILED, 1);
		report_error(f, &what->op, &r->err);
		return 0;
	}
	/* What a file was changed to, the next pass sees. */
	if (r->outcome == STORE_CHANGED && what->duplicate.id == 0 &&
	    store_traits(f->sy->store[p->side])->dates_identify)
		return pair_disown(p, &what->op, e);
	if (r->outcome == STORE_CHANGED && r->err.scope != ERR_NONE)
		report_doubt(f, &what->op, &r->err);
	if (r->outcome != STORE_DONE && r->outcome != STORE_GONE)
		return 0; /* the next pass decides anew */
	return deletion_record(p, what, e);
}

/* refs are of members of deletions. */
static const struct deletion *
deletion_of(const struct op *op)
{
	return (const struct deletion *)((const char *)op -
					 offsetof(struct deletion, op));
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
		if (result_record(
			p, deletion_of(refs->ops[i]), &results[i], e) == -1)
			goto fail;
	if (step("deletions commit", e) == -1 || status_commit(st, e) == -1)
		goto fail;
	return step("deletions committed", e);
fail:
	status_rollback(st);
	return -1;
}

/* Appends the message, unless now that its size is known there is a veto, or a
 * duplicate is none any more. */
static int
chunk_add(
    struct expunge *p, struct deletion *what, struct refs *refs, struct err *e)
{
	struct store_ref *ref;
	bool wanted = true;

	if (refs_add(refs, p->f, &what->op, p->side, e) == -1)
		return -1;
	ref = &refs->list[refs->len - 1];
	if (what->duplicate.id != 0 &&
	    overdue_check(p->f->sy->store[p->side], &what->duplicate, ref,
		&wanted, e) == -1)
		return -1;
	what->size = ref->size;
	if (!wanted || is_vetoed(p, what))
		refs_pop(refs);
	return 0;
}

/*
 * A server marks as deleted what it removes, and is perhaps asked no further:
 * other marks may be in the way, or the connection breaks. So the mark belongs
 * to the pair before it is made. Should the message come back on the other
 * side, it is that side's change, and the mark goes.
 */
static int
marks_intend(struct expunge *p, const struct refs *refs, struct err *e)
{
	struct status *st = p->f->sy->status;
	struct op op;
	size_t i;

	if (store_traits(p->f->sy->store[p->side])->names_files)
		return 0;
	if (status_begin(st, e) == -1)
		return -1;
	for (i = 0; i < refs->len; i++) {
		op = *refs->ops[i];
		op.add = FLAG_DELETED;
		op.del = 0;
		if (exec_records_flags(p->f, &op, e) == -1)
			goto fail;
	}
	if (status_commit(st, e) == 0)
		return 0;
fail:
	status_rollback(st);
	return -1;
}

static int
chunk_remove(struct expunge *p, const struct refs *refs, struct err *e)
{
	struct store *s = p->f->sy->store[p->side];
	struct store_result *results;
	int ret;

	results = xcalloc(refs->len, sizeof(*results));
	ret = marks_intend(p, refs, e);
	if (ret == 0)
		ret = step("remove", e);
	if (ret == 0)
		ret = store_told(
		    s, s->ops->remove(s, refs->list, refs->len, results, e), e);
	if (ret == 0)
		ret = step("removed", e);
	if (ret == 0)
		ret = results_record(p, refs, results, e);
	store_results_clear(results, refs->len);
	free(results);
	return ret;
}

static void
chunk_show(struct expunge *p, const struct refs *refs)
{
	size_t i;

	for (i = 0; i < refs->len; i++)
		report_op(p->f, EVOP_EXPUNGE, refs->ops[i], NULL);
	report_count(p->f, p->side, COUNT_EXPUNGE, (uint32_t)refs->len);
}

static int
expunge_chunk(struct expunge *p, size_t first, size_t n, struct err *e)
{
	struct refs refs = { 0 };
	size_t i;
	int ret;

	ret = 0;
	for (i = first; ret == 0 && i < first + n; i++)
		ret = chunk_add(p, p->list[i], &refs, e);
	if (ret == 0 && refs.len > 0 && p->f->sy->env->request->dry_run)
		chunk_show(p, &refs);
	else if (ret == 0 && refs.len > 0)
		ret = chunk_remove(p, &refs, e);
	refs_clear(&refs);
	return ret;
}

static int
expunge_run(struct expunge *p, struct err *e)
{
	size_t i, n;
	int ret;

	expunge_ask(p);
	ret = p->len == 0 ? 0 : expunge_brake(p, e);
	if (ret == 0)
		expunge_ask(p);
	for (i = 0; ret == 0 && i < p->len && !sync_stopped(p->f->sy); i += n) {
		n = p->len - i < CHUNK_MESSAGES ? p->len - i : CHUNK_MESSAGES;
		ret = expunge_chunk(p, i, n, e);
	}
	expunge_report(p);
	return ret;
}

static int
expunge_side(struct folder *f, enum side side, struct err *e)
{
	const struct deletions *d = &f->sy->run.deletions;
	struct expunge p = { .f = f, .side = side };
	size_t i;
	int ret;

	p.list = xcalloc(d->len, sizeof(*p.list));
	for (i = 0; i < d->len; i++)
		if (d->list[i].entry == f->number &&
		    d->list[i].op.side == side && !d->list[i].moved)
			p.list[p.len++] = &d->list[i];
	ret = p.len == 0 ? 0 : expunge_run(&p, e);
	free(p.list);
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
	if (ret == 0 && !sy->env->request->release)
		deletions_hold_missing(&sy->run.deletions, entry, &f.row);
	if (ret == 0)
		ret = expunge_side(&f, REMOTE, e);
	if (ret == 0)
		ret = expunge_side(&f, LOCAL, e);
	if (ret == -1)
		err_folder(e, f.entry->label);
	folder_clear(&f);
	return ret;
}

static bool
has_deletions(const struct deletions *d, size_t entry)
{
	size_t i;

	for (i = 0; i < d->len; i++)
		if (d->list[i].entry == entry && !d->list[i].moved)
			return true;
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
	const struct deletion_hold *no;
	size_t entry;

	if (d->len == 0)
		return 0;
	no = deletion_veto(d, &d->list[0]);
	if (no != NULL && no->reason == HOLD_COPIES_FAILED) {
		report_waiting(sy, no); /* it is against all of them */
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
