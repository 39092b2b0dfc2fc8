/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_NETWORK_H
#define ENGINE_WATCH_NETWORK_H

/*
 * Noticing that connections may be dead: this machine has other addresses, or
 * was asleep. Descriptors for poll(), and no wake-ups while nothing happens.
 * Where the system gives no such descriptor (a container, a sandbox), other
 * addresses are not noticed, and a sleep is when there is another reason to
 * look; that is no error. Belongs to one thread.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETWORK_FDS 2

/* Private, but for network_open to fill in. */
struct network {
	int netlink_fd;	    /* addresses; -1: none */
	int timer_fd;	    /* resume, and the clock being set; -1: none */
	uint64_t addresses; /* a digest of those that lead anywhere */
	int64_t asleep_ms;  /* since boot */
};

void network_open(struct network *n);
void network_close(struct network *n);

/* What to wait for; entries that are not used have fd -1. */
void network_fds(const struct network *n, struct pollfd fds[NETWORK_FDS]);

/*
 * To be called when one of them is readable, and whenever the caller is awake.
 * Never blocks. True when the machine slept, or its addresses are others than
 * at the last call; those of the loopback and of one link only do not count.
 */
bool network_changed(struct network *n);

#endif
