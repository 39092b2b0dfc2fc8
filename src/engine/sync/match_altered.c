/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that a server did not keep byte by byte: Dovecot, for one, makes
 * CRLF of a lone LF and drops a CR at the end; others add to the header. Rare,
 * and looked at only when an upload is not found as it was sent.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/match.h"

/* What lies in the place where the copies should be. */
struct candidates {
	struct store_ref *refs;
	size_t len;
	uint64_t least, most; /* sizes that one that is looked for can have */
};

/* Each line end can take a byte more or less. */
static void
candidates_sizes(struct candidates *s, const struct match_query *q)
{
	uint64_t size;
	size_t i;

	s->least = UINT64_MAX;
	s->most = 0;
	for (i = 0; i < q->n; i++) {
		if (q->want[i].found != 0)
			continue;
		size = q->want[i].digest.size;
		if (size / 2 < s->least)
			s->least = size / 2;
		if (size * 2 > s->most)
			s->most = size * 2;
	}
}

static void
candidate_add(void *arg, const struct store_info *i)
{
	struct candidates *s = arg;

	if (i->size >= s->least && i->size <= s->most)
		s->refs[s->len++] = (struct store_ref){ .id = i->id };
}

/* Ids that exist and have a size that fits. */
static int
candidates_find(struct store *to, struct candidates *s,
    const struct match_query *q, struct err *e)
{
	struct store_ref *refs;
	size_t i;
	int ret;

	s->refs = xcalloc(q->ids_len, sizeof(*s->refs));
	refs = xcalloc(q->ids_len, sizeof(*refs));
	for (i = 0; i < q->ids_len; i++)
		refs[i].id = q->ids[i];
	ret = store_told(
	    to, to->ops->details(to, refs, q->ids_len, candidate_add, s, e), e);
	free(refs);
	return ret;
}

int
match_altered_take(
    struct store *to, uint32_t id, struct wanted *w, struct err *e)
{
	const struct store_ref ref = { .id = id };
	struct content c;
	int ret;

	ret = content_read(to, &ref, 1, STORE_WHOLE, &c, e);
	if (ret == 0 && c.valid) {
		w->found = id;
		w->digest = c.digest;
		w->told = c.told;
		w->date = c.date;
		w->flags = c.flags;
	}
	content_clear(&c, 1);
	return ret;
}

static int
altered_pair(struct store *to, struct candidates *s, struct content *there,
    struct wanted *w, const struct content *here, struct err *e)
{
	size_t i;

	for (i = 0; i < s->len; i++) {
		if (!there[i].valid ||
		    !digest_equal(&there[i].digest, &here->digest))
			continue;
		there[i].valid = false; /* taken */
		return match_altered_take(to, s->refs[i].id, w, e);
	}
	return 0;
}

/* How many headers are read, one after the other, for all that are wanted. */
#define HEADERS_MAX 200

/* The body is the same but for CRs. */
static int
same_body(struct store *s, const struct store_ref *a, struct store *t,
    const struct store_ref *b, bool *same, struct err *e)
{
	struct content x = { 0 }, y = { 0 };
	int ret;

	ret = content_read_body(s, a, 1, &x, e);
	if (ret == 0)
		ret = content_read_body(t, b, 1, &y, e);
	*same = ret == 0 && x.valid && y.valid &&
		digest_equal(&x.digest, &y.digest);
	content_clear(&x, 1);
	content_clear(&y, 1);
	return ret;
}

int
match_altered_is(struct store *s, uint32_t id, struct store *from,
    const struct store_ref *ref, bool *is, struct err *e)
{
	const struct store_ref there = { .id = id };
	struct buf a = { 0 }, b = { 0 };
	int ret;

	*is = false;
	ret = content_header(from, ref, &a, e);
	if (ret == 0)
		ret = content_header(s, &there, &b, e);
	if (ret == 0 && content_same_header(&a, &b))
		ret = same_body(s, &there, from, ref, is, e);
	buf_clear(&a);
	buf_clear(&b);
	return ret;
}

static bool
is_taken(const struct match_query *q, uint32_t id)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		if (q->want[i].found == id)
			return true;
	return false;
}

/* Those whose header got other lines. */
static int
headers_pair(struct store *s, struct store *from, const struct match_query *q,
    struct err *e)
{
	size_t i, k, left = HEADERS_MAX;
	bool is;

	for (i = 0; i < q->n; i++) {
		for (k = 0; q->want[i].found == 0 && k < q->ids_len; k++) {
			if (is_taken(q, q->ids[k]))
				continue;
			if (left-- == 0)
				return 0;
			if (match_altered_is(s, q->ids[k], from, &q->refs[i],
				&is, e) == -1 ||
			    (is && match_altered_take(
				       s, q->ids[k], &q->want[i], e) == -1))
				return -1;
		}
	}
	return 0;
}

int
match_altered(struct store *s, struct store *from, const struct match_query *q,
    struct err *e)
{
	struct candidates c = { 0 };
	struct content *here, *there;
	size_t i;
	int ret;

	candidates_sizes(&c, q);
	if (c.most == 0 || q->ids_len == 0)
		return 0;
	if (candidates_find(s, &c, q, e) == -1) {
		free(c.refs);
		return -1;
	}
	here = xcalloc(q->n, sizeof(*here));
	there = xcalloc(c.len, sizeof(*there));
	ret = c.len == 0 ? 0 : content_read_lines(s, c.refs, c.len, there, e);
	if (ret == 0 && c.len > 0)
		ret = content_read_lines(from, q->refs, q->n, here, e);
	for (i = 0; ret == 0 && i < q->n; i++)
		if (q->want[i].found == 0 && here[i].valid)
			ret = altered_pair(
			    s, &c, there, &q->want[i], &here[i], e);
	content_clear(there, c.len);
	content_clear(here, q->n);
	free(there);
	free(here);
	free(c.refs);
	return ret == 0 ? headers_pair(s, from, q, e) : -1;
}
