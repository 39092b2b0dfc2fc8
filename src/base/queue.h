/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

/*
 * A bounded queue of values between threads, which can be closed, with a
 * descriptor that is readable while something is in it. Values are copied in
 * and out; they hold no pointers that anybody must free, unless the two ends
 * agree on it. Any thread.
 */

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* For cap > 0 values of size bytes each. NULL when no descriptor is left. */
struct queue *queue_new(size_t cap, size_t size);
void queue_free(struct queue *q); /* nobody else uses it; NULL is fine */

/* Waits for space. False when the queue is closed. */
bool queue_put(struct queue *q, const void *value);
/* False when it is closed or full. */
bool queue_try_put(struct queue *q, const void *value);

/*
 * Waits up to timeout_ms (-1: for ever). False when there is nothing: timed
 * out, or closed and empty.
 */
bool queue_get(struct queue *q, void *value, int timeout_ms);

/* No more puts; what is in can be taken out. Wakes everybody. */
void queue_close(struct queue *q);

/* Readable while the queue has a value or is closed. For poll() only. */
int queue_fd(const struct queue *q);

#endif
