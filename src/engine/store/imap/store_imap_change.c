/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes, removes, copies and moves messages on a server. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/store/imap/store_imap_private.h"

#define CHANGES 2000 /* messages in one command */

/*
 * Changing messages. A UID command passes over UIDs that are not there and
 * says OK (RFC 9051 section 6.4.9), so that it is always asked first which
 * ones exist, and a message is removed only when it is the one that was meant.
 */

/* What the server answers about some messages. */
struct replies {
	struct ref_index index;
	struct reply {
		bool there; /* the message exists */
		uint32_t flags;
		uint64_t size;
		int64_t date;
	} * list;	/* for each ref */
	struct err lie; /* an answer that could not be read: what was told of
			 * no message may have been in it */
};

static void
replies_init(struct replies *l, const struct store_ref *refs, size_t n)
{
	*l = (struct replies){ .list =
				   xcalloc(n > 0 ? n : 1, sizeof(*l->list)) };
	ref_index_init(&l->index, refs, n);
}

static void
replies_clear(struct replies *l)
{
	ref_index_clear(&l->index);
	free(l->list);
	err_clear(&l->lie);
}

static void
reply_untagged(void *arg, struct imap_resp *r)
{
	struct replies *l = arg;
	const struct imap_fetch *f = &r->fetch;
	struct reply *reply;
	size_t at;

	if (r->type != RESP_FETCH)
		return;
	if (r->bad.scope != ERR_NONE) {
		if (l->lie.scope == ERR_NONE)
			err_copy(&l->lie, &r->bad);
		return;
	}
	if ((f->have & FETCH_UID) == 0 ||
	    !ref_index_find(&l->index, f->uid, &at))
		return;
	reply = &l->list[at];
	if ((f->have & FETCH_FLAGS) != 0)
		reply->flags = f->flags;
	if ((f->have & FETCH_SIZE) != 0)
		reply->size = f->size;
	if ((f->have & FETCH_DATE) != 0)
		reply->date = f->date;
	reply->there = true;
}

/* Runs a job over the uids. */
static int
run(struct store_imap *st, const struct imap_job *job, struct uidset *uids,
    struct replies *l, struct err *refused, struct err *e)
{
	int rc;

	st->session->hook = (struct imap_hook){ l, reply_untagged };
	rc = imap_message_run(st->session, job, uids, refused, e);
	st->session->hook = (struct imap_hook){ NULL, NULL };
	if (rc == 0 && refused->scope > ERR_FOLDER)
		return err_move(e, refused);
	return rc;
}

static void
results_init(struct store_result *results, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		results[i] = (struct store_result){ .outcome = STORE_PENDING };
}

static void
fail(struct store_result *r, const struct err *why)
{
	r->outcome = STORE_FAILED;
	err_copy(&r->err, why);
	r->err.scope = ERR_MESSAGE;
}

static void
fail_pending(struct store_result *results, size_t n, const struct err *why)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (results[i].outcome == STORE_PENDING)
			fail(&results[i], why);
}

static void
pending_uids(const struct store_ref *refs, const struct store_result *results,
    size_t n, struct uidset *uids)
{
	struct imap_set set = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		if (results[i].outcome == STORE_PENDING)
			imap_set_add(&set, refs[i].id, refs[i].id);
	imap_set_to_uidset(&set, uids);
	imap_set_clear(&set);
}

struct flags_arg {
	const struct keywords *keywords;
	const char *item; /* "+FLAGS.SILENT" */
	uint32_t flags;
};

static void
flags_tail(struct imap_cmd *c, const void *arg)
{
	const struct flags_arg *a = arg;

	imap_cmd_atoms(c, a->item);
	imap_cmd_flags(c, a->flags, a->keywords);
}

/* Marks the messages as deleted. */
static int
mark_deleted(struct store_imap *st, struct uidset *uids, struct replies *l,
    struct err *refused, struct err *e)
{
	const struct flags_arg a = { st->keywords, "+FLAGS.SILENT",
		FLAG_DELETED };
	const struct imap_job job = { .verb = "UID STORE",
		.tail = flags_tail,
		.arg = &a,
		.max_count = CHANGES };

	return run(st, &job, uids, l, refused, e);
}

/* Sends +FLAGS, -FLAGS and a FETCH of the result for one set at once: the
 * server executes commands that depend on each other in order (section 5.5). */
