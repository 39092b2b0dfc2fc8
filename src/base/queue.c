/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bounded queue of values between threads. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/queue.h"
#include "base/xalloc.h"

struct queue {
	pthread_mutex_t lock; /* guards all below but fd, cap and size */
	pthread_cond_t filled;
	pthread_cond_t drained;
	char *values; /* a ring */
	size_t cap;
	size_t size;
	size_t first;
	size_t len;
	size_t getters, putters; /* that wait */
	bool closed;
	int fd; /* its counter is not 0 while len > 0 or closed */
};

struct queue *
queue_new(size_t cap, size_t size)
{
	struct queue *q = xcalloc(1, sizeof(*q));
	pthread_condattr_t attr;

	q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->fd == -1) {
		free(q);
		return NULL;
	}
	pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&q->filled, &attr);
	pthread_cond_init(&q->drained, &attr);
	pthread_condattr_destroy(&attr);
	q->values = xreallocarray(NULL, cap, size);
	q->cap = cap;
	q->size = size;
	return q;
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	pthread_cond_destroy(&q->drained);
	pthread_cond_destroy(&q->filled);
	pthread_mutex_destroy(&q->lock);
	close(q->fd);
	free(q->values);
	free(q);
}

/* Neither of the two can block or fail: the counter stays 0 or 1. */
static void
fd_raise(struct queue *q)
{
	uint64_t one = 1;

	while (write(q->fd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
}

static void
fd_lower(struct queue *q)
{
	uint64_t count;

	while (read(q->fd, &count, sizeof(count)) == -1 && errno == EINTR)
		;
}

static bool
put_locked(struct queue *q, const void *value)
{
	if (q->closed || q->len == q->cap)
		return false;
	memcpy(
	    q->values + (q->first + q->len) % q->cap * q->size, value, q->size);
	if (q->len++ == 0)
		fd_raise(q);
	if (q->getters > 0)
		pthread_cond_signal(&q->filled);
	return true;
}

bool
queue_put(struct queue *q, const void *value)
{
	bool done;

	pthread_mutex_lock(&q->lock);
	q->putters++;
	while (!q->closed && q->len == q->cap)
		pthread_cond_wait(&q->drained, &q->lock);
	q->putters--;
	done = put_locked(q, value);
	pthread_mutex_unlock(&q->lock);
	return done;
}

bool
queue_try_put(struct queue *q, const void *value)
{
	bool done;

	pthread_mutex_lock(&q->lock);
	done = put_locked(q, value);
	pthread_mutex_unlock(&q->lock);
	return done;
}

/* Waits until there is a value, the queue is closed, or time is up. */
static void
wait_filled(struct queue *q, int timeout_ms)
{
	struct timespec until;
	int error = 0;

	if (timeout_ms > 0) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += timeout_ms / 1000;
		until.tv_nsec += timeout_ms % 1000 * 1000000L;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_nsec -= 1000000000L;
			until.tv_sec++;
		}
	}
	q->getters++;
	while (q->len == 0 && !q->closed && timeout_ms != 0 && error == 0)
		if (timeout_ms < 0)
			pthread_cond_wait(&q->filled, &q->lock);
		else
			error = pthread_cond_timedwait(
			    &q->filled, &q->lock, &until);
	q->getters--;
}

bool
queue_get(struct queue *q, void *value, int timeout_ms)
{
	bool there;

	pthread_mutex_lock(&q->lock);
	wait_filled(q, timeout_ms);
	there = q->len > 0;
	if (there) {
		memcpy(value, q->values + q->first * q->size, q->size);
		q->first = (q->first + 1) % q->cap;
		if (--q->len == 0 && !q->closed)
			fd_lower(q);
		/* Not for each place: who waits would be back at once. */
		if (q->putters > 0 && q->len <= q->cap / 2)
			pthread_cond_broadcast(&q->drained);
	}
	pthread_mutex_unlock(&q->lock);
	return there;
}

void
queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	if (!q->closed && q->len == 0)
		fd_raise(q);
	q->closed = true;
	pthread_cond_broadcast(&q->filled);
	pthread_cond_broadcast(&q->drained);
	pthread_mutex_unlock(&q->lock);
}

int
queue_fd(const struct queue *q)
{
	return q->fd;
}
