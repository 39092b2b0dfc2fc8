/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends a child process. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "net/child.h"

#define GRACE_MS 1000 /* until SIGTERM, and from there until SIGKILL */
#define POLL_MS 5     /* between two checks whether it has ended */

/* Waits for the child's end without reaping it, so that its process group
 * cannot become another's meanwhile. */
static bool
has_ended(pid_t pid)
{
	int64_t deadline = clock_ms() + GRACE_MS;
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)pid, &info,
			WEXITED | WNOHANG | WNOWAIT) == -1 &&
		    errno != EINTR)
			return true;
		if (info.si_pid == pid)
			return true;
		if (clock_left(deadline) == 0)
			return false;
		poll(NULL, 0, POLL_MS);
	}
}

void
child_end(pid_t pid)
{
	if (!has_ended(pid)) {
		kill(-pid, SIGTERM);
		has_ended(pid);
	}
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}
