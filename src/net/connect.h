/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_CONNECT_H
#define NET_CONNECT_H

/*
 * Makes the lowest stream: a TCP connection, or a command's standard input
 * and output (OfflineIMAP's preauthtunnel and transporttunnel).
 *
 * A host's addresses are tried in the manner of RFC 8305: both families, the
 * next one a quarter of a second after the last unless that failed before,
 * the first that answers wins; all within timeout_ms.
 */

#include "net/stream.h"

enum connect_family { CONNECT_ANY, CONNECT_IPV4, CONNECT_IPV6 };

struct connect_config {
	const char *host; /* name (IDN as UTF-8, RFC 5891) or address */
	unsigned port;
	enum connect_family family;
	int timeout_ms; /* for all addresses together */
	int cancel_fd;	/* borrowed; -1 for none */
};

int connect_tcp(
    const struct connect_config *c, struct stream **s, struct err *e);

/*
 * Runs command with /bin/sh -c in a process group of its own, all other
 * descriptors closed; its stderr goes to ours. stream_free ends it.
 */
int connect_command(
    const char *command, int cancel_fd, struct stream **s, struct err *e);

#endif
