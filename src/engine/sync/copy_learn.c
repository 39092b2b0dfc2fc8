/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ids of copies that were sent. An OK alone is not believed, and neither is
 * an id that cannot be the copy's: it would bind the source to another message.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/copy.h"
#include "engine/sync/match.h"

/* The new ids are the first ones from next_id on, among those of others. */
#define WINDOW_SLACK 64

static int
compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool
has_id(const uint32_t *ids, size_t n, uint32_t id)
{
	return n > 0 && bsearch(&id, ids, n, sizeof(*ids), compare_ids) != NULL;
}

static int
compare_stated(const void *a, const void *b)
{
	const struct copy *x = *(struct copy *const *)a;
	const struct copy *y = *(struct copy *const *)b;

	return (x->result.id > y->result.id) - (x->result.id < y->result.id);
}

/* What the store stated, by id. */
struct stated {
	struct copy **list;
	size_t len;
	uint32_t least; /* as in least_new */
	/* those of a message of another size than was sent */
	struct copy **odd;
	size_t odd_len;
};

/* The lowest id that is certainly new. Without UIDNEXT: above all listed ones;
 * 0: not known. */
static uint32_t
least_new(const struct copies *c)
{
	const struct snapshot *snap = &c->f->scan.snap[c->to];

	if (c->next_id != 0 || !snap->complete)
		return c->next_id;
	return snap->len == 0 ? 1 : snap->msgs[snap->len - 1].id + 1;
}

/* The copies whose stated id can be theirs; the others' becomes 0. paired: the
 * ids from next_id on that pairs have. */
static void
stated_find(struct copies *c, const struct status_ids *paired, struct stated *s)
{
	struct copy *one;
	size_t i, n;

	for (n = 0, i = 0; i < c->len; i++) {
		one = &c->list[i];
		if (one->doubled || one->id != 0)
			continue;
		if (one->unsent || one->result.outcome != STORE_DONE ||
		    one->result.id < s->least ||
		    (one->result.validity != 0 &&
			one->result.validity != c->validity) ||
		    has_id(paired->list, paired->len, one->result.id))
			one->result.id = 0;
		if (one->result.id != 0)
			s->list[n++] = one;
	}
	qsort(s->list, n, sizeof(*s->list), compare_stated);
	for (s->len = 0, i = 0; i < n; i++)
		if ((i == 0 || compare_stated(&s->list[i], &s->list[i - 1])) &&
		    (i + 1 == n ||
			compare_stated(&s->list[i], &s->list[i + 1])))
			s->list[s->len++] = s->list[i];
}

static void
stated_take(void *arg, const struct store_info *info)
{
	struct stated *s = arg;
	struct copy key = { .result = { .id = info->id } }, *k = &key, **one;

	one = bsearch(&k, s->list, s->len, sizeof(*s->list), compare_stated);
	if (one == NULL || (*one)->id != 0 ||
	    (s->least == 0 && (*one)->intent.digest.size != info->size))
		return;
	(*one)->id = info->id;
	(*one)->date = info->date;
	(*one)->told = info->size;
	if ((*one)->intent.digest.size != info->size)
		s->odd[s->odd_len++] = *one;
}

/* Digests what the store has of messages that are perhaps not as they were
 * sent; one that cannot be read counts as it was sent. */
static int
odd_read(struct store *to, const struct stated *s, struct err *e)
{
	struct content *content;
	struct store_ref *refs;
	struct copy *one;
	size_t i;
	int ret;

	refs = xcalloc(s->odd_len, sizeof(*refs));
	content = xcalloc(s->odd_len, sizeof(*content));
	for (i = 0; i < s->odd_len; i++)
		refs[i].id = s->odd[i]->id;
	ret = content_read(to, refs, s->odd_len, STORE_WHOLE, content, e);
	for (i = 0; ret == 0 && i < s->odd_len; i++) {
		one = s->odd[i];
		if (!content[i].valid ||
		    digest_equal(&content[i].digest, &one->intent.digest))
			continue;
		one->altered = true;
		one->intent.digest = content[i].digest;
	}
	content_clear(content, s->odd_len);
	free(content);
	free(refs);
	return ret;
}

