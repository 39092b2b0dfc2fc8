/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_TICKETS_H
#define NET_TICKETS_H

/*
 * The tickets with which the connections of one account resume TLS sessions
 * (RFC 8446 section 2.2). Each is used once (appendix C.4); of more than
 * enough the oldest is dropped. Any thread.
 */

#include <pthread.h>
#include <stdbool.h>

#include "base/buf.h"

#define TICKETS_MAX 8 /* about one for each connection of an account */

struct tickets {
	pthread_mutex_t lock;
	struct buf list[TICKETS_MAX]; /* lock */
	size_t len;		      /* lock */
};

void tickets_init(struct tickets *t);
void tickets_clear(struct tickets *t);

void tickets_put(struct tickets *t, const void *data, size_t len);

/* The newest, in *ticket, which the caller wipes; false when none is left. */
bool tickets_take(struct tickets *t, struct buf *ticket);

#endif
