/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies to a store that numbers messages itself (IMAP). Its answer may get
 * lost, so the intention is written down first:
 *
 *	digest -> intents (durable) -> APPEND -> look -> names -> pairs, intents
 *	gone (one transaction)
 *
 * If we die anywhere in between, recover.c looks for the copies by size and
 * header among the ids from the intents' next_id on. An OK alone is not
 * believed: the new id is asked for its size before the pair is recorded.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/exec.h"
#include "engine/sync/exec_upload.h"
#include "engine/sync/match.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

/* One round: large enough to fill a long line, small enough that the list of
 * intents stays short. */
#define ROUND_MESSAGES 500
/* Without UIDPLUS the new ids lie behind UIDNEXT, among those of others. */
#define WINDOW_SLACK 64

struct upload {
	const struct op *op;
	struct content content;
	struct status_intent intent;
	struct store_result result;
	int64_t date;	/* as the server that has it now says */
	bool begun;	/* part of the batch: result is valid */
	bool looked_at; /* it is there, with the right size */
	bool altered;	/* it is there, and line ends differ */
	bool again;	/* refused in a way that another try may change */
};

struct round {
	struct folder *f;
	enum side to;
	struct refs refs; /* in the order of list */
	struct upload *list;
	size_t len;
	/* the batch in progress */
	struct store_batch *batch;
	struct store_sink sink;
	struct upload **begun;
	size_t begun_len;
	struct upload *now;
	struct digester digester; /* of what was not read in whole before */
	uint64_t bytes;
};

/* Whether the source is read in whole for the digest: files are, what would
 * have to come over the wire twice is not. */
static enum store_part
digest_part(const struct round *r)
{
	const struct store *from = r->f->sy->store[!r->to];

	return store_traits(from)->bytes_at_hand ? STORE_WHOLE : STORE_HEADER;
}

static int
round_digest(struct round *r, struct err *e)
{
	struct content *content;
	size_t i;
	int ret;

	content = xcalloc(r->len, sizeof(*content));
	ret = content_read(r->f->sy->store[!r->to], r->refs.list, r->len,
	    digest_part(r), content, e);
	for (i = 0; i < r->len; i++)
		r->list[i].content = content[i];
	free(content);
	return ret;
}

static int
intent_record(
    struct round *r, struct upload *u, const char *name, struct err *e)
{
	struct status_intent *in = &u->intent;

	in->side = r->to;
	in->source_id = u->op->id[!r->to];
	in->next_id = r->f->state[r->to].next_id;
	in->validity = r->f->state[r->to].validity;
	in->flags = u->op->add;
	in->date = u->content.date;
	in->digest = u->content.digest;
	in->name = (char *)name;
	return status_intent_put(r->f->sy->status, r->f->row.id, in, e);
}

static int
round_intents(struct round *r, struct err *e)
{
	struct status *st = r->f->sy->status;
	size_t i;

	if (step("intents", e) == -1 || status_begin(st, e) == -1)
		return -1;
	for (i = 0; i < r->len; i++)
		if (r->list[i].content.valid &&
		    intent_record(r, &r->list[i], r->refs.list[i].name, e) ==
			-1)
			goto fail;
	if (status_commit(st, e) == -1)
		goto fail;
	return step("intents committed", e);
fail:
	status_rollback(st);
	return -1;
}

/* Keeps why the message in progress is refused. */
static int
send_refused(struct round *r, const struct err *e)
{
	r->now->content.err = *e;
	return -1;
}

static int
send_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct round *r = arg;
	struct store_meta to = *m;
	struct upload *u = &r->list[m->index];

	if (!u->content.valid)
		return err_set(e, ERR_MESSAGE, "it could not be read before");
	if (digest_part(r) == STORE_HEADER)
		u->content.digest.size = m->size;
	r->now = u;
	if (m->size != u->content.digest.size) {
		err_set(e, ERR_MESSAGE, "it changed while it was read");
		return send_refused(r, e);
	}
	to.flags = u->op->add & r->f->state[r->to].storable;
	to.peer_id = m->id;
	digester_init(&r->digester);
	if (r->sink.begin(r->sink.arg, &to, e) == -1)
		return send_refused(r, e);
	return 0;
}

static int
send_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct round *r = arg;

	r->bytes += len;
	if (digest_part(r) == STORE_HEADER)
		digester_update(&r->digester, data, len);
	if (r->sink.data(r->sink.arg, data, len, e) == -1)
		return send_refused(r, e);
	return 0;
}

