/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Temporary directories, and the files in them. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "tmpdir.h"

#define SHARED_MEMORY "/dev/shm"

/* Without cmocka, since fuzz targets use it, too. */
static void
must(bool done, const char *name)
{
	if (done)
		return;
	perror(name);
	abort();
}

char *
tmpdir_new(void)
{
	const char *top = getenv("TMPDIR");
	char *dir;

	if (top == NULL || top[0] != '/')
		top = access(SHARED_MEMORY, W_OK) == 0 ? SHARED_MEMORY : "/tmp";
	dir = xasprintf("%s/blinkmail-test.XXXXXX", top);
	must(mkdtemp(dir) != NULL, dir);
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

	must(chdir(dir) == 0, dir);
	must(setenv("HOME", dir, 1) == 0, dir);
	return dir;
}

void
tmpdir_leave(char *dir)
{
	must(chdir("/") == 0, "/");
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
	must(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, dir);
}

void
file_put(int dir, const char *name, const void *data, size_t len)
{
	int fd;

	fd = openat(dir, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	must(fd != -1, name);
	must(write(fd, data, len) == (ssize_t)len, name);
	must(close(fd) == 0, name);
}

char *
file_get(int dir, const char *name, size_t *len)
{
	struct stat st;
	char *data;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	must(fd != -1, name);
	must(fstat(fd, &st) == 0, name);
	data = xcalloc(1, (size_t)st.st_size + 1);
	must(read(fd, data, (size_t)st.st_size) == st.st_size, name);
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
	must(list != NULL, name);
	for (n = 0; (d = readdir(list)) != NULL;)
		n += d->d_name[0] != '.';
	closedir(list);
	return n;
}

void
file_write(const char *name, const char *text, mode_t mode)
{
	file_put(AT_FDCWD, name, text, strlen(text));
	must(chmod(name, mode) == 0, name);
}
