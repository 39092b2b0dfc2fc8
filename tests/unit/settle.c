/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits until a Maildir's times can be trusted. */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/clock.h"
#include "maildir/maildir_folder.h"
#include "settle.h"

#define LONGEST 10000 /* ms */

void
settle(int dir, const char *name)
{
	static const char *const subs[] = { "new", "cur", "dovecot-keywords" };
	const int64_t deadline = clock_ms() + LONGEST;
	char path[512];
	struct stat st;
	size_t i;
	int ms;

	for (i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", name, subs[i]);
		while (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		       (ms = maildir_settles(&st)) > 0) {
			assert_true(clock_ms() < deadline);
			poll(NULL, 0, ms);
		}
	}
}
