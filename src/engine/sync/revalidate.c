/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder whose ids were handed out anew (RFC 9051 section 2.3.1.1). What the
 * status knew by the old ids is looked for among the new ones by content;
 * only when all of it that is still on the other side is found does the
 * folder go on. Nothing is deleted in that pass.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/folder_scan.h"
#include "engine/sync/old_pairs.h"
#include "engine/sync/report.h"
#include "engine/sync/revalidate.h"

/* How many that the other side still has were not found. */
static size_t
old_pairs_lost(
    const struct folder *f, const struct old_pairs *o, enum side changed)
{
	size_t i, n;

	for (n = 0, i = 0; i < o->len; i++)
		if (o->want[i].found == 0 &&
		    snapshot_find(&f->scan.snap[!changed],
			o->list[i].id[!changed]) != NULL)
			n++;
	return n;
}

static int
old_pairs_store(struct folder *f, const struct old_pairs *o, enum side changed,
    struct err *e)
{
	struct status *st = f->sy->status;

	if (status_begin(st, e) == -1)
		return -1;
	if (status_folder_reset(st, f->row.id, e) == -1 ||
	    old_pairs_put(f, o, changed, e) == -1)
		goto fail;
	f->row.validity[changed] = f->state[changed].validity;
	f->row.modseq[changed] = 0;
	/* The old ids may have been higher. */
	f->row.next_id[changed] = f->state[changed].next_id;
	f->row.token[changed].valid = false;
	if (status_folder_put(st, &f->row, e) == -1 ||
	    status_commit(st, e) == -1)
		goto fail;
	return 0;
fail:
	status_rollback(st);
	return -1;
}

static int
names_store(struct folder *f, enum side side,
    const struct store_result *results, const uint32_t *remote, size_t n,
    struct err *e)
{
	struct status *st = f->sy->status;
	size_t i;

	if (status_begin(st, e) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (results[i].outcome == STORE_DONE &&
		    results[i].name != NULL &&
		    status_pair_name(st, f->row.id, remote[i], side,
			results[i].name, e) == -1)
			goto fail;
	if (status_commit(st, e) == 0)
		return 0;
fail:
	status_rollback(st);
	return -1;
}

/* Gives the names of the other side the new ids; only a hint, so what fails is
 * left. */
static int
old_pairs_bind(struct folder *f, const struct old_pairs *o, enum side changed,
    struct err *e)
{
	struct store *files = f->sy->store[!changed];
	struct store_result *results;
	uint32_t *peers, *remote;
	struct store_ref *refs;
	size_t i, n;
	int ret;

	refs = xcalloc(o->len, sizeof(*refs));
	peers = xcalloc(o->len, sizeof(*peers));
	remote = xcalloc(o->len, sizeof(*remote));
	results = xcalloc(o->len, sizeof(*results));
	for (n = 0, i = 0; i < o->len; i++) {
		const struct status_pair *p = &o->list[i];
		const struct snap_msg *msg;

		msg = snapshot_find(&f->scan.snap[!changed], p->id[!changed]);
		if (o->want[i].found == 0 || msg == NULL)
			continue;
		refs[n].id = msg->id;
		refs[n].flags = msg->flags;
		refs[n].name = p->name[!changed];
		remote[n] = p->id[REMOTE];
		peers[n++] = o->want[i].found;
	}
	ret = store_told(
	    files, files->ops->bind(files, refs, peers, n, results, e), e);
	if (ret == 0)
		ret = names_store(f, !changed, results, remote, n, e);
	store_results_clear(results, n);
	free(results);
	free(remote);
	free(peers);
	free(refs);
	return ret;
}

/* The user may say that what was not found again is to be copied. */
static bool
goes_on(const struct folder *f, size_t lost)
{
	return lost == 0 || f->sy->env->request->release != RELEASE_NONE;
}

/*
 * Pairs all again by content. *lost is how many messages that the status knew
 * and that are still on the other side were not found again; when there are
 * any, nothing was changed.
 */
static int
pairs_revalidate(
    struct folder *f, enum side changed, size_t *lost, struct err *e)
{
	struct old_pairs o = { 0 };
	uint32_t *ids;
	size_t i;
	int ret;