static int
send_end(void *arg, struct err *e)
{
	struct round *r = arg;

	if (r->sink.end(r->sink.arg, e) == -1)
		return send_refused(r, e);
	if (digest_part(r) == STORE_HEADER)
		digester_final(&r->digester, &r->now->content.digest);
	r->now->begun = true;
	r->begun[r->begun_len++] = r->now;
	return 0;
}

static void
send_abort(void *arg)
{
	struct round *r = arg;

	r->sink.abort(r->sink.arg);
}

static void
send_missing(void *arg, size_t index, const struct err *why)
{
	struct round *r = arg;

	r->list[index].content.err = *why;
}

static int
round_send(struct round *r, struct err *e)
{
	struct store *from = r->f->sy->store[!r->to];
	struct store *to = r->f->sy->store[r->to];
	struct store_sink sink = { r, send_begin, send_data, send_end,
		send_abort, send_missing };
	struct store_result *results;
	size_t i;
	int ret;

	if (step("upload", e) == -1 ||
	    to->ops->batch_begin(to, r->len, &r->batch, &r->sink, e) == -1)
		return -1;
	r->begun = xcalloc(r->len, sizeof(*r->begun));
	r->begun_len = 0;
	if (from->ops->read(
		from, r->refs.list, r->len, STORE_WHOLE, &sink, e) == -1) {
		to->ops->batch_abort(r->batch);
		free(r->begun);
		return -1;
	}
	results = xcalloc(r->begun_len, sizeof(*results));
	ret = to->ops->batch_commit(r->batch, results, r->begun_len, e);
	for (i = 0; i < r->begun_len; i++)
		r->begun[i]->result = results[i];
	free(results);
	free(r->begun);
	return ret == 0 ? step("uploaded", e) : -1;
}

static int
compare_result(const void *a, const void *b)
{
	const struct upload *x = *(struct upload *const *)a;
	const struct upload *y = *(struct upload *const *)b;

	return (x->result.id > y->result.id) - (x->result.id < y->result.id);
}

struct answers {
	struct upload **sorted; /* by the id they are said to have */
	size_t len;
};

static void
answer_look(void *arg, const struct store_info *i)
{
	struct answers *a = arg;
	struct upload key = { .result = { .id = i->id } }, *k = &key, **u;

	u = bsearch(&k, a->sorted, a->len, sizeof(*a->sorted), compare_result);
	if (u == NULL || (*u)->content.digest.size != i->size)
		return;
	(*u)->looked_at = true;
	(*u)->date = i->date;
}

/* Asks for the size of what is said to be there now. */
static int
round_look_ids(struct round *r, struct err *e)
{
	struct store *to = r->f->sy->store[r->to];
	struct answers a = { 0 };
	struct store_ref *refs;
	size_t i;
	int ret;

	a.sorted = xcalloc(r->len, sizeof(*a.sorted));
	refs = xcalloc(r->len, sizeof(*refs));
	for (i = 0; i < r->len; i++) {
		struct upload *u = &r->list[i];

		if (!u->begun || u->result.outcome != STORE_DONE)
			continue;
		/* An id that another message had before is a lie. */
		if (u->result.id < r->f->state[r->to].next_id)
			u->result.id = 0;
		if (u->result.id != 0)
			a.sorted[a.len++] = u;
	}
	qsort(a.sorted, a.len, sizeof(*a.sorted), compare_result);
	for (i = 0; i < a.len; i++)
		refs[i].id = a.sorted[i]->result.id;
	ret = a.len == 0
		  ? 0
		  : to->ops->details(to, refs, a.len, answer_look, &a, e);
	free(refs);
	free(a.sorted);
	return ret;
}

static bool
is_claimed(const struct round *r, uint32_t id)
{
	size_t i;

	for (i = 0; i < r->len; i++)
		if (r->list[i].looked_at && r->list[i].result.id == id)
			return true;
	return false;
}