static int
change_set(struct store_imap *st, struct uidset *uids, const uint32_t flags[2],
    struct imap_pending p[3], struct err *e)
{
	static const char *const items[] = { "+FLAGS.SILENT", "-FLAGS.SILENT" };
	struct imap_cmd *c;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (flags[i] == 0)
			continue;
		c = imap_session_command(st->session);
		imap_cmd_atoms(c, "UID STORE");
		imap_cmd_set(c, uids);
		imap_cmd_atoms(c, items[i]);
		imap_cmd_flags(c, flags[i], st->keywords);
		if (imap_session_send(st->session, &p[i], e) == -1)
			return -1;
	}
	c = imap_session_command(st->session);
	imap_cmd_atoms(c, "UID FETCH");
	imap_cmd_set(c, uids);
	imap_cmd_atoms(c, "(UID FLAGS)");
	return imap_session_send(st->session, &p[2], e);
}

static int
wait_set(struct store_imap *st, struct imap_pending p[3], struct err *refused,
    struct err *e)
{
	struct err why = ERR_INIT;
	size_t i;
	int rc;

	for (i = 0, rc = 0; i < 3 && rc == 0; i++) {
		if (!p[i].sent)
			continue;
		rc = imap_session_wait(st->session, &p[i], e);
		if (rc == 0)
			imap_pending_check(&p[i], "STORE", ERR_MESSAGE, &why);
		if (refused->scope == ERR_NONE)
			err_move(refused, &why);
	}
	err_clear(&why);
	for (i = 0; i < 3; i++)
		imap_pending_clear(&p[i]);
	memset(p, 0, 3 * sizeof(*p));
	return rc;
}

static int
change_all(struct store_imap *st, struct uidset *uids, const uint32_t flags[2],
    struct err *refused, struct err *e)
{
	struct imap_pending p[2][3] = { 0 };
	struct uidset head = { 0 };
	size_t n;
	int rc;

	/* Two sets in flight. */
	err_clear(refused);
	for (n = 0, rc = 0; rc == 0 && uids->len > 0; n++) {
		uidset_split(uids, &head,
		    imap_message_limit(st->session, CHANGES), IMAP_SET_MAX);
		rc = wait_set(st, p[n % 2], refused, e);
		if (rc == 0)
			rc = change_set(st, &head, flags, p[n % 2], e);
	}
	if (rc == 0)
		rc = wait_set(st, p[n % 2], refused, e);
	if (rc == 0)
		rc = wait_set(st, p[(n + 1) % 2], refused, e);
	uidset_clear(&head);
	return rc;
}

/* The flags that the server did not change, although it said OK: it does not
 * keep them. */
static void
unkept(struct store_imap *st, uint32_t bits, struct store_result *result)
{
	struct buf names = { 0 };

	keywords_put_names(st->keywords, bits, &names);
	st->storable &= ~bits;
	result->outcome = STORE_UNKEPT;
	err_set(&result->err, ERR_MESSAGE, "the server does not keep%s",
	    buf_str(&names));
	buf_clear(&names);
}

static void
judge_flags(struct store_imap *st, const struct replies *l,
    const uint32_t flags[2], const struct err *refused,
    struct store_result *results)
{
	const struct err *why = refused->scope != ERR_NONE ? refused : &l->lie;
	const struct reply *reply;
	uint32_t left;
	size_t i;

	for (i = 0; i < l->index.len; i++) {
		reply = &l->list[i];
		left = (flags[0] & ~reply->flags) | (flags[1] & reply->flags);
		if (reply->there && left == 0)
			results[i].outcome = STORE_DONE;
		else if (why->scope != ERR_NONE)
			fail(&results[i], why);
		else if (reply->there)
			unkept(st, left, &results[i]);
		else
			results[i].outcome = STORE_GONE;
	}
}

