/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of UIDs as ranges. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/uidset.h"
#include "base/xalloc.h"

void
uidset_clear(struct uidset *s)
{
	free(s->ranges);
	*s = (struct uidset){ 0 };
}

/* The first range whose last is not below uid; s->len when there is none. */
static size_t
range_at(const struct uidset *s, uint32_t uid)
{
	size_t lo, hi, mid;

	lo = 0;
	hi = s->len;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->ranges[mid].last < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
range_insert(struct uidset *s, size_t at, uint32_t first, uint32_t last)
{
	s->ranges = xgrow(s->ranges, s->len, &s->cap, sizeof(*s->ranges));
	memmove(s->ranges + at + 1, s->ranges + at,
	    (s->len - at) * sizeof(*s->ranges));
	s->ranges[at] = (struct uidrange){ first, last };
	s->len++;
}

static void
ranges_delete(struct uidset *s, size_t from, size_t to)
{
	if (from == to)
		return;
	memmove(s->ranges + from, s->ranges + to,
	    (s->len - to) * sizeof(*s->ranges));
	s->len -= to - from;
}

void
uidset_add_range(struct uidset *s, uint32_t first, uint32_t last)
{
	size_t from, to;

	assert(first > 0 && first <= last);
	from = range_at(s, first > 1 ? first - 1 : 1);
	to = from;
	while (to < s->len && s->ranges[to].first - 1 <= last) {
		if (s->ranges[to].first < first)
			first = s->ranges[to].first;
		if (s->ranges[to].last > last)
			last = s->ranges[to].last;
		to++;
	}
	if (from == to) {
		range_insert(s, from, first, last);
		return;
	}
	s->ranges[from] = (struct uidrange){ first, last };
	ranges_delete(s, from + 1, to);
}

void
uidset_add(struct uidset *s, uint32_t uid)
{
	uidset_add_range(s, uid, uid);
}

bool
uidset_has(const struct uidset *s, uint32_t uid)
{
	size_t at;

	at = range_at(s, uid);
	return at < s->len && s->ranges[at].first <= uid;
}

static bool
parse_uid(const char **p, const char *end, uint32_t *uid)
{
	uint64_t v;
	const char *start;

	start = *p;
	for (v = 0; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		v = v * 10 + (uint64_t)(**p - '0');
		if (v > UINT32_MAX)
			return false;
	}
	*uid = (uint32_t)v;
	return *p > start && v > 0;
}

static bool
parse_range(const char **p, const char *end, struct uidset *s)
{
	uint32_t first, last;

	if (!parse_uid(p, end, &first))
		return false;
	last = first;
	if (*p < end && **p == ':') {
		(*p)++;
		if (!parse_uid(p, end, &last))
			return false;
	}
	if (first <= last)
		uidset_add_range(s, first, last);
	else
		uidset_add_range(s, last, first);
	return true;
}

bool
uidset_parse(struct uidset *s, const char *text, size_t len)
{
	const char *p, *end;

	uidset_clear(s);
	p = text;
	end = text + len;
	while (parse_range(&p, end, s)) {
		if (p == end)
			return true;
		if (*p++ != ',')
			break;
	}
	uidset_clear(s);
	return false;
}

static void
range_format(const struct uidrange *r, struct buf *out)
{
	if (r->first == r->last)
		buf_printf(out, "%u", r->first);
	else
		buf_printf(out, "%u:%u", r->first, r->last);
}

void
uidset_format(const struct uidset *s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s->len; i++) {
		if (i > 0)
			buf_putc(out, ',');
		range_format(&s->ranges[i], out);
	}
}

void
uidset_split(
    struct uidset *s, struct uidset *head, uint64_t max_count, size_t max_bytes)
{
	struct buf text = { 0 };
	uint64_t left;
	size_t i;

	uidset_clear(head);
	left = max_count > 0 ? max_count : 1;
	for (i = 0; i < s->len && left > 0; i++) {
		struct uidrange r = s->ranges[i];

		if ((uint64_t)r.last - r.first >= left)
			r.last = r.first + (uint32_t)(left - 1);
		range_format(&r, &text);
		buf_putc(&text, ',');
		if (i > 0 && text.len > max_bytes)
			break;
		uidset_add_range(head, r.first, r.last);
		left -= (uint64_t)r.last - r.first + 1;
		if (r.last < s->ranges[i].last) {
			s->ranges[i].first = r.last + 1;
			break;
		}
	}
	ranges_delete(s, 0, i);
	buf_clear(&text);
}
