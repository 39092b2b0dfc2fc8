/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One folder: recover, scan, plan, execute, record. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/exec.h"
#include "engine/sync/exec_download.h"
#include "engine/sync/exec_flags.h"
#include "engine/sync/exec_names.h"
#include "engine/sync/exec_records.h"
#include "engine/sync/exec_server_copy.h"
#include "engine/sync/exec_upload.h"
#include "engine/sync/first_run.h"
#include "engine/sync/folder_scan.h"
#include "engine/sync/generation.h"
#include "engine/sync/limits.h"
#include "engine/sync/overdue.h"
#include "engine/sync/proof.h"
#include "engine/sync/reconsider.h"
#include "engine/sync/recover.h"
#include "engine/sync/refused.h"
#include "engine/sync/report.h"
#include "engine/sync/revalidate.h"
#include "engine/sync/suspect.h"
#include "engine/sync/sync_folder.h"
#include "engine/sync/terms.h"
#include "engine/sync/unpaired.h"

/* The caller frees. */
static uint32_t *
duplicate_ids(const struct folder_scan *scan, enum side side)
{
	uint32_t *ids = xcalloc(scan->duplicates_len[side], sizeof(*ids));
	size_t i;

	for (i = 0; i < scan->duplicates_len[side]; i++)
		ids[i] = scan->duplicates[side][i].id;
	return ids;
}

static void
folder_plan(struct folder *f)
{
	const struct settings_account *a = f->sy->env->account;
	struct plan_match *matches;
	struct plan_input in = { 0 };
	uint32_t *duplicates[2];
	bool dry_run = f->sy->env->request->dry_run;
	enum side s;
	size_t i;

	matches = xcalloc(f->scan.matches_len, sizeof(*matches));
	for (i = 0; i < f->scan.matches_len; i++)
		matches[i] = f->scan.matches[i].m;
	for (s = LOCAL; s <= REMOTE; s++) {
		in.snap[s] = &f->scan.snap[s];
		/* In a dry run all is opened read-only; what could be kept
		 * is not known then. */
		in.storable[s] = dry_run ? FLAG_ALL : f->state[s].storable;
		in.policy.readonly[s] =
		    a->store[s].readonly || (!dry_run && f->state[s].readonly);
		in.policy.deletes_from[s] = a->store[s].sync_deletes;
		in.policy.marks_only[s] = !a->store[s].expunge;
		duplicates[s] = duplicate_ids(&f->scan, s);
		in.duplicates[s] = duplicates[s];
		in.duplicates_len[s] = f->scan.duplicates_len[s];
	}
	in.base = f->scan.base;
	in.base_len = f->scan.base_len;
	in.matches = matches;
	in.matches_len = f->scan.matches_len;
	plan_make(&in, &f->plan);
	free(duplicates[LOCAL]);
	free(duplicates[REMOTE]);
	free(matches);
}

/* Says once for the folder which flags a side cannot keep. */
static void
unkept_report(struct folder *f, enum side side)
{
	struct buf names = { 0 };

	keywords_put_names(&f->keywords, f->plan.unkept[side], &names);
	if (names.len > 0)
		report_warning(f->sy, f->entry->label,
		    "the %s side cannot keep the flags%s: they are on the "
		    "other one alone",
		    side_name(side), buf_str(&names));
	buf_clear(&names);
}

/* Puts the name into the snapshot; a partial one may lack the message. */
static void
name_keep(struct snapshot *snap, uint32_t id, uint32_t flags, const char *name)
{
	struct snap_msg *msg = (struct snap_msg *)snapshot_find(snap, id);

	if (msg == NULL && (snap->complete || uidset_has(&snap->vanished, id)))
		return; /* it is gone from this side */
	if (msg == NULL) {
		msg = snapshot_add(snap);
		*msg = (struct snap_msg){ .id = id, .flags = flags };
	}
	if (msg->name == 0)
		msg->name = snapshot_add_name(snap, name);
	snapshot_sort(snap);
}

/*
 * A file that is copied back to the other side loses its pair first, and with
 * it the name by which the status knew it.
 */
