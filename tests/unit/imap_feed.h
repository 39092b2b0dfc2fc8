/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_IMAP_FEED_H
#define TESTS_UNIT_IMAP_FEED_H

/* Bytes for a lexer, in pieces of a given size. */

#include <string.h>

#include "net/imap_lex.h"

/* Piece sizes that every table is fed with. */
static const size_t feed_chunks[] = { 1, 2, 3, 7, 1000000 };
#define FEED_CHUNKS (sizeof(feed_chunks) / sizeof(feed_chunks[0]))

struct feed {
	const char *data;
	size_t len;
	size_t chunk;
	const char *again; /* then this for ever; NULL: the end */
	uint64_t given;
};

#define FEED(d, l, c)                                                          \
	{                                                                      \
		.data = (d), .len = (l), .chunk = (c)                          \
	}

static inline ssize_t
feed_fill(void *arg, void *data, size_t size, struct err *e)
{
	struct feed *f = arg;
	char *out = data;
	size_t i, n;

	(void)e;
	if (f->again != NULL && f->len == 0) {
		n = strlen(f->again);
		/* Whole turns, so that each piece begins with one. */
		size -= size % n;
		for (i = 0; i < size; i++)
			out[i] = f->again[i % n];
	} else {
		size = size < f->len ? size : f->len;
		size = size < f->chunk ? size : f->chunk;
		memcpy(out, f->data, size);
		f->data += size;
		f->len -= size;
	}
	f->given += size;
	return (ssize_t)size;
}

#endif
