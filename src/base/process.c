/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a shell command to its end, within a time limit. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/process.h"
#include "base/xalloc.h"

#define LOOK_MS 20 /* who is not told of a command's end looks for it */

struct run {
	const struct process *p;
	pid_t pid;
	int ended;    /* see end_open */
	int out, err; /* our ends; -1: closed */
	int64_t deadline;
};

static int
pipe_open(int ends[2], struct err *e)
{
	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_errno(e, ERR_ACCOUNT, errno, "pipe");
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

/* True when list has an entry for the name of entry. */
static bool
env_has(const char *const *list, const char *entry)
{
	size_t n = strcspn(entry, "=");

	for (; list != NULL && *list != NULL; list++)
		if (strncmp(*list, entry, n) == 0 && (*list)[n] == '=')
			return true;
	return false;
}

/* Our environment with that of the command over it; the entries are borrowed.
 * The caller frees the list. */
static const char **
env_merge(const char *const *more)
{
	const char **list;
	size_t i, n = 0, len = 0;

	while (environ[len] != NULL)
		len++;
	for (i = 0; more != NULL && more[i] != NULL; i++)
		len++;
	list = xcalloc(len + 1, sizeof(*list));
	for (i = 0; environ[i] != NULL; i++)
		if (!env_has(more, environ[i]))
			list[n++] = environ[i];
	for (i = 0; more != NULL && more[i] != NULL; i++)
		list[n++] = more[i];
	return list;
}

static int
attributes_set(posix_spawnattr_t *attr)
{
	sigset_t none, ignored;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	sigaddset(&ignored, SIGXFSZ);
	posix_spawnattr_init(attr);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &ignored);
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP |
						  POSIX_SPAWN_SETSIGMASK |
						  POSIX_SPAWN_SETSIGDEF);
}

static int
spawn(const struct process *p, int out, int err, pid_t *pid)
{
	static char sh[] = "sh", option[] = "-c";
	char *argv[] = { sh, option, (char *)(uintptr_t)p->command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	const char **env;
	int num;

	env = env_merge(p->env);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, err, 2);
	num = attributes_set(&attr);
	if (num == 0)
		num = posix_spawn(pid, "/bin/sh", &files, &attr, argv,
		    (char *const *)(uintptr_t)env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	free(env);
	return num;
}

/* Readable when the child has ended; -1: an old system has no such thing. */
static int
end_open(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	return -1;
#endif
}

static int
start(struct run *r, struct err *e)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int num;

	if (pipe_open(out, e) == -1 || pipe_open(err, e) == -1) {
		pipe_close(out);
		pipe_close(err);
		return -1;
	}
	num = spawn(r->p, out[1], err[1], &r->pid);
	if (num == 0)
		r->ended = end_open(r->pid);
	r->out = out[0];
	r->err = err[0];
	out[0] = err[0] = -1;
	pipe_close(out);
	pipe_close(err);
	if (num == 0)
		return 0;
	r->pid = 0;
	return err_errno(e, ERR_ACCOUNT, num, "/bin/sh");
}

static void
shorten(struct run *r, int seconds)
{
	int64_t deadline = clock_ms() + (int64_t)seconds * 1000;

	if (seconds >= 0 && deadline < r->deadline)
		r->deadline = deadline;
}

/* Hands over what is there; closes at the end. What never stops gets a turn
 * that does, so that time and cancellation are looked at. */
static void
drain(struct run *r, int *fd, int of)
{
	char piece[4096];
	ssize_t n;
	int turns;

	for (turns = 0; *fd != -1 && turns < 64; turns++) {
		n = read(*fd, piece, sizeof(piece));
		if (n > 0) {
			shorten(
			    r, r->p->output(r->p->arg, of, piece, (size_t)n));
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

static void
drain_both(struct run *r)
{
	drain(r, &r->out, 1);
	drain(r, &r->err, 2);
}

/* Waits until the command ends (*status) or has to. */
static enum process_end
await(struct run *r, int *status)
{
	struct pollfd p[4];
	int wait_ms;

	for (;;) {
		drain_both(r);
		if (waitpid(r->pid, status, WNOHANG) == r->pid) {
			drain_both(r);
			r->pid = 0;
			return WIFEXITED(*status) ? PROCESS_EXITED
						  : PROCESS_SIGNALLED;
		}
		wait_ms = clock_left(r->deadline);
		if (wait_ms == 0)
			return PROCESS_LATE;
		if (r->ended == -1 && wait_ms > LOOK_MS)
			wait_ms = LOOK_MS;
		p[0] = (struct pollfd){ .fd = r->out, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = r->err, .events = POLLIN };
		p[2] =
		    (struct pollfd){ .fd = r->p->cancel_fd, .events = POLLIN };
		/* What it left running may keep a pipe open. */
		p[3] = (struct pollfd){ .fd = r->ended, .events = POLLIN };
		poll(p, 4, wait_ms);
		if (p[2].revents != 0)
			return PROCESS_CANCELLED;
	}
}

int
process_run(
    const struct process *p, struct process_result *result, struct err *e)
{
	struct run r = { .p = p, .ended = -1, .out = -1, .err = -1 };
	int status = 0, rc;

	r.deadline = clock_ms() + (int64_t)p->timeout * 1000;
	rc = start(&r, e);
	if (rc == 0) {
		result->end = await(&r, &status);
		result->code =
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
	}
	if (r.pid > 0) {
		kill(-r.pid, SIGKILL);
		while (waitpid(r.pid, &status, 0) == -1 && errno == EINTR)
			;
		drain_both(&r);
		result->code = SIGKILL;
	}
	if (r.out != -1)
		close(r.out);
	if (r.err != -1)
		close(r.err);
	if (r.ended != -1)
		close(r.ended);
	return rc;
}