/* Asks whether it is there what is said to be. */
static int
stated_look(struct copies *c, const struct status_ids *paired, struct err *e)
{
	struct store *to = c->f->sy->store[c->to];
	struct stated s = { 0 };
	struct store_ref *refs;
	size_t i;
	int ret;

	s.list = xcalloc(c->len, sizeof(*s.list));
	s.odd = xcalloc(c->len, sizeof(*s.odd));
	s.least = least_new(c);
	stated_find(c, paired, &s);
	refs = xcalloc(s.len, sizeof(*refs));
	for (i = 0; i < s.len; i++)
		refs[i].id = s.list[i]->result.id;
	ret =
	    s.len == 0
		? 0
		: store_told(to,
		      to->ops->details(to, refs, s.len, stated_take, &s, e), e);
	if (ret == 0)
		ret = odd_read(to, &s, e);
	free(refs);
	free(s.odd);
	free(s.list);
	return ret;
}

/* False: only the header of the message was read before it was sent. */
static bool
is_whole(const struct digest *d)
{
	static const unsigned char none[DIGEST_LEN];

	return memcmp(d->whole, none, DIGEST_LEN) != 0;
}

static void
found_take(struct copy *one, const struct wanted *w)
{
	if (w->found == 0)
		return;
	one->id = w->found;
	one->date = w->date;
	one->told = w->told;
	one->unread = w->unread;
	one->altered = is_whole(&one->intent.digest) &&
		       !digest_equal(&w->digest, &one->intent.digest);
	one->intent.digest = w->digest;
}

/*
 * The store stated an older id: it may keep each message once, and mean the one
 * that it has. Only when that is the message that was sent.
 */
static int
old_look(struct copies *c, struct copy *one, struct err *e)
{
	const struct store_ref ref = { .id = one->intent.source_id,
		.flags = one->source_flags,
		.name = one->intent.name };
	struct wanted w = { .digest = one->intent.digest };
	struct status_ids paired;
	bool is;

	if (match_altered_is(c->f->sy->store[c->to], one->result.id,
		c->f->sy->store[!c->to], &ref, &is, e) == -1)
		return -1;
	if (!is)
		return 0;
	if (status_paired(c->f->sy->status, c->f->row.id, c->to, one->result.id,
		&paired, e) == -1)
		return -1;
	one->doubled = has_id(paired.list, paired.len, one->result.id);
	free(paired.list);
	if (one->doubled)
		return 0;
	if (match_altered_take(c->f->sy->store[c->to], one->result.id, &w, e) ==
	    -1)
		return -1;
	found_take(one, &w);
	return 0;
}

static int
olds_look(struct copies *c, const struct status_ids *paired, struct err *e)
{
	uint32_t least = least_new(c);
	struct copy *one;
	size_t i;

	for (i = 0; i < c->len; i++) {
		one = &c->list[i];
		if (!one->unsent && one->result.outcome == STORE_DONE &&
		    one->result.id != 0 &&
		    one->result.validity == c->validity &&
		    (one->result.id < least ||
			has_id(paired->list, paired->len, one->result.id)) &&
		    old_look(c, one, e) == -1)
			return -1;
	}
	return 0;
}

static bool
is_lost(const struct copies *c, const struct copy *one)
{
	return one->id == 0 && !one->unsent && !one->doubled &&
	       one->result.outcome == STORE_DONE && one->intent.side == c->to &&
	       one->intent.validity == c->validity;
}

static size_t
lost_count(const struct copies *c)
{
	size_t i, n;

	for (n = 0, i = 0; i < c->len; i++)
		n += is_lost(c, &c->list[i]);
	return n;
}

