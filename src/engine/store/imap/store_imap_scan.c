/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the messages of a folder on a server. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/xalloc.h"
#include "engine/store/imap/store_imap_private.h"

#define SCANS_MAX 3  /* listings of a folder that keeps changing */
#define DETAILS 2000 /* messages in one command */
#define FILL 1000    /* likewise, of those that a listing left out */
#define FILL_MAX                                                               \
	(1 << 22)	 /* a folder of more is not asked for what is left     \
			  * out: a server may say that it has more */
#define REFUSALS_MAX 500 /* of a listing that is asked for in parts */

/* What the newest message known is now. */
struct newest {
	struct store_imap *st;
	bool there, whole; /* its size and date were told, all of its header */
	uint64_t size;
	int64_t date;
	struct digester header;
};

static int
newest_begin(
    void *arg, const struct imap_fetch *f, uint64_t size, struct err *e)
{
	struct newest *n = arg;

	(void)f;
	(void)size;
	(void)e;
	digester_init(&n->header);
	return 0;
}

static int
newest_data(void *arg, const void *data, size_t len, struct err *e)
{
	struct newest *n = arg;

	(void)e;
	digester_update(&n->header, data, len);
	return 0;
}

static int
newest_end(void *arg, struct err *e)
{
	struct newest *n = arg;

	(void)e;
	n->whole = true;
	return 0;
}

static void
newest_told(struct newest *n, const struct imap_fetch *f)
{
	const unsigned all = FETCH_UID | FETCH_SIZE | FETCH_DATE;

	if ((f->have & all) != all || f->uid != n->st->newest.id)
		return;
	n->there = true;
	n->size = f->size;
	n->date = f->date;
}

/* Its header says it; where that is not known, its size and date. */
static bool
newest_differs(struct newest *n)
{
	const struct store_newest *known = &n->st->newest;
	struct digest d;

	if (!n->there)
		return false;
	if (n->whole && known->header != 0) {
		digester_final(&n->header, &d);
		return d.header != known->header;
	}
	return (known->told != 0 && known->told != n->size) ||
	       (known->date != 0 && (uint32_t)known->date != (uint32_t)n->date);
}

/*
 * A listing is believed only when it is answered to its end and there are as
 * many messages in it as the server counts. While it runs, snap_msg.name
 * holds the sequence number: with it two answers about one message are told
 * from two messages with one UID; 0 where the server did not say it.
 *
 * A server that does not list all at once (RFC 9738, a damaged message, limits
 * of its own) is asked for the rest by its sequence numbers, by less and less
 * where it refuses. What then is still not listed makes the snapshot partial:
 * what was listed is synchronised, and nothing is deleted.
 */
struct scan {
	struct store_imap *st;
	struct snapshot *snap;
	struct newest newest;
	bool sorted;	     /* so far by UID and by sequence number */
	bool unnumbered;     /* a sequence number was 0 */
	bool flood;	     /* more is listed than there can be */
	enum imap_cond cond; /* of the last command */
	struct err lie;	     /* the first; scope ERR_NONE: none */
	struct err unread;   /* likewise, of an answer without its UID */
};

static void
lie(struct scan *sc, const char *what, uint32_t uid)
{
	if (sc->lie.scope == ERR_NONE)
		err_set(&sc->lie, ERR_FOLDER,
		    "invalid data from the server: UID %u %s", uid, what);
}

