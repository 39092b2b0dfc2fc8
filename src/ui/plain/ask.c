/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking for a password on the terminal. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "ui/plain/ask.h"

bool
ask_possible(void)
{
	int fd;

	if (!isatty(STDIN_FILENO))
		return false;
	fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return false;
	close(fd);
	return true;
}

void
ask_suspend(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static bool
suspend_wanted(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && sigismember(&set, SIGTSTP) == 1;
}

enum asked { ASKED_NO, ASKED_YES, ASKED_SUSPEND };

/* Until fd is ready; false for a signal. */
static bool
wait_for(int fd, short events, int signal_fd)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = events },
		{ .fd = signal_fd, .events = POLLIN },
	};

	do {
		if (poll(p, 2, -1) == -1 && errno != EINTR)
			return false;
		if (p[1].revents != 0)
			return false;
	} while (p[0].revents == 0);
	return true;
}

/* One line from the terminal. */
static enum asked
line_read(int fd, int signal_fd, char *answer, size_t cap)
{
	size_t len = 0;
	bool fits = true;
	ssize_t n;
	char c = 0;

	for (;;) {
		if (!wait_for(fd, POLLIN, signal_fd))
			return suspend_wanted() ? ASKED_SUSPEND : ASKED_NO;
		n = read(fd, &c, 1);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n != 1)
			return ASKED_NO;
		if (c == '\n')
			break;
		fits = fits && len + 1 < cap;
		if (fits)
			answer[len++] = c;
	}
	answer[len] = '\0';
	return fits ? ASKED_YES : ASKED_NO;
}

/* TCSANOW: a terminal that ^S has stopped would never take the output that
 * the other modes wait for. */
static void
mode_set(int fd, const struct termios *mode)
{
	tcsetattr(fd, TCSANOW, mode);
	tcflush(fd, TCIFLUSH);
}

static enum asked
ask_once(int fd, const char *what, int signal_fd, char *answer, size_t cap)
{
	struct termios before, quiet;
	enum asked asked;

	if (tcgetattr(fd, &before) == -1)
		return ASKED_NO;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	mode_set(fd, &quiet);
	if (wait_for(fd, POLLOUT, signal_fd)) {
		dprintf(fd, "password for %s: ", what);
		asked = line_read(fd, signal_fd, answer, cap);
	} else {
		asked = suspend_wanted() ? ASKED_SUSPEND : ASKED_NO;
	}
	mode_set(fd, &before);
	dprintf(fd, "\n");
	return asked;
}

bool
ask_password(const char *what, int signal_fd, char *answer, size_t cap)
{
	enum asked asked;
	int fd;

	answer[0] = '\0';
	fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return false;
	while ((asked = ask_once(fd, what, signal_fd, answer, cap)) ==
	       ASKED_SUSPEND)
		ask_suspend();
	close(fd);
	if (asked != ASKED_YES)
		wipe(answer, cap);
	return asked == ASKED_YES;
}
