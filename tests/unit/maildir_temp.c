/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/xalloc.h"
#include "maildir_temp.h"

struct err err;

void
temp_ok(int rc, const char *call, int line)
{
	if (rc != 0)
		fail_msg("line %d: %s: %s", line, call, err.text);
}

void
temp_open(struct temp *t)
{
	const struct maildir_options o = {
		.infosep = ':', .fsync = true, .native = "INBOX"
	};
	int dir;

	maildir_unref(t->md);
	t->md = NULL;
	dir = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	OK(maildir_make(dir, false, &err));
	OK(maildir_open_take(dir, &o, &t->md, &err));
}

int
temp_setup(void **state)
{
	struct temp *t;

	t = xcalloc(1, sizeof(*t));
	snprintf(t->dir, sizeof(t->dir), "/tmp/t_maildir.XXXXXX");
	if (mkdtemp(t->dir) == NULL)
		return -1;
	err_clear(&err);
	temp_open(t);
	*state = t;
	return 0;
}

int
temp_teardown(void **state)
{
	struct temp *t = *state;

	maildir_unref(t->md);
	remove_tree(t->dir);
	free(t);
	return 0;
}

void
temp_put(struct temp *t, const char *below, const void *data, size_t len)
{
	int fd;

	fd = openat(
	    t->md->dir, below, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

void
temp_touch(struct temp *t, const char *below)
{
	temp_put(t, below, "Subject: x\n\nx\n", 14);
}

bool
temp_has(struct temp *t, const char *below)
{
	struct stat st;

	return fstatat(t->md->dir, below, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

char *
temp_get(struct temp *t, const char *below, size_t *len)
{
	struct stat st;
	char *data;
	int fd;

	fd = openat(t->md->dir, below, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*len = (size_t)st.st_size;
	data = xcalloc(1, *len + 1);
	assert_int_equal(read(fd, data, *len), *len);
	close(fd);
	return data;
}

size_t
temp_count(struct temp *t, const char *below)
{
	struct dirent *d;
	size_t n;
	DIR *dir;
	int fd;

	fd = openat(t->md->dir, below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fdopendir(fd);
	assert_non_null(dir);
	for (n = 0; (d = readdir(dir)) != NULL;)
		n += d->d_name[0] != '.';
	closedir(dir);
	return n;
}

void
temp_settle(void)
{
	const struct timespec t = { 0, 70000000 };

	nanosleep(&t, NULL);
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
remove_tree(const char *name)
{
	assert_int_equal(nftw(name, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}