static int
keep_name(struct folder *f, const struct op *op, struct err *e)
{
	struct status_pair p;
	enum side s;
	bool found;

	if (status_pair_get(
		f->sy->status, f->row.id, op->id[REMOTE], &p, &found, e) == -1)
		return -1;
	for (s = LOCAL; found && s <= REMOTE; s++)
		if (store_traits(f->sy->store[s])->names_files)
			name_keep(
			    &f->scan.snap[s], op->id[s], p.flags, p.name[s]);
	return 0;
}

static int
keep_names(struct folder *f, struct err *e)
{
	const struct op *ops;
	size_t i, n;

	ops = exec_ops(&f->plan, OP_FORGET, &n);
	for (i = 0; i < n; i++)
		if (ops[i].why == WHY_FLAGGED && keep_name(f, &ops[i], e) == -1)
			return -1;
	return 0;
}

static int
folder_copy(struct folder *f, enum side to, struct err *e)
{
	const struct op *first, **ops;
	size_t i, n, all;
	int ret;

	first = exec_ops(&f->plan, OP_COPY, &all);
	ops = xcalloc(all, sizeof(*ops));
	for (n = 0, i = 0; i < all; i++)
		if (first[i].side == to)
			ops[n++] = &first[i];
	/* What the server copies itself is no transfer that a limit is for. */
	ret = n == 0 ? 0 : exec_server_copy_plan(f, ops, &n, e);
	if (ret == 0)
		ret = limits_apply(f, ops, &n, e);
	if (ret == 0 && n > 0 && f->sy->env->request->dry_run)
		for (i = 0; i < n; i++) {
			report_op(f, EVOP_COPY, ops[i], NULL);
			report_count(f, to, COUNT_COPY, 1);
		}
	else if (ret == 0 && n > 0)
		ret = store_traits(f->sy->store[to])->hands_out_ids
			  ? exec_upload(f, ops, n, e)
			  : exec_download(f, ops, n, e);
	free(ops);
	return ret;
}

/* How many messages of the base are still on a side. */
static size_t
base_left(const struct folder_scan *scan, enum side side)
{
	size_t i, n;

	for (n = 0, i = 0; i < scan->base_len; i++)
		n += snapshot_find(&scan->snap[side], scan->base[i].id[side]) !=
		     NULL;
	return n;
}

/* What is known of a duplicate; all 0 when the operation is about none. */
static struct duplicate
duplicate_of(const struct folder_scan *scan, const struct op *op)
{
	size_t i;

	for (i = 0;
	     op->why == WHY_DUPLICATE && i < scan->duplicates_len[op->side];
	     i++)
		if (scan->duplicates[op->side][i].id == op->id[op->side])
			return scan->duplicates[op->side][i];
	return (struct duplicate){ 0 };
}

static void
deletion_held(const struct folder *f, struct deletion *d)
{
	enum side side = (enum side)d->op.side;
	uint32_t id = d->op.id[REMOTE];

	d->held =
	    uidset_has(&f->row.held[side], id) ? f->row.why[side] : HOLD_NONE;
	d->shown = d->held != HOLD_NONE && !uidset_has(&f->suspected[side], id);
}

#define VIEW_ROUND 1000

/*
 * Some servers show only the newest messages of a large folder; when one comes,
 * the oldest leaves the view. What is older than all that is shown was not
 * deleted, as long as there are as many as such a limit allows: the one that
 * the server states, or a round number. Returns that, or 0.
 */
static uint32_t
view_limit(const struct folder *f, enum side side)
{
	size_t n = f->scan.snap[side].len;

	if (!store_traits(f->sy->store[side])->hands_out_ids || n == 0 ||
	    (n != f->state[side].limit && n % VIEW_ROUND != 0))
		return 0;
	return (uint32_t)n;
}

static uint32_t
deletion_view(const struct folder *f, const struct op *op)
{
	enum side from = !op->side;
	uint32_t limit = view_limit(f, from);

	return limit != 0 && op->id[from] < f->scan.snap[from].msgs[0].id
		   ? limit
		   : 0;
}

