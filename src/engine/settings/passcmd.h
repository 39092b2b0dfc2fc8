/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SETTINGS_PASSCMD_H
#define ENGINE_SETTINGS_PASSCMD_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Runs command with /bin/sh -c in a process group of its own, stdin from
 * /dev/null, and appends what it prints to *secret, which the caller wipes in
 * any case. When timeout seconds have passed, or cancel_fd (-1: none) is
 * readable, the whole group is killed. It is killed, too, when it does not end
 * soon after its first line or prints too much: then that line counts. A status
 * other than 0 is an error that quotes the command's stderr. ERR_ACCOUNT. Any
 * thread.
 */
int passcmd_run(const char *command, unsigned timeout, int cancel_fd,
    struct buf *secret, struct err *e);

#endif
