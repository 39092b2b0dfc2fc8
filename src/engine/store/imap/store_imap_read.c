/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads messages from a server. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/store/imap/store_imap_private.h"

/*
 * Reading streams each body from the socket into the sink while the next ones
 * are on their way. The sink wants to know flags and date before the bytes; a
 * server that tells them afterwards is asked for them first, and for the
 * bodies once more:
 *
 *	pass 1	UID FETCH (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])
 *	pass 2	UID FETCH (UID FLAGS INTERNALDATE RFC822.SIZE), for those of
 *		pass 1 that came in the wrong order
 *	pass 3	UID FETCH (UID BODY.PEEK[]) for these
 *
 * An answer without the body, or with an empty one, or one of half the size or
 * less, is none: some servers, and what stands before them, answer so while
 * they cannot get at the message. It is asked for once more, and is then
 * missing.
 *
 * Where a command was refused as a whole, what is still due is asked for one
 * by one.
 *
 * A body is taken only for a UID that was asked for and is still due, so that
 * no message can be put in the place of another.
 */

#define BODIES 200 /* messages in one FETCH */

/* What is asked for, and what is when the rest is known. */
static const char *const part_items[][2] = {
	[STORE_WHOLE] = { "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])",
	    "(UID BODY.PEEK[])" },
	[STORE_HEADER] = { "(UID FLAGS INTERNALDATE RFC822.SIZE "
			   "BODY.PEEK[HEADER])",
	    "(UID BODY.PEEK[HEADER])" },
	[STORE_START] = { "(UID FLAGS INTERNALDATE BODY.PEEK[TEXT]<0.2048>)",
	    "(UID BODY.PEEK[TEXT]<0.2048>)" },
};

enum due {
	DUE,	  /* to be read */
	DUE_META, /* its body came before its flags and date */
	DUE_BODY, /* it was answered, and not with its body */
	DUE_NOT,  /* done, with or without success */
};

struct meta {
	bool known;
	uint32_t flags;
	int zone;
	int64_t date;
	uint64_t told;
};

struct reading {
	struct store_imap *st;
	const struct store_sink *sink;
	enum store_part part;
	struct ref_index index;
	unsigned char *due; /* enum due for each ref */
	struct meta *meta;  /* of pass 2; NULL before it */
	bool in_message;    /* the sink has begun one ... */
	bool late;	    /* this FETCH had its body before the rest */
	bool stop;	    /* the sink wants no more: see why */
	struct err why;
	struct err lie; /* a body may be that of another message; ERR_NONE:
			 * none */
	struct err odd; /* an answer could not be read; likewise */
};

/* The sink returned -1: it refuses this message, or all of them. */
static int
refused_take(struct reading *r, struct err *why)
{
	r->in_message = false;
	if (why->scope > ERR_MESSAGE && !r->stop) {
		r->stop = true;
		err_move(&r->why, why);
	}
	err_clear(why);
	return 0;
}

/* Fills in what is known before the body; false when it is not enough. */
static bool
make_meta(struct reading *r, const struct imap_fetch *f, size_t at,
    struct store_meta *m)
{
	const unsigned all = FETCH_FLAGS | FETCH_DATE;

	if ((f->have & all) == all) {
		m->flags = f->flags;
		m->date = f->date;
		m->zone = f->zone;
		return true;
	}
	if (r->meta == NULL || !r->meta[at].known)
		return false;
	m->flags = r->meta[at].flags;
	m->date = r->meta[at].date;
	m->zone = r->meta[at].zone;
	return true;
}

/* The size may come behind the body. */
static bool
is_unsized(const struct reading *r, const struct imap_fetch *f)
{
	return r->part == STORE_WHOLE && (f->have & FETCH_SIZE) == 0 &&
	       r->meta == NULL;
}

/* The size that the server states for it; 0: it is not known. */
static uint64_t
told_size(const struct reading *r, const struct imap_fetch *f, size_t at)
{
	if ((f->have & FETCH_SIZE) != 0)
		return f->size;
	return r->meta != NULL ? r->meta[at].told : 0;
}

