/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that come and go, in a network namespace of our own where we may
 * have one; sleep, by clocks that we move. */
#include "config.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/watch/network.h"

/* Linked in the place of the real one. */
int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

static time_t slept_s;

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = __real_clock_gettime(clock, ts);

	if (clock == CLOCK_BOOTTIME)
		ts->tv_sec += slept_s;
	return rc;
}

static int
ready(const struct network *n)
{
	struct pollfd fds[NETWORK_FDS];

	network_fds(n, fds);
	return poll(fds, NETWORK_FDS, 0);
}

static void
t_sleep(void **state)
{
	struct network n;

	(void)state;
	network_open(&n);
	assert_true(n.timer_fd != -1);
	assert_int_equal(ready(&n), 0);
	assert_false(network_changed(&n));
	slept_s += 3600;
	assert_true(network_changed(&n));
	assert_false(network_changed(&n));
	assert_int_equal(ready(&n), 0);
	network_close(&n);
}

/* An alias of the loopback interface gets the address. */
static void
set_address(int s, const char *alias, const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct ifreq r = { 0 };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", alias);
	assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
	memcpy(&r.ifr_addr, &in, sizeof(in));
	assert_int_equal(ioctl(s, SIOCSIFADDR, &r), 0);
}

static void
t_addresses(void **state)
{
	struct ifreq r = { .ifr_name = "lo" };
	struct network n;
	int s;

	(void)state;
	if (unshare(CLONE_NEWNET) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		skip();
	s = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(s != -1);
	r.ifr_flags = IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &r) != 0)
		skip();
	network_open(&n);
	if (n.netlink_fd == -1)
		skip();
	assert_false(network_changed(&n));

	set_address(s, "lo:1", "127.0.0.2");
	assert_int_equal(ready(&n), 1);
	assert_false(network_changed(&n));
	assert_int_equal(ready(&n), 0);

	set_address(s, "lo:2", "192.0.2.1");
	assert_int_equal(ready(&n), 1);
	assert_true(network_changed(&n));
	assert_int_equal(ready(&n), 0);
	assert_false(network_changed(&n));

	/* It goes, and comes again, before anybody looks. */
	set_address(s, "lo:2", "0.0.0.0");
	set_address(s, "lo:2", "192.0.2.1");
	assert_int_equal(ready(&n), 1);
	assert_false(network_changed(&n));

	set_address(s, "lo:2", "192.0.2.7");
	assert_true(network_changed(&n));
	set_address(s, "lo:2", "0.0.0.0");
	assert_true(network_changed(&n));
	network_close(&n);
	close(s);
}

/* Where there is nothing to be had, there is nothing to be noticed. */
static void
t_without(void **state)
{
	struct network n = { .netlink_fd = -1, .timer_fd = -1 };

	(void)state;
	n.asleep_ms = INT64_MAX;
	assert_false(network_changed(&n));
	assert_int_equal(ready(&n), 0);
	network_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_sleep),
		cmocka_unit_test(t_without),
		cmocka_unit_test(t_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
