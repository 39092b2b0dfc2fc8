/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that a server did not keep byte by byte: Dovecot, for one, makes
 * CRLF of a lone LF and drops a CR at the end. Rare, and looked at only when
 * an upload is not found as it was sent.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/folder.h"

/* What lies in the place where the copies should be. */
struct suspects {
	struct store_ref *refs;
	size_t len;
	uint64_t least, most; /* sizes that one that is looked for can have */
};

/* Each line end can take a byte more or less. */
static void
suspects_sizes(struct suspects *s, const struct wanted *want, size_t n)
{
	uint64_t size;
	size_t i;

	s->least = UINT64_MAX;
	s->most = 0;
	for (i = 0; i < n; i++) {
		if (want[i].found != 0)
			continue;
		size = want[i].digest.size;
		if (size / 2 < s->least)
			s->least = size / 2;
		if (size * 2 > s->most)
			s->most = size * 2;
	}
}

static void
suspect_add(void *arg, const struct store_info *i)
{
	struct suspects *s = arg;

	if (i->size >= s->least && i->size <= s->most)
		s->refs[s->len++] = (struct store_ref){ .id = i->id };
}

/* Ids that exist and have a size that fits. */
static int
suspects_find(struct store *to, struct suspects *s, const uint32_t *ids,
    size_t m, struct err *e)
{
	struct store_ref *refs;
	size_t i;
	int ret;

	s->refs = xcalloc(m, sizeof(*s->refs));
	refs = xcalloc(m, sizeof(*refs));
	for (i = 0; i < m; i++)
		refs[i].id = ids[i];
	ret = to->ops->details(to, refs, m, suspect_add, s, e);
	free(refs);
	return ret;
}

/* The content of a message as it is there, for the status. */
static int
altered_take(struct store *to, struct wanted *w, const struct store_ref *ref,
    struct err *e)
{
	struct content c;

	if (content_read(to, ref, 1, STORE_WHOLE, &c, e) == -1)
		return -1;
	if (!c.valid)
		return 0;
	w->found = ref->id;
	w->digest = c.digest;
	w->date = c.date;
	w->flags = c.flags;
	return 0;
}

static int
altered_pair(struct store *to, struct suspects *s, struct content *there,
    struct wanted *w, const struct content *here, struct err *e)
{
	size_t i;

	for (i = 0; i < s->len; i++) {
		if (!there[i].valid ||
		    !digest_equal(&there[i].digest, &here->digest))
			continue;
		there[i].valid = false; /* taken */
		return altered_take(to, w, &s->refs[i], e);
	}
	return 0;
}

int
match_altered(struct folder *f, enum side to, struct wanted *want,
    const struct store_ref *refs, size_t n, const uint32_t *ids, size_t m,
    struct err *e)
{
	struct suspects s = { 0 };
	struct content *here, *there;
	size_t i;
	int ret;

	suspects_sizes(&s, want, n);
	if (s.most == 0 || m == 0)
		return 0;
	if (suspects_find(f->sy->store[to], &s, ids, m, e) == -1) {
		free(s.refs);
		return -1;
	}
	here = xcalloc(n, sizeof(*here));
	there = xcalloc(s.len, sizeof(*there));
	ret = s.len == 0 ? 0
			 : content_read_lines(
			       f->sy->store[to], s.refs, s.len, there, e);
	if (ret == 0 && s.len > 0)
		ret = content_read_lines(f->sy->store[!to], refs, n, here, e);
	for (i = 0; ret == 0 && i < n; i++)
		if (want[i].found == 0 && here[i].valid)
			ret = altered_pair(
			    f->sy->store[to], &s, there, &want[i], &here[i], e);
	free(there);
	free(here);
	free(s.refs);
	return ret;
}
