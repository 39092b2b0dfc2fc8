/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One folder: recover, scan, plan, execute. */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/folder.h"
#include "maildir/maildir_name.h"

/* The local names are loaded at the first question: a folder whose files are
 * not looked at does not pay for them. */
static uint32_t
known_by_key(void *arg, uint64_t key)
{
	struct folder *f = arg;
	struct err e = ERR_INIT;

	if (!f->known_loaded) {
		f->known_loaded = true;
		if (status_known(f->sy->status, &f->row, &f->loaded, &e) == -1)
			f->known_err = e;
	}
	if (f->loaded.by_key == NULL)
		return 0;
	return f->loaded.by_key(f->loaded.arg, key);
}

/*
 * Any other folder with such a message: all of them are copies of one file,
 * made without blinkmail, and mean the same by their letters. But when this
 * folder has one under a name that does not say so, it is that one.
 */
static bool
place_elsewhere(void *arg, const struct status_place *p)
{
	struct folder *f = arg;
	const char *name = p->pair.name;

	if (p->folder != f->row.id) {
		f->home_id = p->folder;
		return true;
	}
	f->home_here = maildir_name_sum(name, strlen(name)) == NULL;
	return !f->home_here;
}

static int
home_find(struct folder *f, uint64_t key, struct err *e)
{
	int64_t before = f->home_id;
	struct status_folder *list;
	size_t i, len;

	f->home_id = 0;
	f->home_here = false;
	if (status_places(f->sy->status, key, NULL, place_elsewhere, f, e) ==
	    -1)
		return -1;
	if (f->home_here)
		f->home_id = 0;
	if (f->home_id == 0 || f->home_id == before)
		return 0;
	if (status_folders(f->sy->status, &list, &len, e) == -1)
		return -1;
	free(f->home);
	f->home = NULL;
	for (i = 0; i < len; i++) {
		if (list[i].id == f->home_id)
			f->home = xstrdup(list[i].name[LOCAL]);
		status_folder_clear(&list[i]);
	}
	free(list);
	return 0;
}

static const char *
known_home(void *arg, uint64_t key)
{
	struct folder *f = arg;
	struct err e = ERR_INIT;

	if (home_find(f, key, &e) == -1) {
		f->known_err = e;
		f->home_id = 0;
	}
	return f->home_id == 0 ? NULL : f->home;
}

void
folder_init(struct folder *f, struct sync *sy, size_t entry)
{
	*f = (struct folder){ .sy = sy, .entry = &sy->map.list[entry] };
	f->number = entry;
	f->known.arg = f;
	f->known.by_key = known_by_key;
	f->known.home = known_home;
}

void
folder_clear(struct folder *f)
{
	status_folder_clear(&f->row);
	keywords_clear(&f->keywords);
	status_known_clear(&f->loaded);
	free(f->home);
	snapshot_clear(&f->snap[LOCAL]);
	snapshot_clear(&f->snap[REMOTE]);
	free(f->base);
	free(f->matched);
	plan_clear(&f->plan);
}

int
folder_load(struct folder *f, struct err *e)
{
	struct sync *sy = f->sy;
	bool found;

	if (status_folder_get(
		sy->status, f->entry->name[REMOTE], &f->row, &found, e) == -1)
		return -1;
	if (!found) {
		f->row.name[LOCAL] = xstrdup(f->entry->name[LOCAL]);
		f->row.name[REMOTE] = xstrdup(f->entry->name[REMOTE]);
		f->row.next_id[LOCAL] = 1;
		if (!sy->request->dry_run &&
		    status_folder_put(sy->status, &f->row, e) == -1)
			return -1;
	} else if (strcmp(f->row.name[LOCAL], f->entry->name[LOCAL]) != 0) {
		return err_set(e, ERR_FOLDER,
		    "it was synchronised with the local folder %s before, and "
		    "nametrans now says %s; move the folder there and change "
		    "nothing else, or use a new metadata directory",
		    f->row.name[LOCAL], f->entry->name[LOCAL]);
	}
	f->known.next_id = f->row.next_id[LOCAL];
	return status_keywords_get(sy->status, f->row.id, &f->keywords, e);
}

static int
side_open(struct folder *f, enum side side, struct err *e)
{
	struct store *s = f->sy->store[side];
	struct store_open o = { 0 };

	if (!f->entry->there[side]) { /* a dry run: as if it were empty */
		f->state[side] =
		    (struct store_state){ .validity = 1, .storable = FLAG_ALL };
		return 0;
	}
	o.name = f->entry->name[side];
	o.readonly =
	    f->sy->request->dry_run || f->sy->account->store[side].readonly;
	o.keywords = &f->keywords;
	o.known = side == LOCAL ? &f->known : NULL;
	o.validity = f->row.validity[side] != 0 ? f->row.validity[side]
						: f->entry->validity[side];
	o.confirm = true;
	return s->ops->open(s, &o, &f->state[side], e);
}

