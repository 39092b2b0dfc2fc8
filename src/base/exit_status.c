/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program's exit status means. */
#include "config.h"

#include "base/exit_status.h"

static const struct {
	int rank; /* the highest counts */
	const char *text;
} statuses[] = {
	[EXIT_DONE] = { 0, "" },
	[EXIT_FAILED] = { 1, "the synchronisation failed or was stopped" },
	[EXIT_HELD] = { 2, "something is held for a decision" },
	[EXIT_BUSY] = { 3, "another instance holds an account" },
	[EXIT_USAGE] = { 4, "a mistake in the command or the configuration" },
};

const char *
exit_status_text(enum exit_status status)
{
	return statuses[status].text;
}

enum exit_status
exit_status_worse(enum exit_status a, enum exit_status b)
{
	return statuses[a].rank >= statuses[b].rank ? a : b;
}