/* Deletions wait until all copies of the account are made. */
static void
folder_deletions(struct folder *f)
{
	struct deletion new = { .entry = f->number };
	const struct op *ops;
	size_t i, n, left[2];

	ops = exec_ops(&f->plan, OP_EXPUNGE, &n);
	if (n == 0)
		return;
	f->outcome.unfinished = true;
	if (f->scan.snap[LOCAL].shortfall.scope != ERR_NONE ||
	    f->scan.snap[REMOTE].shortfall.scope != ERR_NONE)
		return; /* not everything is known: another time */
	left[LOCAL] = base_left(&f->scan, LOCAL);
	left[REMOTE] = base_left(&f->scan, REMOTE);
	for (i = 0; i < n; i++) {
		new.op = ops[i];
		new.left = left[!ops[i].side];
		deletion_held(f, &new);
		new.view = deletion_view(f, &ops[i]);
		new.duplicate = duplicate_of(&f->scan, &ops[i]);
		deletions_add(&f->sy->run.deletions, &new);
	}
}

static void
report_planned(struct folder *f)
{
	size_t i;

	for (i = 0; i < f->plan.len; i++) {
		const struct op *op = &f->plan.ops[i];

		if (op->kind == OP_FLAGS) {
			report_op(f, EVOP_FLAGS, op, NULL);
			report_count(f, op->side, COUNT_FLAGS, 1);
		} else if (op->kind == OP_ADOPT) {
			report_op(f, EVOP_ADOPT, op, NULL);
			report_count(f, LOCAL, COUNT_ADOPT, 1);
		}
	}
}

static int
folder_execute(struct folder *f, struct err *e)
{
	const struct op *ops;
	size_t i, n;

	ops = exec_ops(&f->plan, OP_SKIP, &n);
	for (i = 0; i < n; i++) {
		report_op(f, EVOP_SKIP, &ops[i], NULL);
		report_count(f, ops[i].side, COUNT_SKIP, 1);
	}
	if (keep_names(f, e) == -1)
		return -1;
	if (f->sy->env->request->dry_run)
		report_planned(f);
	else if ((f->plan.len > n && generation_advance(f->sy, e) == -1) ||
		 exec_names(f, e) == -1 || exec_records(f, e) == -1)
		return -1;
	if (folder_copy(f, LOCAL, e) == -1 || folder_copy(f, REMOTE, e) == -1)
		return -1;
	if (!f->sy->env->request->dry_run && exec_flags(f, e) == -1)
		return -1;
	folder_deletions(f);
	return 0;
}

/* What waited for a decision and is planned no more waits for nothing. */
static void
held_trim(struct folder *f)
{
	struct uidset still[2] = { { 0 }, { 0 } };
	const struct op *ops;
	size_t i, n;
	enum side s;

	ops = exec_ops(&f->plan, OP_EXPUNGE, &n);
	for (i = 0; i < n; i++)
		if (uidset_has(&f->row.held[ops[i].side], ops[i].id[REMOTE]))
			uidset_add(&still[ops[i].side], ops[i].id[REMOTE]);
	for (s = LOCAL; s <= REMOTE; s++) {
		uidset_clear(&f->row.held[s]);
		f->row.held[s] = still[s];
		if (still[s].len == 0)
			f->row.why[s] = HOLD_NONE;
	}
}

/*
 * What the next run may rely on. A token is that of before the scan, so that
 * what we changed ourselves is looked at once more; it is kept only when
 * nothing is left to do.
 */
