/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the control socket is, and who may listen there. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/metadata.h"
#include "base/xalloc.h"
#include "engine/ctl/ctl_socket.h"

#define NAME ".socket"
#define LOCK_NAME ".socket.lock"
#define BACKLOG 16

struct ctl_socket {
	int fd;
	char *path;
	struct lock *lock;
};

struct address {
	struct sockaddr_un un;
	int dir; /* which un goes through; -1: none */
};

static void
address_clear(struct address *a)
{
	if (a->dir != -1)
		close(a->dir);
	a->dir = -1;
}

static int
address_set(struct address *a, const char *metadata, struct err *e)
{
	size_t cap = sizeof(a->un.sun_path);

	memset(a, 0, sizeof(*a));
	a->dir = -1;
	a->un.sun_family = AF_UNIX;
	if (snprintf(a->un.sun_path, cap, "%s/" NAME, metadata) < (int)cap)
		return 0;
	a->dir = open(metadata, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->dir == -1)
		return err_file_errno(e, ERR_ALL, errno, metadata, NULL);
	snprintf(a->un.sun_path, cap, "/proc/self/fd/%d/" NAME, a->dir);
	return 0;
}

static int
socket_new(struct err *e)
{
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err_errno(e, ERR_ALL, errno, "socket");
	return fd;
}

/* What a dead instance left; the lock is ours, so nobody listens there. */
static int
stale_remove(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT
			   ? 0
			   : err_file_errno(e, ERR_ALL, errno, path, NULL);
	if (!S_ISSOCK(st.st_mode))
		return err_set(
		    e, ERR_ALL, "%s is in the way: it is not a socket", path);
	if (unlink(path) == -1)
		return err_file_errno(e, ERR_ALL, errno, path, "unlink");
	return 0;
}

/* Nobody can connect before its mode is set: only then does it listen. */
static int
bind_listen(int fd, const char *metadata, const char *path, struct err *e)
{
	struct address a;
	int ret = 0;

	if (address_set(&a, metadata, e) == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&a.un, sizeof(a.un)) == -1)
		ret = err_file_errno(e, ERR_ALL, errno, path, "bind");
	else if (chmod(path, 0600) == -1)
		ret = err_file_errno(e, ERR_ALL, errno, path, "chmod");
	else if (listen(fd, BACKLOG) == -1)
		ret = err_file_errno(e, ERR_ALL, errno, path, "listen");
	address_clear(&a);
	return ret;
}

int
ctl_socket_listen(
    const char *metadata, struct ctl_socket **out, bool *busy, struct err *e)
{
	struct ctl_socket *s;
	char *lock;
	int ret;

	*busy = false;
	s = xcalloc(1, sizeof(*s));
	s->fd = -1;
	lock = xasprintf("%s/" LOCK_NAME, metadata);
	s->path = xasprintf("%s/" NAME, metadata);
	ret = metadata_make(metadata, false, e);
	if (ret == 0)
		ret = lock_take(lock, &s->lock, busy, e);
	if (ret == 0)
		ret = stale_remove(s->path, e);
	if (ret == 0 && (s->fd = socket_new(e)) == -1)
		ret = -1;
	if (ret == 0)
		ret = bind_listen(s->fd, metadata, s->path, e);
	free(lock);
	if (ret == 0)
		*out = s;
	else
		ctl_socket_close(s);
	return ret;
}

int
ctl_socket_fd(const struct ctl_socket *s)
{
	return s->fd;
}

void
ctl_socket_close(struct ctl_socket *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1) {
		/* Without the lock it is not ours. */
		unlink(s->path);
		close(s->fd);
	}
	lock_free(s->lock);
	free(s->path);
	free(s);
}

int
ctl_socket_connect(const char *metadata, int *fd, bool *nobody, struct err *e)
{
	struct address a;
	int ret = -1;

	*nobody = false;
	if (address_set(&a, metadata, e) == -1) {
		*nobody = e->num == ENOENT;
		return -1;
	}
	*fd = socket_new(e);
	if (*fd == -1)
		goto out;
	if (connect(*fd, (struct sockaddr *)&a.un, sizeof(a.un)) == -1) {
		*nobody = errno == ENOENT || errno == ECONNREFUSED;
		err_errno(e, ERR_ALL, errno, "%s/" NAME, metadata);
		close(*fd);
		*fd = -1;
		goto out;
	}
	ret = 0;
out:
	address_clear(&a);
	return ret;
}