int
folder_open(struct folder *f, struct err *e)
{
	if (side_open(f, REMOTE, e) == -1)
		return -1;
	return side_open(f, LOCAL, e);
}

int64_t
folder_pair_date(const struct folder *f, const int64_t date[2])
{
	/* In 32 bits, as a server may have it: see store_imap_change.c. */
	if (store_traits(f->sy->store[LOCAL])->dates_identify &&
	    (uint32_t)date[LOCAL] != (uint32_t)date[REMOTE])
		return 0;
	return date[REMOTE];
}

static bool
validity_changed(const struct folder *f, enum side side)
{
	return f->row.validity[side] != 0 &&
	       f->row.validity[side] != f->state[side].validity;
}

int
folder_check_validity(const struct folder *f, struct err *e)
{
	if (validity_changed(f, LOCAL) || validity_changed(f, REMOTE))
		return err_set(e, ERR_FOLDER,
		    "UIDVALIDITY changed in the middle of the run");
	return 0;
}

/* True when the side cannot have changed since both were the same. */
static bool
unchanged(const struct folder *f, enum side side, bool everything)
{
	const struct store_token *now = &f->state[side].token;

	return !everything && store_token_equal(now, &f->row.token[side]) &&
	       (now->exact || sync_trusts(f->sy, f->entry));
}

static int
side_scan(struct folder *f, enum side side, bool everything, struct err *e)
{
	struct store *s = f->sy->store[side];
	struct snapshot *snap = &f->snap[side];

	snapshot_clear(snap);
	if (!f->entry->there[side]) {
		snap->complete = true;
		return 0;
	}
	if (unchanged(f, side, everything)) {
		snap->token = f->state[side].token;
		return 0; /* partial and empty: all is as in the base */
	}
	f->known_loaded = false;
	status_known_clear(&f->loaded);
	report_listing(f, side);
	if (s->ops->scan(s, snap, e) == -1)
		return -1;
	if (f->known_err.scope != ERR_NONE) {
		*e = f->known_err;
		return -1;
	}
	return 0;
}

static int
folder_scan(struct folder *f, bool everything, struct err *e)
{
	free(f->base);
	f->base = NULL;
	if (side_scan(f, REMOTE, everything, e) == -1 ||
	    side_scan(f, LOCAL, everything, e) == -1)
		return -1;
	return status_base(f->sy->status, f->row.id, &f->base, &f->base_len, e);
}

/* How often, and after what pause, to look for what a server may still be
 * storing, before it is sent again. */
#define RECOVER_LOOKS 2
#define RECOVER_WAIT_MS 350

/* What an earlier run left in flight. The scan must be complete for that. */
static int
folder_recover(struct folder *f, struct err *e)
{
	struct status_intent *list;
	size_t i, len, missing;
	bool any;

	if (f->sy->request->dry_run || f->row.validity[REMOTE] == 0)
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
		f->known.next_id = f->row.next_id[LOCAL];
		if (missing > 0 && i < RECOVER_LOOKS)
			poll(NULL, 0, RECOVER_WAIT_MS);
		if (folder_open(f, e) == -1)
			return -1;
		if (missing == 0 || i == RECOVER_LOOKS)
			return folder_scan(f, true, e);
	}
}

static void
report_validity(
    struct folder *f, enum side changed, uint32_t before, size_t lost)
{
	uint32_t now = f->state[changed].validity;

	if (lost > 0)
		report_held(f->sy, f, EVOP_SKIP, lost,
		    "UIDVALIDITY changed from %u to %u; %zu of the %zu "
		    "messages known are not found again by content; the "
		    "folder is left alone",
		    before, now, lost, f->base_len);
	else if (f->sy->request->dry_run)
		report_warning(f->sy, f,
		    "UIDVALIDITY changed from %u to %u; all messages would be "
		    "found again by content; what else would be done here is "
		    "not known before that",
		    before, now);
	else
		report_warning(f->sy, f,
		    "UIDVALIDITY changed from %u to %u; all messages were "
		    "found again by content",
		    before, now);
}

