/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies to a store whose names carry the other side's ids (Maildir). The
 * source streams messages into batches; a second thread makes each finished
 * batch durable and writes it down while the next one comes in, so that disk
 * and network work at the same time. Where there is much to read, other
 * workers read parts of it over connections of their own.
 *
 *	readers:   read -> begin data... end -> batch full -> queue
 *	finisher:                                            queue -> commit
 *	           (files durable and visible) -> status transaction
 *
 * While the finisher runs, it alone uses the status and the counters; the
 * readers keep what they have to say about messages that cannot be read until
 * the finisher is done. If we die after a commit and before its transaction,
 * the files carry their ids in their names, and pairing by content finds them.
 */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/queue.h"
#include "base/step.h"
#include "base/xalloc.h"
#include "engine/sync/crew.h"
#include "engine/sync/exec.h"
#include "engine/sync/exec_download.h"
#include "engine/sync/exec_poison.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

/* A batch ends at whichever comes first. Large enough that one durability
 * barrier serves many files; small enough that a crash costs little. */
#define BATCH_MESSAGES 1000
#define BATCH_BYTES (16 << 20)
/* Batches that wait for the finisher: disk and network, and one to even out. */
#define BATCHES_WAITING 2
/* Messages asked for in one go; bounds the memory for references. */
#define CHUNK_MESSAGES 4000
/* The least that is worth another connection, and what is taken in one go when
 * several read. */
#define PART_MESSAGES 500
#define PROGRESS_MS 100

struct download {
	const struct op *op;
	struct digest digest;
	uint64_t told; /* as in store_meta */
	int64_t date;
};

struct batch { /* one batch on its way */
	struct store_batch *batch;
	struct store_sink sink; /* the store's */
	struct download *list;
	size_t len;
	uint64_t bytes;
};

struct refusal { /* a message that could not be read or taken */
	const struct op *op;
	uint64_t size;
	struct err why;
};

struct copying {
	struct crew_job job; /* of the helpers that read */
	struct folder *f;
	enum side to;
	const struct op **ops;
	size_t len, chunk;
	struct keywords words; /* the folder's, as of the beginning */
	_Atomic uint64_t done, bytes;
	atomic_size_t next; /* the first of ops that no reader has taken */

	struct queue *batches;
	pthread_t finisher;
	bool concurrent;
	atomic_bool broken; /* the finisher gave up; see err after the join */
	struct err err;	    /* finisher's until the join */

	pthread_mutex_t lock;
	struct refusal *refusals; /* lock */
	size_t refusals_len, refusals_cap;
	struct err part_err; /* why a helper's part broke off; lock */
};

/* One of the threads that read. */
struct reader {
	struct copying *c;
	struct sync *sy;       /* its stores */
	const struct op **ops; /* by index of the references of this chunk */
	bool *answered;	       /* likewise */
	size_t begun;	       /* likewise: + 1; 0: none is on its way */
	struct batch *now;
	struct digester digester;
	struct download download; /* the one in progress */
	uint64_t download_size;
	int64_t progress_at;
};

static void
batch_free(struct batch *p)
{
	free(p->list);
	free(p);
}

static void
refuse(struct copying *c, const struct op *op, uint64_t size, enum side side,
    const struct err *why)
{
	struct refusal *r;

	pthread_mutex_lock(&c->lock);
	c->refusals = xgrow(c->refusals, c->refusals_len, &c->refusals_cap,
	    sizeof(*c->refusals));
	r = &c->refusals[c->refusals_len++];
	*r = (struct refusal){ .op = op, .size = size };
	err_copy(&r->why, why);
	err_side(&r->why, side);
	pthread_mutex_unlock(&c->lock);
}

static int
download_record(struct copying *c, const struct download *a,
    const struct store_result *r, struct err *e)
{
	struct folder *f = c->f;
	struct status_pair p = { 0 };
	enum side to = c->to;

	p.id[to] = r->id;
	p.id[!to] = a->op->id[!to];
	p.flags = a->op->add;
	p.date = a->date;
	p.told[!to] = a->told;
	p.digest = a->digest;
	p.name[to] = r->name;
	p.name[!to] = folder_file_name(f, !to, p.id[!to]);
	if (folder_pair_put(f, &p, e) == -1)
		return -1;
	return status_unskip(f->sy->status, f->row.id, !to,
	    folder_skip_id(f, !to, p.id[!to]), e);
}

