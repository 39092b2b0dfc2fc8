/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"
#include "engine/metadata.h"

int
metadata_make(const char *path, struct err *e)
{
	char *copy, *p;
	int ret;

	copy = xstrdup(path);
	for (p = copy + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		(void)mkdir(copy, 0700);
		*p = '/';
	}
	free(copy);
	ret = mkdir(path, 0700);
	if (ret == -1 && errno != EEXIST)
		return err_errno(e, ERR_ACCOUNT, errno,
		    "cannot make the directory %s", path);
	return 0;
}
