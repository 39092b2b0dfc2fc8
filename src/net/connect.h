/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_CONNECT_H
#define NET_CONNECT_H

/*
 * A TCP connection as a stream.
 *
 * A host's addresses are tried in the manner of RFC 8305: both families, the
 * next one a quarter of a second after the last unless that failed before,
 * the first that answers wins; all within timeout_ms.
 */

#include "net/host.h"
#include "net/stream.h"

struct connect_config {
	const char *host; /* name (IDN as UTF-8, RFC 5891) or address */
	unsigned port;
	enum host_family family;
	int timeout_ms; /* for all addresses together */
	int cancel_fd;	/* borrowed; -1 for none */
};

int connect_tcp(
    const struct connect_config *c, struct stream **s, struct err *e);

#endif
