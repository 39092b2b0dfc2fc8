/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sides are called. */
#include "config.h"

#include "base/side.h"

const char *
side_name(enum side side)
{
	static const char *const names[] = {
		[LOCAL] = "local",
		[REMOTE] = "remote",
	};

	return names[side];
}
