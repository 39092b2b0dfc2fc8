/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * Time. Deadlines count on the boot clock, which goes on while the machine
 * sleeps and never jumps back. Any thread.
 */

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since boot, sleep included (CLOCK_BOOTTIME). */
int64_t clock_ms(void);

/* Seconds since the epoch, UTC. */
int64_t clock_wall(void);

/* Milliseconds left until the deadline (a clock_ms() value), at least 0, cut
 * to what poll() takes; -1 (for ever) when deadline is CLOCK_NEVER. */
int clock_left(int64_t deadline);

#define CLOCK_NEVER INT64_MAX

/*
 * True when so many seconds have gone by since a time that was stored, now
 * being clock_wall(). A time that has not come yet was stored while the clock
 * was wrong, and is not believed: then all of them have.
 */
static inline bool
clock_passed(int64_t since, int64_t seconds, int64_t now)
{
	return since > now || now - since > seconds;
}

#endif
