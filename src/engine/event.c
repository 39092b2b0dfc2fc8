/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of what events tell. */
#include "config.h"

#include "engine/event.h"

const char *
event_op_name(enum event_op op)
{
	static const char *const names[] = { "copy", "transfer", "move",
		"flags", "expunge", "adopt", "skip", "held" };

	return names[op];
}