static void
download_report(
    struct copying *c, const struct download *a, const struct store_result *r)
{
	struct op op = *a->op;

	op.id[c->to] = r->id;
	report_op(c->f, EVOP_COPY, &op, NULL);
	report_count(c->f, c->to, COUNT_COPY, 1);
}

static int
batch_record(struct copying *c, const struct batch *p,
    const struct store_result *results, struct err *e)
{
	struct status *st = c->f->sy->status;
	size_t i;

	if (status_begin(st, e) == -1)
		return -1;
	for (i = 0; i < p->len; i++) {
		int ret;

		if (results[i].outcome == STORE_DONE)
			ret = download_record(c, &p->list[i], &results[i], e);
		else
			ret = exec_copy_failed(
			    c->f, p->list[i].op, &results[i].err, e);
		if (ret == -1)
			goto fail;
	}
	if (status_folder_put(st, &c->f->row, e) == -1 ||
	    step("downloads commit", e) == -1 || status_commit(st, e) == -1)
		goto fail;
	for (i = 0; i < p->len; i++)
		if (results[i].outcome == STORE_DONE)
			download_report(c, &p->list[i], &results[i]);
	return step("downloads committed", e);
fail:
	status_rollback(st);
	return -1;
}

/* Commits a batch and writes it down; frees the batch. */
static int
batch_finish(struct copying *c, struct batch *p, struct err *e)
{
	struct store *to = c->f->sy->store[c->to];
	struct store_result *results;
	int ret;

	results = xcalloc(p->len, sizeof(*results));
	ret = step("batch commit", e);
	if (ret == 0)
		ret = store_told(
		    to, to->ops->batch_commit(p->batch, results, p->len, e), e);
	else
		to->ops->batch_abort(p->batch);
	if (ret == 0)
		ret = step("batch committed", e);
	if (ret == 0)
		ret = batch_record(c, p, results, e);
	store_results_clear(results, p->len);
	free(results);
	batch_free(p);
	return ret;
}

static void *
finisher_main(void *arg)
{
	struct copying *c = arg;
	struct batch *p;

	while (queue_get(c->batches, &p, -1)) {
		if (atomic_load(&c->broken)) {
			c->f->sy->store[c->to]->ops->batch_abort(p->batch);
			batch_free(p);
		} else if (batch_finish(c, p, &c->err) == -1) {
			atomic_store(&c->broken, true);
		}
	}
	return NULL;
}

static int
batch_begin(struct reader *r, struct err *e)
{
	struct store *to = r->sy->store[r->c->to];
	struct batch *p;

	p = xcalloc(1, sizeof(*p));
	if (to->ops->batch_begin(to, BATCH_MESSAGES, &p->batch, &p->sink, e) ==
	    -1) {
		free(p);
		return err_side(e, to->side);
	}
	p->list = xcalloc(BATCH_MESSAGES, sizeof(*p->list));
	r->now = p;
	return 0;
}

static int
batch_send(struct reader *r, struct err *e)
{
	struct batch *p = r->now;
	bool sent;

	r->now = NULL;
	if (p == NULL)
		return 0;
	if (!r->c->concurrent)
		return batch_finish(r->c, p, e);
	sent = queue_put(r->c->batches, &p);
	assert(sent); /* the queue is closed after the readers are done */
	(void)sent;
	return 0;
}

/* The one in progress was answered, well or not. */
static void
reader_answered(struct reader *r)
{
	r->answered[r->begun - 1] = true;
	r->begun = 0;
}

/* The side that the message goes to did not take it. */
static int
taker_failed(struct reader *r, struct err *e)
{
	struct copying *c = r->c;

	if (e->scope == ERR_MESSAGE)
		refuse(c, r->download.op, r->download_size, c->to, e);
	reader_answered(r);
	return err_side(e, c->to);
}

static int
reader_begin(void *arg, const struct store_meta *m, struct err *e)
{
	struct reader *r = arg;
	struct copying *c = r->c;
	struct store_meta to = *m;

	if (atomic_load(&c->broken))
		return err_set(e, ERR_FOLDER, "writing failed");
	if (r->now == NULL && batch_begin(r, e) == -1)
		return -1;
	r->begun = m->index + 1;
	r->download = (struct download){
		.op = r->ops[m->index], .told = m->told, .date = m->date
	};
	r->download_size = m->size;
	/* The plan's flags, not those of this moment: what changed since is
	 * seen as a change next time. */
	to.flags = r->download.op->add & c->f->state[c->to].storable;
	/* An id that only the status knows says nothing without it. */
	to.peer_id =
	    store_traits(r->sy->store[!c->to])->hands_out_ids ? m->id : 0;
	digester_init(&r->digester);
	if (r->now->sink.begin(r->now->sink.arg, &to, e) == 0)
		return 0;
	return taker_failed(r, e);
}

