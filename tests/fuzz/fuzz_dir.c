/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A temporary directory for a fuzz target. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "../unit/tmpdir.h"
#include "fuzz.h"

static char *dir;

static void
dir_remove(void)
{
	if (chdir("/") == 0)
		tmpdir_free(dir);
}

const char *
fuzz_dir(void)
{
	if (dir == NULL) {
		dir = tmpdir_new();
		atexit(dir_remove);
	}
	return dir;
}