/* Of n lost ones, those that are not among m ids as they were sent. */
static int
lost_altered(struct round *r, struct upload **lost, struct wanted *want,
    size_t n, const uint32_t *ids, size_t m, struct err *e)
{
	struct store_ref *refs;
	uint32_t *left;
	size_t i, k;
	int ret;

	refs = xcalloc(n, sizeof(*refs));
	left = xcalloc(m + n, sizeof(*left));
	for (k = 0, i = 0; i < n; i++) {
		refs[i] = r->refs.list[lost[i] - r->list];
		if (want[i].found == 0 && lost[i]->result.id != 0)
			left[k++] = lost[i]->result.id;
	}
	/* Where the server says no ids, it says none of them. */
	for (i = k > 0 ? m : 0; i < m; i++)
		if (ids[i] != 0 && !is_claimed(r, ids[i]))
			left[k++] = ids[i];
	ret = match_altered(r->f->sy->store[r->to], r->f->sy->store[!r->to],
	    &(struct match_query){
		.want = want, .n = n, .ids = left, .ids_len = k, .refs = refs },
	    e);
	for (i = 0; ret == 0 && i < n; i++)
		lost[i]->altered =
		    want[i].found != 0 &&
		    !digest_equal(&want[i].digest, &lost[i]->content.digest);
	free(left);
	free(refs);
	return ret;
}

/* Looks for those whose id was not told. */
static int
round_look_window(struct round *r, struct err *e)
{
	uint32_t first = r->f->state[r->to].next_id, *ids;
	struct upload **lost;
	struct wanted *want;
	size_t i, n, m;
	int ret;

	lost = xcalloc(r->len, sizeof(*lost));
	want = xcalloc(r->len, sizeof(*want));
	for (n = 0, i = 0; i < r->len; i++) {
		if (!r->list[i].begun || r->list[i].looked_at ||
		    r->list[i].result.outcome != STORE_DONE)
			continue;
		want[n].digest = r->list[i].content.digest;
		lost[n++] = &r->list[i];
	}
	m = 2 * r->len + WINDOW_SLACK;
	ids = xcalloc(m, sizeof(*ids));
	for (i = 0; i < m; i++)
		ids[i] = first + (uint32_t)i;
	ret = n == 0 || first == 0
		  ? 0
		  : match_content(r->f->sy->store[r->to],
			&(struct match_query){
			    .want = want, .n = n, .ids = ids, .ids_len = m },
			e);
	if (ret == 0)
		ret = lost_altered(r, lost, want, n, ids, m, e);
	for (i = 0; ret == 0 && i < n; i++) {
		lost[i]->result.id = want[i].found;
		lost[i]->looked_at = want[i].found != 0;
		lost[i]->date = want[i].date;
		lost[i]->content.digest = want[i].digest;
	}
	free(ids);
	free(want);
	free(lost);
	return ret;
}

/* Tells the source's names the new ids. */
static int
round_bind(struct round *r, struct err *e)
{
	struct store *from = r->f->sy->store[!r->to];
	struct store_result *results;
	struct store_ref *refs;
	uint32_t *peers;
	size_t *which, i, n;
	int ret;

	if (!store_traits(from)->names_files)
		return 0;
	refs = xcalloc(r->len, sizeof(*refs));
	peers = xcalloc(r->len, sizeof(*peers));
	which = xcalloc(r->len, sizeof(*which));
	results = xcalloc(r->len, sizeof(*results));
	for (n = 0, i = 0; i < r->len; i++) {
		if (!r->list[i].looked_at)
			continue;
		refs[n] = r->refs.list[i];
		peers[n] = r->list[i].result.id;
		which[n++] = i;
	}
	ret = step("bind", e);
	if (ret == 0)
		ret = from->ops->bind(from, refs, peers, n, results, e);
	for (i = 0; ret == 0 && i < n; i++) {
		free(r->list[which[i]].result.name);
		r->list[which[i]].result.name = results[i].name;
		results[i].name = NULL;
	}
	store_results_clear(results, n);
	free(results);
	free(which);
	free(peers);
	free(refs);
	return ret == 0 ? step("bound", e) : -1;
}

static int
upload_settle(
    struct round *r, struct upload *u, const char *name, struct err *e)
{
	struct folder *f = r->f;
	struct status_pair p = { 0 };
	int64_t date[2];

	p.id[r->to] = u->result.id;
	p.id[!r->to] = u->op->id[!r->to];
	p.flags = u->op->add;
	date[r->to] = u->date;
	date[!r->to] = u->content.date;
	p.date = folder_pair_date(f, date);
	p.digest = u->content.digest;
	p.name[!r->to] = u->result.name != NULL ? u->result.name : name;
	if (f->state[r->to].next_id != 0 &&
	    f->state[r->to].next_id <= u->result.id)
		f->state[r->to].next_id = u->result.id + 1;
	if (folder_pair_put(f, &p, e) == -1 ||
	    status_intent_drop(f->sy->status, u->intent.id, e) == -1)
		return -1;
	return status_unskip(f->sy->status, f->row.id, !r->to, p.id[!r->to], e);
}