static int
folder_record(struct folder *f, struct err *e)
{
	struct status *st = f->sy->status;
	enum side s;
	bool keep;

	keep = !f->outcome.failed && !f->outcome.unfinished &&
	       !sync_stopped(f->sy);
	for (s = LOCAL; s <= REMOTE; s++) {
		f->row.modseq[s] = f->state[s].modseq;
		f->row.arrived[s] = f->state[s].arrived;
		f->row.older[s] = HOLD_NONE;
		if (store_traits(f->sy->store[s])->hands_out_ids &&
		    f->state[s].next_id != 0)
			f->row.next_id[s] = f->state[s].next_id;
		f->row.left[s] = f->outcome.left[s];
		f->row.token[s] = f->scan.snap[s].token;
		f->row.token[s].valid &= keep;
		folder_object_put(f, s);
	}
	held_trim(f);
	f->row.made_under = terms_of(f->sy->env->account);
	if (f->scan.snap[LOCAL].complete && f->scan.snap[REMOTE].complete)
		f->row.scanned_at = clock_wall();
	if (status_begin(st, e) == -1)
		return -1;
	if (status_keywords_put(st, f->row.id, &f->keywords, e) == -1 ||
	    status_folder_put(st, &f->row, e) == -1 ||
	    status_refused_drop(st, f->row.id, e) == -1 ||
	    step("folder commit", e) == -1 || status_commit(st, e) == -1) {
		status_rollback(st);
		return -1;
	}
	return step("folder committed", e);
}

/*
 * What the pairs to come rest on, written down before the first of them: which
 * bits are which keywords, and to which validities the ids belong. Should we
 * die in the middle of a first run, the next one still sees that a server
 * handed out its ids anew, or that the disk with the files is not mounted.
 */
static int
ground_record(struct folder *f, struct err *e)
{
	struct status *st = f->sy->status;
	enum side s;

	if (f->sy->env->request->dry_run)
		return 0;
	for (s = LOCAL; s <= REMOTE; s++)
		f->row.validity[s] = f->state[s].validity;
	if (status_begin(st, e) == -1)
		return -1;
	if (status_keywords_put(st, f->row.id, &f->keywords, e) == -1 ||
	    status_folder_put(st, &f->row, e) == -1 ||
	    status_commit(st, e) == -1) {
		status_rollback(st);
		return -1;
	}
	return 0;
}

/* A side got older unseen: its newest message known is another one now. */
static int
folder_reused(struct folder *f, struct suspicion doubt[2], struct err *e)
{
	bool other = false;
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		if (!f->scan.snap[s].reused || doubt[s].compare)
			continue;
		if (proof_newest(f, s, &other, e) == -1)
			return -1;
		if (other)
			doubt[s] = (struct suspicion){ HOLD_OLDER, true };
	}
	return 0;
}

static int
last_ids_load(struct folder *f, struct err *e)
{
	bool found;
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++)
		if (store_traits(f->sy->store[s])->hands_out_ids &&
		    status_pair_last(f->sy->status, f->row.id, s,
			&f->last_id[s], &found, e) == -1)
			return -1;
	return 0;
}

/* What speaks against a side stays written down until the folder was done: what
 * tells it may be gone by the next run. (That it is another one, the id tells
 * until then.) */
static int
suspicion_store(
    struct folder *f, const struct suspicion doubt[2], struct err *e)
{
	bool changed = false;
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		if (doubt[s].reason == HOLD_NONE ||
		    doubt[s].reason == HOLD_SETTINGS ||
		    doubt[s].reason == HOLD_REPLACED ||
		    f->row.older[s] != HOLD_NONE)
			continue;
		f->row.older[s] = doubt[s].reason;
		changed = true;
	}
	if (!changed || f->sy->env->request->dry_run)
		return 0;
	return status_folder_put(f->sy->status, &f->row, e);
}

/* The row's validity and the ids in it are those of the folder. */
static int
folder_look(struct folder *f, bool *stop, struct err *e)
{
	struct suspicion doubt[2];
	bool everything;
	enum side s;

	*stop = false;
	if (folder_validity_changed(f, LOCAL) ||
	    folder_validity_changed(f, REMOTE))
		return revalidate_folder(f, stop, e);
	everything =
	    f->sy->env->request->full ||
	    f->row.made_under != terms_of(f->sy->env->account) ||
	    clock_passed(f->row.scanned_at, FOLDER_SCAN_SECONDS, clock_wall());
	if (recover_folder(f, e) == -1 || last_ids_load(f, e) == -1)
		return -1;
	for (s = LOCAL; s <= REMOTE; s++) {
		doubt[s] = suspect_side(f, s);
		everything = everything || doubt[s].reason != HOLD_NONE;
	}
	if (recover_folder(f, e) == -1 || folder_scan(f, everything, e) == -1 ||
	    folder_reused(f, doubt, e) == -1 ||
	    suspicion_store(f, doubt, e) == -1)
		return -1;
	for (s = LOCAL; s <= REMOTE && !*stop; s++)
		if (doubt[s].compare &&
		    reconsider_folder(f, s, doubt[s].reason, stop, e) == -1)
			return -1;
	for (s = LOCAL; s <= REMOTE && !*stop; s++)
		*stop = suspect_mount(f, s, doubt[s].reason);
	for (s = LOCAL; s <= REMOTE && !*stop; s++)
		suspect_missing(f, s, doubt[s].reason);
	return 0;
}

