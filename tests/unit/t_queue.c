/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/queue.h"

static bool
readable(const struct queue *q)
{
	struct pollfd p = { .fd = queue_fd(q), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
t_order(void **state)
{
	struct queue *q = queue_new(3, sizeof(int));
	int got = 0, value = 0;

	(void)state;
	assert_non_null(q);
	/* Round and round, so that the ring wraps at every place. */
	for (int round = 0; round < 10; round++) {
		assert_false(readable(q));
		for (int i = 0; i < 3; i++) {
			value = 10 * round + i;
			assert_true(queue_try_put(q, &value));
			assert_true(readable(q));
		}
		assert_false(queue_try_put(q, &value));
		for (int i = 0; i < 3; i++) {
			assert_true(readable(q));
			assert_true(queue_get(q, &got, -1));
			assert_int_equal(got, 10 * round + i);
		}
		value = 0;
		assert_true(queue_put(q, &value));
		assert_true(queue_get(q, &got, 0));
	}
	queue_free(q);
	queue_free(NULL);
}

static void
t_timeout(void **state)
{
	struct queue *q = queue_new(1, sizeof(int));
	int64_t start = clock_ms();
	int got;

	(void)state;
	assert_false(queue_get(q, &got, 0));
	assert_false(queue_get(q, &got, 30));
	assert_true(clock_ms() - start >= 29);
	queue_free(q);
}

static void
t_close(void **state)
{
	struct queue *q = queue_new(2, sizeof(int));
	int value = 7, got = 0;

	(void)state;
	assert_true(queue_put(q, &value));
	queue_close(q);
	queue_close(q);
	assert_false(queue_put(q, &value));
	assert_false(queue_try_put(q, &value));
	assert_true(queue_get(q, &got, -1));
	assert_int_equal(got, 7);
	assert_true(readable(q));
	assert_false(queue_get(q, &got, -1));
	assert_true(readable(q));
	queue_free(q);
}

#define WRITERS 4
#define READERS 3
#define EACH 20000

struct crowd {
	struct queue *q;
	uint64_t sum[READERS]; /* by the reader; read after it has ended */
	uint64_t n[READERS];
};

struct member {
	struct crowd *crowd;
	int number;
};

static void *
write_many(void *arg)
{
	const struct member *m = arg;

	for (uint64_t i = 1; i <= EACH; i++) {
		uint64_t value = i * WRITERS + (uint64_t)m->number;

		if (i % 3 == 0 && queue_try_put(m->crowd->q, &value))
			continue;
		if (!queue_put(m->crowd->q, &value))
			return (void *)1;
	}
	return NULL;
}

/* Some by waiting, one by polling. */
static void *
read_many(void *arg)
{
	const struct member *m = arg;
	uint64_t last[WRITERS] = { 0 }, value;
	struct crowd *c = m->crowd;
	struct pollfd p = { .fd = queue_fd(c->q), .events = POLLIN };

	for (;;) {
		if (m->number == 0)
			poll(&p, 1, -1);
		/* Another reader may have been faster: the queue is empty. */
		if ((m->number != 0 || !queue_get(c->q, &value, 0)) &&
		    !queue_get(c->q, &value, -1))
			return NULL;
		/* What one writer wrote stays in order. */
		if (value <= last[value % WRITERS])
			return (void *)1;
		last[value % WRITERS] = value;
		c->sum[m->number] += value;
		c->n[m->number]++;
	}
}

static void
t_threads(void **state)
{
	struct crowd c = { .q = queue_new(5, sizeof(uint64_t)) };
	struct member writers[WRITERS], readers[READERS];
	pthread_t w[WRITERS], r[READERS];
	uint64_t sum = 0, n = 0, want = 0;
	void *ret;

	(void)state;
	for (int i = 0; i < READERS; i++) {
		readers[i] = (struct member){ &c, i };
		assert_int_equal(
		    pthread_create(&r[i], NULL, read_many, &readers[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct member){ &c, i };
		assert_int_equal(
		    pthread_create(&w[i], NULL, write_many, &writers[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(w[i], &ret);
		assert_null(ret);
		for (uint64_t k = 1; k <= EACH; k++)
			want += k * WRITERS + (uint64_t)i;
	}
	queue_close(c.q);
	for (int i = 0; i < READERS; i++) {
		pthread_join(r[i], &ret);
		assert_null(ret);
		sum += c.sum[i];
		n += c.n[i];
	}
	assert_int_equal(n, WRITERS * EACH);
	assert_int_equal(sum, want);
	queue_free(c.q);
}

static void *
put_one(void *arg)
{
	int value = 1;

	return queue_put(arg, &value) ? NULL : arg;
}

static void *
get_one(void *arg)
{
	int value;

	return queue_get(arg, &value, -1) ? NULL : arg;
}

/* Whoever waits is woken when the queue closes. */
static void
t_close_wakes(void **state)
{
	struct queue *full = queue_new(1, sizeof(int));
	struct queue *empty = queue_new(1, sizeof(int));
	pthread_t put[2], get[2];
	int value = 0;
	void *ret;

	(void)state;
	assert_true(queue_put(full, &value));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    pthread_create(&put[i], NULL, put_one, full), 0);
		assert_int_equal(
		    pthread_create(&get[i], NULL, get_one, empty), 0);
	}
	queue_close(full);
	queue_close(empty);
	for (int i = 0; i < 2; i++) {
		pthread_join(put[i], &ret);
		assert_ptr_equal(ret, full);
		pthread_join(get[i], &ret);
		assert_ptr_equal(ret, empty);
	}
	queue_free(full);
	queue_free(empty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_order),
		cmocka_unit_test(t_timeout),
		cmocka_unit_test(t_close),
		cmocka_unit_test(t_threads),
		cmocka_unit_test(t_close_wakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
