/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instance for an account, by a kernel lock. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/xalloc.h"

/* More than a holder writes. */
#define HOLDER_LEN 400

struct lock {
	int fd;
};

static int
open_file(const char *path, int *fd, struct err *e)
{
	struct stat st;

	/* Without O_NONBLOCK somebody's FIFO would keep us here. */
	*fd = open(
	    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (*fd == -1)
		return err_file_errno(e, ERR_ACCOUNT, errno, path, NULL);
	if (fstat(*fd, &st) == -1)
		return err_file_errno(e, ERR_ACCOUNT, errno, path, NULL);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return err_file_set(
		    e, ERR_ACCOUNT, path, "not a file of this user");
	if ((st.st_mode & 077) != 0 && fchmod(*fd, 0600) == -1)
		return err_file_errno(e, ERR_ACCOUNT, errno, path, "chmod");
	return 0;
}

/* The holder may not have written yet; then nothing is known of it. */
static int
tell_holder(int fd, const char *path, struct err *e)
{
	char text[HOLDER_LEN];
	ssize_t n;

	n = pread(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	err_set(e, ERR_ACCOUNT, "another instance is at work: %s (%s)",
	    text[0] != '\0' ? text : "it is just starting", path);
	err_retry(e);
	return -1;
}

static int
write_holder(int fd, const char *path, struct err *e)
{
	char host[256] = "?", when[32];
	struct buf text = { 0 };
	time_t now = (time_t)clock_wall();
	struct tm tm;
	int ret = 0;

	if (gethostname(host, sizeof(host)) == 0)
		host[sizeof(host) - 1] = '\0';
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	buf_printf(
	    &text, "pid %ld, host %s, since %s\n", (long)getpid(), host, when);
	if (pwrite(fd, text.data, text.len, 0) != (ssize_t)text.len ||
	    ftruncate(fd, (off_t)text.len) == -1)
		ret = err_file_errno(e, ERR_ACCOUNT, errno, path, "write");
	buf_clear(&text);
	return ret;
}

int
lock_take(const char *path, struct lock **l, bool *busy, struct err *e)
{
	int fd = -1, ret = -1;

	*busy = false;
	if (open_file(path, &fd, e) == -1)
		goto out;
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		*busy = errno == EWOULDBLOCK;
		if (*busy)
			tell_holder(fd, path, e);
		else
			err_file_errno(e, ERR_ACCOUNT, errno, path, "lock");
		goto out;
	}
	if (write_holder(fd, path, e) == -1)
		goto out;
	*l = xmalloc(sizeof(**l));
	(*l)->fd = fd;
	fd = -1;
	ret = 0;
out:
	if (fd != -1)
		close(fd);
	return ret;
}

/* The file stays: were it removed, one process could hold the lock on it
 * while another makes a new one. */
void
lock_free(struct lock *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	free(l);
}
