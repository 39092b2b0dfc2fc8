/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

/*
 * A TCP relay with the latency of a long line: each byte comes out DELAY
 * milliseconds after it went in, each way, and as many as one likes are under
 * way at once. So pipelined commands cost one round trip together.
 *
 *	relay TO-PORT DELAY
 *
 * Listens on a free port of 127.0.0.1, prints it, and runs until it is ended.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_LINES 64
#define CHUNK 65536

struct chunk {
	struct chunk *next;
	int64_t due; /* milliseconds */
	size_t len, sent;
	char data[CHUNK];
};

/* One direction of a connection. */
struct pipe_way {
	int from, to;
	bool ended;  /* nothing more comes in */
	bool closed; /* and the end was passed on */
	int64_t end_due;
	struct chunk *first, **last;
};

struct line {
	bool used;
	struct pipe_way way[2];
};

struct relay {
	int listener;
	unsigned to_port;
	int delay;
	struct line lines[MAX_LINES];
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct sockaddr_in
loopback(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };

	return a;
}

static int
listen_somewhere(void)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, 32) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0) {
		perror("relay: listen");
		return -1;
	}
	printf("%u\n", (unsigned)ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

static void
prepare(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void
accept_line(struct relay *r)
{
	struct sockaddr_in a = loopback(r->to_port);
	int in = accept(r->listener, NULL, NULL);
	int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct line *l = NULL;
	size_t i;

	for (i = 0; i < MAX_LINES && l == NULL; i++)
		if (!r->lines[i].used)
			l = &r->lines[i];
	if (in < 0 || out < 0 || l == NULL ||
	    connect(out, (struct sockaddr *)&a, sizeof(a)) < 0) {
		if (in >= 0)
			close(in);
		if (out >= 0)
			close(out);
		return;
	}
	prepare(in);
	prepare(out);
	l->used = true;
	l->way[0] = (struct pipe_way){ .from = in, .to = out };
	l->way[1] = (struct pipe_way){ .from = out, .to = in };
	l->way[0].last = &l->way[0].first;
	l->way[1].last = &l->way[1].first;
}

static void
take(struct relay *r, struct pipe_way *w)
{
	struct chunk *c = malloc(sizeof(*c));
	ssize_t n;

	if (c == NULL)
		abort();
	n = read(w->from, c->data, CHUNK);
	if (n <= 0) {
		free(c);
		w->ended = true;
		w->end_due = now_ms() + r->delay;
		return;
	}
	c->next = NULL;
	c->due = now_ms() + r->delay;
	c->len = (size_t)n;
	c->sent = 0;
	*w->last = c;
	w->last = &c->next;
}

static void
give(struct pipe_way *w)
{
	struct chunk *c;
	ssize_t n;

	while ((c = w->first) != NULL && c->due <= now_ms()) {
		n = write(w->to, c->data + c->sent, c->len - c->sent);
		if (n < 0)
			return;
		c->sent += (size_t)n;
		if (c->sent < c->len)
			return;
		w->first = c->next;
		if (w->first == NULL)
			w->last = &w->first;
		free(c);
	}
	if (w->first == NULL && w->ended && !w->closed &&
	    w->end_due <= now_ms()) {
		shutdown(w->to, SHUT_WR);
		w->closed = true;
	}
}

/* Milliseconds until the way has something to do by itself; -1: never. */
static int
until_due(const struct pipe_way *w)
{
	int64_t due;

	if (w->first != NULL)
		due = w->first->due;
	else if (w->ended && !w->closed)
		due = w->end_due;
	else
		return -1;
	due -= now_ms();
	return due < 0 ? 0 : (int)due;
}

static void
turn(struct relay *r)
{
	struct pollfd fds[1 + 2 * MAX_LINES];
	struct pipe_way *ways[1 + 2 * MAX_LINES];
	int timeout = -1, t;
	nfds_t n = 1, i;
	size_t k;

	fds[0] = (struct pollfd){ .fd = r->listener, .events = POLLIN };
	for (i = 0; i < 2 * MAX_LINES; i++) {
		struct line *l = &r->lines[i / 2];

		if (!l->used)
			continue;
		ways[n] = &l->way[i % 2];
		fds[n] = (struct pollfd){ .fd = ways[n]->from,
			.events = ways[n]->ended ? 0 : POLLIN };
		if (ways[n]->ended)
			fds[n].fd = -1;
		t = until_due(ways[n]);
		if (t >= 0 && (timeout < 0 || t < timeout))
			timeout = t == 0 ? 1 : t;
		n++;
	}
	if (poll(fds, n, timeout) < 0)
		return;
	for (i = 1; i < n; i++) {
		if (fds[i].revents != 0)
			take(r, ways[i]);
		give(ways[i]);
	}
	if (fds[0].revents != 0)
		accept_line(r);
	for (k = 0; k < MAX_LINES; k++) {
		struct line *l = &r->lines[k];

		if (l->used && l->way[0].closed && l->way[1].closed) {
			close(l->way[0].from);
			close(l->way[0].to);
			l->used = false;
		}
	}
}

int
main(int argc, char **argv)
{
	static struct relay r;

	if (argc != 3) {
		fprintf(stderr, "usage: relay TO-PORT DELAY\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	r.to_port = (unsigned)strtoul(argv[1], NULL, 10);
	r.delay = (int)strtol(argv[2], NULL, 10);
	r.listener = listen_somewhere();
	if (r.listener < 0)
		return 1;
	for (;;)
		turn(&r);
}
