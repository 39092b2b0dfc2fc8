/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request to a running instance, and its answer. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/exit_status.h"
#include "engine/ctl/ctl.h"
#include "engine/ctl/ctl_client.h"
#include "engine/ctl/ctl_socket.h"

#define PATIENCE_MS 10000
#define ANSWER_MAX                                                             \
	((size_t)1 << 24) /* bytes of a line: far beyond a status              \
			   * of a thousand accounts */

struct talk {
	int fd;
	int64_t deadline;
	struct buf in;
};

static int
await(const struct talk *t, short events, struct err *e)
{
	struct pollfd p = { t->fd, events, 0 };
	int n;

	do
		n = poll(&p, 1, clock_left(t->deadline));
	while (n == -1 && errno == EINTR);
	if (n == 1)
		return 0;
	return n == 0 ? err_set(
			    e, ERR_ALL, "the running blinkmail does not answer")
		      : err_errno(e, ERR_ALL, errno, "poll");
}

/* The next line, without its end, in *line until the next call. */
static int
line_get(struct talk *t, struct buf *line, struct err *e)
{
	char *end;
	ssize_t n;

	buf_reset(line);
	while ((end = t->in.len == 0
			  ? NULL
			  : memchr(t->in.data, '\n', t->in.len)) == NULL) {
		if (t->in.len > ANSWER_MAX)
			return err_set(e, ERR_ALL, "a line without an end");
		if (await(t, POLLIN, e) == -1)
			return -1;
		n = recv(t->fd, buf_reserve(&t->in, 4096), 4096, 0);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n == -1)
			return err_errno(e, ERR_ALL, errno, "control socket");
		if (n == 0)
			return err_set(e, ERR_ALL,
			    "the running blinkmail "
			    "ended before it answered");
		t->in.len += (size_t)n;
	}
	buf_append(line, t->in.data, (size_t)(end - t->in.data));
	buf_consume(&t->in, line->len + 1);
	return 0;
}

static int
line_put(struct talk *t, const char *text, struct err *e)
{
	struct buf out = { 0 };
	size_t done = 0;
	ssize_t n;
	int ret = 0;

	buf_printf(&out, "%s\n", text);
	while (ret == 0 && done < out.len) {
		n = send(t->fd, out.data + done, out.len - done, MSG_NOSIGNAL);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			ret = await(t, POLLOUT, e);
		else if (errno != EINTR)
			ret = err_errno(e, ERR_ALL, errno, "control socket");
	}
	buf_clear(&out);
	return ret;
}

/* "end STATUS TEXT": the status, or -1 for what is not that. */
static int
end_read(const char *line, struct err *e)
{
	int status;

	if (strncmp(line, "end ", 4) != 0 || line[4] < '0' || line[4] > '9' ||
	    line[5] != ' ') {
		err_set(e, ERR_ALL, "not understood: %s", line);
		return -1;
	}
	status = line[4] - '0';
	err_set(e, ERR_ALL, "%s", line + 6);
	return status;
}

static int
greet(struct talk *t, struct buf *line, struct err *e)
{
	if (line_get(t, line, e) == -1)
		return -1;
	if (strcmp(buf_str(line), CTL_GREETING) != 0)
		return err_set(
		    e, ERR_ALL, "the running blinkmail is of another version");
	return 0;
}

int
ctl_client_ask(const char *metadata, const char *request, bool wait,
    void (*show)(void *arg, const char *line), void *arg, struct err *e)
{
	struct talk t = { .fd = -1 };
	struct buf line = { 0 };
	int status = -1;
	bool nobody;

	if (ctl_socket_connect(metadata, &t.fd, &nobody, e) == -1) {
		if (nobody)
			err_set(e, ERR_ALL,
			    "no blinkmail runs with the metadata directory %s",
			    metadata);
		return nobody ? EXIT_BUSY : EXIT_FAILED;
	}
	t.deadline = clock_ms() + PATIENCE_MS;
	if (greet(&t, &line, e) == 0 && line_put(&t, request, e) == 0) {
		if (wait)
			t.deadline = CLOCK_NEVER;
		while (line_get(&t, &line, e) == 0) {
			if (strncmp(buf_str(&line), "= ", 2) != 0) {
				status = end_read(buf_str(&line), e);
				break;
			}
			show(arg, buf_str(&line) + 2);
		}
	}
	buf_clear(&line);
	buf_clear(&t.in);
	close(t.fd);
	return status == -1 ? EXIT_FAILED : status;
}
