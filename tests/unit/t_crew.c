/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "engine/settings/settings.h"
#include "engine/sync/crew.h"

#define WORKERS 6
#define LANES 4

/* A pool of threads that answer calls for help, and what they saw. */
struct pool {
	struct crew *crew;
	pthread_t threads[WORKERS];
	sem_t calls;
	atomic_bool over;
	atomic_uint numbers; /* of the workers */
	atomic_uint summoned, begun, ended, opened, closed;
	atomic_bool refuse; /* lanes cannot be opened */
};

/* Numbers to take, one by one. */
struct counting {
	struct crew_job job;
	struct pool *pool;
	unsigned most;
	atomic_uint next;
	atomic_uint taken;     /* by helpers */
	atomic_uint now, peak; /* helpers at once */
	bool breaks;	       /* the lane is dead after its first number */
	sem_t *gate;	       /* NULL: none; helpers wait for it */
};

static void
summon(void *arg)
{
	struct pool *p = arg;

	atomic_fetch_add(&p->summoned, 1);
	sem_post(&p->calls);
}

static int
lane_open(void *arg, struct lane *l, struct err *e)
{
	struct pool *p = arg;

	(void)l;
	if (atomic_load(&p->refuse))
		return err_set(e, ERR_SESSION, "too many connections");
	atomic_fetch_add(&p->opened, 1);
	return 0;
}

static void
lane_close(void *arg, struct lane *l)
{
	struct pool *p = arg;

	(void)l;
	atomic_fetch_add(&p->closed, 1);
}

static void
begins(void *arg, bool begin)
{
	struct pool *p = arg;

	atomic_fetch_add(begin ? &p->begun : &p->ended, 1);
}

static void *
worker(void *arg)
{
	struct pool *p = arg;
	int number = (int)atomic_fetch_add(&p->numbers, 1);

	for (;;) {
		while (sem_wait(&p->calls) == -1)
			;
		if (atomic_load(&p->over))
			return NULL;
		crew_help(p->crew, number, begins, p);
	}
}

static void
pool_open(struct pool *p)
{
	static struct settings_account account = { .name = (char *)"test" };
	static const struct sync_env env = { .account = &account };
	const struct crew_config c = { .arg = p,
		.lanes = LANES,
		.summon = summon,
		.open = lane_open,
		.close = lane_close };

	memset(p, 0, sizeof(*p));
	sem_init(&p->calls, 0, 0);
	p->crew = crew_new(&c);
	crew_lead(p->crew)->sync.env = &env;
	for (size_t i = 0; i < WORKERS; i++)
		assert_int_equal(
		    pthread_create(&p->threads[i], NULL, worker, p), 0);
}

static void
pool_close(struct pool *p)
{
	atomic_store(&p->over, true);
	for (size_t i = 0; i < WORKERS; i++)
		sem_post(&p->calls);
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(p->threads[i], NULL);
	assert_int_equal(p->begun, p->ended);
	crew_free(p->crew);
	sem_destroy(&p->calls);
}

static int
count(struct crew_job *job, struct sync *lane, struct err *e)
{
	struct counting *c = (struct counting *)job;
	unsigned now = atomic_fetch_add(&c->now, 1) + 1, peak = c->peak;

	assert_true(lane->worker >= 0 && lane->worker < WORKERS);
	assert_string_equal(lane->env->account->name, "test");
	while (
	    now > peak && !atomic_compare_exchange_weak(&c->peak, &peak, now))
		;
	if (c->gate != NULL) {
		while (sem_wait(c->gate) == -1)
			;
		sem_post(c->gate);
	}
	while (atomic_fetch_add(&c->next, 1) < c->most) {
		atomic_fetch_add(&c->taken, 1);
		if (c->breaks) {
			atomic_fetch_sub(&c->now, 1);
			return err_set(e, ERR_SESSION, "it broke");
		}
	}
	atomic_fetch_sub(&c->now, 1);
	return 0;
}

/* Leads a job with up to n helpers; the leader takes what they leave. */
static unsigned
lead(struct pool *p, struct counting *c, unsigned n)
{
	unsigned mine = 0;

	c->job.run = count;
	c->pool = p;
	crew_call(p->crew, &c->job, n);
	if (c->gate != NULL) {
		while (atomic_load(&c->now) < n)
			;
		sem_post(c->gate);
	}
	while (atomic_fetch_add(&c->next, 1) < c->most)
		mine++;
	crew_dismiss(p->crew, &c->job);
	assert_int_equal(c->now, 0);
	return mine;
}

