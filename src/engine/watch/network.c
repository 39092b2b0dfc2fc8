/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notices that the network changed or the machine slept. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "engine/watch/network.h"

#define SLEEP_MS 1000 /* the clocks drift apart by less */
#define FAR 315360000 /* seconds: ten years */
#define DRAIN_MAX 1000

/* The boot clock goes on while the machine sleeps, the monotonic one does not.
 */
static int64_t
asleep_ms(void)
{
	struct timespec boot, mono;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (boot.tv_sec - mono.tv_sec) * INT64_C(1000) +
	       (boot.tv_nsec - mono.tv_nsec) / 1000000;
}

/* The timer hardly ever goes off; but the kernel cancels it when the wall clock
 * jumps, as it does at the end of each sleep. */
static void
arm(int fd)
{
	const struct itimerspec never = { .it_value.tv_sec = time(NULL) + FAR };

	timerfd_settime(
	    fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static bool
slept(struct network *n)
{
	uint64_t count;
	int64_t before = n->asleep_ms;

	if (n->timer_fd != -1 &&
	    (read(n->timer_fd, &count, sizeof(count)) != -1 ||
		errno == ECANCELED))
		arm(n->timer_fd);
	n->asleep_ms = asleep_ms();
	return n->asleep_ms - before > SLEEP_MS;
}

/* FNV-1a */
static uint64_t
hash(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* 0 for an address that leads nowhere. */
static uint64_t
digest(const struct sockaddr *a)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (a->sa_family == AF_INET) {
		memcpy(&in, a, sizeof(in));
		if (ntohl(in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET)
			return 0;
		return hash(&in.sin_addr, sizeof(in.sin_addr));
	}
	if (a->sa_family == AF_INET6) {
		memcpy(&in6, a, sizeof(in6));
		if (IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) ||
		    IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr))
			return 0;
		return hash(&in6.sin6_addr, sizeof(in6.sin6_addr));
	}
	return 0;
}

/* In no order; an address that is there twice does not cancel itself. */
static uint64_t
all_addresses(uint64_t otherwise)
{
	struct ifaddrs *list, *i;
	uint64_t sum;

	if (getifaddrs(&list) == -1)
		return otherwise;
	for (sum = 0, i = list; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL && (i->ifa_flags & IFF_UP) != 0)
			sum += digest(i->ifa_addr);
	freeifaddrs(list);
	return sum;
}

/* What the messages say does not matter: a lifetime that is renewed comes the
 * same way as a new address. */
static bool
moved(struct network *n)
{
	uint64_t before = n->addresses;
	char data[8192];
	ssize_t len;
	int i;

	if (n->netlink_fd == -1)
		return false;
	for (i = 0; i < DRAIN_MAX; i++) {
		len = recv(n->netlink_fd, data, sizeof(data), MSG_DONTWAIT);
		if (len == -1 && errno != EINTR && errno != ENOBUFS)
			break;
	}
	if (i == 0)
		return false;
	n->addresses = all_addresses(before);
	return n->addresses != before;
}

static int
open_netlink(void)
{
	const struct sockaddr_nl where = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
	int fd;

	fd = socket(
	    AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd != -1 &&
	    bind(fd, (const struct sockaddr *)&where, sizeof(where)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* --- */

void
network_open(struct network *n)
{
	n->netlink_fd = open_netlink();
	n->addresses = n->netlink_fd != -1 ? all_addresses(0) : 0;
	n->timer_fd =
	    timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (n->timer_fd != -1)
		arm(n->timer_fd);
	n->asleep_ms = asleep_ms();
}

void
network_close(struct network *n)
{
	if (n->netlink_fd != -1)
		close(n->netlink_fd);
	if (n->timer_fd != -1)
		close(n->timer_fd);
}

void
network_fds(const struct network *n, struct pollfd fds[NETWORK_FDS])
{
	fds[0] = (struct pollfd){ .fd = n->netlink_fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = n->timer_fd, .events = POLLIN };
}

bool
network_changed(struct network *n)
{
	bool awoke = slept(n);

	return moved(n) || awoke;
}
