/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_UIDSET_H
#define BASE_UIDSET_H

/*
 * A set of UIDs as sorted ranges that neither touch nor overlap; ranges are
 * never expanded, so that "1:4294967295" costs as much as "1". (RFC 9051
 * section 9, sequence-set; 0 is never a UID.) Zeroed memory is an empty set.
 * Any thread; a set belongs to one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct uidrange {
	uint32_t first;
	uint32_t last; /* >= first */
};

struct uidset {
	struct uidrange *ranges;
	size_t len; /* ranges in use */
	size_t cap;
};

void uidset_clear(struct uidset *s);

/* uid must not be 0. Appending in ascending order costs O(1). */
void uidset_add(struct uidset *s, uint32_t uid);
void uidset_add_range(struct uidset *s, uint32_t first, uint32_t last);

bool uidset_has(const struct uidset *s, uint32_t uid);

/*
 * Parses "1:5,7,12:9" (either order in a range, no "*") of len bytes into *s,
 * which it clears first. False, with *s empty, when it is not well-formed,
 * holds 0 or a number above 2^32 - 1.
 */
bool uidset_parse(struct uidset *s, const char *text, size_t len);

/* Appends "1:5,7,9:12"; nothing for an empty set. */
void uidset_format(const struct uidset *s, struct buf *out);

/*
 * Moves the first UIDs of *s, at most max_count of them, and no more ranges
 * than fit max_bytes when formatted, to *head (cleared first). At least one
 * moves when *s is not empty.
 */
void uidset_split(struct uidset *s, struct uidset *head, uint64_t max_count,
    size_t max_bytes);

/* for each UID u, ascending: size_t i; uint64_t u; */
#define UIDSET_FOREACH(s, i, u)                                                \
	for ((i) = 0; (i) < (s)->len; (i)++)                                   \
		for ((u) = (s)->ranges[i].first; (u) <= (s)->ranges[i].last;   \
		     (u)++)

#endif
