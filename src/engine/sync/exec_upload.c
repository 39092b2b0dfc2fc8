/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies to a store that numbers messages itself (IMAP): digest, intents,
 * APPEND, ids, pairs. See copy.h.
 */
#include "config.h"

#include <stdlib.h>

#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/copy.h"
#include "engine/sync/exec.h"
#include "engine/sync/exec_poison.h"
#include "engine/sync/exec_upload.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

/* One batch: large enough to fill a long line, small enough that the list of
 * intents stays short. */
#define BATCH_MESSAGES 500

struct upload {
	const struct op *op;
	struct copy *copy;
	struct err err; /* why it could not be read or sent, if so */
	bool again;	/* refused in a way that another try may change */
	bool begun;	/* the store has all of it, and owes an answer */
};

struct batch {
	struct folder *f;
	enum side to;
	bool last;	      /* nothing of it is sent once more */
	bool broke;	      /* the connection did, while it was sent */
	struct refs refs;     /* in the order of list */
	struct upload *list;  /* as many as copies */
	struct copies copies; /* in the order of list */
	/* while it is sent */
	struct store_batch *batch;
	struct store_sink sink;
	struct upload **begun;
	size_t begun_len;
	struct upload *now;	  /* on its way; NULL: none */
	struct digester digester; /* of what was not read in whole before */
	uint64_t bytes;
};

/* Whether the source is read in whole for the digest: files are, what would
 * have to come over the wire twice is not. */
static enum store_part
digest_part(const struct batch *b)
{
	const struct store *from = b->f->sy->store[!b->to];

	return store_traits(from)->bytes_at_hand ? STORE_WHOLE : STORE_HEADER;
}

static int
batch_digest(struct batch *b, struct err *e)
{
	struct content *content;
	size_t i;
	int ret;

	content = xcalloc(b->copies.len, sizeof(*content));
	ret = content_read(b->f->sy->store[!b->to], b->refs.list, b->refs.len,
	    digest_part(b), content, e);
	for (i = 0; i < b->copies.len; i++) {
		struct copy *copy = &b->copies.list[i];

		copy->unsent = !content[i].valid;
		copy->intent.date = content[i].date;
		copy->intent.digest = content[i].digest;
		/* Of the header alone: the rest is learned when it is sent. */
		if (digest_part(b) == STORE_HEADER)
			copy->intent.digest =
			    (struct digest){ .size = content[i].told,
				    .header = content[i].digest.header };
		if (content[i].why != NULL)
			err_move(&b->list[i].err, content[i].why);
	}
	content_clear(content, b->copies.len);
	free(content);
	return ret;
}

/* Keeps why the message in progress is refused, on the side that it goes to.
 * When the connection breaks it is neither sent nor refused. */
static int
send_refused(struct batch *b, struct err *e)
{
	err_side(e, b->to);
	if (e->scope >= ERR_SESSION)
		return -1;
	err_copy(&b->now->err, e);
	b->now = NULL;
	return -1;
}

static int
send_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct batch *b = arg;
	struct store_meta to = *m;
	struct upload *u = &b->list[m->index];

	if (u->copy->unsent)
		return err_set(e, ERR_MESSAGE, "it could not be read before");
	b->now = u;
	if (digest_part(b) == STORE_HEADER)
		u->copy->intent.digest.size = m->size;
	u->copy->source_told = m->told;
	if (m->size != u->copy->intent.digest.size) {
		err_set(e, ERR_MESSAGE, "it changed while it was read");
		err_side(e, !b->to);
		return send_refused(b, e);
	}
	to.flags = u->op->add & b->f->state[b->to].storable;
	to.peer_id = m->id;
	digester_init(&b->digester);
	if (b->sink.begin(b->sink.arg, &to, e) == -1)
		return send_refused(b, e);
	return 0;
}

static int
send_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct batch *b = arg;

	b->bytes += len;
	if (digest_part(b) == STORE_HEADER)
		digester_update(&b->digester, data, len);
	if (b->sink.data(b->sink.arg, data, len, e) == -1)
		return send_refused(b, e);
	return 0;
}

static int
send_end(void *arg, struct err *e)
{
	struct batch *b = arg;

	if (b->sink.end(b->sink.arg, e) == -1)
		return send_refused(b, e);
	if (digest_part(b) == STORE_HEADER)
		digester_final(&b->digester, &b->now->copy->intent.digest);
	b->now->begun = true;
	b->begun[b->begun_len++] = b->now;
	b->now = NULL;
	return 0;
}

