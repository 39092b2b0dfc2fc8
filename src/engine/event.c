/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the values in events are called. */
#include "config.h"

#include "engine/event.h"

static const struct {
	const char *name;
	enum exit_status status;
} ends[] = {
	[ACCOUNT_DONE] = { "done", EXIT_DONE },
	[ACCOUNT_STOPPED] = { "stopped", EXIT_FAILED },
	[ACCOUNT_FAILED] = { "failed", EXIT_FAILED },
	[ACCOUNT_HELD] = { "held", EXIT_HELD },
	[ACCOUNT_BUSY] = { "busy", EXIT_BUSY },
};

const char *
account_end_name(enum account_end end)
{
	return ends[end].name;
}

enum exit_status
account_end_status(enum account_end end)
{
	return ends[end].status;
}

const char *
event_op_name(enum event_op op)
{
	static const char *const names[] = {
		[EVOP_COPY] = "copy",
		[EVOP_TRANSFER] = "transfer",
		[EVOP_MOVE] = "move",
		[EVOP_FLAGS] = "flags",
		[EVOP_EXPUNGE] = "expunge",
		[EVOP_ADOPT] = "adopt",
		[EVOP_SKIP] = "skip",
		[EVOP_HELD] = "held",
	};

	return names[op];
}