/* All of it was looked at, if it kept still or had not changed; and what could
 * be copied was. */
static void
folder_saw(struct folder *f)
{
	const struct snapshot *snap;
	enum side s;

	f->entry->seen = !sync_stopped(f->sy);
	for (s = LOCAL; s <= REMOTE; s++) {
		snap = &f->scan.snap[s];
		/* What is not looked at again still has what it had. */
		if (!snap->complete)
			f->outcome.left[s] |= f->row.left[s];
		f->entry->token[s] = snap->token;
		f->entry->left[s] = f->outcome.left[s];
		if (!snap->complete &&
		    !store_token_equal(&snap->token, &f->row.token[s]))
			f->entry->seen = false;
	}
}

static int
folder_pass(struct folder *f, struct err *e)
{
	bool stop;

	if (folder_load(f, e) == -1)
		return -1;
	if (folder_open(f, e) == -1)
		return refused_hint(f->sy, f->entry, e);
	if (folder_look(f, &stop, e) == -1)
		return -1;
	if (stop)
		return 0;
	if (overdue_find(f, e) == -1 || unpaired_match(f, e) == -1)
		return -1;
	folder_plan(f);
	unkept_report(f, LOCAL);
	unkept_report(f, REMOTE);
	if (first_run_brake(f, &stop, e) == -1)
		return -1;
	if (stop)
		return 0;
	if (ground_record(f, e) == -1)
		return -1;
	log_debug(f->sy->env->log, LOG_SYNC,
	    "%s: %zu here, %zu there, %zu known: "
	    "%zu operations",
	    f->entry->label, f->scan.snap[LOCAL].len, f->scan.snap[REMOTE].len,
	    f->scan.base_len, f->plan.len);
	if (folder_execute(f, e) == -1)
		return -1;
	folder_saw(f);
	return f->sy->env->request->dry_run ? 0 : folder_record(f, e);
}

static void
folder_report_end(struct folder *f, int ret, const struct err *e)
{
	struct event ev;

	report_init(&ev, f->sy, f->entry->label, EV_FOLDER_END);
	memcpy(ev.counts, f->outcome.counts, sizeof(ev.counts));
	ev.scope = ret == -1	       ? e->scope
		   : f->outcome.failed ? ERR_MESSAGE
				       : ERR_NONE;
	report_post(f->sy, &ev);
	if (f->sy->env->arrived != NULL)
		f->sy->env->arrived(f->sy->env->arrived_arg, f->entry->label,
		    f->outcome.counts[LOCAL][COUNT_COPY]);
}

int
sync_folder_failed(struct sync *sy, size_t entry, struct err *e)
{
	const struct foldermap_entry *failed = &sy->run.map.list[entry];

	if (e->scope > ERR_FOLDER) {
		sy->run.broke_at = entry + 1;
		return err_folder(e, failed->label);
	}
	report_problem(sy, failed->label, e);
	err_clear(e);
	return refused_note(sy, failed, e);
}

int
sync_folder(struct sync *sy, size_t entry, struct err *e)
{
	struct folder f;
	struct event ev;
	int ret;

	folder_init(&f, sy, entry);
	report_init(&ev, sy, f.entry->label, EV_FOLDER_START);
	ev.done = entry;
	ev.total = sy->run.map.len;
	report_post(sy, &ev);
	ret = folder_pass(&f, e);
	folder_report_end(&f, ret, e);
	folder_clear(&f);
	return ret == 0 ? 0 : sync_folder_failed(sy, entry, e);
}
