/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CTL_CTL_SOCKET_H
#define ENGINE_CTL_CTL_SOCKET_H

/*
 * Where a running instance listens: the socket ".socket" in the metadata
 * directory, a name that no account's directory can have. A path that is too
 * long for a socket's address is reached through the directory's descriptor.
 *
 * A lock beside the socket says whether its maker lives, so that two instances
 * that start at once cannot take each other's socket for a stale one.
 */

#include <stdbool.h>

#include "base/err.h"

struct ctl_socket; /* one that listens */

/*
 * Makes the directory and the socket (0600), in place of a stale one. Held by
 * another instance: -1 with *busy set, and the text names it.
 */
int ctl_socket_listen(
    const char *metadata, struct ctl_socket **s, bool *busy, struct err *e);
int ctl_socket_fd(const struct ctl_socket *s); /* non-blocking */
/* Removes the socket. NULL is fine. */
void ctl_socket_close(struct ctl_socket *s);

/* Connects, without waiting. *nobody: no instance listens there. The caller
 * closes *fd. */
int ctl_socket_connect(
    const char *metadata, int *fd, bool *nobody, struct err *e);

#endif