static void
send_abort(void *arg)
{
	struct batch *b = arg;

	b->sink.abort(b->sink.arg);
}

static void
send_missing(void *arg, size_t index, const struct err *why)
{
	struct batch *b = arg;

	err_copy(&b->list[index].err, why);
	err_side(&b->list[index].err, !b->to);
}

/* What was begun is sent; what was on its way perhaps; all else is not. */
static int
batch_commit(struct batch *b, struct err *e)
{
	struct store *to = b->f->sy->store[b->to];
	struct store_result *results;
	size_t i;
	int ret;

	for (i = 0; i < b->copies.len; i++)
		b->copies.list[i].unsent = &b->list[i] != b->now;
	results = xcalloc(b->begun_len, sizeof(*results));
	ret = store_told(
	    to, to->ops->batch_commit(b->batch, results, b->begun_len, e), e);
	for (i = 0; i < b->begun_len; i++) {
		b->begun[i]->copy->unsent = false;
		b->begun[i]->copy->result = results[i];
	}
	free(results);
	return ret;
}

/* What was begun is sent even when the source broke. */
static int
batch_send(struct batch *b, struct err *e)
{
	struct store *from = b->f->sy->store[!b->to];
	struct store *to = b->f->sy->store[b->to];
	struct store_sink sink = { b, send_begin, send_data, send_end,
		send_abort, send_missing };
	struct err mine = ERR_INIT;
	int ret;

	if (step("upload", e) == -1 ||
	    store_told(to,
		to->ops->batch_begin(to, b->copies.len, &b->batch, &b->sink, e),
		e) == -1)
		return -1;
	b->begun = xcalloc(b->copies.len, sizeof(*b->begun));
	b->begun_len = 0;
	b->now = NULL;
	ret = store_told(from,
	    from->ops->read(
		from, b->refs.list, b->refs.len, STORE_WHOLE, &sink, e),
	    e);
	if (batch_commit(b, &mine) == -1 && ret == 0)
		ret = err_move(e, &mine);
	err_clear(&mine);
	b->broke = ret == -1 && e->scope == ERR_SESSION;
	free(b->begun);
	return ret == 0 ? step("uploaded", e) : -1;
}

/* What is to be said of an upload that did not become a pair. */
static void
failure_reason(const struct upload *u, struct err *why)
{
	if (u->copy->unsent && u->err.scope == ERR_NONE)
		err_set(why, ERR_MESSAGE, "it could not be sent");
	else if (u->copy->unsent)
		err_copy(why, &u->err);
	else if (u->copy->result.outcome == STORE_DONE)
		err_set(why, ERR_MESSAGE,
		    "the server said that it took the message, but it is not "
		    "there; it stays here, and is looked for in the next run");
	else
		err_copy(why, &u->copy->result.err);
}

/* The store has such a message, which has its pair, and keeps one of them. */
static int
upload_doubled(struct batch *b, const struct upload *u, struct err *e)
{
	enum side from = !b->to;
	struct err why = ERR_INIT;

	err_set(&why, ERR_MESSAGE,
	    "the server has this message once (as UID %u) and keeps no second "
	    "copy; it stays here, and is not sent again while the server has "
	    "that one",
	    u->copy->result.id);
	report_doubt(b->f, u->op, &why);
	err_clear(&why);
	return status_doubled(b->f->sy->status, b->f->row.id, from,
	    folder_skip_id(b->f, from, u->op->id[from]), u->copy->result.id, e);
}

static int
upload_settle(void *arg, size_t i, struct err *e)
{
	struct batch *b = arg;
	struct upload *u = &b->list[i];
	struct err why = ERR_INIT;
	int ret = 0;

	if (u->copy->doubled)
		return upload_doubled(b, u, e);
	if (u->copy->id != 0 ||
	    (b->broke && u->copy->result.outcome != STORE_FAILED))
		return 0;
	failure_reason(u, &why);
	u->again = !b->last && !u->copy->unsent &&
		   u->copy->result.outcome == STORE_FAILED && why.retry;
	if (!u->again)
		ret = exec_copy_failed(b->f, u->op, &why, e);
	err_clear(&why);
	return ret;
}

static void
upload_report(struct batch *b, const struct upload *u)
{
	struct err altered = ERR_INIT;
	struct op op = *u->op;

	if (u->copy->id == 0)
		return;
	op.id[b->to] = u->copy->id;
	if (u->copy->altered) {
		err_set(&altered, ERR_MESSAGE,
		    "the server did not keep it byte by byte; here it stays as "
		    "it was");
		report_doubt(b->f, &op, &altered);
		err_clear(&altered);
	}
	report_op(b->f, EVOP_COPY, &op, NULL);
	report_count(b->f, b->to, COUNT_COPY, 1);
}

