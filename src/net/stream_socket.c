/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream over a socket. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/xalloc.h"
#include "net/child.h"
#include "net/stream_socket.h"

/* Reads below this size go through a buffer; one system call serves many. */
#define SMALL_READ ((size_t)8192)
#define READ_SIZE ((size_t)65536)
#define WRITE_SIZE ((size_t)32768)

/* What a peer may send while it does not read: beyond, it has to wait. */
#define KEEP_MAX ((size_t)16 << 20)

/* A busy stream asks for the cancel descriptor this often. */
#define CANCEL_MS 50

struct socket {
	struct stream head;
	int fd;
	pid_t pid;
	struct buf in; /* received; the part from in_pos on is not yet read */
	size_t in_pos;
	bool eof;	     /* the peer will send no more */
	struct buf out;	     /* not yet sent */
	int64_t cancel_next; /* when to look at the cancel descriptor again */
};

static struct socket *
socket_of(struct stream *s)
{
	return (struct socket *)s;
}

static int
set_errno(struct err *e, const char *what)
{
	err_errno(e, ERR_SESSION, errno, "%s", what);
	return err_retry(e);
}

static int
set_cancelled(struct err *e)
{
	err_errno(e, ERR_SESSION, ECANCELED, "connection");
	e->retry = false;
	return -1;
}

/*
 * Waits for events on the socket until the deadline: 1 with what happened in
 * *got, 0 at the deadline or when wake_fd (-1: none) is readable, -1 when
 * cancelled.
 */
static int
wait_events(struct socket *k, short events, int64_t deadline, int wake_fd,
    short *got, struct err *e)
{
	struct pollfd p[3];
	int n, left;

	for (;;) {
		p[0] = (struct pollfd){ .fd = k->fd, .events = events };
		p[1] = (struct pollfd){ .fd = k->head.cancel_fd,
			.events = POLLIN };
		p[2] = (struct pollfd){ .fd = wake_fd, .events = POLLIN };
		left = clock_left(deadline);
		n = poll(p, 3, left);
		if (n == -1 && errno != EINTR)
			return set_errno(e, "poll");
		if (n > 0 && p[1].revents != 0)
			return set_cancelled(e);
		if (n > 0 && p[0].revents != 0) {
			*got = p[0].revents;
			return 1;
		}
		if ((left == 0 && n == 0) || (n > 0 && p[2].revents != 0))
			return 0;
	}
}

/* As above, under the stream's own limits; reaching one is an error. */
static int
wait_limited(struct socket *k, short events, short *got, struct err *e)
{
	int64_t deadline = k->head.deadline, idle;
	int r;

	if (k->head.idle_ms > 0) {
		idle = clock_ms() + k->head.idle_ms;
		if (idle < deadline)
			deadline = idle;
	}
	r = wait_events(k, events, deadline, -1, got, e);
	if (r == 0) {
		if (deadline == k->head.deadline)
			err_set(e, ERR_SESSION, "the server took too long");
		else
			err_set(e, ERR_SESSION,
			    "nothing from the server for %d s",
			    k->head.idle_ms / 1000);
		e->num = ETIMEDOUT;
		return err_retry(e);
	}
	return r == 1 ? 0 : -1;
}

/* For streams so busy that they never wait. */
static int
check_limits(struct socket *k, struct err *e)
{
	int64_t now = clock_ms();
	short got;

	if (now >= k->head.deadline)
		return wait_limited(k, 0, &got, e);
	if (now >= k->cancel_next && k->head.cancel_fd != -1) {
		k->cancel_next = now + CANCEL_MS;
		if (wait_events(k, 0, now, -1, &got, e) == -1)
			return -1;
	}
	return 0;
}

/* One recv that waits: bytes, 0 at the end of the stream, or -1. */
static ssize_t
receive(struct socket *k, void *data, size_t size, struct err *e)
{
	ssize_t n;
	short got;

	if (check_limits(k, e) == -1)
		return -1;
	while (!k->eof) {
		n = recv(k->fd, data, size, MSG_DONTWAIT);
		if (n > 0)
			return n;
		if (n == 0)
			k->eof = true;
		else if (errno != EAGAIN && errno != EINTR)
			return set_errno(e, "receive");
		else if (errno == EAGAIN &&
			 wait_limited(k, POLLIN, &got, e) == -1)
			return -1;
	}
	return 0;
}

