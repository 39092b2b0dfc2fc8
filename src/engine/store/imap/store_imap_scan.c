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
 * from two messages with one UID.
 */
struct scan {
	struct store_imap *st;
	struct snapshot *snap;
	struct newest newest;
	bool sorted;	/* so far by UID and by sequence number */
	struct err lie; /* the first; scope ERR_NONE: none */
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

static void
scan_add(struct scan *sc, const struct imap_fetch *f)
{
	const struct snap_msg *last;
	struct snap_msg *m;

	last = sc->snap->len > 0 ? &sc->snap->msgs[sc->snap->len - 1] : NULL;
	if (last != NULL && sc->sorted && f->uid <= last->id) {
		/* Its flags changed while we listed (RFC 9051 section 7.5.2),
		 * or the server lists in an order of its own. */
		m = find_uid(sc->snap, f->uid);
		if (m != NULL && m->name == f->seq) {
			m->flags = f->flags;
			return;
		}
		if (m != NULL) {
			lie(sc, "belongs to two messages", f->uid);
			return;
		}
		sc->sorted = false;
	} else if (last != NULL && f->seq <= last->name) {
		sc->sorted = false;
	}
	/* Out of order, duplicates are found only at the end. */
	if (sc->snap->len / 2 > sc->st->folder.exists) {
		lie(sc, "and others are listed again and again", f->uid);
		return;
	}
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

	if (r->type != RESP_FETCH || sc->lie.scope != ERR_NONE)
		return;
	newest_told(&sc->newest, f);
	if (r->bad.scope != ERR_NONE) {
		err_copy(&sc->lie, &r->bad);
		return;
	}
	if ((f->have & FETCH_FLAGS) == 0)
		return;
	if ((f->have & FETCH_UID) == 0) {
		m = sc->sorted ? find_seq(sc->snap, f->seq) : NULL;
		if (m != NULL)
			m->flags = f->flags;
		return;
	}
	if (f->seq > sc->st->folder.exists)
		lie(sc, "is beyond the end of the folder", f->uid);
	else if (sc->st->folder.uidnext != 0 && !sc->st->folder.grown &&
		 f->uid >= sc->st->folder.uidnext)
		lie(sc, "is not below UIDNEXT", f->uid);
	else
		scan_add(sc, f);
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

		if (m->id == snap->msgs[n - 1].id &&
		    m->name == snap->msgs[n - 1].name)
			continue;
		/* UIDs ascend with sequence numbers (section 2.3.1.1). */
		if (m->id == snap->msgs[n - 1].id ||
		    m->name <= snap->msgs[n - 1].name)
			lie(sc, "is out of order", m->id);
		snap->msgs[n++] = *m;
	}
	snap->len = n;
}

static int
scan_check(struct scan *sc, uint32_t before, struct err *e)
{
	const struct imap_folder *f = &sc->st->folder;
	size_t i;

	if (sc->lie.scope == ERR_NONE)
		scan_sort(sc);
	if (sc->lie.scope != ERR_NONE)
		return err_move(e, &sc->lie);
	/* A message that arrived meanwhile may be listed or not. */
	if (f->lied || sc->snap->len < before || sc->snap->len > f->exists) {
		err_set(e, ERR_FOLDER,
		    "the server listed %zu messages, but counts %u",
		    sc->snap->len, f->exists);
		return err_retry(e);
	}
	for (i = 0; i < sc->snap->len; i++)
		sc->snap->msgs[i].name = 0;
	return 0;
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

/*
 * The listing; in the same round trip the newest message known is looked at.
 * A server that was put back from a backup and got new mail since has another
 * one under its UID. That it cannot be read says nothing.
 */
static int
scan_run(struct scan *sc, struct err *e)
{
	const struct imap_body body = { &sc->newest, newest_begin, newest_data,
		newest_end };
	struct imap_session *s = sc->st->session;
	struct imap_pending newest = { 0 }, list = { 0 };
	uint32_t id = sc->st->newest.id;
	int rc;

	s->hook = (struct imap_hook){ sc, scan_untagged };
	s->parser.body = &body;
	rc = id != 0 ? newest_ask(s, id, &newest, e) : 0;
	/* Not 1:*, which on an empty folder names the last UID there was. */
	imap_cmd_atoms(
	    imap_session_command(s), "UID FETCH 1:4294967295 (FLAGS)");
	if (rc == 0)
		rc = imap_session_send(s, &list, e);
	if (rc == 0 && id != 0)
		rc = imap_session_wait(s, &newest, e);
	if (rc == 0)
		rc = imap_session_wait(s, &list, e);
	if (rc == 0)
		rc = imap_pending_check(&list, "FETCH", ERR_FOLDER, e);
	imap_pending_clear(&newest);
	imap_pending_clear(&list);
	s->hook = (struct imap_hook){ NULL, NULL };
	s->parser.body = NULL;
	return rc;
}

static int
scan_once(struct scan *sc, struct err *e)
{
	uint32_t before;
	int rc;

	before = sc->st->folder.exists;
	sc->st->folder.shrunk = false;
	sc->snap->len = 0;
	sc->sorted = true;
	err_clear(&sc->lie);
	rc = scan_run(sc, e);
	if (rc == -1 || sc->st->folder.shrunk)
		return rc;
	return scan_check(sc, before, e);
}

int
store_imap_scan(struct store *s, struct snapshot *snap, struct err *e)
{
	struct store_imap *st = (struct store_imap *)s;
	struct scan sc = { .st = st, .snap = snap, .newest = { .st = st } };
	struct imap_folder *f = &st->folder;
	unsigned n;
	int rc;

	if (store_imap_ready_folder(st, e) == -1)
		return -1;
	snap->complete = false;
	store_imap_token(st, &snap->token);
	/* When messages are expunged during the listing, sequence numbers
	 * change, and what was listed may be gone: list again. */
	for (n = 0, rc = 0; n < SCANS_MAX && rc == 0; n++) {
		rc = scan_once(&sc, e);
		snap->complete = rc == 0 && !f->shrunk;
		if (snap->complete)
			break;
	}
	err_clear(&sc.lie);
	snap->reused = rc == 0 && newest_differs(&sc.newest);
	if (rc == -1 || snap->complete)
		return rc;
	err_set(e, ERR_FOLDER, "messages kept disappearing during the listing");
	return err_retry(e);
}

struct details {
	const struct ref_index *index;
	void (*each)(void *arg, const struct store_info *i);
	void *arg;
	struct err lie;
};

static void
details_untagged(void *arg, struct imap_resp *r)
{
	const unsigned all = FETCH_UID | FETCH_SIZE | FETCH_DATE;
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
	info = (struct store_info){
		.id = r->fetch.uid, .size = r->fetch.size, .date = r->fetch.date
	};
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
