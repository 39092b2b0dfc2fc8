/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/control/notify.h"
#include "fake_clock.h"
#include "tmpdir.h"

static char *dir;

/* A manager's socket; name as in NOTIFY_SOCKET. */
static int
listen_at(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int fd;

	memcpy(a.sun_path, name, len);
	if (name[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&a,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	return fd;
}

/* What came, or "" when nothing did. A datagram that was sent is there. */
static const char *
got(int fd, char *text, size_t cap)
{
	ssize_t n = recv(fd, text, cap - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
expect(int fd, const char *want)
{
	char text[500];

	assert_string_equal(got(fd, text, sizeof(text)), want);
}

static int64_t
monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
says_all(const char *name)
{
	int64_t before, after;
	struct notify *n;
	char text[500];
	long long when;
	int fd = listen_at(name);

	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "junk", 1);
	n = notify_open();
	assert_non_null(n);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	notify_ready(n);
	expect(fd, "READY=1");
	before = monotonic_us();
	notify_reloading(n);
	after = monotonic_us();
	assert_int_equal(sscanf(got(fd, text, sizeof(text)),
			     "RELOADING=1\nMONOTONIC_USEC=%lld", &when),
	    1);
	assert_true(before <= when && when <= after);
	notify_status(n, "%d of %d\nREADY=1", 1, 3);
	expect(fd, "STATUS=1 of 3\\x0AREADY=1");
	assert_true(notify_watchdog(n) == CLOCK_NEVER);
	notify_stopping(n);
	expect(fd, "STOPPING=1");
	expect(fd, "");
	/* A manager that is gone is nobody's problem. */
	close(fd);
	notify_ready(n);
	notify_close(n);
}

static void
path_socket(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "%s/notify", dir);
	says_all(name);
	unlink(name);
}

static void
abstract_socket(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@t_notify-%ld", (long)getpid());
	says_all(name);
}

static void
nobody_listens(void **state)
{
	static const char *const names[] = { "", "x", "relative/path", "/", "@",
		"vsock:2:1" };
	char longest[200];
	size_t i;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_null(notify_open());
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		assert_null(notify_open());
		assert_null(getenv("NOTIFY_SOCKET"));
	}
	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	setenv("NOTIFY_SOCKET", longest, 1);
	assert_null(notify_open());
	notify_ready(NULL);
	notify_reloading(NULL);
	notify_stopping(NULL);
	notify_status(NULL, "%s", "x");
	assert_true(notify_watchdog(NULL) == CLOCK_NEVER);
	notify_close(NULL);
}

/* usec and pid of the environment (NULL: not set); the ms between two signs
 * of life, or 0. */
static void
watchdog_is(const char *usec, const char *pid, int64_t ms)
{
	char name[64];
	struct notify *n;
	int64_t next;
	int fd;

	snprintf(name, sizeof(name), "@t_notify-%ld", (long)getpid());
	fd = listen_at(name);
	setenv("NOTIFY_SOCKET", name, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (usec != NULL)
		setenv("WATCHDOG_USEC", usec, 1);
	if (pid != NULL)
		setenv("WATCHDOG_PID", pid, 1);
	n = notify_open();
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
	next = notify_watchdog(n);
	if (ms == 0) {
		assert_true(next == CLOCK_NEVER);
	} else {
		expect(fd, "WATCHDOG=1");
		assert_true(next == fake_now_ms + ms);
		/* Not before its time. */
		assert_true(notify_watchdog(n) == next);
	}
	notify_close(n);
	close(fd);
}

static void
watchdog(void **state)
{
	char self[32], other[32];

	(void)state;
	snprintf(self, sizeof(self), "%ld", (long)getpid());
	snprintf(other, sizeof(other), "%ld", (long)getpid() + 1);
	watchdog_is(NULL, NULL, 0);
	watchdog_is("0", NULL, 0);
	watchdog_is("-5", NULL, 0);
	watchdog_is("99999999999999999999", NULL, 0);
	watchdog_is("120000000", other, 0);
	watchdog_is("120000000", "", 0);
	watchdog_is("120000000", self, 60000);
	watchdog_is("120000000", NULL, 60000);
	watchdog_is("1", NULL, 1);
}

/* It comes again when it is time. */
static void
watchdog_again(void **state)
{
	char name[64], text[100];
	struct notify *n;
	int64_t next;
	int fd, i;

	(void)state;
	snprintf(name, sizeof(name), "@t_notify-%ld", (long)getpid());
	fd = listen_at(name);
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "10000", 1);
	n = notify_open();
	for (i = 0; i < 3; i++) {
		next = notify_watchdog(n);
		assert_string_equal(got(fd, text, sizeof(text)), "WATCHDOG=1");
		assert_true(notify_watchdog(n) == next);
		expect(fd, "");
		fake_now_ms = next;
	}
	expect(fd, "");
	notify_close(n);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_socket),
		cmocka_unit_test(abstract_socket),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(watchdog),
		cmocka_unit_test(watchdog_again),
	};
	int rc;

	dir = tmpdir_new();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	tmpdir_free(dir);
	return rc;
}