/* *stop: nothing more is to be done in this folder. */
static int
folder_revalidate(struct folder *f, bool *stop, struct err *e)
{
	enum side changed = validity_changed(f, REMOTE) ? REMOTE : LOCAL;
	uint32_t before = f->row.validity[changed];
	size_t lost;

	*stop = false;
	if (folder_scan(f, true, e) == -1)
		return -1;
	if (!f->snap[LOCAL].complete || !f->snap[REMOTE].complete) {
		err_set(e, ERR_FOLDER,
		    "UIDVALIDITY changed, and the folder "
		    "is being changed while it is read");
		return err_retry(e);
	}
	lost = f->base_len;
	if (!validity_changed(f, !changed) &&
	    match_revalidate(f, changed, &lost, e) == -1)
		return -1;
	report_validity(f, changed, before, lost);
	*stop = lost > 0 || f->sy->request->dry_run;
	if (*stop)
		return 0;
	f->no_deletions = true;
	return folder_scan(f, true, e);
}

static void
folder_plan(struct folder *f)
{
	const struct settings_account *a = f->sy->account;
	struct plan_match *matches;
	struct plan_input in = { 0 };
	bool dry_run = f->sy->request->dry_run;
	enum side s;
	size_t i;

	matches = xcalloc(f->matched_len, sizeof(*matches));
	for (i = 0; i < f->matched_len; i++)
		matches[i] = f->matched[i].m;
	for (s = LOCAL; s <= REMOTE; s++) {
		in.snap[s] = &f->snap[s];
		/* In a dry run all is opened read-only; what could be kept
		 * is not known then. */
		in.storable[s] = dry_run ? FLAG_ALL : f->state[s].storable;
		in.policy.readonly[s] =
		    a->store[s].readonly || (!dry_run && f->state[s].readonly);
		in.policy.deletes_from[s] = a->store[s].sync_deletes;
		in.policy.marks_only[s] = !a->store[s].expunge;
	}
	in.base = f->base;
	in.base_len = f->base_len;
	in.matches = matches;
	in.matches_len = f->matched_len;
	plan_make(&in, &f->plan);
	free(matches);
}

/*
 * A file that is copied back to the server loses its pair first, and with it
 * the name by which the status knew it.
 */
static int
keep_name(struct folder *f, const struct op *op, struct err *e)
{
	struct snapshot *snap = &f->snap[LOCAL];
	struct status_pair p;
	struct snap_msg *msg;
	bool found;

	if (status_pair_get(
		f->sy->status, f->row.id, op->id[REMOTE], &p, &found, e) == -1)
		return -1;
	if (!found)
		return 0;
	msg = (struct snap_msg *)snapshot_find(snap, op->id[LOCAL]);
	if (msg == NULL) { /* a partial snapshot */
		msg = snapshot_add(snap);
		*msg =
		    (struct snap_msg){ .id = op->id[LOCAL], .flags = p.flags };
	}
	if (msg->name == 0)
		msg->name = snapshot_add_name(snap, p.name);
	snapshot_sort(snap);
	return 0;
}

static int
keep_names(struct folder *f, struct err *e)
{
	const struct op *ops;
	size_t i, n;

	ops = exec_ops(f, OP_FORGET, &n);
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

	first = exec_ops(f, OP_COPY, &all);
	ops = xcalloc(all, sizeof(*ops));
	for (n = 0, i = 0; i < all; i++)
		if (first[i].side == to)
			ops[n++] = &first[i];
	ret = limits_apply(f, ops, &n, e);
	if (ret == 0 && n > 0)
		ret = exec_plan_transfers(f, ops, &n, e);
	if (ret == 0 && n > 0 && f->sy->request->dry_run)
		for (i = 0; i < n; i++) {
			report_op(f, EVOP_COPY, ops[i], NULL);
			report_count(f, to, COUNT_COPY, 1);
		}
	else if (ret == 0 && n > 0)
		ret = store_traits(f->sy->store[to])->hands_out_ids
			  ? exec_copy_numbered(f, ops, n, e)
			  : exec_copy_named(f, ops, n, e);
	free(ops);
	return ret;
}

/* How many messages of the base are still on a side. */
static size_t
base_left(const struct folder *f, enum side side)
{
	size_t i, n;

	for (n = 0, i = 0; i < f->base_len; i++)
		n += snapshot_find(&f->snap[side], f->base[i].id[side]) != NULL;
	return n;
}

