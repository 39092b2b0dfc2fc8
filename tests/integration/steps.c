/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

/*
 * The other half of base/step.h for the tests' build of the whole program:
 *
 *	BLINKMAIL_STEP=N        killed at the N-th step, as by kill -9
 *	BLINKMAIL_STEP=NAME     at the first of that name
 *	BLINKMAIL_STEP_FAIL=N   the N-th step fails as an effect would
 *	BLINKMAIL_STEP_LOG=FILE each step's name is appended, a line each
 */

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/step.h"

static atomic_long steps_taken;

static long
number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text == NULL ? 0 : strtol(text, NULL, 10);
}

static void
note(const char *what)
{
	const char *path = getenv("BLINKMAIL_STEP_LOG");
	char line[128];
	int fd, len;

	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	len = snprintf(line, sizeof(line), "%s\n", what);
	if (len > 0 && write(fd, line, strnlen(line, sizeof(line))) < 0)
		perror(path);
	close(fd);
}

static bool
is_named(const char *variable, const char *what)
{
	const char *text = getenv(variable);

	return text != NULL && strcmp(text, what) == 0;
}

int
step_here(const char *what, struct err *e)
{
	long n = atomic_fetch_add(&steps_taken, 1) + 1;

	note(what);
	if (n == number_of("BLINKMAIL_STEP") ||
	    is_named("BLINKMAIL_STEP", what))
		kill(getpid(), SIGKILL);
	if (n == number_of("BLINKMAIL_STEP_FAIL"))
		return err_set(e, ERR_SESSION, "step %ld (%s) fails", n, what);
	return 0;
}
