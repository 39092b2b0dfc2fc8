/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_RNG_H
#define TESTS_RNG_H

/*
 * Random numbers for tests: the same seed gives the same numbers on every
 * machine (splitmix64). Tests print their seed and take one from the
 * environment variable SEED; SEED=random is another one each time, without
 * SEED it is always the same, so that a test that passed passes.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct rng {
	uint64_t state;
};

static inline uint64_t
rng_next(struct rng *r)
{
	uint64_t z;

	z = r->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 to n - 1; n > 0. */
static inline uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(rng_next(r) % n);
}

/* The seed to use: that of the environment, or one that is new each second. */
static inline uint64_t
rng_seed(void)
{
	const char *text = getenv("SEED");
	uint64_t seed;

	if (text == NULL)
		seed = 1;
	else if (strcmp(text, "random") == 0)
		seed = (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
	else
		seed = strtoull(text, NULL, 0);
	printf("SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
	return seed;
}

#endif