static int
reader_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct reader *r = arg;

	digester_update(&r->digester, data, len);
	atomic_fetch_add(&r->c->bytes, len);
	r->now->bytes += len;
	if (r->now->sink.data(r->now->sink.arg, data, len, e) == 0)
		return 0;
	return taker_failed(r, e);
}

static int
reader_end(void *arg, struct err *e)
{
	struct reader *r = arg;
	struct copying *c = r->c;
	struct batch *p = r->now;

	if (p->sink.end(p->sink.arg, e) == -1)
		return taker_failed(r, e);
	reader_answered(r);
	digester_final(&r->digester, &r->download.digest);
	p->list[p->len++] = r->download;
	atomic_fetch_add(&c->done, 1);
	if (r->sy == c->f->sy && clock_ms() - r->progress_at >= PROGRESS_MS) {
		r->progress_at = clock_ms();
		report_progress(c->f, atomic_load(&c->done), c->len,
		    atomic_load(&c->bytes));
	}
	if (p->len == BATCH_MESSAGES || p->bytes >= BATCH_BYTES)
		return batch_send(r, e);
	return 0;
}

static void
reader_abort(void *arg)
{
	struct reader *r = arg;

	if (r->now != NULL)
		r->now->sink.abort(r->now->sink.arg);
}

static void
reader_missing(void *arg, size_t index, const struct err *why)
{
	struct reader *r = arg;

	r->answered[index] = true;
	refuse(r->c, r->ops[index], 0, !r->c->to, why);
}

/* The connection broke in the middle of a chunk. */
static void
reader_broke(
    struct reader *r, const struct op **ops, size_t n, const struct err *why)
{
	const struct op **left;
	size_t i, len;

	left = xcalloc(n, sizeof(*left));
	if (r->begun > 0)
		left[0] = ops[r->begun - 1];
	for (len = i = 0; r->begun == 0 && i < n; i++)
		if (!r->answered[i])
			left[len++] = ops[i];
	exec_poison_broke(
	    r->c->f, left, r->begun > 0 ? 1 : len, r->begun > 0, why);
	free(left);
}

static int
reader_chunk(struct reader *r, const struct op **ops, size_t n, struct err *e)
{
	const struct copying *c = r->c;
	struct store *from = r->sy->store[!c->to];
	struct store_sink sink = { r, reader_begin, reader_data, reader_end,
		reader_abort, reader_missing };
	struct refs refs = { 0 };
	size_t i;
	int ret;

	/* New messages have no pair: nothing here asks the status, which the
	 * finisher may be using. */
	refs.list = xcalloc(n, sizeof(*refs.list));
	for (i = 0; i < n; i++) {
		refs.list[i].id = ops[i]->id[!c->to];
		refs.list[i].flags = ops[i]->flags;
		refs.list[i].name =
		    folder_file_name(c->f, !c->to, ops[i]->id[!c->to]);
	}
	r->ops = ops;
	r->answered = xcalloc(n, sizeof(*r->answered));
	r->begun = 0;
	ret = store_told(from,
	    from->ops->read(from, refs.list, n, STORE_WHOLE, &sink, e), e);
	if (ret == -1)
		reader_broke(r, ops, n, e);
	free(r->answered);
	free(refs.list);
	return ret;
}

/* Takes chunks until none is left. What was read is good mail and is finished
 * even when reading broke. */
static int
reader_run(struct reader *r, struct err *e)
{
	struct copying *c = r->c;
	struct err mine = ERR_INIT;
	size_t i, n;
	int ret = 0;

	while (
	    ret == 0 && !sync_stopped(c->f->sy) && !atomic_load(&c->broken)) {
		i = atomic_fetch_add(&c->next, c->chunk);
		if (i >= c->len)
			break;
		n = c->len - i < c->chunk ? c->len - i : c->chunk;
		ret = reader_chunk(r, c->ops + i, n, e);
	}
	if (batch_send(r, &mine) == -1 && (ret == 0 || mine.scope > e->scope))
		ret = err_move(e, &mine);
	err_clear(&mine);
	return ret;
}

