/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A clock that the test moves, in the place of base/clock.c. */
#include "config.h"

#include <limits.h>

#include "base/clock.h"
#include "fake_clock.h"

int64_t fake_now_ms = 1000000;

int64_t
clock_ms(void)
{
	return fake_now_ms;
}

int64_t
clock_wall(void)
{
	return fake_now_ms / 1000;
}

int
clock_left(int64_t deadline)
{
	int64_t left = deadline - fake_now_ms;

	if (deadline == CLOCK_NEVER)
		return -1;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}
