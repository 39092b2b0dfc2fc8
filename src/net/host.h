/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_HOST_H
#define NET_HOST_H

/* Names of hosts, and their addresses. */

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/connect.h"

/* True for an IPv4 or IPv6 address (RFC 4291, without zone). */
bool host_is_address(const char *host);

/*
 * The form of host that DNS and certificates use (A-labels, RFC 5891), without
 * a dot at the end; the caller frees it. Error: scope ERR_ACCOUNT, no retry.
 */
int host_to_ascii(const char *host, char **ascii, struct err *e);

/*
 * Looks host (as from host_to_ascii) up, in a thread of its own since
 * getaddrinfo() knows neither deadlines nor cancelling; an answer that comes
 * too late is dropped there. *list is for freeaddrinfo().
 */
int host_resolve(const struct connect_config *c, const char *host,
    int64_t deadline, struct addrinfo **list, struct err *e);

#endif
