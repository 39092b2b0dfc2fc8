/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes a second, over the last seconds. */
#include "config.h"

#include "ui/screen/speed.h"

#define SECOND_MS 1000
#define RECENT 4 /* seconds over which the speed now is taken */

void
speed_add(struct speed *s, int64_t now_ms, uint64_t bytes)
{
	int64_t now = now_ms / SECOND_MS;

	if (bytes == 0)
		return;
	if (speed_most(s, now_ms) == 0) {
		*s = (struct speed){ .first = now, .second = now };
	}
	while (s->second < now)
		s->bytes[++s->second % SPEED_SECONDS] = 0;
	s->bytes[now % SPEED_SECONDS] += bytes;
}

void
speed_rest(struct speed *s, int64_t now_ms)
{
	s->rest = now_ms;
	s->before = speed_at(s, now_ms, 0);
}

uint64_t
speed_at(const struct speed *s, int64_t now_ms, unsigned ago)
{
	int64_t second = now_ms / SECOND_MS - (int64_t)ago;

	if (second > s->second || second <= s->second - SPEED_SECONDS ||
	    second < 0)
		return 0;
	return s->bytes[second % SPEED_SECONDS];
}

uint64_t
speed_now(const struct speed *s, int64_t now_ms)
{
	int64_t took = now_ms - s->first * SECOND_MS;
	uint64_t sum = 0;
	unsigned ago;

	for (ago = 0; ago < RECENT; ago++) {
		if (now_ms / SECOND_MS - ago < s->rest / SECOND_MS)
			break;
		sum += speed_at(s, now_ms, ago);
		if (now_ms / SECOND_MS - ago == s->rest / SECOND_MS)
			sum -= s->before;
	}
	if (took > now_ms - s->rest)
		took = now_ms - s->rest;
	/* The second that is not over counts as far as it went. */
	if (took > (RECENT - 1) * SECOND_MS)
		took = (RECENT - 1) * SECOND_MS + now_ms % SECOND_MS;
	if (took < SECOND_MS)
		took = SECOND_MS;
	return sum * SECOND_MS / (uint64_t)took;
}

uint64_t
speed_most(const struct speed *s, int64_t now_ms)
{
	uint64_t most = 0, n;
	unsigned ago;

	for (ago = 0; ago < SPEED_SECONDS; ago++) {
		n = speed_at(s, now_ms, ago);
		if (n > most)
			most = n;
	}
	return most;
}