int
store_imap_flags(struct store *s, const struct store_ref *refs, size_t n,
    struct store_delta delta, struct store_result *results, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	const uint32_t flags[2] = { delta.add & st->storable,
		delta.del & st->storable };
	struct uidset uids = { 0 };
	struct err refused = ERR_INIT;
	struct replies l;
	int rc;

	results_init(results, n);
	if (store_imap_ready_folder(st, e) == -1)
		return -1;
	replies_init(&l, refs, n);
	store_imap_uids(refs, n, &uids);
	st->session->hook = (struct imap_hook){ &l, reply_untagged };
	rc = change_all(st, &uids, flags, &refused, e);
	st->session->hook = (struct imap_hook){ NULL, NULL };
	if (rc == 0)
		judge_flags(st, &l, flags, &refused, results);
	uidset_clear(&uids);
	replies_clear(&l);
	err_clear(&refused);
	return rc;
}

/* Dovecot answers a date before 1970 as it is once, and later from a cache
 * of 32 bits: a difference of 136 years does not count. */
static bool
same_date(int64_t a, int64_t b)
{
	return (uint32_t)a == (uint32_t)b;
}

/*
 * Compares the messages with their refs, as far as these say anything: sets
 * GONE and CHANGED; the others stay PENDING.
 */
static int
verify(struct store_imap *st, const struct store_ref *refs, size_t n,
    struct store_result *results, struct err *e)
{
	static const struct imap_job job = { .verb = "UID FETCH",
		.tail_text = "(UID RFC822.SIZE INTERNALDATE)",
		.max_count = CHANGES };
	struct uidset uids = { 0 };
	const struct reply *reply;
	struct err refused = ERR_INIT;
	struct replies l;
	size_t i;
	int rc;

	replies_init(&l, refs, n);
	store_imap_uids(refs, n, &uids);
	rc = run(st, &job, &uids, &l, &refused, e);
	if (rc == 0 && l.lie.scope != ERR_NONE)
		rc = err_move(e, &l.lie);
	for (i = 0; rc == 0 && i < n; i++) {
		reply = &l.list[i];
		if (!reply->there && refused.scope != ERR_NONE)
			fail(&results[i], &refused);
		else if (!reply->there)
			results[i].outcome = STORE_GONE;
		else if ((refs[i].size != 0 && reply->size != refs[i].size) ||
			 (refs[i].date != 0 &&
			     !same_date(reply->date, refs[i].date)))
			results[i].outcome = STORE_CHANGED;
	}
	replies_clear(&l);
	err_clear(&refused);
	return rc;
}