/* What is to be said of an upload that did not become a pair. */
static int
upload_failed(struct round *r, struct upload *u, bool last, struct err *e)
{
	struct err why = ERR_INIT;

	if (!u->begun && u->content.err.scope == ERR_NONE)
		err_set(&why, ERR_MESSAGE, "it could not be sent");
	else if (!u->begun)
		why = u->content.err;
	else if (u->result.outcome == STORE_DONE)
		err_set(&why, ERR_MESSAGE,
		    "the server said that it took the "
		    "message, but it is not there; it stays here, and is "
		    "looked for in the next run");
	else
		why = u->result.err;
	u->again =
	    !last && u->begun && u->result.outcome == STORE_FAILED && why.retry;
	/* Certainly not there: the intent is void. An OK without a message
	 * keeps it. */
	if ((!u->begun || u->result.outcome == STORE_FAILED) &&
	    u->intent.id != 0 &&
	    status_intent_drop(r->f->sy->status, u->intent.id, e) == -1)
		return -1;
	if (u->again)
		return 0;
	return exec_copy_failed(r->f, u->op, u->content.digest.size, &why, e);
}

static int
round_settle(struct round *r, bool last, struct err *e)
{
	struct status *st = r->f->sy->status;
	size_t i;
	int ret;

	if (status_begin(st, e) == -1)
		return -1;
	for (i = 0; i < r->len; i++) {
		struct upload *u = &r->list[i];

		ret = u->looked_at
			  ? upload_settle(r, u, r->refs.list[i].name, e)
			  : upload_failed(r, u, last, e);
		if (ret == -1)
			goto fail;
	}
	if (status_folder_put(st, &r->f->row, e) == -1 ||
	    step("uploads commit", e) == -1 || status_commit(st, e) == -1)
		goto fail;
	for (i = 0; i < r->len; i++) {
		struct op op = *r->list[i].op;

		if (!r->list[i].looked_at)
			continue;
		op.id[r->to] = r->list[i].result.id;
		if (r->list[i].altered)
			report_warning(r->f->sy, r->f->entry->label,
			    "UID %u: the server "
			    "changed the ends of lines; here it stays as it "
			    "was",
			    op.id[REMOTE]);
		report_op(r->f, EVOP_COPY, &op, NULL);
		report_count(r->f, r->to, COUNT_COPY, 1);
	}
	return step("uploads committed", e);
fail:
	status_rollback(st);
	return -1;
}

static void
round_clear(struct round *r)
{
	size_t i;

	for (i = 0; i < r->len; i++)
		store_results_clear(&r->list[i].result, 1);
	free(r->list);
	refs_clear(&r->refs);
}

static int
round_run(struct round *r, bool last, struct err *e)
{
	if (round_digest(r, e) == -1 || round_intents(r, e) == -1 ||
	    round_send(r, e) == -1 || round_look_ids(r, e) == -1 ||
	    round_look_window(r, e) == -1 || round_bind(r, e) == -1)
		return -1;
	return round_settle(r, last, e);
}

/* Sends ops; those to be sent once more are moved to the front of them, and
 * *again says how many. */
static int
round_of(struct folder *f, const struct op **ops, size_t n, bool last,
    size_t *again, uint64_t *bytes, struct err *e)
{
	struct round r = { .f = f, .to = ops[0]->side, .len = 0 };
	size_t i;
	int ret;

	ret = 0;
	r.list = xcalloc(n, sizeof(*r.list));
	for (i = 0; ret == 0 && i < n; i++) {
		r.list[i].op = ops[i];
		ret = refs_add(&r.refs, f, ops[i], !r.to, e);
		r.len++;
	}
	if (ret == 0)
		ret = round_run(&r, last, e);
	*again = 0;
	for (i = 0; ret == 0 && i < n; i++)
		if (r.list[i].again)
			ops[(*again)++] = r.list[i].op;
	*bytes += r.bytes;
	round_clear(&r);
	return ret;
}

int
exec_upload(struct folder *f, const struct op **ops, size_t n, struct err *e)
{
	uint64_t bytes;
	size_t i, len, again, none;

	bytes = 0;
	for (i = 0; i < n && !sync_stopped(f->sy); i += len) {
		len = n - i < ROUND_MESSAGES ? n - i : ROUND_MESSAGES;
		if (round_of(f, ops + i, len, false, &again, &bytes, e) == -1)
			return -1;
		if (again > 0 &&
		    round_of(f, ops + i, again, true, &none, &bytes, e) == -1)
			return -1;
		report_progress(f, i + len, n, bytes);
	}
	return 0;
}
