/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_COMMAND_H
#define NET_COMMAND_H

/* The process behind a command's stream; connect.h has what starts it. */

#include <sys/types.h>

/*
 * Ends the process group of our child pid, whose input is closed already: it
 * may go by itself for a second, then it gets SIGTERM, a second later SIGKILL.
 * Reaps the child.
 */
void command_end(pid_t pid);

#endif