int
store_imap_compare(struct store *s, const struct store_ref *refs, size_t n,
    struct store_result *results, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	size_t i;

	results_init(results, n);
	if (store_imap_ready_folder(st, e) == -1 ||
	    verify(st, refs, n, results, e) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (results[i].outcome == STORE_PENDING)
			results[i].outcome = STORE_DONE;
	return 0;
}

struct searched {
	struct imap_set set;
	bool answered;
	struct err lie;
};

static void
search_untagged(void *arg, struct imap_resp *r)
{
	struct searched *found = arg;
	size_t i;

	if (r->type != RESP_SEARCH)
		return;
	found->answered = true;
	if (r->bad.scope != ERR_NONE)
		err_copy(&found->lie, &r->bad);
	if (found->set.len + r->set.len > IMAP_RANGES_MAX) {
		err_set(
		    &found->lie, ERR_FOLDER, "SEARCH finds too many messages");
		return;
	}
	for (i = 0; i < r->set.len; i++)
		imap_set_add(
		    &found->set, r->set.ranges[i].first, r->set.ranges[i].last);
}

/* True in *ours when every message marked as deleted is in uids. */
static int
only_ours(
    struct store_imap *st, const struct uidset *uids, bool *ours, struct err *e)
{
	struct imap_session *s = st->session;
	struct searched found = { 0 };
	struct uidset marked = { 0 };
	size_t i, j;
	int rc;

	imap_cmd_atoms(imap_session_command(s), "UID SEARCH DELETED");
	s->hook = (struct imap_hook){ &found, search_untagged };
	rc = imap_session_run(s, "SEARCH", ERR_FOLDER, e);
	s->hook = (struct imap_hook){ NULL, NULL };
	if (rc == 0 && found.lie.scope != ERR_NONE)
		rc = err_move(e, &found.lie);
	if (rc == 0 && !found.answered)
		rc = err_set(e, ERR_FOLDER,
		    "the server does not say which messages are marked as "
		    "deleted");
	imap_set_to_uidset(&found.set, &marked);
	*ours = true;
	for (i = j = 0; i < marked.len; i++) {
		while (j < uids->len &&
		       uids->ranges[j].last < marked.ranges[i].first)
			j++;
		if (j == uids->len ||
		    uids->ranges[j].first > marked.ranges[i].first ||
		    uids->ranges[j].last < marked.ranges[i].last)
			*ours = false;
	}
	imap_set_clear(&found.set);
	err_clear(&found.lie);
	uidset_clear(&marked);
	return rc;
}

/* Without UIDPLUS the server expunges all messages that are marked. */
static int
expunge_plain(struct store_imap *st, const struct uidset *uids,
    struct err *refused, struct err *e)
{
	struct imap_pending p = { 0 };
	bool ours;
	int rc;

	if (only_ours(st, uids, &ours, e) == -1)
		return -1;
	if (!ours) {
		err_set(refused, ERR_MESSAGE,
		    "it stays, marked as deleted: other messages are marked, "
		    "too, and the server can only expunge all of them");
		return 0;
	}
	imap_cmd_atoms(imap_session_command(st->session), "EXPUNGE");
	rc = imap_session_send(st->session, &p, e);
	if (rc == 0)
		rc = imap_session_wait(st->session, &p, e);
	if (rc == 0)
		imap_pending_check(&p, "EXPUNGE", ERR_MESSAGE, refused);
	imap_pending_clear(&p);
	return rc;
}

static int
expunge(struct store_imap *st, struct uidset *uids, struct err *refused,
    struct err *e)
{
	static const struct imap_job job = { .verb = "UID EXPUNGE",
		.max_count = CHANGES };

	if (imap_session_has(st->session, EXT_UIDPLUS))
		return imap_message_run(st->session, &job, uids, refused, e);
	return expunge_plain(st, uids, refused, e);
}

static void
done_pending(struct store_result *results, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (results[i].outcome == STORE_PENDING)
			results[i].outcome = STORE_DONE;
}

static int
remove_verified(struct store_imap *st, const struct store_ref *refs, size_t n,
    struct store_result *results, struct err *e)
{
	struct uidset uids = { 0 };
	struct replies l;
	struct err refused = ERR_INIT;
	int rc;

	pending_uids(refs, results, n, &uids);
	if (uids.len == 0)
		return 0;
	replies_init(&l, refs, n);
	rc = mark_deleted(st, &uids, &l, &refused, e);
	replies_clear(&l);
	if (rc == 0 && refused.scope == ERR_NONE &&
	    st->config.settings->expunge) {
		pending_uids(refs, results, n, &uids);
		rc = expunge(st, &uids, &refused, e);
	}
	if (rc == 0 && refused.scope != ERR_NONE)
		fail_pending(results, n, &refused);
	if (rc == 0)
		done_pending(results, n);
	err_clear(&refused);
	uidset_clear(&uids);
	return rc;
}

int
store_imap_remove(struct store *s, const struct store_ref *refs, size_t n,
    struct store_result *results, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;

	results_init(results, n);
	if (store_imap_ready_folder(st, e) == -1 ||
	    verify(st, refs, n, results, e) == -1)
		return -1;
	return remove_verified(st, refs, n, results, e);
}

/* The numbers of a set, one after the other. */
struct walk {
	const struct imap_set *set;
	size_t at;
	uint32_t step;
};

static bool
walk_next(struct walk *w, uint32_t *uid)
{
	const struct uidrange *r;

	if (w->at >= w->set->len)
		return false;
	r = &w->set->ranges[w->at];
	*uid = r->first <= r->last ? r->first + w->step : r->first - w->step;
	if (*uid == r->last) {
		w->at++;
		w->step = 0;
	} else {
		w->step++;
	}
	return true;
}

struct copied {
	const char *native; /* where to */
	bool move;
	bool uidplus;
	struct store_result *results;
	const struct ref_index *index;
	bool told; /* COPYUID was received */
};

/* RFC 4315 section 3: both sets are in the same order. */
static void
take_copyuid(struct copied *c, const struct imap_code *code)
{
	struct walk from = { &code->from, 0, 0 }, to = { &code->to, 0, 0 };
	uint32_t old, new;
	size_t at;

	if (!c->uidplus || code->type != CODE_COPYUID || code->validity == 0 ||
	    imap_set_count(&code->from) > c->index->len)
		return;
	c->told = true;
	while (walk_next(&from, &old) && walk_next(&to, &new)) {
		/* Ignore UIDs that were not asked for. */
		if (!ref_index_find(c->index, old, &at) ||
		    c->results[at].outcome != STORE_PENDING)
			continue;
		c->results[at].outcome = STORE_DONE;
		c->results[at].id = new;
		c->results[at].validity = code->validity;
	}
}

/* RFC 6851 section 4.3: MOVE sends COPYUID untagged, before the EXPUNGEs. */
static void
move_untagged(void *arg, struct imap_resp *r)
{
	if (r->type == RESP_UNTAGGED && r->cond == IMAP_OK)
		take_copyuid(arg, &r->code);
}

static int
transfer_set(struct store_imap *st, struct uidset *uids, struct copied *c,
    struct err *refused, struct err *e)
{
	struct imap_session *s = st->session;
	struct imap_pending p = { 0 };
	struct imap_cmd *cmd;
	int rc;

	cmd = imap_session_command(s);
	imap_cmd_atoms(cmd, c->move ? "UID MOVE" : "UID COPY");
	imap_cmd_set(cmd, uids);
	imap_cmd_mailbox(cmd, c->native);
	s->hook = c->move ? (struct imap_hook){ c, move_untagged }
			  : (struct imap_hook){ NULL, NULL };
	rc = imap_session_send(s, &p, e);
	if (rc == 0)
		rc = imap_session_wait(s, &p, e);
	s->hook = (struct imap_hook){ NULL, NULL };
	if (rc == 0 && imap_pending_check(&p, c->move ? "MOVE" : "COPY",
			   ERR_MESSAGE, refused) == 0)
		take_copyuid(c, &p.code);
	imap_pending_clear(&p);
	return rc;
}

/* After the answer for this set: a message without COPYUID is copied, too, but
 * its UID is not known; refused: none of them was copied. */
static void
settle_set(const struct uidset *set, const struct store_ref *refs, size_t n,
    const struct copied *c, const struct err *refused)
{
	struct store_result *r;
	size_t i;

	for (i = 0; i < n; i++) {
		r = &c->results[i];
		if (!uidset_has(set, refs[i].id))
			continue;
		if (r->outcome == STORE_PENDING && refused->scope != ERR_NONE)
			fail(r, refused);
		else if (r->outcome == STORE_PENDING)
			r->outcome = c->told ? STORE_GONE : STORE_DONE;
		if (r->outcome == STORE_DONE)
			r->moved = c->move && refused->scope == ERR_NONE;
	}
}

static int
transfer_verified(struct store_imap *st, const struct store_ref *refs, size_t n,
    struct copied *c, struct err *e)
{
	struct uidset uids = { 0 }, head = { 0 };
	struct ref_index index;
	struct err refused = ERR_INIT;
	int rc;

	ref_index_init(&index, refs, n);
	c->index = &index;
	pending_uids(refs, c->results, n, &uids);
	for (rc = 0; rc == 0 && uids.len > 0;) {
		/* The line of COPYUID names each message, and must not be too
		 * long. */
		uidset_split(&uids, &head,
		    imap_message_limit(st->session, CHANGES), IMAP_SET_MAX);
		err_clear(&refused);
		c->told = false;
		rc = transfer_set(st, &head, c, &refused, e);
		if (rc == 0)
			settle_set(&head, refs, n, c, &refused);
	}
	err_clear(&refused);
	c->index = NULL;
	ref_index_clear(&index);
	uidset_clear(&uids);
	uidset_clear(&head);
	return rc;
}

int
store_imap_transfer(struct store *s, const struct store_ref *refs, size_t n,
    struct store_destination to, struct store_result *results, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	struct copied c;
	char *native;
	int rc;

	results_init(results, n);
	if (store_imap_ready_folder(st, e) == -1 ||
	    store_imap_native(st, to.folder, &native, e) == -1)
		return -1;
	c = (struct copied){ .native = native,
		.move = to.move && imap_session_has(st->session, EXT_MOVE),
		.uidplus = imap_session_has(st->session, EXT_UIDPLUS),
		.results = results };
	rc = verify(st, refs, n, results, e);
	if (rc == 0)
		rc = transfer_verified(st, refs, n, &c, e);
	free(native);
	return rc;
}