/* Deletions wait until all copies of the account are made. */
static void
folder_doom(struct folder *f)
{
	struct sync *sy = f->sy;
	const struct op *ops;
	size_t i, n, left[2];

	ops = exec_ops(f, OP_EXPUNGE, &n);
	if (n == 0)
		return;
	f->unfinished = true;
	if (f->no_deletions)
		return;
	left[LOCAL] = base_left(f, LOCAL);
	left[REMOTE] = base_left(f, REMOTE);
	for (i = 0; i < n; i++) {
		sy->doomed = xgrow(sy->doomed, sy->doomed_len, &sy->doomed_cap,
		    sizeof(*sy->doomed));
		sy->doomed[sy->doomed_len++] = (struct sync_doomed){ f->number,
			ops[i], left[!ops[i].side], false };
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

	ops = exec_ops(f, OP_SKIP, &n);
	for (i = 0; i < n; i++) {
		report_op(f, EVOP_SKIP, &ops[i], NULL);
		report_count(f, ops[i].side, COUNT_SKIP, 1);
	}
	if (keep_names(f, e) == -1)
		return -1;
	if (f->sy->request->dry_run)
		report_planned(f);
	else if (exec_records(f, e) == -1)
		return -1;
	if (folder_copy(f, LOCAL, e) == -1 || folder_copy(f, REMOTE, e) == -1)
		return -1;
	if (!f->sy->request->dry_run && exec_flags(f, e) == -1)
		return -1;
	folder_doom(f);
	return 0;
}

static bool
dooms(const struct folder *f, enum side side)
{
	const struct op *ops;
	size_t i, n;

	ops = exec_ops(f, OP_EXPUNGE, &n);
	for (i = 0; i < n; i++)
		if (ops[i].side == side)
			return true;
	return false;
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

	keep = !f->failed && !f->unfinished && !exec_stopped(f);
	for (s = LOCAL; s <= REMOTE; s++) {
		f->row.modseq[s] = f->state[s].modseq;
		/* As long as a deletion rests on it, a note stays. */
		if (dooms(f, !s) &&
		    (store_token_says(&f->row.token[s], NOTE_MISSING) ||
			store_token_says(&f->row.token[s], NOTE_HELD)))
			continue;
		f->row.token[s] = f->snap[s].token;
		if (!keep)
			f->row.token[s].valid = false;
	}
	if (f->state[REMOTE].next_id != 0)
		f->row.next_id[REMOTE] = f->state[REMOTE].next_id;
	if (f->snap[LOCAL].complete && f->snap[REMOTE].complete)
		f->row.scanned_at = clock_wall();
	if (status_begin(st, e) == -1)
		return -1;
	if (status_keywords_put(st, f->row.id, &f->keywords, e) == -1 ||
	    status_folder_put(st, &f->row, e) == -1 ||
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

	if (f->sy->request->dry_run)
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

static int
folder_pass(struct folder *f, struct err *e)
{
	bool stop, everything;

	if (folder_load(f, e) == -1 || folder_open(f, e) == -1)
		return -1;
	everything = f->sy->request->full ||
		     f->row.scanned_at + SCAN_ALL_SECONDS < clock_wall();
	if (validity_changed(f, LOCAL) || validity_changed(f, REMOTE)) {
		if (folder_revalidate(f, &stop, e) == -1)
			return -1;
		if (stop) {
			sync_copies_failed(f->sy, f->entry->label);
			return 0;
		}
	} else if (folder_recover(f, e) == -1 ||
		   folder_scan(f, everything, e) == -1) {
		return -1;
	}
	if (recover_late(f, e) == -1 || match_unpaired(f, e) == -1 ||
	    ground_record(f, e) == -1)
		return -1;
	folder_plan(f);
	log_debug(f->sy->log, LOG_SYNC,
	    "%s: %zu here, %zu there, %zu known: "
	    "%zu operations",
	    f->entry->label, f->snap[LOCAL].len, f->snap[REMOTE].len,
	    f->base_len, f->plan.len);
	if (folder_execute(f, e) == -1)
		return -1;
	return f->sy->request->dry_run ? 0 : folder_record(f, e);
}

static void
folder_report_end(struct folder *f, int ret, const struct err *e)
{
	struct event ev;

	report_init(&ev, f->sy, f, EV_FOLDER_END);
	memcpy(ev.counts, f->counts, sizeof(ev.counts));
	ev.scope = ret == -1 ? e->scope : f->failed ? ERR_MESSAGE : ERR_NONE;
	report_post(f->sy, &ev);
	if (f->sy->arrived != NULL)
		f->sy->arrived(f->sy->arrived_arg, f->entry->label,
		    f->counts[LOCAL][COUNT_COPY]);
}

int
folder_sync(struct sync *sy, size_t entry, struct err *e)
{
	struct folder f;
	struct event ev;
	int ret;

	folder_init(&f, sy, entry);
	report_init(&ev, sy, &f, EV_FOLDER_START);
	ev.done = entry;
	ev.total = sy->map.len;
	report_post(sy, &ev);
	ret = folder_pass(&f, e);
	folder_report_end(&f, ret, e);
	folder_clear(&f);
	return ret;
}
