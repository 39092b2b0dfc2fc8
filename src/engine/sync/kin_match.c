/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds messages in another form. Both sides stand in the order of their keys;
 * a run of equal keys on either side is a family. Headers are read of all that
 * are there, and bodies only of those that have family on the other side.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/kin.h"

/* How much of a message that is there has to be read yet. */
enum look { LOOK_NOT, LOOK_START, LOOK_WHOLE };

struct there {
	struct kin kin;
	const struct store_ref *ref;
	size_t lonely; /* LOOK_START: the only one that it can be */
	enum look look;
	bool taken;
};

struct family {
	size_t mine, mine_len, theirs, theirs_len; /* in order */
};

struct kin_run {
	struct store *s;
	const struct kin_query *q;
	struct kin *mine; /* in the order of the query */
	size_t *order;	  /* of those with a key, by key */
	size_t order_len;
	struct there *theirs; /* by key */
	size_t theirs_len;
};

struct keyed {
	uint64_t key;
	size_t at;
};

static int
compare_keyed(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int
compare_there(const void *a, const void *b)
{
	const struct there *x = a, *y = b;

	if (x->kin.key != y->kin.key)
		return x->kin.key < y->kin.key ? -1 : 1;
	return (x->ref->id > y->ref->id) - (x->ref->id < y->ref->id);
}

static int
mine_read(struct kin_run *r, struct store *from, struct err *e)
{
	struct store_ref *refs;
	struct keyed *keyed;
	size_t i, n;
	int ret;

	refs = xcalloc(r->q->n, sizeof(*refs));
	for (i = 0; i < r->q->n; i++)
		refs[i] = r->q->want[i].ref;
	ret = kin_read(from, refs, r->q->n, STORE_WHOLE, r->mine, e);
	free(refs);
	if (ret == -1)
		return -1;
	keyed = xcalloc(r->q->n, sizeof(*keyed));
	for (n = 0, i = 0; i < r->q->n; i++)
		if (r->mine[i].valid && r->mine[i].key != 0)
			keyed[n++] = (struct keyed){ r->mine[i].key, i };
	if (n > 0)
		qsort(keyed, n, sizeof(*keyed), compare_keyed);
	for (i = 0; i < n; i++)
		r->order[i] = keyed[i].at;
	r->order_len = n;
	free(keyed);
	return 0;
}

static int
theirs_read(struct kin_run *r, struct err *e)
{
	struct kin *kin;
	size_t i, n = r->q->there_len;
	int ret;

	kin = xcalloc(n, sizeof(*kin));
	ret = kin_read(r->s, r->q->there, n, STORE_HEADER, kin, e);
	for (i = 0; ret == 0 && i < n; i++)
		if (kin[i].valid)
			r->theirs[r->theirs_len++] =
			    (struct there){ .kin = kin[i],
				    .ref = &r->q->there[i] };
	free(kin);
	if (r->theirs_len > 0)
		qsort(r->theirs, r->theirs_len, sizeof(*r->theirs),
		    compare_there);
	return ret;
}

static uint64_t
key_mine(const struct kin_run *r, size_t i)
{
	return r->mine[r->order[i]].key;
}

/* The next key that both have; false when there is none. */
static bool
family_next(const struct kin_run *r, struct family *f)
{
	size_t m = f->mine + f->mine_len, t = f->theirs + f->theirs_len;
	uint64_t key;

	while (m < r->order_len && t < r->theirs_len &&
	       key_mine(r, m) != r->theirs[t].kin.key) {
		if (key_mine(r, m) < r->theirs[t].kin.key)
			m++;
		else
			t++;
	}
	*f = (struct family){ .mine = m, .theirs = t };
	if (m == r->order_len || t == r->theirs_len)
		return false;
	key = key_mine(r, m);
	while (m < r->order_len && key_mine(r, m) == key)
		m++;
	while (t < r->theirs_len && r->theirs[t].kin.key == key)
		t++;
	f->mine_len = m - f->mine;
	f->theirs_len = t - f->theirs;
	return true;
}

/* Which bodies are to be read. */
static void
looks_choose(struct kin_run *r)
{
	bool at_hand = store_traits(r->s)->bytes_at_hand;
	struct family f = { 0 };
	struct there *t;
	size_t i, m;

	while (family_next(r, &f)) {
		t = &r->theirs[f.theirs];
		m = r->order[f.mine];
		for (i = 0; i < f.theirs_len; i++)
			t[i].look = LOOK_WHOLE;
		if (!at_hand && f.mine_len == 1 && f.theirs_len == 1 &&
		    r->mine[m].fields == t->kin.fields &&
		    t->kin.told == t->kin.header_len + r->mine[m].body_len) {
			t->look = LOOK_START;
			t->lonely = m;
		}
	}
}

static void
take(struct kin_run *r, size_t m, struct there *t)
{
	struct kin_wanted *w = &r->q->want[m];

	w->found = t->ref->id;
	w->flags = t->kin.flags;
	w->told = t->kin.told;
	w->date = t->kin.date;
	w->same = t->kin.whole && t->kin.exact == r->mine[m].exact;
	memcpy(w->body, r->mine[m].body, sizeof(w->body));
	t->taken = true;
}

/* The refs of those that are to be looked at in that way, and who they are. */
static size_t
looks_refs(const struct kin_run *r, enum look look, struct store_ref *refs,
    size_t *which)
{
	size_t i, n;

	for (n = 0, i = 0; i < r->theirs_len; i++)
		if (r->theirs[i].look == look) {
			refs[n] = *r->theirs[i].ref;
			which[n++] = i;
		}
	return n;
}

/* Those that begin in another way are read in whole. */
static int
starts_read(
    struct kin_run *r, struct store_ref *refs, size_t *which, struct err *e)
{
	size_t i, n = looks_refs(r, LOOK_START, refs, which);
	struct content *content;
	struct there *t;
	int ret;

	content = xcalloc(n, sizeof(*content));
	ret = content_read(r->s, refs, n, STORE_START, content, e);
	for (i = 0; ret == 0 && i < n; i++) {
		t = &r->theirs[which[i]];
		if (content[i].valid &&
		    content[i].start == r->mine[t->lonely].start)
			take(r, t->lonely, t);
		else
			t->look = LOOK_WHOLE;
	}
	content_clear(content, n);
	free(content);
	return ret;
}

static int
wholes_read(
    struct kin_run *r, struct store_ref *refs, size_t *which, struct err *e)
{
	size_t i, n = looks_refs(r, LOOK_WHOLE, refs, which);
	struct kin *kin;
	int ret;

	kin = xcalloc(n, sizeof(*kin));
	ret = kin_read(r->s, refs, n, STORE_WHOLE, kin, e);
	for (i = 0; ret == 0 && i < n; i++)
		if (kin[i].valid && kin[i].key == r->theirs[which[i]].kin.key)
			r->theirs[which[i]].kin = kin[i];
	free(kin);
	return ret;
}

static bool
same_body(const struct kin *a, const struct there *t)
{
	return !t->taken && t->kin.whole &&
	       memcmp(a->body, t->kin.body, sizeof(a->body)) == 0;
}

/* What is known beside that it is of the family, and has the same body. */
enum evidence { BY_NOTHING, BY_HEADER, BY_HINT };

static bool
fits(const struct kin_run *r, size_t m, const struct there *t,
    enum evidence evidence)
{
	return evidence == BY_NOTHING ||
	       (evidence == BY_HEADER && r->mine[m].header == t->kin.header) ||
	       (evidence == BY_HINT && r->q->want[m].hint == t->ref->id);
}

static void
family_pair(struct kin_run *r, const struct family *f, enum evidence evidence)
{
	struct there *t;
	size_t i, k, m;

	for (i = 0; i < f->mine_len; i++) {
		m = r->order[f->mine + i];
		for (k = 0; r->q->want[m].found == 0 && k < f->theirs_len;
		     k++) {
			t = &r->theirs[f->theirs + k];
			if (same_body(&r->mine[m], t) &&
			    fits(r, m, t, evidence))
				take(r, m, t);
		}
	}
}

/* The strongest evidence first. */
static void
families_pair(struct kin_run *r)
{
	struct family f = { 0 };

	while (family_next(r, &f)) {
		family_pair(r, &f, BY_HINT);
		family_pair(r, &f, BY_HEADER);
		family_pair(r, &f, BY_NOTHING);
	}
}

static int
bodies_pair(struct kin_run *r, struct err *e)
{
	struct store_ref *refs = xcalloc(r->theirs_len, sizeof(*refs));
	size_t *which = xcalloc(r->theirs_len, sizeof(*which));
	int ret;

	ret = starts_read(r, refs, which, e);
	if (ret == 0)
		ret = wholes_read(r, refs, which, e);
	if (ret == 0)
		families_pair(r);
	free(which);
	free(refs);
	return ret;
}

int
kin_match(struct store *s, struct store *from, const struct kin_query *q,
    struct err *e)
{
	struct kin_run r = { .s = s, .q = q };
	int ret;

	if (q->n == 0 || q->there_len == 0)
		return 0;
	r.mine = xcalloc(q->n, sizeof(*r.mine));
	r.order = xcalloc(q->n, sizeof(*r.order));
	r.theirs = xcalloc(q->there_len, sizeof(*r.theirs));
	ret = mine_read(&r, from, e);
	if (ret == 0)
		ret = theirs_read(&r, e);
	if (ret == 0) {
		looks_choose(&r);
		ret = bodies_pair(&r, e);
	}
	free(r.theirs);
	free(r.order);
	free(r.mine);
	return ret;
}
