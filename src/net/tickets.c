/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS session tickets. */
#include "config.h"

#include <string.h>

#include "net/tickets.h"

void
tickets_init(struct tickets *t)
{
	*t = (struct tickets){ 0 };
	pthread_mutex_init(&t->lock, NULL);
}

void
tickets_clear(struct tickets *t)
{
	while (t->len > 0)
		buf_wipe(&t->list[--t->len]);
	pthread_mutex_destroy(&t->lock);
}

void
tickets_put(struct tickets *t, const void *data, size_t len)
{
	struct buf ticket = { 0 };

	buf_append(&ticket, data, len);
	pthread_mutex_lock(&t->lock);
	if (t->len == TICKETS_MAX) {
		buf_wipe(&t->list[0]);
		t->len--;
		memmove(&t->list[0], &t->list[1], t->len * sizeof(t->list[0]));
	}
	t->list[t->len++] = ticket;
	pthread_mutex_unlock(&t->lock);
}

bool
tickets_take(struct tickets *t, struct buf *ticket)
{
	bool found;

	pthread_mutex_lock(&t->lock);
	found = t->len > 0;
	if (found)
		*ticket = t->list[--t->len];
	pthread_mutex_unlock(&t->lock);
	return found;
}
