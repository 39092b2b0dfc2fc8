/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deletions, last of all: by now every copy of the account is made, so that a
 * message which was moved by hand is safe at its new place. They are judged
 * (deletions_judge.h), what they are about is looked for in other places
 * (elsewhere.h), and what nothing speaks against then is removed, folder by
 * folder. What is vetoed is reported with the reason, and what waits for the
 * user's decision is remembered.
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/deletions_judge.h"
#include "engine/sync/elsewhere.h"
#include "engine/sync/exec.h"
#include "engine/sync/exec_expunge.h"
#include "engine/sync/exec_records.h"
#include "engine/sync/folder.h"
#include "engine/sync/overdue.h"
#include "engine/sync/reconsider.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"
#include "engine/sync/suspect.h"
#include "engine/sync/unread.h"

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
	struct uidset held;	/* that wait for a decision, by remote id */
	enum hold_reason waits; /* the widest reason of these */
	uint64_t removed;	/* of a chunk: those that the brake counts */
};

/* The wider one; but one that does not go by itself before one that may. */
static enum hold_reason
wider(enum hold_reason a, enum hold_reason b)
{
	if (a == HOLD_NONE || b == HOLD_NONE)
		return a == HOLD_NONE ? b : a;
	if (hold_is_amount(a) != hold_is_amount(b))
		return hold_is_amount(a) ? b : a;
	return a < b ? a : b;
}

/* Counts it by the reason. What waits for a decision goes on waiting for it,
 * also where something else speaks against it in this run. */
static void
count_vetoed(struct expunge *p, const struct deletion *what,
    const struct deletion_hold *no)
{
	enum hold_reason waits = wider(
	    hold_is_decision(no->reason) ? no->reason : HOLD_NONE, what->held);

	if (p->vetoed[no->reason]++ == 0)
		p->why[no->reason] = *no;
	if (waits == HOLD_NONE)
		return;
	/* A duplicate has no pair, and perhaps no id there. */
	if (what->op.id[REMOTE] != 0)
		uidset_add(&p->held, what->op.id[REMOTE]);
	p->waits = wider(p->waits, waits);
	report_op(p->f, EVOP_HELD, &what->op, NULL);
	report_count(p->f, p->side, COUNT_HELD, 1);
}

/* Takes out what may not be made now. */
static void
expunge_ask(struct expunge *p)
{
	struct deletion_hold no;
	size_t i, n;

	for (n = 0, i = 0; i < p->len; i++)
		if (deletion_veto(&p->f->sy->run.deletions, p->list[i], &no))
			count_vetoed(p, p->list[i], &no);
		else
			p->list[n++] = p->list[i];
	p->len = n;
}

/* Remembers what waits for a decision, and why. */
static int
held_record(struct expunge *p, struct err *e)
{
	struct status_folder *row = &p->f->row;

	if (p->f->sy->env->request->dry_run ||
	    (p->held.len == 0 && row->held[p->side].len == 0))
		return 0;
	row->why[p->side] = p->waits;
	uidset_clear(&row->held[p->side]);
	row->held[p->side] = p->held;
	p->held = (struct uidset){ 0 };
	return status_folder_put(p->f->sy->status, row, e);
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
		if (hold_is_decision((enum hold_reason)r))
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
 * The server has another message under that UID. It stays; what is known of the
 * folder is not believed any more, and the next run compares it.
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
	return folder_doubt(f, e);
}

/* The message is gone. */
static int
deletion_record(struct expunge *p, const struct deletion *done, struct err *e)
{
	struct status *st = p->f->sy->status;

	p->removed += done->loss && !done->released;

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
	p->removed = 0;
	for (i = 0; i < refs->len; i++)
		if (result_record(
			p, deletion_of(refs->ops[i]), &results[i], e) == -1)
			goto fail;
	if (p->removed > 0 &&
	    status_removed_add(st, p->f->row.id, p->side, p->removed, e) == -1)
		goto fail;
	if (step("deletions commit", e) == -1 || status_commit(st, e) == -1)
		goto fail;
	return step("deletions committed", e);
fail:
	status_rollback(st);
	return -1;
}

/* Appends the message, unless a duplicate is none any more, or it is not the
 * pair's. */
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
	if (what->duplicate.id == 0 &&
	    unread_check(p->f, &what->op, ref, &wanted, e) == -1)
		return -1;
	if (!wanted)
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

/*
 * That a message is gone from a server says so only if the others still are the
 * ones that they were: else its UID is another message's now.
 */
static int
expunge_witness(struct expunge *p, struct err *e)
{
	struct err why = ERR_INIT;
	bool fits;

	if (reconsider_witness(p->f, !p->side, &fits, e) == -1)
		return -1;
	if (fits)
		return 0;
	if (folder_doubt(p->f, e) == -1)
		return -1;
	deletions_hold(&p->f->sy->run.deletions,
	    &(struct deletion_hold){
		.reason = HOLD_UNSURE, .entry = p->f->number });
	expunge_ask(p);
	err_set(&why, ERR_FOLDER,
	    "messages have other sizes or dates on the %s side than before, "
	    "with the same UIDs; nothing is deleted, and the next run compares "
	    "all of them",
	    side_name(!p->side));
	report_problem(p->f->sy, p->f->entry->label, &why);
	err_clear(&why);
	return 0;
}

static int
expunge_run(struct expunge *p, struct err *e)
{
	size_t i, n;
	int ret;

	expunge_ask(p);
	ret = p->len == 0 ? 0 : expunge_witness(p, e);
	for (i = 0; ret == 0 && i < p->len && !sync_stopped(p->f->sy); i += n) {
		n = p->len - i < CHUNK_MESSAGES ? p->len - i : CHUNK_MESSAGES;
		ret = expunge_chunk(p, i, n, e);
	}
	expunge_report(p);
	return ret == 0 ? held_record(p, e) : ret;
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
	uidset_clear(&p.held);
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

/* When all was seen and nothing waits: what the folders have got so far is not
 * what a message became that is removed later. */
static int
expunge_settle(struct sync *sy, struct err *e)
{
	size_t i;

	if (sy->env->request->dry_run || sy->env->request->folders.len > 0 ||
	    sync_stopped(sy))
		return 0;
	for (i = 0; i < sy->run.map.len; i++)
		if (!sy->run.map.list[i].seen)
			return 0;
	return status_settle(sy->status, e);
}

static bool
any_waits(const struct deletions *d)
{
	struct deletion_hold why;
	size_t i;

	for (i = 0; i < d->len; i++)
		if (deletion_veto(d, &d->list[i], &why))
			return true;
	return false;
}

int
exec_expunge(struct sync *sy, struct err *e)
{
	const struct deletions *d = &sy->run.deletions;
	size_t entry;

	if (d->len == 0)
		return expunge_settle(sy, e);
	if (deletions_judge(sy, e) == -1 || elsewhere_look(sy, e) == -1)
		return -1;
	for (entry = 0; entry < sy->run.map.len && !sync_stopped(sy); entry++) {
		if (!has_deletions(d, entry) ||
		    expunge_folder(sy, entry, e) == 0)
			continue;
		if (e->scope > ERR_FOLDER)
			return -1;
		report_problem(sy, NULL, e);
		err_clear(e);
	}
	return any_waits(d) ? 0 : expunge_settle(sy, e);
}
