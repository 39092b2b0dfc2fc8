/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_SPEED_H
#define UI_SCREEN_SPEED_H

/* How many bytes came in each of the last seconds. Zeroed memory is none. No
 * I/O; one thread. */

#include <stdint.h>

#define SPEED_SECONDS 20

struct speed {
	int64_t first;	 /* second in which the first bytes came */
	int64_t second;	 /* the newest that is in bytes[] */
	int64_t rest;	 /* clock_ms() of the newest pause */
	uint64_t before; /* bytes of its second that came before it */
	uint64_t bytes[SPEED_SECONDS]; /* of second s: at s % SPEED_SECONDS */
};

/* now_ms is clock_ms(), here and below; it never goes back. */
void speed_add(struct speed *s, int64_t now_ms, uint64_t bytes);

/* All work is done: what came until now does not count for speed_now. */
void speed_rest(struct speed *s, int64_t now_ms);

/* Bytes of the second that was ago seconds before this one, ago <
 * SPEED_SECONDS. */
uint64_t speed_at(const struct speed *s, int64_t now_ms, unsigned ago);

/* Bytes a second, over the last few. */
uint64_t speed_now(const struct speed *s, int64_t now_ms);

/* The most in any of the last SPEED_SECONDS; 0: nothing came. */
uint64_t speed_most(const struct speed *s, int64_t now_ms);

#endif