static void
t_nobody_comes(void **state)
{
	const struct crew_config conf = { .lanes = LANES, .summon = summon };
	struct pool p = { 0 };
	struct counting c = { .most = 100 };

	(void)state;
	sem_init(&p.calls, 0, 0);
	p.crew = crew_new(&(struct crew_config){
	    .arg = &p, .lanes = conf.lanes, .summon = conf.summon });
	assert_int_equal(lead(&p, &c, 9), 100);
	assert_int_equal(p.summoned, LANES - 1);
	crew_free(p.crew);
	sem_destroy(&p.calls);
}

/* All lanes at once, and never more. */
static void
t_all_help(void **state)
{
	struct pool p;
	sem_t gate;

	(void)state;
	pool_open(&p);
	for (int round = 0; round < 50; round++) {
		struct counting c = { .most = 10000, .gate = &gate };
		unsigned mine;

		sem_init(&gate, 0, 0);
		mine = lead(&p, &c, LANES - 1);
		assert_int_equal(mine + c.taken, 10000);
		assert_int_equal(c.peak, LANES - 1);
		sem_destroy(&gate);
	}
	assert_int_equal(p.opened, LANES - 1); /* they stay open */
	pool_close(&p);
}

/* A helper that has nothing left to do in one job goes on with an older one,
 * and the leader of neither waits for who has not begun. */
static void
t_jobs_in_jobs(void **state)
{
	struct pool p;

	(void)state;
	pool_open(&p);
	for (int round = 0; round < 500; round++) {
		struct counting outer = { .most = 50 }, inner = { .most = 50 };
		unsigned mine;

		outer.job.run = count;
		outer.pool = &p;
		crew_call(p.crew, &outer.job, 2);
		mine = lead(&p, &inner, 2);
		assert_int_equal(mine + inner.taken, 50);
		for (mine = 0; atomic_fetch_add(&outer.next, 1) < outer.most;)
			mine++;
		crew_dismiss(p.crew, &outer.job);
		assert_int_equal(mine + outer.taken, 50);
		assert_true(inner.peak <= LANES - 1);
	}
	pool_close(&p);
}

/* A lane that breaks is closed, and opened anew for the next job. */
static void
t_broken(void **state)
{
	struct pool p;

	(void)state;
	pool_open(&p);
	for (unsigned round = 1; round <= 3; round++) {
		struct counting c = { .most = 10000, .breaks = true };

		c.job.run = count;
		crew_call(p.crew, &c.job, 1);
		while (atomic_load(&c.taken) == 0)
			;
		crew_dismiss(p.crew, &c.job);
		assert_int_equal(c.taken, 1);
		assert_int_equal(p.opened, round);
		assert_int_equal(p.closed, round);
	}
	pool_close(&p);
}

/* A server that allows no more connections is not asked again in this run. */
static void
t_refused(void **state)
{
	struct counting c = { .most = 1000 }, again = { .most = 1000 };
	struct pool p;
	unsigned summoned;

	(void)state;
	pool_open(&p);
	atomic_store(&p.refuse, true);
	c.job.run = count;
	crew_call(p.crew, &c.job, 1);
	while (atomic_load(&p.closed) == 0)
		;
	crew_dismiss(p.crew, &c.job);
	assert_int_equal(c.taken, 0);
	summoned = p.summoned;
	assert_int_equal(lead(&p, &again, 3), 1000);
	assert_int_equal(p.summoned, summoned);
	atomic_store(&p.refuse, false);
	crew_renew(p.crew);
	again.next = 0;
	lead(&p, &again, 3);
	assert_int_equal(p.summoned, summoned + 3);
	pool_close(&p);
}

/* The owner closes the lanes between jobs, while helpers still come that were
 * called for the last one: for the thread sanitizer. */
static void
t_closed_between_jobs(void **state)
{
	struct counting c = { .most = 10 };
	struct pool p;
	struct lane *l;

	(void)state;
	pool_open(&p);
	for (int round = 0; round < 200; round++) {
		c.next = 0;
		lead(&p, &c, LANES - 1);
		for (int late = 0; late < 10; late++) {
			summon(&p);
			for (size_t i = 1; (l = crew_lane(p.crew, i)) != NULL;
			     i++)
				l->open = false;
		}
	}
	pool_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_nobody_comes),
		cmocka_unit_test(t_all_help),
		cmocka_unit_test(t_jobs_in_jobs),
		cmocka_unit_test(t_broken),
		cmocka_unit_test(t_refused),
		cmocka_unit_test(t_closed_between_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
