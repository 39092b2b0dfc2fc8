/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "ui/ask.h"

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

/* One line from the terminal; false: none, or interrupted. */
static bool
line_read(int fd, int signal_fd, char *answer, size_t cap)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	size_t len = 0;
	bool fits = true;
	char c = 0;

	for (;;) {
		if (poll(p, 2, -1) == -1 && errno != EINTR)
			return false;
		if (p[1].revents != 0)
			return false;
		if (p[0].revents == 0)
			continue;
		if (read(fd, &c, 1) != 1)
			return false;
		if (c == '\n')
			break;
		fits = fits && len + 1 < cap;
		if (fits)
			answer[len++] = c;
	}
	answer[len] = '\0';
	return fits;
}

bool
ask_password(const char *what, int signal_fd, char *answer, size_t cap)
{
	struct termios before, quiet;
	bool told = false;
	int fd;

	answer[0] = '\0';
	fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return false;
	if (tcgetattr(fd, &before) == 0) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
		dprintf(fd, "password for %s: ", what);
		tcsetattr(fd, TCSAFLUSH, &quiet);
		told = line_read(fd, signal_fd, answer, cap);
		tcsetattr(fd, TCSAFLUSH, &before);
		dprintf(fd, "\n");
	}
	close(fd);
	if (!told)
		wipe(answer, cap);
	return told;
}
