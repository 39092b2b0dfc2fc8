/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_HOST_H
#define NET_HOST_H

/* Names of hosts, and their addresses. */

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum host_family { HOST_ANY, HOST_IPV4, HOST_IPV6 };

struct host_query {
	const char *host; /* as from host_to_ascii */
	unsigned port;
	enum host_family family;
	int64_t deadline; /* a clock_ms() value */
	int cancel_fd;	  /* readable: give up; -1: none */
};

/* True for an IPv4 or IPv6 address (RFC 4291, without zone). */
bool host_is_address(const char *host);

/*
 * The form of host that DNS and certificates use (A-labels, RFC 5891), without
 * a dot at the end; the caller frees it. Error: scope ERR_ACCOUNT, no retry.
 */
int host_to_ascii(const char *host, char **ascii, struct err *e);

/*
 * Looks a host up, in a thread of its own since getaddrinfo() has neither
 * deadlines nor cancelling; an answer that comes too late is dropped there.
 * *list is for freeaddrinfo(). Errors: ERR_SESSION; ECANCELED or ETIMEDOUT.
 */
int host_resolve(
    const struct host_query *q, struct addrinfo **list, struct err *e);

#endif
