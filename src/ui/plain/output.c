/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard output and error without waiting for a reader. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "ui/plain/output.h"

struct output_run {
	int fd;
	size_t from; /* in text; it ends where the next one begins */
};

/*
 * O_NONBLOCK belongs to the open file, which the shell and others share, so
 * it cannot be set on ours. A terminal or a pipe is opened once more. Where
 * that is not possible poll() must do: a pipe that is writable takes PIPE_BUF
 * bytes.
 */
static int
reopen(int fd)
{
	char path[32];
	struct stat sb;

	if (fstat(fd, &sb) == -1 || (!S_ISFIFO(sb.st_mode) && !isatty(fd)))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void
output_init(struct output *o)
{
	int fd;

	memset(o, 0, sizeof(*o));
	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		o->fds[fd] = reopen(fd);
		if (o->fds[fd] == -1)
			o->fds[fd] = fd;
	}
}

void
output_clear(struct output *o)
{
	int fd;

	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (o->fds[fd] != fd)
			close(o->fds[fd]);
	buf_clear(&o->text);
	free(o->runs);
}

struct buf *
output_to(struct output *o, int fd)
{
	if (o->len == 0 || o->runs[o->len - 1].fd != fd) {
		o->runs = xgrow(o->runs, o->len, &o->cap, sizeof(*o->runs));
		o->runs[o->len++] = (struct output_run){ fd, o->text.len };
	}
	return &o->text;
}

static size_t
run_end(const struct output *o, size_t i)
{
	return i + 1 < o->len ? o->runs[i + 1].from : o->text.len;
}

bool
output_ready(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1;
}

/* As write(), but EAGAIN where it would wait. */
static ssize_t
write_some(int fd, const char *p, size_t len)
{
	ssize_t n;

	if (!output_ready(fd)) {
		errno = EAGAIN;
		return -1;
	}
	n = send(fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == -1 && errno == ENOTSOCK)
		n = write(fd, p, len < PIPE_BUF ? len : PIPE_BUF);
	return n;
}

/* Writes a run from *at on; false when it must wait. */
static bool
run_write(struct output *o, size_t i, size_t *at)
{
	const char *text = buf_str(&o->text);
	int fd = o->runs[i].fd;
	size_t end = run_end(o, i);
	ssize_t n;

	while (*at < end && o->error[fd] == 0) {
		n = write_some(o->fds[fd], text + *at, end - *at);
		if (n >= 0)
			*at += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return false;
		else if (errno != EINTR)
			o->error[fd] = errno;
	}
	*at = end;
	return true;
}

void
output_write(struct output *o)
{
	size_t at = 0, i, k;

	if (o->len == 0)
		return;
	for (i = 0; i < o->len && run_write(o, i, &at); i++)
		;
	memmove(o->runs, o->runs + i, (o->len - i) * sizeof(*o->runs));
	o->len -= i;
	for (k = 0; k < o->len; k++)
		o->runs[k].from = k == 0 ? 0 : o->runs[k].from - at;
	buf_consume(&o->text, at);
}

void
output_drop(struct output *o)
{
	while (o->len > 0) {
		o->error[o->runs[0].fd] = ECANCELED;
		output_write(o);
	}
}

int
output_fd(const struct output *o)
{
	return o->len == 0 ? -1 : o->fds[o->runs[0].fd];
}
