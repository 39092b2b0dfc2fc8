/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads, writes, flags and removes messages of a Maildir. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "engine/store/maildir/store_maildir_private.h"
#include "maildir/maildir_change.h"
#include "maildir/maildir_deliver.h"
#include "maildir/maildir_read.h"

static struct maildir_store *
self(struct store *s)
{
	return (struct maildir_store *)s;
}

static struct maildir_target *
make_targets(const struct store_ref *refs, size_t n)
{
	struct maildir_target *t;
	size_t i;

	t = xreallocarray(NULL, n + 1, sizeof(*t));
	for (i = 0; i < n; i++) {
		t[i].name = refs[i].name != NULL ? refs[i].name : "";
		t[i].flags = refs[i].flags;
	}
	return t;
}

struct changes {
	const struct store_ref *refs;
	struct store_result *results;
};

static void
change_done(void *arg, size_t i, enum maildir_outcome outcome, const char *base,
    const struct err *why)
{
	static const enum store_outcome outcomes[] = {
		[MAILDIR_DONE] = STORE_DONE,
		[MAILDIR_GONE] = STORE_GONE,
		[MAILDIR_CHANGED] = STORE_CHANGED,
		[MAILDIR_FAILED] = STORE_FAILED,
	};
	struct changes *c = arg;
	struct store_result *r = &c->results[i];

	r->outcome = outcomes[outcome];
	r->id = c->refs[i].id;
	if (base != NULL)
		r->name = xstrdup(base);
	if (why != NULL)
		err_copy(&r->err, why);
}

/* What is done to the files of a job. */
struct change {
	int (*run)(
	    const struct maildir_job *job, const void *arg, struct err *e);
	const void *arg;
};

static int
change(struct store *s, const struct store_ref *refs, size_t n,
    struct store_result *results, struct change to, struct err *e)
{
	struct changes c = { refs, results };
	struct maildir_target *targets;
	struct maildir_job job;
	size_t i;
	int rc;

	if (self(s)->readonly)
		return err_set(e, ERR_FOLDER, "the folder is read-only");
	targets = make_targets(refs, n);
	job = (struct maildir_job){ self(s)->md, &self(s)->keywords, targets, n,
		change_done, &c };
	rc = to.run(&job, to.arg, e);
	for (i = 0; rc != 0 && i < n; i++)
		if (results[i].outcome == STORE_DONE)
			results[i].outcome = STORE_PENDING;
	free(targets);
	return rc;
}

static int
run_flags(const struct maildir_job *job, const void *arg, struct err *e)
{
	const struct store_delta *d = arg;

	return maildir_change_flags(job, d->add, d->del, e);
}

int
store_maildir_flags(struct store *s, const struct store_ref *refs, size_t n,
    struct store_delta delta, struct store_result *results, struct err *e)
{
	return change(
	    s, refs, n, results, (struct change){ run_flags, &delta }, e);
}

static int
run_remove(const struct maildir_job *job, const void *arg, struct err *e)
{
	(void)arg;
	return maildir_remove(job, e);
}

int
store_maildir_remove(struct store *s, const struct store_ref *refs, size_t n,
    struct store_result *results, struct err *e)
{
	return change(
	    s, refs, n, results, (struct change){ run_remove, NULL }, e);
}

static int
run_bind(const struct maildir_job *job, const void *arg, struct err *e)
{
	return maildir_bind(job, arg, e);
}

int
store_maildir_bind(struct store *s, const struct store_ref *refs,
    const uint32_t *peer_ids, size_t n, struct store_result *results,
    struct err *e)
{
	size_t i;

	if (!self(s)->readonly)
		return change(s, refs, n, results,
		    (struct change){ run_bind, peer_ids }, e);
	for (i = 0; i < n; i++) /* the names stay */
		results[i] = (struct store_result){ .outcome = STORE_DONE,
			.id = refs[i].id,
			.name = xstrdup(refs[i].name) };
	return 0;
}

struct reading {
	const struct store_ref *refs;
	enum store_part part;
	const struct store_sink *sink; /* NULL: only measure, for each */
	void (*each)(void *arg, const struct store_info *i);
	void *arg;
};

static void
reading_missing(void *arg, size_t i, enum maildir_outcome outcome,
    const char *base, const struct err *why)
{
	struct reading *rd = arg;
	struct err e = ERR_INIT;

	(void)base;
	if (rd->sink == NULL)
		return;
	if (outcome == MAILDIR_GONE)
		err_set(&e, ERR_MESSAGE, "the file is no longer there");
	else if (outcome == MAILDIR_CHANGED)
		err_set(&e, ERR_MESSAGE, "the file was renamed meanwhile");
	else
		err_copy(&e, why);
	if (rd->refs[i].name != NULL && rd->refs[i].name[0] != '\0')
		err_file(&e, rd->refs[i].name);
	rd->sink->missing(rd->sink->arg, i, &e);
	err_clear(&e);
}

/*
 * Passes one message to the sink. True when the reading goes on; what the
 * sink refused (ERR_MESSAGE) it knows itself.
 */
static bool
pass(struct reading *rd, const struct store_meta *m, struct maildir_reader *r,
    struct err *e)
{
	const struct store_sink *sink = rd->sink;
	bool stopped;

	stopped = true;
	if (sink->begin(sink->arg, m, e) == 0) {
		if (maildir_reader_run(r, sink->data, sink->arg, &stopped, e) ==
		    0) {
			stopped = true;
			if (sink->end(sink->arg, e) == 0)
				return true;
		} else if (!stopped) {
			sink->abort(sink->arg);
			sink->missing(sink->arg, m->index, e);
		}
	}
	if (e->scope > ERR_MESSAGE)
		return false;
	err_clear(e);
	return true;
}