	ret = -1;
	ids = xcalloc(f->scan.snap[changed].len, sizeof(*ids));
	for (i = 0; i < f->scan.snap[changed].len; i++)
		ids[i] = f->scan.snap[changed].msgs[i].id;
	if (old_pairs_load(f, NULL, &o, e) == -1 ||
	    old_pairs_find(f, &o, changed, ids, f->scan.snap[changed].len, e) ==
		-1)
		goto out;
	*lost = old_pairs_lost(f, &o, changed);
	if (goes_on(f, *lost) && !f->sy->env->request->dry_run) {
		if (old_pairs_store(f, &o, changed, e) == -1)
			goto out;
		if (store_traits(f->sy->store[!changed])->names_files &&
		    store_traits(f->sy->store[changed])->hands_out_ids &&
		    old_pairs_bind(f, &o, changed, e) == -1)
			goto out;
	}
	ret = 0;
out:
	free(ids);
	old_pairs_clear(&o);
	return ret;
}

/* Both sides changed: no pair can be told. */
static int
pairs_forget(struct folder *f, struct err *e)
{
	enum side s;

	if (f->sy->env->request->dry_run)
		return 0;
	if (status_folder_reset(f->sy->status, f->row.id, e) == -1)
		return -1;
	for (s = LOCAL; s <= REMOTE; s++) {
		f->row.validity[s] = f->state[s].validity;
		f->row.modseq[s] = 0;
		f->row.next_id[s] = f->state[s].next_id;
		f->row.token[s].valid = false;
	}
	return status_folder_put(f->sy->status, &f->row, e);
}

static void
report_validity(
    struct folder *f, enum side changed, uint32_t before, size_t lost)
{
	uint32_t now = f->state[changed].validity;

	if (!goes_on(f, lost))
		report_held(f->sy, f->entry->label, EVOP_SKIP, lost,
		    "UIDVALIDITY changed from %u to %u; %zu of the %zu "
		    "messages known are not found again by content; the "
		    "folder is left alone. To go on with it as it is, run "
		    "again with --force-delete: nothing is deleted, and each "
		    "side gets what it lacks",
		    before, now, lost, f->scan.base_len);
	else if (f->sy->env->request->dry_run)
		report_warning(f->sy, f->entry->label,
		    "UIDVALIDITY changed from %u to %u; all messages would be "
		    "found again by content; what else would be done here is "
		    "not known before that",
		    before, now);
	else if (lost > 0)
		report_warning(f->sy, f->entry->label,
		    "UIDVALIDITY changed from %u to %u; %zu of the %zu "
		    "messages known were not found again by content, and are "
		    "copied",
		    before, now, lost, f->scan.base_len);
	else
		report_warning(f->sy, f->entry->label,
		    "UIDVALIDITY changed from %u to %u; all messages were "
		    "found again by content",
		    before, now);
}

int
revalidate_folder(struct folder *f, bool *stop, struct err *e)
{
	enum side changed = folder_validity_changed(f, REMOTE) ? REMOTE : LOCAL;
	uint32_t before = f->row.validity[changed];
	size_t lost;

	*stop = false;
	if (folder_scan(f, true, e) == -1)
		return -1;
	if (!f->scan.snap[LOCAL].complete || !f->scan.snap[REMOTE].complete) {
		err_set(e, ERR_FOLDER,
		    "UIDVALIDITY changed, and the folder "
		    "is being changed while it is read");
		return err_retry(e);
	}
	lost = f->scan.base_len;
	if (!folder_validity_changed(f, !changed)
		? pairs_revalidate(f, changed, &lost, e) == -1
		: goes_on(f, lost) && pairs_forget(f, e) == -1)
		return -1;
	report_validity(f, changed, before, lost);
	*stop = !goes_on(f, lost) || f->sy->env->request->dry_run;
	if (*stop)
		return 0;
	deletions_hold(&f->sy->run.deletions,
	    &(struct deletion_hold){
		.reason = HOLD_UNSURE, .entry = f->number });
	return folder_scan(f, true, e);
}