/* The ids that are not those of other copies already. */
static uint32_t *
ids_unclaimed(
    const struct copies *c, const uint32_t *ids, size_t n, size_t *len)
{
	uint32_t *claimed, *left;
	size_t i, k;

	claimed = xcalloc(c->len, sizeof(*claimed));
	for (k = 0, i = 0; i < c->len; i++)
		if (c->list[i].id != 0)
			claimed[k++] = c->list[i].id;
	qsort(claimed, k, sizeof(*claimed), compare_ids);
	left = xcalloc(n, sizeof(*left));
	for (*len = 0, i = 0; i < n; i++)
		if (!has_id(claimed, k, ids[i]))
			left[(*len)++] = ids[i];
	free(claimed);
	return left;
}

int
copies_look(struct copies *c, const uint32_t *ids, size_t n, struct err *e)
{
	struct store *to = c->f->sy->store[c->to];
	struct match_query q = { 0 };
	struct wanted *want;
	struct store_ref *refs;
	struct copy **lost;
	size_t i;
	uint32_t *left;
	int ret;

	left = ids_unclaimed(c, ids, n, &q.ids_len);
	lost = xcalloc(c->len, sizeof(*lost));
	want = xcalloc(c->len, sizeof(*want));
	refs = xcalloc(c->len, sizeof(*refs));
	for (i = 0; i < c->len; i++) {
		struct copy *one = &c->list[i];

		if (!is_lost(c, one))
			continue;
		want[q.n].digest = one->intent.digest;
		refs[q.n].id = one->intent.source_id;
		refs[q.n].name = one->intent.name;
		lost[q.n++] = one;
	}
	q.ids = left;
	q.want = want;
	q.refs = refs;
	ret = match_content(to, &q, e);
	if (ret == 0 && q.n > 0)
		ret = match_altered(to, c->f->sy->store[!c->to], &q, e);
	for (i = 0; ret == 0 && i < q.n; i++)
		if (want[i].found != 0 && !is_whole(&want[i].digest))
			ret =
			    match_altered_take(to, want[i].found, &want[i], e);
	for (i = 0; ret == 0 && i < q.n; i++)
		found_take(lost[i], &want[i]);
	free(refs);
	free(want);
	free(lost);
	free(left);
	return ret;
}

/* The ids that lost copies can have: those that are certainly new, without what
 * has a pair; and what was stated beyond. Ascending. */
static uint32_t *
window_ids(const struct copies *c, const struct status_ids *paired, size_t *len)
{
	size_t i, k, n = 0, most = 2 * c->len + WINDOW_SLACK;
	uint32_t *ids, id, least = least_new(c);

	ids = xcalloc(most + c->len, sizeof(*ids));
	for (i = 0; least != 0 && i < most; i++) {
		id = least + (uint32_t)i;
		if (id >= least && !has_id(paired->list, paired->len, id))
			ids[n++] = id;
	}
	for (i = 0; i < c->len; i++)
		if (is_lost(c, &c->list[i]) && c->list[i].result.id != 0)
			ids[n++] = c->list[i].result.id;
	qsort(ids, n, sizeof(*ids), compare_ids);
	for (k = 0, i = 0; i < n; i++)
		if (k == 0 || ids[i] != ids[k - 1])
			ids[k++] = ids[i];
	*len = k;
	return ids;
}

int
copies_learn(struct copies *c, struct err *e)
{
	struct status_ids paired;
	uint32_t *ids;
	size_t n;
	int ret;

	if (lost_count(c) == 0)
		return 0;
	if (status_paired(c->f->sy->status, c->f->row.id, c->to, c->next_id,
		&paired, e) == -1)
		return -1;
	ret = olds_look(c, &paired, e);
	if (ret == 0)
		ret = stated_look(c, &paired, e);
	if (ret == 0 && lost_count(c) > 0) {
		ids = window_ids(c, &paired, &n);
		ret = copies_look(c, ids, n, e);
		free(ids);
	}
	free(paired.list);
	return ret;
}
