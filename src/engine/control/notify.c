/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to the service manager. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/control/notify.h"

struct notify {
	int fd;
	struct sockaddr_un to;
	socklen_t to_len;
	int64_t watchdog; /* ms between two signs of life; 0: none wanted */
	int64_t next;	  /* clock_ms(); the control thread's */
};

/* A whole decimal number; false: it is not one. */
static bool
number_read(const char *text, int64_t *n)
{
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0';
}

/* Half of what the manager waits, in ms; 0: it does not wait, or for another
 * process. */
static int64_t
watchdog_read(void)
{
	const char *pid = getenv("WATCHDOG_PID");
	int64_t usec, who;

	if (!number_read(getenv("WATCHDOG_USEC"), &usec) || usec == 0)
		return 0;
	if (pid != NULL && (!number_read(pid, &who) || who != getpid()))
		return 0;
	return usec / 2000 > 0 ? usec / 2000 : 1;
}

/* A path, or after '@' a name in the abstract space; false: neither. */
static bool
address_read(struct notify *n, const char *name)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2 ||
	    len >= sizeof(n->to.sun_path))
		return false;
	n->to.sun_family = AF_UNIX;
	memcpy(n->to.sun_path, name, len + 1);
	n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (name[0] == '@')
		n->to.sun_path[0] = '\0';
	else
		n->to_len++;
	return true;
}

struct notify *
notify_open(void)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct notify *n;

	n = xcalloc(1, sizeof(*n));
	n->fd = -1;
	n->watchdog = watchdog_read();
	if (name != NULL && address_read(n, name))
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (n->fd != -1)
		return n;
	free(n);
	return NULL;
}

void
notify_close(struct notify *n)
{
	if (n == NULL)
		return;
	close(n->fd);
	free(n);
}

/* Never waits: a manager that does not read must not hold up the mail. */
static void
send_text(struct notify *n, const char *text)
{
	if (n != NULL)
		sendto(n->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
		    (struct sockaddr *)&n->to, n->to_len);
}

void
notify_ready(struct notify *n)
{
	send_text(n, "READY=1");
}

void
notify_reloading(struct notify *n)
{
	struct timespec ts;
	char text[80];

	clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	send_text(n, text);
}

void
notify_stopping(struct notify *n)
{
	send_text(n, "STOPPING=1");
}

void
notify_status(struct notify *n, const char *format, ...)
{
	struct buf raw = { 0 }, text = { 0 };
	va_list ap;

	if (n == NULL)
		return;
	va_start(ap, format);
	buf_vprintf(&raw, format, ap);
	va_end(ap);
	buf_puts(&text, "STATUS=");
	buf_append_visible(&text, buf_str(&raw), raw.len);
	send_text(n, buf_str(&text));
	buf_clear(&raw);
	buf_clear(&text);
}

int64_t
notify_watchdog(struct notify *n)
{
	int64_t now;

	if (n == NULL || n->watchdog == 0)
		return CLOCK_NEVER;
	now = clock_ms();
	if (now >= n->next) {
		send_text(n, "WATCHDOG=1");
		n->next = now + n->watchdog;
	}
	return n->next;
}
