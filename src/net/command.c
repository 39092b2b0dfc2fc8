/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a command as a stream. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/command.h"
#include "net/stream_socket.h"

static void
close_from(int first)
{
	long fd, max;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
		return;
#endif
	max = sysconf(_SC_OPEN_MAX);
	for (fd = first; fd < max; fd++)
		close((int)fd);
}

/* Between fork and exec: what is safe in a signal handler, nothing else. */
static _Noreturn void
child_run(const char *command, int fd)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	setpgid(0, 0);
	for (i = 1; i < NSIG; i++)
		sigaction(i, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDIN_FILENO) == -1 || dup2(fd, STDOUT_FILENO) == -1)
		_exit(126);
	close_from(STDERR_FILENO + 1);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int
command_open(
    const char *command, int cancel_fd, struct stream **s, struct err *e)
{
	int fds[2];
	pid_t pid;

	/* A socket, not two pipes: send() can be told not to raise SIGPIPE. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return err_errno(e, ERR_SESSION, errno, "socketpair");
	pid = fork();
	if (pid == -1) {
		err_errno(e, ERR_SESSION, errno, "fork");
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	if (pid == 0)
		child_run(command, fds[1]);
	/* Here, too, since the child may not have done it yet. */
	setpgid(pid, pid);
	close(fds[1]);
	*s = stream_socket_take(fds[0], cancel_fd, pid);
	return 0;
}
