/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for the end of a process that may be somebody else's child. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "process_wait.h"

#define LONGEST 10000 /* ms */

void
process_wait_end(int pid)
{
	struct pollfd p = { .events = POLLIN };

	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd == -1) {
		assert_int_equal(errno, ESRCH);
		return;
	}
	/* A zombie has ended, too: nobody may be there to reap it. */
	assert_int_equal(poll(&p, 1, LONGEST), 1);
	close(p.fd);
}