static int
body_begin(void *arg, const struct imap_fetch *f, uint64_t size, struct err *e)
{
	struct reading *r = arg;
	struct store_meta m = { .id = f->uid, .size = size };
	struct err why = ERR_INIT;
	size_t at;

	(void)e;
	r->in_message = false;
	if (r->stop || r->lie.scope != ERR_NONE)
		return 0;
	if ((f->have & FETCH_UID) == 0) {
		r->late = true;
		return 0;
	}
	if (!ref_index_find(&r->index, f->uid, &at) ||
	    (r->due[at] != DUE && r->due[at] != DUE_BODY))
		return 0;
	m.told = told_size(r, f, at);
	if (!make_meta(r, f, at, &m) || (size == 0 && is_unsized(r, f))) {
		r->late = true;
		return 0;
	}
	if (r->part == STORE_WHOLE && m.told > 0 && size <= m.told / 2)
		return 0;
	m.index = at;
	r->due[at] = DUE_NOT;
	r->in_message = true;
	if (r->sink->begin(r->sink->arg, &m, &why) == -1)
		return refused_take(r, &why);
	return 0;
}

static int
body_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct reading *r = arg;
	struct err why = ERR_INIT;

	(void)e;
	if (r->in_message && r->sink->data(r->sink->arg, data, len, &why) == -1)
		return refused_take(r, &why);
	return 0;
}

static int
body_end(void *arg, struct err *e)
{
	struct reading *r = arg;
	struct err why = ERR_INIT;

	(void)e;
	if (r->in_message && r->sink->end(r->sink->arg, &why) == -1)
		return refused_take(r, &why);
	r->in_message = false;
	return 0;
}

static void
missing(struct reading *r, size_t at, const struct err *why)
{
	r->due[at] = DUE_NOT;
	if (!r->stop)
		r->sink->missing(r->sink->arg, at, why);
}

/* It is not known of which message it is, or not all of it was read: what it
 * may have been about is still due. */
static void
bad_answer(struct reading *r, const struct imap_resp *resp)
{
	const unsigned both = FETCH_UID | FETCH_BODY;
	struct err *to = (resp->fetch.have & both) == both ? &r->lie : &r->odd;

	if (to->scope == ERR_NONE)
		err_copy(to, &resp->bad);
}

/* After the whole FETCH response. */
static void
untagged(void *arg, struct imap_resp *resp)
{
	struct reading *r = arg;
	const struct imap_fetch *f = &resp->fetch;
	struct err why = ERR_INIT;
	bool late;
	size_t at;

	if (resp->type != RESP_FETCH)
		return;
	late = r->late;
	r->late = false;
	if (resp->bad.scope != ERR_NONE) {
		bad_answer(r, resp);
		return;
	}
	if ((f->have & FETCH_UID) == 0 ||
	    !ref_index_find(&r->index, f->uid, &at))
		return;
	if (r->meta != NULL && r->due[at] == DUE_META &&
	    (f->have & FETCH_FLAGS) != 0)
		r->meta[at] = (struct meta){ true, f->flags, f->zone,
			(f->have & FETCH_DATE) != 0 ? f->date : 0,
			(f->have & FETCH_SIZE) != 0 ? f->size : 0 };
	if (r->due[at] != DUE && r->due[at] != DUE_BODY)
		return;
	if ((f->have & FETCH_NIL) != 0) {
		err_set(&why, ERR_MESSAGE,
		    "the server has no body for this message");
		missing(r, at, &why);
		err_clear(&why);
	} else if (late) {
		r->due[at] = DUE_META;
	} else {
		r->due[at] = DUE_BODY;
	}
}

/* The UIDs of those that are in this state. */
static void
due_uids(const struct reading *r, enum due due, struct uidset *uids)
{
	size_t i;

	for (i = 0; i < r->index.len; i++)
		if (r->due[r->index.slots[i].index] == due)
			uidset_add(uids, r->index.slots[i].id);
}

