/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many deletions at once are too many. */
#include "config.h"

#include "engine/plan/plan.h"

#define BRAKE_ALL 5   /* a folder of fewer may be emptied by hand */
#define BRAKE_MOST 20 /* more than half of it, and at least so many */

bool
brake_holds(uint64_t total, uint64_t doomed, int64_t maxdelete)
{
	if (doomed >= BRAKE_ALL && doomed >= total)
		return true;
	if (maxdelete >= 0)
		return doomed > (uint64_t)maxdelete;
	return doomed >= BRAKE_MOST && doomed > total / 2;
}
