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
#include "engine/sync/folder.h"

#define CHUNK_MESSAGES 500

/* The deletions of one folder on one side. */
struct purge {
	struct folder *f;
	enum side side;
	const struct op **ops;
	size_t len;
	size_t left;	/* see sync_doomed; the same for all of them */
	size_t waiting; /* may be of messages that are not copied yet */
};

static bool
may_be_uncopied(const struct sync *sy, enum side side, uint64_t size)
{
	size_t i;

	for (i = 0; i < sy->uncopied_len; i++)
		if (sy->uncopied[i].side == side &&
		    (sy->uncopied[i].size == 0 || sy->uncopied[i].size == size))
			return true;
	return false;
}

struct elsewhere {
	const struct purge *p;
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
moved_elsewhere(const struct purge *p, const struct status_pair *pair,
    bool *moved, struct err *e)
{
	struct elsewhere w = { .p = p };

	if (status_places(p->f->sy->status, 0, &pair->digest, elsewhere_look,
		&w, e) == -1)
		return -1;
	*moved = w.found;
	return 0;
}

/* How many of the deletions are of messages that are nowhere else. */
static int
purge_losses(const struct purge *p, uint64_t *n, struct err *e)
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
purge_hold(struct purge *p, const char *why)
{
	size_t i;

	for (i = 0; i < p->len; i++)
		report_op(p->f, EVOP_HELD, p->ops[i], NULL);
	report_count(p->f, p->side, COUNT_HELD, (uint32_t)p->len);
	report_held(p->f->sy, p->f, EVOP_HELD, p->len,
	    "%zu %s on the %s side %s held: %s; if that was meant, run again "
	    "with --force-delete",
	    p->len, p->len == 1 ? "deletion" : "deletions",
	    p->side == LOCAL ? "local" : "remote", p->len == 1 ? "is" : "are",
	    why);
	p->len = 0;
}

/* Notes it of the side that they are gone from, for the runs to come. */
static int
purge_note(struct purge *p, struct store_token note, struct err *e)
{
	struct status_folder *row = &p->f->row;

	if (p->f->sy->request->dry_run)
		return 0;
	row->token[!p->side] = note;
	return status_folder_put(p->f->sy->status, row, e);
}

/* Counts once more when it matters; most runs end at the first look. */
static int
purge_brake(struct purge *p, struct err *e)
{
	const struct sync *sy = p->f->sy;
	const struct store_token *t = &p->f->row.token[!p->side];
	bool held = store_token_says(t, NOTE_HELD);
	struct store_token note = { 0 };
	uint64_t losses, left;
	char why[100];

	if (sy->request->release)
		return purge_note(p, note, e);
	if (store_token_says(t, NOTE_MISSING)) {
		purge_hold(p, "the folder was gone from the other side, and "
			      "came back without them");
		return 0;
	}
	/* Once held, what came there since is no reason to let them go. */
	left = held ? 0 : p->left;
	if (!brake_holds(left + p->len, p->len, sy->account->maxdelete))
		return 0;
	if (purge_losses(p, &losses, e) == -1)
		return -1;
	/* What was moved is no part of what could be left. */
	if (!brake_holds(left + losses, losses, sy->account->maxdelete))
		return 0;
	snprintf(why, sizeof(why),
	    "%llu messages are gone from the other side at once",
	    (unsigned long long)losses);
	purge_hold(p, why);
	store_token_note(&note, NOTE_HELD);
	return held ? 0 : purge_note(p, note, e);
}

/*
 * The server has another message under that UID. It stays, and as nothing is
 * known of it any more, the next run takes it for new.
 */
static int
pair_disown(struct purge *p, const struct op *op, struct err *e)
{
	struct folder *f = p->f;
	struct err why;

	err_set(&why, ERR_MESSAGE,
	    "it is not removed: its size or date on the server is not that of "
	    "the message which was deleted on the other side");
	report_count(f, p->side, COUNT_FAILED, 1);
	report_error(f->sy, f, op, &why);
	return status_pair_drop(f->sy->status, f->row.id, op->id[REMOTE], e);
}

static int
result_record(struct purge *p, const struct op *op,
    const struct store_result *r, struct err *e)
{
	struct folder *f = p->f;

	if (r->outcome == STORE_FAILED) {
		report_count(f, p->side, COUNT_FAILED, 1);
		report_error(f->sy, f, op, &r->err);
		return 0;
	}
	/* What a file was changed to, the next pass sees. */
	if (r->outcome == STORE_CHANGED &&
	    store_traits(f->sy->store[p->side])->dates_identify)
		return pair_disown(p, op, e);
	if (r->outcome == STORE_CHANGED && r->err.scope != ERR_NONE)
		report_warning(f->sy, f, "%s", r->err.text);
	if (r->outcome != STORE_DONE && r->outcome != STORE_GONE)
		return 0; /* the next pass decides anew */
	report_op(f, EVOP_EXPUNGE, op, NULL);
	report_count(f, p->side, COUNT_EXPUNGE, 1);
	return status_pair_drop(f->sy->status, f->row.id, op->id[REMOTE], e);
}

static int
results_record(struct purge *p, const struct refs *refs,
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

static int
purge_chunk(struct purge *p, size_t first, size_t n, struct err *e)
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
		if (ret == 0 && may_be_uncopied(sy, p->side,
				    refs.list[refs.len - 1].size)) {
			free((char *)refs.list[--refs.len].name);
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
purge_run(struct purge *p, struct err *e)
{
	size_t i, n;

	if (purge_brake(p, e) == -1)
		return -1;
	for (i = 0; i < p->len && !exec_stopped(p->f); i += n) {
		n = p->len - i < CHUNK_MESSAGES ? p->len - i : CHUNK_MESSAGES;
		if (p->f->sy->request->dry_run) {
			report_op(p->f, EVOP_EXPUNGE, p->ops[i], NULL);
			report_count(p->f, p->side, COUNT_EXPUNGE, 1);
			n = 1;
		} else if (purge_chunk(p, i, n, e) == -1) {
			return -1;
		}
	}
	if (p->waiting > 0)
		report_warning(p->f->sy, p->f,
		    "%zu deletions on the %s side wait: they may be of "
		    "messages that could not be copied to their new place",
		    p->waiting, p->side == LOCAL ? "local" : "remote");
	return 0;
}

static int
purge_side(struct folder *f, enum side side, struct err *e)
{
	struct sync *sy = f->sy;
	struct purge p = { .f = f, .side = side };
	size_t i;
	int ret;

	p.ops = xcalloc(sy->doomed_len, sizeof(*p.ops));
	for (i = 0; i < sy->doomed_len; i++)
		if (sy->doomed[i].entry == f->number &&
		    sy->doomed[i].op.side == side && !sy->doomed[i].moved) {
			p.ops[p.len++] = &sy->doomed[i].op;
			p.left = sy->doomed[i].left;
		}
	ret = p.len == 0 ? 0 : purge_run(&p, e);
	free(p.ops);
	return ret;
}

static int
purge_folder(struct sync *sy, size_t entry, struct err *e)
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
		ret = purge_side(&f, REMOTE, e);
	if (ret == 0)
		ret = purge_side(&f, LOCAL, e);
	if (ret == -1)
		err_prefix(e, "%s", f.entry->label);
	folder_clear(&f);
	return ret;
}

static bool
has_doomed(const struct sync *sy, size_t entry)
{
	size_t i;

	for (i = 0; i < sy->doomed_len; i++)
		if (sy->doomed[i].entry == entry && !sy->doomed[i].moved)
			return true;
	return false;
}

int
exec_deletions(struct sync *sy, struct err *e)
{
	size_t entry;

	if (sy->doomed_len == 0)
		return 0;
	if (sy->copies_failed) {
		report_warning(sy, NULL,
		    "%zu %s until every folder can be copied%s%s",
		    sy->doomed_len,
		    sy->doomed_len == 1 ? "deletion waits" : "deletions wait",
		    sy->failed_in != NULL ? "; not so " : "",
		    sy->failed_in != NULL ? sy->failed_in : "");
		return 0;
	}
	for (entry = 0; entry < sy->map.len && !atomic_load(sy->stop);
	     entry++) {
		if (!has_doomed(sy, entry) || purge_folder(sy, entry, e) == 0)
			continue;
		if (e->scope > ERR_FOLDER)
			return -1;
		report_error(sy, NULL, NULL, e);
		err_clear(e);
	}
	return 0;
}