static int
pass(struct reading *r, enum due due, const char *items, uint64_t count,
    struct err *refusal, struct err *e)
{
	struct imap_job job = { .verb = "UID FETCH",
		.tail_text = items,
		.max_count = count,
		.stop = &r->stop };
	struct uidset uids = { 0 };

	err_clear(refusal);
	if (r->lie.scope != ERR_NONE)
		return 0;
	due_uids(r, due, &uids);
	return imap_message_run(r->st->session, &job, &uids, refusal, e);
}

/* Passes 2 and 3. */
static int
read_late(
    struct reading *r, enum store_part part, struct err *refusal, struct err *e)
{
	size_t i, n;

	for (i = n = 0; i < r->index.len; i++)
		n += r->due[i] == DUE_META;
	if (n == 0)
		return 0;
	r->meta = xcalloc(r->index.len, sizeof(*r->meta));
	if (pass(r, DUE_META, "(UID FLAGS INTERNALDATE RFC822.SIZE)", 0,
		refusal, e) == -1)
		return -1;
	for (i = 0; i < r->index.len; i++)
		if (r->due[i] == DUE_META)
			r->due[i] = DUE;
	return pass(r, DUE, part_items[part][1], BODIES, refusal, e);
}

static void
report_bodiless(struct reading *r)
{
	struct err why = ERR_INIT;
	size_t i;

	err_set(&why, ERR_MESSAGE,
	    "the server answers, and sends no body or not all of it");
	for (i = 0; i < r->index.len; i++)
		if (r->due[i] == DUE_BODY)
			missing(r, i, &why);
	err_clear(&why);
}

static void
report_missing(struct reading *r, struct err *refusal)
{
	size_t i;

	report_bodiless(r);
	if (refusal->scope == ERR_NONE && r->odd.scope != ERR_NONE)
		err_move(refusal, &r->odd);
	if (refusal->scope == ERR_NONE)
		err_set(refusal, ERR_MESSAGE,
		    "the server no longer has this message");
	refusal->scope = ERR_MESSAGE;
	for (i = 0; i < r->index.len; i++)
		if (r->due[i] != DUE_NOT)
			missing(r, i, refusal);
}

static int
read_all(
    struct reading *r, enum store_part part, struct err *refusal, struct err *e)
{
	const char *items = part_items[part][0];
	struct err again = ERR_INIT;
	int rc;

	if (pass(r, DUE, items, BODIES, refusal, e) == -1)
		return -1;
	if (refusal->scope != ERR_NONE && r->index.len > 1 &&
	    pass(r, DUE, items, 1, refusal, e) == -1)
		return -1;
	if (read_late(r, part, refusal, e) == -1)
		return -1;
	rc = pass(r, DUE_BODY, items, 1, &again, e);
	err_clear(&again); /* see report_bodiless */
	if (rc == -1)
		return -1;
	if (r->stop || r->lie.scope != ERR_NONE)
		return err_move(e, r->stop ? &r->why : &r->lie);
	report_missing(r, refusal);
	return 0;
}

int
store_imap_read(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, const struct store_sink *sink, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	struct reading r = { .st = st, .sink = sink, .part = part };
	const struct imap_body body = { &r, body_begin, body_data, body_end };
	struct err refusal = ERR_INIT;
	int rc;

	if (store_imap_ready_folder(st, e) == -1)
		return -1;
	ref_index_init(&r.index, refs, n);
	r.due = xcalloc(n > 0 ? n : 1, 1);
	st->session->hook = (struct imap_hook){ &r, untagged };
	st->session->parser.body = &body;
	rc = read_all(&r, part, &refusal, e);
	st->session->hook = (struct imap_hook){ NULL, NULL };
	st->session->parser.body = NULL;
	if (rc == -1 && r.in_message)
		sink->abort(sink->arg);
	ref_index_clear(&r.index);
	free(r.due);
	free(r.meta);
	err_clear(&r.why);
	err_clear(&r.lie);
	err_clear(&r.odd);
	err_clear(&refusal);
	return rc;
}
