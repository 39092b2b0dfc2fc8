/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/passcmd.h"

#define SECRET_MAX 65536 /* bytes: an OAuth token has a few thousand */
#define STDERR_MAX 300	 /* bytes that are quoted */
#define LOOK_MS 20	 /* how often an ended pipe's command is looked at */

struct run {
	pid_t pid;
	int out, err; /* our ends; -1: closed */
	int cancel;
	int64_t deadline;
	struct buf *secret;
	struct buf said; /* stderr */
};

static int
pipe_open(int ends[2], struct err *e)
{
	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_errno(e, ERR_ACCOUNT, errno, "passcmd: pipe");
	/* A child of the command may hold the pipe open after its end. */
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return 0;
}

static void
pipe_close(int ends[2])
{
	if (ends[0] != -1)
		close(ends[0]);
	if (ends[1] != -1)
		close(ends[1]);
	ends[0] = ends[1] = -1;
}

/* The command gets the signals as a login shell would give them. */
static int
attributes_set(posix_spawnattr_t *attr)
{
	sigset_t none, ignored;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	posix_spawnattr_init(attr);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &ignored);
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP |
						  POSIX_SPAWN_SETSIGMASK |
						  POSIX_SPAWN_SETSIGDEF);
}

static int
spawn(const char *command, int out, int err, pid_t *pid)
{
	static char sh[] = "sh", option[] = "-c";
	char *argv[] = { sh, option, (char *)(uintptr_t)command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int num;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, err, 2);
	num = attributes_set(&attr);
	if (num == 0)
		num = posix_spawn(pid, "/bin/sh", &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return num;
}

static int
start(struct run *r, const char *command, struct err *e)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int num;

	if (pipe_open(out, e) == -1 || pipe_open(err, e) == -1) {
		pipe_close(out);
		pipe_close(err);
		return -1;
	}
	num = spawn(command, out[1], err[1], &r->pid);
	r->out = out[0];
	r->err = err[0];
	out[0] = err[0] = -1;
	pipe_close(out);
	pipe_close(err);
	if (num == 0)
		return 0;
	r->pid = 0;
	return err_errno(e, ERR_ACCOUNT, num, "passcmd: /bin/sh");
}

/* Reads what is there; closes at the end. What is beyond max is dropped. */
static void
drain(int *fd, struct buf *to, size_t max)
{
	char piece[4096];
	size_t room;
	ssize_t n;

	while (*fd != -1) {
		n = read(*fd, piece, sizeof(piece));
		if (n > 0) {
			room = max - to->len;
			buf_append(
			    to, piece, (size_t)n < room ? (size_t)n : room);
			continue;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			break;
		close(*fd);
		*fd = -1;
	}
	wipe(piece, sizeof(piece));
}

/* Waits until the command ends: 0 with its status, or -1. */
static int
await(struct run *r, int *status, struct err *e)
{
	struct pollfd p[3];
	int wait_ms;

	for (;;) {
		drain(&r->out, r->secret, SECRET_MAX);
		drain(&r->err, &r->said, STDERR_MAX);
		if (waitpid(r->pid, status, WNOHANG) == r->pid) {
			drain(&r->out, r->secret, SECRET_MAX);
			drain(&r->err, &r->said, STDERR_MAX);
			r->pid = 0;
			return 0;
		}
		wait_ms = clock_left(r->deadline);
		if (wait_ms == 0)
			return err_set(
			    e, ERR_ACCOUNT, "passcmd did not end in time");
		/* What it left running may keep a pipe open. */
		if (wait_ms > LOOK_MS)
			wait_ms = LOOK_MS;
		p[0] = (struct pollfd){ .fd = r->out, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = r->err, .events = POLLIN };
		p[2] = (struct pollfd){ .fd = r->cancel, .events = POLLIN };
		poll(p, 3, wait_ms);
		if (p[2].revents != 0)
			return err_set(e, ERR_ACCOUNT, "passcmd was stopped");
	}
}

/* The command's stderr in one line. */
static const char *
said_line(struct run *r)
{
	char *p = r->said.data;
	size_t i;

	while (r->said.len > 0 && strchr(" \t\r\n", p[r->said.len - 1]) != NULL)
		r->said.len--;
	p[r->said.len] = '\0'; /* there is room for it */
	for (i = 0; i < r->said.len; i++)
		if (p[i] == '\n')
			p[i] = '|';
	return r->said.len == 0 ? "it said nothing" : buf_str(&r->said);
}

static int
judge(struct run *r, int status, struct err *e)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return err_set(e, ERR_ACCOUNT,
		    "passcmd ended with status %d: %s", WEXITSTATUS(status),
		    said_line(r));
	return err_set(e, ERR_ACCOUNT, "passcmd ended by signal %d: %s",
	    WTERMSIG(status), said_line(r));
}

int
passcmd_run(const char *command, unsigned timeout, int cancel_fd,
    struct buf *secret, struct err *e)
{
	struct run r = {
		.out = -1, .err = -1, .cancel = cancel_fd, .secret = secret
	};
	struct err why;
	int status, rc;

	/* One piece each, so that no copy stays behind in freed memory. */
	buf_reserve(secret, SECRET_MAX + 1);
	buf_reserve(&r.said, STDERR_MAX + 1);
	r.deadline = clock_ms() + (int64_t)timeout * 1000;
	rc = start(&r, command, e);
	if (rc == 0)
		rc = await(&r, &status, e);
	if (rc == 0)
		rc = judge(&r, status, e);
	if (r.pid > 0) {
		kill(-r.pid, SIGKILL);
		while (waitpid(r.pid, &status, 0) == -1 && errno == EINTR)
			;
		drain(&r.err, &r.said, STDERR_MAX);
		why = *e;
		err_set(e, ERR_ACCOUNT, "%s: %s", why.text, said_line(&r));
	}
	if (r.out != -1)
		close(r.out);
	if (r.err != -1)
		close(r.err);
	buf_wipe(&r.said);
	return rc;
}
