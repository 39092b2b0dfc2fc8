/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts what is asked of a store, and hands it on. */
#include "config.h"

#include "counted_store.h"

struct store_counts store_counts;

static const struct store_ops *counted;
static struct store_ops counting;

static int
details(struct store *s, const struct store_ref *refs, size_t n,
    void (*each)(void *arg, const struct store_info *i), void *arg,
    struct err *e)
{
	store_counts.details += n;
	return counted->details(s, refs, n, each, arg, e);
}

static int
read_counted(struct store *s, const struct store_ref *refs, size_t n,
    enum store_part part, const struct store_sink *sink, struct err *e)
{
	if (part == STORE_HEADER)
		store_counts.headers += n;
	else if (part == STORE_START)
		store_counts.starts += n;
	else
		store_counts.wholes += n;
	return counted->read(s, refs, n, part, sink, e);
}

void
store_count(struct store *s)
{
	store_counts = (struct store_counts){ 0 };
	counted = s->ops;
	counting = *s->ops;
	counting.details = details;
	counting.read = read_counted;
	s->ops = &counting;
}