static bool
reading_use(void *arg, size_t i, int fd, uint32_t flags, struct err *e)
{
	struct reading *rd = arg;
	struct maildir_reader *r;
	struct maildir_content content;
	struct store_info info;
	struct store_meta m;
	bool more;

	if (maildir_reader_open_take(fd, rd->refs[i].size,
		rd->part == STORE_HEADER, &r, &content, e) != 0) {
		reading_missing(arg, i, MAILDIR_FAILED, NULL, e);
		err_clear(e);
		return true;
	}
	more = true;
	if (rd->sink == NULL) {
		info = (struct store_info){ rd->refs[i].id, content.size,
			content.date };
		rd->each(rd->arg, &info);
	} else {
		m = (struct store_meta){ .id = rd->refs[i].id,
			.flags = flags,
			.size = content.size,
			.date = content.date,
			.index = i,
			.has_nul = content.has_nul };
		more = pass(rd, &m, r, e);
	}
	maildir_reader_close(r);
	return more;
}

static int
read_files(struct store *s, struct reading *rd, size_t n, struct err *e)
{
	struct maildir_target *targets;
	struct maildir_job job;
	int rc;

	targets = make_targets(rd->refs, n);
	job = (struct maildir_job){ self(s)->md, &self(s)->keywords, targets, n,
		reading_missing, rd };
	rc = maildir_open_files(&job, reading_use, e);
	free(targets);
	return rc;
}

int
store_maildir_read(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, const struct store_sink *sink, struct err *e)
{
	struct reading rd = { .refs = refs, .part = part, .sink = sink };

	return read_files(s, &rd, n, e);
}

int
store_maildir_details(struct store *s, const struct store_ref *refs, size_t n,
    void (*each)(void *arg, const struct store_info *i), void *arg,
    struct err *e)
{
	struct reading rd = {
		.refs = refs, .part = STORE_WHOLE, .each = each, .arg = arg
	};

	return read_files(s, &rd, n, e);
}

/*
 * Filled in the store's thread; committed perhaps in another one, which uses
 * nothing of the store: the letters are translated and the ids are handed out
 * beforehand, and the folder stays open for as long as the batch wants it.
 */
struct store_batch {
	struct maildir_store *m; /* until commit */
	struct maildir_batch *files;
	uint32_t *ids;
	size_t len, cap;
	struct store_result *results; /* in commit */
};

static int
batch_begin_message(void *arg, const struct store_meta *meta, struct err *e)
{
	struct store_batch *b = arg;
	struct maildir_message msg = { .date = meta->date,
		.uid = meta->peer_id };
	struct buf letters = { 0 };
	int rc;

	if (maildir_keywords_assign(&b->m->keywords, meta->flags, NULL, e) != 0)
		return -1;
	maildir_keywords_letters(&b->m->keywords, meta->flags, "", 0, &letters);
	msg.letters = buf_str(&letters);
	rc = maildir_batch_begin(b->files, &msg, e);
	buf_clear(&letters);
	return rc;
}

static int
batch_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct store_batch *b = arg;

	return maildir_batch_data(b->files, data, len, e);
}

static int
batch_end(void *arg, struct err *e)
{
	struct store_batch *b = arg;

	if (maildir_batch_end(b->files, e) != 0)
		return -1;
	b->ids = xgrow(b->ids, b->len, &b->cap, sizeof(*b->ids));
	b->ids[b->len++] = (*b->m->next_id)++;
	return 0;
}

static void
batch_drop(void *arg)
{
	struct store_batch *b = arg;

	maildir_batch_drop(b->files);
}

static void
batch_missing(void *arg, size_t index, const struct err *why)
{
	(void)arg;
	(void)index;
	(void)why;
}

int
store_maildir_batch_begin(struct store *s, size_t n, struct store_batch **b,
    struct store_sink *sink, struct err *e)
{
	(void)n;
	if (self(s)->readonly)
		return err_set(e, ERR_FOLDER, "the folder is read-only");
	*b = xcalloc(1, sizeof(**b));
	(*b)->m = self(s);
	(*b)->files = maildir_batch_new(self(s)->md);
	*sink = (struct store_sink){ *b, batch_begin_message, batch_data,
		batch_end, batch_drop, batch_missing };
	return 0;
}

static void
batch_result(void *arg, size_t i, const char *base, const struct err *why)
{
	struct store_batch *b = arg;
	struct store_result *r = &b->results[i];

	if (base == NULL) {
		r->outcome = STORE_FAILED;
		err_copy(&r->err, why);
		return;
	}
	r->outcome = STORE_DONE;
	r->id = b->ids[i];
	r->name = xstrdup(base);
}

int
store_maildir_batch_commit(struct store_batch *b, struct store_result *results,
    size_t n, struct err *e)
{
	bool visible;
	size_t i;
	int rc;

	b->results = results;
	rc = maildir_batch_commit(b->files, batch_result, b, &visible, e);
	for (i = 0; rc != 0 && !visible && i < n; i++) {
		results[i].outcome = STORE_FAILED;
		err_copy(&results[i].err, e);
	}
	store_maildir_batch_abort(b);
	return rc;
}

void
store_maildir_batch_abort(struct store_batch *b)
{
	maildir_batch_free(b->files);
	free(b->ids);
	free(b);
}
