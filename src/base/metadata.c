/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the directories that state is kept in. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/metadata.h"
#include "base/xalloc.h"

/* Whoever can write there can put a file in the place of the status. */
static int
dir_check(int fd, const char *path, bool own, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_file_errno(e, ERR_ACCOUNT, errno, path, NULL);
	if (st.st_uid != geteuid() && (own || st.st_uid != 0))
		return err_file_set(
		    e, ERR_ACCOUNT, path, "not a directory of this user");
	if ((st.st_mode & 022) != 0)
		return err_file_set(e, ERR_ACCOUNT, path,
		    "others can write there (mode %04o): what is in it "
		    "cannot be trusted; if nobody did, chmod go-w it",
		    (unsigned)st.st_mode & 07777);
	return 0;
}

static int
dir_look(const char *path, bool own, struct err *e)
{
	int fd, ret;

	fd = open(
	    path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (own ? O_NOFOLLOW : 0));
	if (fd == -1 && (errno == ELOOP || errno == ENOTDIR))
		return err_file_set(e, ERR_ACCOUNT, path,
		    "not a directory, or a symbolic link to one");
	if (fd == -1)
		return err_file_errno(e, ERR_ACCOUNT, errno, path, NULL);
	ret = dir_check(fd, path, own, e);
	close(fd);
	return ret;
}

/* Tells of the first parent that is not there and cannot be made. */
static int
parents_make(char *path, struct err *e)
{
	struct stat st;
	char *p;
	int num;

	for (p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		num = mkdir(path, 0700) == -1 ? errno : 0;
		if (num != 0 && num != EEXIST && stat(path, &st) == -1)
			return err_errno(e, ERR_ACCOUNT, num,
			    "cannot make the directory %s", path);
		*p = '/';
	}
	return 0;
}

int
metadata_make(const char *path, bool own, struct err *e)
{
	char *copy = xstrdup(path);
	int ret;

	ret = parents_make(copy, e);
	free(copy);
	if (ret == -1)
		return err_suffix(e, "general.metadata says where the status "
				     "is kept");
	ret = mkdir(path, 0700);
	if (ret == -1 && errno != EEXIST)
		return err_errno(e, ERR_ACCOUNT, errno,
		    "cannot make the directory %s", path);
	return dir_look(path, own, e);
}
