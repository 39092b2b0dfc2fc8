/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_CHILD_H
#define NET_CHILD_H

/* Ends a child process. Any thread. */

#include <sys/types.h>

/*
 * Ends the process group of our child pid, whose input is closed already: it
 * has a second to end by itself, then it gets SIGTERM, a second later SIGKILL.
 * Reaps the child.
 */
void child_end(pid_t pid);

#endif