/* The copies that the connection owed an answer for when it broke; else, those
 * that it was not asked to take. */
static void
batch_broke(struct batch *b, const struct err *why)
{
	const struct op **left;
	size_t i, n;
	bool sent;

	left = xcalloc(b->copies.len + 1, sizeof(*left));
	for (n = 0, i = 0; i < b->copies.len; i++)
		if (b->list[i].begun &&
		    b->copies.list[i].result.outcome == STORE_PENDING)
			left[n++] = b->list[i].op;
	if (b->now != NULL)
		left[n++] = b->now->op;
	sent = n > 0;
	for (i = 0; !sent && i < b->copies.len; i++)
		if (!b->list[i].begun && b->list[i].err.scope == ERR_NONE)
			left[n++] = b->list[i].op;
	exec_poison_broke(b->f, left, n, n == 1, why);
	free(left);
}

/* What was answered before the connection broke is kept; the next run looks for
 * the rest. */
static int
batch_salvage(struct batch *b, struct err *e)
{
	struct err mine = ERR_INIT;

	if (!b->broke)
		return -1;
	batch_broke(b, e);
	if (copies_settle(&b->copies, upload_settle, b, &mine) == -1)
		err_move(e, &mine);
	return -1;
}

static int
batch_run(struct batch *b, struct err *e)
{
	size_t i;

	if (batch_digest(b, e) == -1 || copies_intend(&b->copies, e) == -1)
		return -1;
	if (batch_send(b, e) == -1)
		return batch_salvage(b, e);
	if (copies_learn(&b->copies, e) == -1 ||
	    copies_settle(&b->copies, upload_settle, b, e) == -1)
		return -1;
	for (i = 0; i < b->copies.len; i++)
		upload_report(b, &b->list[i]);
	return 0;
}

static int
batch_init(struct batch *b, const struct op **ops, size_t n, struct err *e)
{
	const struct store_state *state = &b->f->state[b->to];
	size_t i;

	b->list = xcalloc(n, sizeof(*b->list));
	b->copies = (struct copies){ .f = b->f,
		.to = b->to,
		.next_id = state->next_id,
		.validity = state->validity,
		.list = xcalloc(n, sizeof(*b->copies.list)) };
	for (i = 0; i < n; i++) {
		struct copy *copy = &b->copies.list[i];

		if (refs_add(&b->refs, b->f, ops[i], !b->to, e) == -1)
			return -1;
		b->copies.len++;
		copy->intent.source_id = ops[i]->id[!b->to];
		copy->intent.flags = ops[i]->add;
		copy->intent.name = xstrdup(b->refs.list[i].name);
		copy->source_flags = b->refs.list[i].flags;
		b->list[i].op = ops[i];
		b->list[i].copy = copy;
	}
	return 0;
}

/* Sends n of ops; those to be sent once more are moved to the front of them,
 * and *again says how many. */
static int
batch_of(struct batch *b, const struct op **ops, size_t n, size_t *again,
    struct err *e)
{
	size_t i;
	int ret;

	ret = batch_init(b, ops, n, e);
	if (ret == 0)
		ret = batch_run(b, e);
	*again = 0;
	for (i = 0; ret == 0 && i < n; i++)
		if (b->list[i].again)
			ops[(*again)++] = b->list[i].op;
	for (i = 0; i < b->copies.len; i++)
		err_clear(&b->list[i].err);
	copies_clear(&b->copies);
	refs_clear(&b->refs);
	free(b->list);
	return ret;
}

static int
upload_group(struct folder *f, const struct op **ops, size_t n, struct err *e)
{
	struct batch b = { .f = f, .to = n > 0 ? ops[0]->side : REMOTE };
	size_t i, len, again, none;

	for (i = 0; i < n && !sync_stopped(f->sy); i += len) {
		len = n - i < BATCH_MESSAGES ? n - i : BATCH_MESSAGES;
		b.last = false;
		if (batch_of(&b, ops + i, len, &again, e) == -1)
			return -1;
		b.last = true;
		if (again > 0 && batch_of(&b, ops + i, again, &none, e) == -1)
			return -1;
		report_progress(f, i + len, n, b.bytes);
	}
	return 0;
}

int
exec_upload(struct folder *f, const struct op **ops, size_t n, struct err *e)
{
	return exec_poison_run(f, ops, n, upload_group, e);
}
