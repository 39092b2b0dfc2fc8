/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Temporary directories, and the files in them. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "tmpdir.h"

#define SHARED_MEMORY "/dev/shm"

char *
tmpdir_new(void)
{
	const char *top = getenv("TMPDIR");
	char *dir;

	if (top == NULL || top[0] != '/')
		top = access(SHARED_MEMORY, W_OK) == 0 ? SHARED_MEMORY : "/tmp";
	dir = xasprintf("%s/blinkmail-test.XXXXXX", top);
	if (mkdtemp(dir) == NULL)
		fail_msg("%s: %s", dir, strerror(errno));
	return dir;
}

void
tmpdir_free(char *dir)
{
	if (dir != NULL && access(dir, F_OK) == 0)
		remove_tree(dir);
	free(dir);
}

char *
tmpdir_enter(void)
{
	char *dir = tmpdir_new();

	assert_int_equal(chdir(dir), 0);
	assert_int_equal(setenv("HOME", dir, 1), 0);
	return dir;
}

void
tmpdir_leave(char *dir)
{
	assert_int_equal(chdir("/"), 0);
	tmpdir_free(dir);
}

static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(name);
}

void
remove_tree(const char *dir)
{
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		fail_msg("removing %s: %s", dir, strerror(errno));
}

void
file_put(int dir, const char *name, const void *data, size_t len)
{
	int fd;

	fd = openat(dir, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		fail_msg("%s: %s", name, strerror(errno));
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(close(fd), 0);
}

char *
file_get(int dir, const char *name, size_t *len)
{
	struct stat st;
	char *data;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		fail_msg("%s: %s", name, strerror(errno));
	assert_int_equal(fstat(fd, &st), 0);
	data = xcalloc(1, (size_t)st.st_size + 1);
	assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
	close(fd);
	if (len != NULL)
		*len = (size_t)st.st_size;
	return data;
}

bool
file_exists(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

size_t
file_count(int dir, const char *name)
{
	struct dirent *d;
	size_t n;
	DIR *list;

	list = fdopendir(openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (list == NULL)
		fail_msg("%s: %s", name, strerror(errno));
	for (n = 0; (d = readdir(list)) != NULL;)
		n += d->d_name[0] != '.';
	closedir(list);
	return n;
}

void
file_write(const char *name, const char *text, mode_t mode)
{
	file_put(AT_FDCWD, name, text, strlen(text));
	assert_int_equal(chmod(name, mode), 0);
}
