/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When an account is synchronised next, and how thoroughly. */
#include "config.h"

#include "base/clock.h"
#include "engine/control/schedule.h"

#define MINUTE_MS 60000
#define RETRY_MS 15000		    /* the first wait after a failure */
#define BACKOFF_MS (15 * MINUTE_MS) /* the longest, at least */
#define DOUBLINGS 20		    /* beyond all that is waited for */

static int64_t
refresh_ms(const struct schedule *s)
{
	return (int64_t)(s->autorefresh * MINUTE_MS);
}

void
schedule_init(struct schedule *s, double autorefresh, int quick, int64_t now)
{
	*s = (struct schedule){
		.autorefresh = autorefresh, .quick = quick, .due = now
	};
}

void
schedule_ask(struct schedule *s, const struct request *r)
{
	if (s->paused)
		return;
	if (s->wanted)
		request_merge(&s->asked, r);
	else
		s->asked = *r;
	s->wanted = true;
}

int64_t
schedule_next(const struct schedule *s, int64_t now)
{
	if (s->active || s->paused)
		return CLOCK_NEVER;
	return s->wanted ? now : s->due;
}

/* Whether the sync that begins is one of the quick ones. */
static bool
turn_is_quick(struct schedule *s)
{
	if (s->ever && s->quick < 0)
		return true;
	if (s->ever && s->quick > 0 && s->quick_left > 0) {
		s->quick_left--;
		return true;
	}
	s->quick_left = s->quick;
	return false;
}

void
schedule_begin(struct schedule *s, struct request *r)
{
	*r = s->wanted ? s->asked : (struct request){ 0 };
	s->partial = r->push || r->folders.len > 0;
	if (!s->partial) {
		if (!r->quick) {
			r->quick = !r->full && turn_is_quick(s);
			s->ever = true;
		}
		s->due = CLOCK_NEVER;
	}
	s->active = true;
	s->wanted = false;
}

/* 0.9 to 1.1 times ms. */
static int64_t
vary(int64_t ms, uint32_t chance)
{
	return ms - ms / 10 + ms / 5 * (int64_t)(chance % 1024) / 1023;
}

static int64_t
wait_after_failure(const struct schedule *s, bool retry, uint32_t chance)
{
	int64_t wait = refresh_ms(s), most = wait;
	unsigned n = s->failures - 1;

	if (most < BACKOFF_MS)
		most = BACKOFF_MS;
	if (retry && wait > RETRY_MS)
		wait = RETRY_MS;
	wait <<= n < DOUBLINGS ? n : DOUBLINGS;
	return vary(wait < most ? wait : most, chance);
}

void
schedule_end(
    struct schedule *s, bool broken, bool retry, int64_t now, uint32_t chance)
{
	s->active = false;
	/* A folder that is not there says nothing of the account. */
	if (broken && !retry && s->partial && s->due != CLOCK_NEVER)
		return;
	s->failures = broken ? s->failures + 1 : 0;
	if (s->autorefresh <= 0)
		return;
	if (broken)
		s->due = now + wait_after_failure(s, retry, chance);
	else if (!s->partial || s->due == CLOCK_NEVER)
		s->due = now + refresh_ms(s);
}

void
schedule_finish(struct schedule *s)
{
	s->autorefresh = 0;
	s->due = CLOCK_NEVER;
	s->wanted = false;
}

void
schedule_pause(struct schedule *s)
{
	s->paused = true;
	s->wanted = false;
}

void
schedule_resume(struct schedule *s, int64_t now)
{
	if (!s->paused)
		return;
	s->paused = false;
	s->due = now;
}

void
schedule_hurry(struct schedule *s, int64_t now)
{
	if (s->failures == 0 || s->autorefresh <= 0)
		return;
	s->failures = 0;
	s->due = now;
}