/* Opens the folder on both sides of another lane. */
static int
part_open(
    struct copying *c, struct sync *lane, struct keywords *words, struct err *e)
{
	struct store_open o = { .keywords = words };
	struct store_state state;
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++) {
		o.name = c->f->entry->name[s];
		o.readonly = s != c->to;
		o.numbers = s == c->to ? c->f->sy->store[s] : NULL;
		if (lane->store[s]->ops->open(lane->store[s], &o, &state, e) ==
		    -1)
			return err_side(e, s);
		if (state.validity != c->f->state[s].validity)
			return err_set(e, ERR_FOLDER,
			    "UIDVALIDITY changed in the middle of the run");
	}
	return 0;
}

static void
part_report(struct copying *c, struct sync *lane)
{
	struct event ev;

	report_init(&ev, lane, c->f->entry->label, EV_PART);
	report_post(lane, &ev);
}

static int
part_run(struct crew_job *job, struct sync *lane, struct err *e)
{
	struct copying *c = (struct copying *)job;
	struct reader r = { .c = c, .sy = lane };
	struct keywords words = { 0 };
	int ret;

	keywords_copy(&words, &c->words);
	part_report(c, lane);
	ret = part_open(c, lane, &words, e);
	if (ret == 0)
		ret = reader_run(&r, e);
	if (ret == -1) {
		pthread_mutex_lock(&c->lock);
		if (c->part_err.scope < e->scope)
			err_copy(&c->part_err, e);
		pthread_mutex_unlock(&c->lock);
	}
	sync_leave_folder(lane);
	keywords_clear(&words);
	return ret;
}

static void
copying_start(struct copying *c)
{
	pthread_mutex_init(&c->lock, NULL);
	c->concurrent = c->f->sy->store[c->to]->ops->traits.concurrent_commit &&
			!c->f->sy->env->single_thread;
	if (!c->concurrent)
		return;
	c->batches = queue_new(BATCHES_WAITING, sizeof(struct batch *));
	if (pthread_create(&c->finisher, NULL, finisher_main, c) != 0) {
		queue_free(c->batches);
		c->concurrent = false;
	}
}

static int
copying_read(struct copying *c, struct err *e)
{
	struct reader r = { .c = c, .sy = c->f->sy };
	struct crew *crew = c->f->sy->env->crew;
	bool shared;
	int ret;

	shared = crew != NULL && c->concurrent && c->len >= 2 * PART_MESSAGES;
	c->chunk = shared ? PART_MESSAGES : CHUNK_MESSAGES;
	if (shared) {
		keywords_copy(&c->words, &c->f->keywords);
		c->job.run = part_run;
		crew_call(crew, &c->job, c->len / PART_MESSAGES - 1);
	}
	ret = reader_run(&r, e);
	if (shared) {
		crew_dismiss(crew, &c->job);
		keywords_clear(&c->words);
	}
	if (ret == 0 && c->part_err.scope != ERR_NONE)
		ret = err_move(e, &c->part_err);
	return ret;
}

static int
copying_finish(struct copying *c, int ret, struct err *e)
{
	struct err mine = ERR_INIT;
	size_t i;

	if (c->concurrent) {
		queue_close(c->batches);
		pthread_join(c->finisher, NULL);
		queue_free(c->batches);
	}
	if (atomic_load(&c->broken))
		ret = err_move(e, &c->err);
	for (i = 0; i < c->refusals_len; i++) {
		struct refusal *r = &c->refusals[i];

		if (exec_copy_failed(c->f, r->op, &r->why, &mine) == -1 &&
		    ret == 0)
			ret = err_move(e, &mine);
		err_clear(&mine);
		err_clear(&r->why);
	}
	err_clear(&c->err);
	err_clear(&c->part_err);
	free(c->refusals);
	pthread_mutex_destroy(&c->lock);
	return ret;
}

static int
download_group(struct folder *f, const struct op **ops, size_t n, struct err *e)
{
	struct copying c = { .f = f, .ops = ops, .len = n };
	int ret;

	c.to = ops[0]->side;
	copying_start(&c);
	ret = copying_read(&c, e);
	ret = copying_finish(&c, ret, e);
	report_progress(f, c.done, n, c.bytes);
	return ret;
}

int
exec_download(struct folder *f, const struct op **ops, size_t n, struct err *e)
{
	return exec_poison_run(f, ops, n, download_group, e);
}
