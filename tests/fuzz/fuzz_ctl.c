/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket, with a client that says what the input says. Of the
 * first byte, six bits are the size of the pieces in which it comes, one says
 * that synchronising is refused, one that an account ends with an error.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/ctl/ctl.h"
#include "engine/ctl/ctl_request.h"
#include "engine/ctl/ctl_socket.h"
#include "fuzz.h"

#define ACCOUNTS 3

/* What the client's request led to. */
struct asked {
	bool syncs[ACCOUNTS];
	bool any; /* of them */
	unsigned quits;
	const char *refuse;
};

static struct asked asked;

static const char *
on_sync(void *arg, size_t account, const struct request *r)
{
	(void)arg;
	assert(account < ACCOUNTS && !asked.syncs[account]);
	assert(!r->dry_run && !r->full && !r->push);
	asked.syncs[account] = true;
	asked.any = true;
	return asked.refuse;
}

static void
on_quit(void *arg)
{
	(void)arg;
	asked.quits++;
}

static struct ctl *
server_once(void)
{
	static const char *const names[ACCOUNTS] = { "work", "home", "a/b" };
	static const struct ctl_handler handler = { on_sync, on_quit, NULL };
	static struct ctl *c;
	struct log *log;
	struct err e = ERR_INIT;

	if (c != NULL)
		return c;
	assert(log_open(&log, "/dev/null", false, LOG_ALL, &e) == 0);
	c = ctl_open(fuzz_dir(), names, ACCOUNTS, &handler, log);
	assert(c != NULL);
	return c;
}

static int
client_connect(struct ctl *c)
{
	struct err e = ERR_INIT;
	bool nobody;
	int fd;

	assert(ctl_socket_connect(fuzz_dir(), &fd, &nobody, &e) == 0);
	ctl_serve(c);
	return fd;
}

/* The server may have had enough before the end. */
static void
client_say(
    struct ctl *c, int fd, const uint8_t *data, size_t size, size_t piece)
{
	ssize_t n;

	while (size > 0) {
		n = send(fd, data, size < piece ? size : piece,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1) {
			assert(errno == EPIPE || errno == ECONNRESET);
			return;
		}
		data += n;
		size -= (size_t)n;
		ctl_serve(c);
	}
}

/* Every synchronisation that is waited for begins and ends. */
static void
accounts_sync(struct ctl *c, bool fails)
{
	static const struct event none,
	    error = { .kind = EV_ERROR, .folder = "INBOX", .text = "a\nb" };
	static const struct request all;
	size_t i;

	for (i = 0; i < ACCOUNTS; i++) {
		ctl_account_begin(c, i, &all);
		ctl_account_end(c, i, fails ? ACCOUNT_FAILED : ACCOUNT_DONE,
		    fails ? &error : &none);
	}
}

/* Takes a line off the beginning; false: there is none. */
static bool
line_take(const char **p, struct buf *line)
{
	const char *end = strchr(*p, '\n');

	if (end == NULL)
		return false;
	buf_reset(line);
	buf_append(line, *p, (size_t)(end - *p));
	*p = end + 1;
	return true;
}

/* The greeting, lines to show, and at most one end. */
static void
check_answer(const struct buf *answer)
{
	const char *p = buf_str(answer), *text;
	struct buf line = { 0 };
	bool ended = false;
	size_t i;

	assert(line_take(&p, &line));
	assert(strcmp(buf_str(&line), CTL_GREETING) == 0);
	while (line_take(&p, &line)) {
		text = buf_str(&line);
		for (i = 0; i < line.len; i++)
			assert(
			    (unsigned char)text[i] >= ' ' && text[i] != 0x7f);
		assert(!ended);
		if (strncmp(text, "end ", 4) == 0) {
			ended = true;
			assert(text[4] >= '0' && text[4] <= '4');
			assert(text[5] == ' ');
		} else {
			assert(strncmp(text, "= ", 2) == 0);
		}
	}
	assert(*p == '\0');
	assert(ended || (!asked.any && asked.quits == 0));
	buf_clear(&line);
}

static void
answer_read(struct ctl *c, int fd, struct buf *answer)
{
	ssize_t n;

	do {
		ctl_serve(c);
		n = recv(fd, buf_reserve(answer, 4096), 4096, MSG_DONTWAIT);
		if (n > 0)
			answer->len += (size_t)n;
	} while (n > 0);
	buf_append(answer, "", 0);
}

/* What is understood is written so that it is understood again. */
static void
check_request(const uint8_t *data, size_t size)
{
	char *line = xstrndup((const char *)data, size);
	struct ctl_request once, twice;
	struct buf again = { 0 };
	struct err e = ERR_INIT;

	line[strcspn(line, "\n")] = '\0';
	if (ctl_request_parse(line, &once, &e) == 0) {
		ctl_request_put(&once, &again);
		assert(ctl_request_parse(buf_str(&again), &twice, &e) == 0);
		assert(memcmp(&once, &twice, sizeof(once)) == 0);
	}
	err_clear(&e);
	buf_clear(&again);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pollfd fds[CTL_FDS];
	struct buf answer = { 0 };
	struct ctl *c = server_once();
	int fd;

	if (size == 0)
		return 0;
	asked =
	    (struct asked){ .refuse = (data[0] & 64) != 0 ? "not now" : NULL };
	check_request(data + 1, size - 1);
	fd = client_connect(c);
	client_say(c, fd, data + 1, size - 1, 1 + (size_t)(data[0] & 63) * 16);
	accounts_sync(c, (data[0] & 128) != 0);
	answer_read(c, fd, &answer);
	check_answer(&answer);
	assert(asked.quits <= (asked.any ? 0 : 1));
	close(fd);
	ctl_serve(c);
	assert(ctl_poll_fds(c, fds) == 1);
	buf_clear(&answer);
	return 0;
}