/* By bisection; only while sorted. */
static struct snap_msg *
find_uid(struct snapshot *snap, uint32_t uid)
{
	size_t lo, hi, mid;

	for (lo = 0, hi = snap->len; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (snap->msgs[mid].id < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < snap->len && snap->msgs[lo].id == uid ? &snap->msgs[lo]
							  : NULL;
}

static struct snap_msg *
find_seq(struct snapshot *snap, uint32_t seq)
{
	size_t lo, hi, mid;

	for (lo = 0, hi = snap->len; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (snap->msgs[mid].name < seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < snap->len && snap->msgs[lo].name == seq ? &snap->msgs[lo]
							    : NULL;
}

/* A message that is listed already, at least with its UID. True: nothing is
 * left to do. */
static bool
scan_known(struct scan *sc, const struct imap_fetch *f)
{
	struct snap_msg *m = find_uid(sc->snap, f->uid);

	if (m == NULL)
		return false;
	/* Its flags changed while we listed (RFC 9051 section 7.5.2). */
	if (m->name == f->seq || m->name == 0 || f->seq == 0)
		m->flags = f->flags;
	else
		lie(sc, "belongs to two messages", f->uid);
	return true;
}

static void
scan_add(struct scan *sc, const struct imap_fetch *f)
{
	const struct snap_msg *last;
	struct snap_msg *m;

	last = sc->snap->len > 0 ? &sc->snap->msgs[sc->snap->len - 1] : NULL;
	if (last != NULL && sc->sorted && f->uid <= last->id) {
		/* Or the server lists in an order of its own. */
		if (scan_known(sc, f))
			return;
		sc->sorted = false;
	} else if (last != NULL && f->seq != 0 && f->seq <= last->name) {
		sc->sorted = false;
	}
	/* Out of order, duplicates are found only at the end. */
	if (sc->snap->len / 2 > sc->st->folder.exists) {
		lie(sc, "and others are listed again and again", f->uid);
		sc->flood = true;
		return;
	}
	sc->unnumbered = sc->unnumbered || f->seq == 0;
	m = snapshot_add(sc->snap);
	*m = (struct snap_msg){
		.id = f->uid, .flags = f->flags, .name = f->seq
	};
}

static void
scan_untagged(void *arg, struct imap_resp *r)
{
	struct scan *sc = arg;
	const struct imap_fetch *f = &r->fetch;
	struct snap_msg *m;

	if (r->type != RESP_FETCH || sc->flood)
		return;
	newest_told(&sc->newest, f);
	if (r->bad.scope != ERR_NONE) {
		if (sc->unread.scope == ERR_NONE)
			err_copy(&sc->unread, &r->bad);
		return;
	}
	if ((f->have & FETCH_FLAGS) == 0)
		return;
	if ((f->have & FETCH_UID) != 0) {
		scan_add(sc, f);
		return;
	}
	m = sc->sorted && !sc->unnumbered ? find_seq(sc->snap, f->seq) : NULL;
	if (m != NULL)
		m->flags = f->flags;
}

static int
seq_compare(const void *a, const void *b)
{
	const struct snap_msg *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* Brings a listing into the order of UIDs, each once. */
static void
scan_sort(struct scan *sc)
{
	struct snapshot *snap = sc->snap;
	size_t i, n;

	if (sc->sorted || snap->len == 0)
		return;
	qsort(snap->msgs, snap->len, sizeof(*snap->msgs), seq_compare);
	for (i = n = 1; i < snap->len; i++) {
		const struct snap_msg *m = &snap->msgs[i];
		const struct snap_msg *last = &snap->msgs[n - 1];

		if (m->id == last->id) {
			if (m->name != last->name && last->name != 0)
				lie(sc, "belongs to two messages", m->id);
			continue;
		}
		/* UIDs ascend with sequence numbers (section 2.3.1.1). */
		if (m->name <= last->name && m->name != 0)
			lie(sc, "is out of order", m->id);
		snap->msgs[n++] = *m;
	}
	snap->len = n;
	sc->sorted = sc->lie.scope == ERR_NONE && !sc->unnumbered;
}

/* Drops what cannot be there. A message may come while we list, and even be
 * listed before EXISTS counts it. */
static void
scan_drop(struct scan *sc)
{
	const struct imap_folder *f = &sc->st->folder;
	struct snapshot *snap = sc->snap;
	size_t i, n;

	for (i = n = 0; i < snap->len; i++) {
		if (snap->msgs[i].name > f->exists)
			lie(sc, "is beyond the end of the folder",
			    snap->msgs[i].id);
		else if (f->uidnext != 0 && !f->grown &&
			 snap->msgs[i].id >= f->uidnext)
			lie(sc, "is not below UIDNEXT", snap->msgs[i].id);
		else
			snap->msgs[n++] = snap->msgs[i];
	}
	snap->len = n;
}

/*
 * Whether all was listed; before: how many there were at the start. A message
 * that arrived meanwhile may be listed or not.
 */
static bool
scan_check(struct scan *sc, uint32_t before)
{
	const struct imap_folder *f = &sc->st->folder;
	size_t i;

	scan_sort(sc);
	scan_drop(sc);
	if (sc->lie.scope == ERR_NONE && sc->snap->len < before)
		err_move(&sc->lie, &sc->unread);
	if (sc->lie.scope == ERR_NONE &&
	    (f->lied || sc->snap->len < before || sc->snap->len > f->exists))
		err_set(&sc->lie, ERR_FOLDER,
		    "the server listed %zu messages, but counts %u",
		    sc->snap->len, f->exists);
	for (i = 0; i < sc->snap->len; i++)
		sc->snap->msgs[i].name = 0;
	return sc->lie.scope == ERR_NONE;
}

static int
newest_ask(
    struct imap_session *s, uint32_t id, struct imap_pending *p, struct err *e)
{
	struct uidset one = { 0 };
	struct imap_cmd *c = imap_session_command(s);
	int rc;

	uidset_add(&one, id);
	imap_cmd_atoms(c, "UID FETCH");
	imap_cmd_set(c, &one);
	imap_cmd_atoms(c, "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER])");
	rc = imap_session_send(s, p, e);
	uidset_clear(&one);
	return rc;
}

/* Sends the command that was begun; *refused: its answer was NO or BAD. */
static int
scan_ask(struct scan *sc, struct err *refused, struct err *e)
{
	struct imap_session *s = sc->st->session;
	struct imap_pending p = { 0 };
	int rc;

	err_clear(refused);
	s->hook = (struct imap_hook){ sc, scan_untagged };
	rc = imap_session_send(s, &p, e);
	if (rc == 0)
		rc = imap_session_wait(s, &p, e);
	s->hook = (struct imap_hook){ NULL, NULL };
	/* An OK with MESSAGELIMIT is one: the rest is asked for. */
	if (rc == 0 && p.cond != IMAP_OK)
		imap_pending_check(&p, "FETCH", ERR_FOLDER, refused);
	sc->cond = p.cond;
	imap_pending_clear(&p);
	return rc;
}

/* Asks for all. A server may not take the largest number there is, or take it
 * for a negative one. */
static int
scan_all(struct scan *sc, struct err *refused, struct err *e)
{
	struct store_imap *st = sc->st;
	int rc = 0;

	/* 1:* names the last message, even where none was asked for. */
	if (!st->no_large_uid) {
		imap_cmd_atoms(imap_session_command(st->session),
		    "UID FETCH 1:4294967295 (FLAGS)");
		rc = scan_ask(sc, refused, e);
		st->no_large_uid =
		    rc == 0 && sc->snap->len == 0 && st->folder.exists > 0 &&
		    !st->folder.shrunk && refused->scope <= ERR_FOLDER;
	}
	/* Some take it for a mistake to ask for messages where none are. */
	if (rc == 0 && st->folder.exists == 0 && sc->cond == IMAP_BAD)
		err_clear(refused);
	if (rc == -1 || !st->no_large_uid || st->folder.exists == 0)
		return rc;
	imap_cmd_atoms(
	    imap_session_command(st->session), "UID FETCH 1:* (FLAGS)");
	return scan_ask(sc, refused, e);
}

/*
 * The listing; in the same round trip the newest message known is looked at.
 * A server that was put back from a backup and got new mail since has another
 * one under its UID. That it cannot be read says nothing.
 */
static int
scan_run(struct scan *sc, struct err *refused, struct err *e)
{
	const struct imap_body body = { &sc->newest, newest_begin, newest_data,
		newest_end };
	struct imap_session *s = sc->st->session;
	struct imap_pending newest = { 0 };
	uint32_t id = sc->st->newest.id;
	int rc;

	s->parser.body = &body;
	rc = id != 0 ? newest_ask(s, id, &newest, e) : 0;
	if (rc == 0)
		rc = scan_all(sc, refused, e);
	s->hook = (struct imap_hook){ sc, scan_untagged };
	if (rc == 0 && id != 0)
		rc = imap_session_wait(s, &newest, e);
	s->hook = (struct imap_hook){ NULL, NULL };
	s->parser.body = NULL;
	imap_pending_clear(&newest);
	return rc;
}

/* The sequence numbers that are not listed, of those from first to last. */
static void
not_listed(
    const struct scan *sc, uint32_t first, uint32_t last, struct uidset *out)
{
	const uint64_t count = (uint64_t)last - first + 1;
	unsigned char *listed;
	uint64_t i;
	uint32_t seq;
	size_t n;

	listed = xcalloc((size_t)count, 1);
	for (n = 0; n < sc->snap->len; n++) {
		seq = sc->snap->msgs[n].name;
		if (seq >= first && seq <= last)
			listed[seq - first] = 1;
	}
	for (i = 0; i < count; i++)
		if (listed[i] == 0)
			uidset_add(out, first + (uint32_t)i);
	free(listed);
}

/* How many are in the set. */
static uint64_t
set_count(const struct uidset *set)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < set->len; i++)
		n += (uint64_t)set->ranges[i].last - set->ranges[i].first + 1;
	return n;
}

/* What of a part that was asked for is to be asked for again: what is still not
 * listed, when something of it was, or half of it at a time when it was
 * refused. */
static void
fill_again(
    struct scan *sc, const struct uidset *part, bool again, struct uidset *todo)
{
	struct uidset missing = { 0 };
	size_t i;

	if (!again || part->len == 0)
		return;
	not_listed(sc, part->ranges[0].first, part->ranges[part->len - 1].last,
	    &missing);
	for (i = 0; i < missing.len; i++)
		uidset_add_range(
		    todo, missing.ranges[i].first, missing.ranges[i].last);
	uidset_clear(&missing);
}

/* Asks for what was left out, as long as something of it comes. */
static int
scan_fill(struct scan *sc, struct err *refused, struct err *e)
{
	struct imap_session *s = sc->st->session;
	struct uidset todo = { 0 }, part = { 0 };
	uint64_t size = FILL;
	struct imap_cmd *c;
	unsigned refusals = 0;
	size_t before;
	bool no;
	int rc = 0;

	not_listed(sc, 1, sc->st->folder.exists, &todo);
	while (rc == 0 && todo.len > 0 && !sc->st->folder.shrunk &&
	       refusals < REFUSALS_MAX) {
		uidset_split(
		    &todo, &part, imap_message_limit(s, size), IMAP_SET_MAX);
		c = imap_session_command(s);
		imap_cmd_atoms(c, "FETCH");
		imap_cmd_set(c, &part);
		imap_cmd_atoms(c, "(UID FLAGS)");
		before = sc->snap->len;
		rc = scan_ask(sc, refused, e);
		no = refused->scope != ERR_NONE;
		refusals += no;
		fill_again(sc, &part,
		    no ? set_count(&part) > 1 : sc->snap->len > before, &todo);
		size = no ? (set_count(&part) + 1) / 2
			  : (size < FILL / 2 ? size * 2 : FILL);
		if (refused->scope > ERR_FOLDER)
			rc = err_move(e, refused);
	}
	uidset_clear(&todo);
	uidset_clear(&part);
	return rc;
}

/* A message was listed before EXISTS counts it: the server is given the
 * opportunity to say so. */
static int
scan_catch_up(struct scan *sc, struct err *e)
{
	const struct imap_folder *f = &sc->st->folder;
	size_t i;

	for (i = 0; i < sc->snap->len; i++)
		if (sc->snap->msgs[i].name > f->exists)
			break;
	if (i == sc->snap->len)
		return 0;
	imap_cmd_atoms(imap_session_command(sc->st->session), "NOOP");
	return imap_session_run(sc->st->session, "NOOP", ERR_SESSION, e);
}

/* *all: all that there is was listed. */
static int
scan_once(struct scan *sc, bool *all, struct err *e)
{
	const struct imap_folder *f = &sc->st->folder;
	struct err refused = ERR_INIT;
	uint32_t before;
	int rc;

	before = sc->st->folder.exists;
	sc->st->folder.shrunk = false;
	sc->snap->len = 0;
	sc->sorted = true;
	sc->unnumbered = sc->flood = false;
	err_clear(&sc->lie);
	err_clear(&sc->unread);
	rc = scan_run(sc, &refused, e);
	if (rc == 0 && refused.scope > ERR_FOLDER)
		rc = err_move(e, &refused);
	/* What came before a NO may be the whole, and is not believed. */
	if (refused.scope != ERR_NONE)
		sc->snap->len = 0;
	if (rc == 0 && sc->snap->len < before && !sc->unnumbered &&
	    !sc->flood && !f->shrunk && before <= FILL_MAX)
		rc = scan_fill(sc, &refused, e);
	if (rc == 0)
		rc = scan_catch_up(sc, e);
	*all = rc == 0 && scan_check(sc, before) && refused.scope == ERR_NONE;
	if (rc == 0 && !*all && refused.scope != ERR_NONE)
		err_move(&sc->lie, &refused);
	err_clear(&refused);
	return rc;
}

int
store_imap_scan(struct store *s, struct snapshot *snap, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	struct scan sc = { .st = st, .snap = snap, .newest = { .st = st } };
	struct imap_folder *f = &st->folder;
	bool all = false;
	unsigned n;
	int rc;

	if (store_imap_ready_folder(st, e) == -1)
		return -1;
	snap->complete = false;
	store_imap_token(st, &snap->token);
	/* When messages are expunged during the listing, sequence numbers
	 * change, and what was listed may be gone: list again. */
	for (n = 0, rc = 0; n < SCANS_MAX && rc == 0; n++) {
		rc = scan_once(&sc, &all, e);
		if (rc == 0 && !f->shrunk)
			break;
	}
	if (rc == 0 && f->shrunk) {
		err_set(e, ERR_FOLDER,
		    "messages kept disappearing during the listing");
		rc = err_retry(e);
	}
	/* Nothing is known of such a folder. */
	if (rc == 0 && !all && snap->len == 0 && f->exists > 0)
		rc = err_move(e, &sc.lie);
	snap->complete = rc == 0 && all;
	if (rc == 0 && !all)
		err_move(&snap->shortfall, &sc.lie);
	if (rc == 0 && f->exists > snap->len)
		snap->unlisted = f->exists - (uint32_t)snap->len;
	err_clear(&sc.lie);
	err_clear(&sc.unread);
	snap->reused = rc == 0 && newest_differs(&sc.newest);
	return rc;
}

struct details {
	const struct ref_index *index;
	void (*each)(void *arg, const struct store_info *i);
	void *arg;
	struct err lie; /* any of them may have been meant */
};

static void
details_untagged(void *arg, struct imap_resp *r)
{
	const unsigned all = FETCH_UID | FETCH_SIZE;
	struct details *d = arg;
	struct store_info info;
	size_t at;

	if (r->type != RESP_FETCH)
		return;
	if (r->bad.scope != ERR_NONE && d->lie.scope == ERR_NONE)
		err_copy(&d->lie, &r->bad);
	if (d->lie.scope != ERR_NONE || (r->fetch.have & all) != all ||
	    !ref_index_find(d->index, r->fetch.uid, &at))
		return;
	info = (struct store_info){ .id = r->fetch.uid,
		.size = r->fetch.size,
		.date = (r->fetch.have & FETCH_DATE) != 0 ? r->fetch.date : 0 };
	d->each(d->arg, &info);
}

void
store_imap_uids(const struct store_ref *refs, size_t n, struct uidset *uids)
{
	struct imap_set set = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		imap_set_add(&set, refs[i].id, refs[i].id);
	imap_set_to_uidset(&set, uids);
	imap_set_clear(&set);
}

/*
 * A server need not show what was appended before it says EXISTS (RFC 3501
 * section 6.3.11: it SHOULD), which Courier does at the next NOOP. This goes
 * out with the command that follows.
 */
static int
ask_for_news(struct store_imap *st, struct err *e)
{
	if (!st->appended || (st->news.sent && !st->news.done))
		return 0;
	st->appended = false;
	imap_pending_clear(&st->news);
	st->news = (struct imap_pending){ 0 };
	imap_cmd_atoms(imap_session_command(st->session), "NOOP");
	return imap_session_send(st->session, &st->news, e);
}

int
store_imap_details(struct store *s, const struct store_ref *refs, size_t n,
    void (*each)(void *arg, const struct store_info *i), void *arg,
    struct err *e)
{
	static const struct imap_job job = { .verb = "UID FETCH",
		.tail_text = "(UID RFC822.SIZE INTERNALDATE)",
		.max_count = DETAILS };
	struct store_imap *st = (struct store_imap *)s;
	struct details d = { .each = each, .arg = arg };
	struct ref_index index;
	struct uidset uids = { 0 };
	struct err refused = ERR_INIT;
	int rc;

	if (store_imap_ready_folder(st, e) == -1 || ask_for_news(st, e) == -1)
		return -1;
	ref_index_init(&index, refs, n);
	store_imap_uids(refs, n, &uids);
	d.index = &index;
	st->session->hook = (struct imap_hook){ &d, details_untagged };
	rc = imap_message_run(st->session, &job, &uids, &refused, e);
	st->session->hook = (struct imap_hook){ NULL, NULL };
	ref_index_clear(&index);
	if (rc == 0 && d.lie.scope != ERR_NONE)
		err_move(&refused, &d.lie);
	if (rc == 0 && refused.scope != ERR_NONE) {
		err_move(e, &refused);
		rc = err_raise(e, ERR_FOLDER);
	}
	err_clear(&refused);
	err_clear(&d.lie);
	return rc;
}