static size_t
socket_pending(const struct stream *s)
{
	const struct socket *k = (const struct socket *)s;

	return k->in.len - k->in_pos;
}

static ssize_t
give_kept(struct socket *k, void *data, size_t size)
{
	size_t n = k->in.len - k->in_pos;

	if (n > size)
		n = size;
	memcpy(data, k->in.data + k->in_pos, n);
	k->in_pos += n;
	if (k->in_pos == k->in.len) {
		k->in_pos = 0;
		if (k->in.cap > 2 * READ_SIZE)
			buf_clear(&k->in);
		buf_reset(&k->in);
	}
	return (ssize_t)n;
}

static ssize_t
socket_read(struct stream *s, void *data, size_t size, struct err *e)
{
	struct socket *k = socket_of(s);
	ssize_t n;

	if (socket_pending(s) > 0)
		return give_kept(k, data, size);
	if (size >= SMALL_READ)
		return receive(k, data, size, e);
	n = receive(k, buf_reserve(&k->in, READ_SIZE), READ_SIZE, e);
	if (n <= 0)
		return n;
	k->in.len += (size_t)n;
	return give_kept(k, data, size);
}

/*
 * Keeps what has arrived while we want to send. An end of the stream or an
 * error shows itself again when the kept bytes have been read.
 */
static void
keep_input(struct socket *k)
{
	ssize_t n;

	n = recv(
	    k->fd, buf_reserve(&k->in, READ_SIZE), READ_SIZE, MSG_DONTWAIT);
	if (n > 0)
		k->in.len += (size_t)n;
	else if (n == 0)
		k->eof = true;
}

static int
wait_writable(struct socket *k, struct err *e)
{
	short got, events = POLLOUT;

	if (!k->eof && socket_pending(&k->head) < KEEP_MAX)
		events |= POLLIN;
	if (wait_limited(k, events, &got, e) == -1)
		return -1;
	if ((got & events & POLLIN) != 0)
		keep_input(k);
	return 0;
}

static int
send_all(struct socket *k, const char *data, size_t size, struct err *e)
{
	ssize_t n;

	if (check_limits(k, e) == -1)
		return -1;
	while (size > 0) {
		n = send(k->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			data += n;
			size -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (wait_writable(k, e) == -1)
				return -1;
		} else if (errno != EINTR) {
			return set_errno(e, "send");
		}
	}
	return 0;
}

static int
socket_flush(struct stream *s, struct err *e)
{
	struct socket *k = socket_of(s);

	if (k->out.len == 0)
		return 0;
	if (send_all(k, k->out.data, k->out.len, e) == -1)
		return -1;
	buf_reset(&k->out);
	return 0;
}

static int
socket_write(struct stream *s, const void *data, size_t size, struct err *e)
{
	struct socket *k = socket_of(s);

	if (k->out.len + size > WRITE_SIZE && socket_flush(s, e) == -1)
		return -1;
	if (size > WRITE_SIZE)
		return send_all(k, data, size, e);
	buf_append(&k->out, data, size);
	return 0;
}

static int
socket_wait(struct stream *s, int64_t deadline, struct err *e)
{
	struct socket *k = socket_of(s);
	short got;

	if (k->eof)
		return 1;
	return wait_events(k, POLLIN, deadline, k->head.wake_fd, &got, e);
}

static void
socket_free(struct stream *s)
{
	struct socket *k = socket_of(s);

	close(k->fd);
	if (k->pid != 0)
		child_end(k->pid);
	buf_wipe(&k->in);
	buf_wipe(&k->out);
	free(k);
}

static const struct stream_ops socket_ops = {
	.name = "socket",
	.read = socket_read,
	.write = socket_write,
	.flush = socket_flush,
	.pending = socket_pending,
	.wait = socket_wait,
	.free = socket_free,
};

struct stream *
stream_socket_take(int fd, int cancel_fd, pid_t pid)
{
	struct socket *k;

	k = xcalloc(1, sizeof(*k));
	stream_init(&k->head, &socket_ops, NULL);
	k->head.cancel_fd = cancel_fd;
	k->fd = fd;
	k->pid = pid;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return &k->head;
}
