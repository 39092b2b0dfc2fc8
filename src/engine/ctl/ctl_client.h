/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CTL_CTL_CLIENT_H
#define ENGINE_CTL_CTL_CLIENT_H

/* The other end of the control socket: one request and its answer. */

#include <stdbool.h>

#include "base/err.h"

/*
 * Sends the request (as ctl.h has them, without the newline) to the instance
 * that listens in this metadata directory, hands each line of the answer to
 * show, and waits for the end; wait: for as long as it takes, else ten seconds.
 * Returns the status that the instance answered, with its text, "" for none,
 * in *e; 3 when no instance listens, 1 when it does not answer.
 */
int ctl_client_ask(const char *metadata, const char *request, bool wait,
    void (*show)(void *arg, const char *line), void *arg, struct err *e);

#endif
