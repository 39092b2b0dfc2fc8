/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_SET_H
#define NET_IMAP_SET_H

/* Sequence sets as a server sends them (RFC 9051 section 9). A set belongs to
 * one thread at a time. */

#include <stddef.h>
#include <stdint.h>

#include "base/uidset.h"

/* Ranges of numbers in the order in which they were written. */
struct imap_set {
	struct uidrange *ranges; /* first > last where it was written so */
	size_t len;
	size_t cap;
};

void imap_set_clear(struct imap_set *set);
void imap_set_reset(struct imap_set *set);
void imap_set_add(struct imap_set *set, uint32_t first, uint32_t last);
/* How many numbers, each range counted. */
uint64_t imap_set_count(const struct imap_set *set);
/* Adds all of it to *out; costs n log n, whatever the order. */
void imap_set_to_uidset(const struct imap_set *set, struct uidset *out);

#endif
