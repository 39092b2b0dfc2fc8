/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_STREAM_SOCKET_H
#define NET_STREAM_SOCKET_H

/* The lowest stream that is real: a connected stream socket. */

#include "net/stream.h"

/*
 * Takes fd over and makes it non-blocking. pid, if not 0, is the leader of
 * the process group at the other end: the stream's end closes the socket, and
 * ends and reaps the group (2 seconds at most).
 */
struct stream *stream_socket_take(int fd, int cancel_fd, pid_t pid);

#endif
