/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many deletions at once are too many. */
#include "config.h"

#include "engine/plan/plan.h"

#define BRAKE_MOST 20 /* more than half of it, and at least so many */

bool
brake_holds_slowly(uint64_t total, uint64_t doomed, int64_t maxdelete)
{
	if (maxdelete >= 0)
		return doomed > (uint64_t)maxdelete;
	return doomed >= BRAKE_MOST && doomed > total / 2;
}

bool
brake_holds(uint64_t total, uint64_t doomed, int64_t maxdelete)
{
	if (doomed >= BRAKE_ALL && doomed >= total)
		return true;
	return brake_holds_slowly(total, doomed, maxdelete);
}
