/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connects to a host, or to a command. */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/connect.h"
#include "net/host.h"
#include "net/stream_socket.h"

#define NEXT_MS 250	 /* RFC 8305 section 8, Connection Attempt Delay */
#define ADDRESSES_MAX 32 /* enough for any host; a bound for a hostile DNS */

/* The race: sockets that are trying, in the order in which they began. */
struct race {
	const struct addrinfo *order[ADDRESSES_MAX];
	size_t order_len;
	size_t next;			      /* the address to try next */
	struct pollfd fds[ADDRESSES_MAX + 1]; /* one more: cancel_fd */
	size_t fds_len;
	int error; /* errno of the last that failed */
};

/* The next of the list whose family is (or is not) that of the first. */
static const struct addrinfo *
next_of_family(const struct addrinfo *a, int family, bool same)
{
	while (a != NULL && (a->ai_family == family) != same)
		a = a->ai_next;
	return a;
}

/* Both families in turn, the preferred one first (RFC 8305 section 4). */
static void
race_order(struct race *r, const struct addrinfo *list)
{
	const struct addrinfo *a[2];
	int family = list->ai_family;
	size_t turn;

	a[0] = next_of_family(list, family, true);
	a[1] = next_of_family(list, family, false);
	turn = 0;
	while ((a[0] != NULL || a[1] != NULL) && r->order_len < ADDRESSES_MAX) {
		if (a[turn] != NULL) {
			r->order[r->order_len++] = a[turn];
			a[turn] =
			    next_of_family(a[turn]->ai_next, family, turn == 0);
		}
		turn = !turn;
	}
}

/* Begins with the next address; true if it may still succeed. */
static bool
race_begin(struct race *r)
{
	const struct addrinfo *a = r->order[r->next++];
	int fd;

	fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    a->ai_protocol);
	if (fd == -1) {
		r->error = errno;
		return false;
	}
	if (connect(fd, a->ai_addr, a->ai_addrlen) == -1 &&
	    errno != EINPROGRESS) {
		r->error = errno;
		close(fd);
		return false;
	}
	r->fds[r->fds_len++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	return true;
}

/* The winner, taken out of the race, or -1; those that failed are closed. */
static int
race_winner(struct race *r)
{
	socklen_t len;
	size_t i, kept;
	int winner, error;

	winner = -1;
	kept = 0;
	for (i = 0; i < r->fds_len; i++) {
		if (r->fds[i].revents == 0 || winner != -1) {
			r->fds[kept++] = r->fds[i];
			continue;
		}
		len = sizeof(error);
		if (getsockopt(
			r->fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
			error = errno;
		if (error == 0) {
			winner = r->fds[i].fd;
		} else {
			r->error = error;
			close(r->fds[i].fd);
		}
	}
	r->fds_len = kept;
	return winner;
}

/*
 * One round: 1 when something happened to a socket, 0 when it is time for the
 * next address or the deadline, -1 when cancelled.
 */
static int
race_poll(struct race *r, int cancel_fd, int64_t until, struct err *e)
{
	int n;

	r->fds[r->fds_len] =
	    (struct pollfd){ .fd = cancel_fd, .events = POLLIN };
	n = poll(r->fds, r->fds_len + 1, clock_left(until));
	if (n == -1 && errno != EINTR)
		return err_errno(e, ERR_SESSION, errno, "poll");
	if (n > 0 && r->fds[r->fds_len].revents != 0) {
		err_errno(e, ERR_SESSION, ECANCELED, "connect");
		e->retry = false;
		return -1;
	}
	return n > 0;
}

/* The socket that is connected first, or -1. */
static int
race_run(struct race *r, const struct connect_config *c, int64_t deadline,
    struct err *e)
{
	int64_t next_at, until;
	int fd, n;

	next_at = clock_ms();
	for (;;) {
		if (r->next < r->order_len &&
		    (r->fds_len == 0 || clock_left(next_at) == 0)) {
			if (race_begin(r))
				next_at = clock_ms() + NEXT_MS;
			continue;
		}
		if (r->fds_len == 0)
			return err_errno(e, ERR_SESSION, r->error, "connect");
		until = r->next < r->order_len && next_at < deadline ? next_at
								     : deadline;
		n = race_poll(r, c->cancel_fd, until, e);
		if (n == -1)
			return -1;
		fd = n == 1 ? race_winner(r) : -1;
		if (fd != -1)
			return fd;
		if (n == 1)
			next_at = clock_ms();
		if (clock_left(deadline) == 0)
			return err_errno(e, ERR_SESSION, ETIMEDOUT, "connect");
	}
}

/* We buffer ourselves, and want to notice a peer that is gone (IDLE). */
static void
set_options(int fd)
{
	const int on = 1, idle = 120, between = 30, probes = 4;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	/* The system's own two hours are too long. */
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof(between));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

static int
connect_list(const struct connect_config *c, const struct addrinfo *list,
    int64_t deadline, struct stream **s, struct err *e)
{
	struct race r = { .error = ECONNREFUSED };
	bool cancelled;
	size_t i;
	int fd;

	race_order(&r, list);
	fd = race_run(&r, c, deadline, e);
	for (i = 0; i < r.fds_len; i++)
		close(r.fds[i].fd);
	if (fd == -1) {
		cancelled = e->num == ECANCELED;
		err_prefix(e, "%s port %u", c->host, c->port);
		if (!cancelled)
			err_retry(e);
		return -1;
	}
	set_options(fd);
	*s = stream_socket_take(fd, c->cancel_fd, 0);
	stream_set_timeout(*s, c->timeout_ms, CLOCK_NEVER);
	return 0;
}

int
connect_tcp(const struct connect_config *c, struct stream **s, struct err *e)
{
	int64_t deadline = clock_ms() + c->timeout_ms;
	struct host_query q = { .port = c->port,
		.family = c->family,
		.deadline = deadline,
		.cancel_fd = c->cancel_fd };
	struct addrinfo *list = NULL;
	char *host;
	int r;

	if (host_to_ascii(c->host, &host, e) == -1)
		return -1;
	q.host = host;
	r = host_resolve(&q, &list, e);
	free(host);
	if (r == -1)
		return -1;
	r = connect_list(c, list, deadline, s, e);
	freeaddrinfo(list);
	return r;
}
