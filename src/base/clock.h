/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * Time. Deadlines count on the boot clock, which goes on while the machine
 * sleeps and never jumps back. Any thread.
 */

#include <stdint.h>

/* Milliseconds since boot, sleep included (CLOCK_BOOTTIME). */
int64_t clock_ms(void);

/* Seconds since the epoch, UTC. */
int64_t clock_wall(void);

/* Milliseconds left until the deadline (a clock_ms() value), at least 0, cut
 * to what poll() takes; -1 (for ever) when deadline is CLOCK_NEVER. */
int clock_left(int64_t deadline);

#define CLOCK_NEVER INT64_MAX

#endif
