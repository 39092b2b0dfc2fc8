/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_COMMAND_H
#define NET_COMMAND_H

/* A command's standard input and output as a stream (preauthtunnel and
 * transporttunnel of OfflineIMAP). */

#include "net/stream.h"

/*
 * Runs command with /bin/sh -c in a process group of its own, all other
 * descriptors closed; its stderr goes to ours. stream_free ends it.
 */
int command_open(
    const char *command, int cancel_fd, struct stream **s, struct err *e);

#endif
