/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_OUTPUT_H
#define UI_PLAIN_OUTPUT_H

/*
 * Standard output and standard error, never waited for: a terminal may be
 * stopped with ^S and a pipe may have a reader that does not read, and whoever
 * writes there reads the signals, too. What cannot be written yet is kept, in
 * the order in which it came, for both are often one terminal. One thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct output_run;

struct output {
	struct buf text;	 /* not yet written */
	struct output_run *runs; /* of bytes for the same descriptor */
	size_t len, cap;
	int fds[3];   /* to write to, by descriptor; see output.c */
	int error[3]; /* errno: it cannot be written, and gets nothing more */
};

void output_init(struct output *o);
void output_clear(struct output *o);

/* What is appended to the buffer is for fd (1 or 2). Valid until the next
 * call. */
struct buf *output_to(struct output *o, int fd);

/* Writes what can be written at once. */
void output_write(struct output *o);

/* Forgets what would have to wait; a descriptor that something waited for
 * counts as one that cannot be written. */
void output_drop(struct output *o);

/* The descriptor to poll for POLLOUT; -1: nothing waits. */
int output_fd(const struct output *o);

/* True when a line on fd would not have to wait. */
bool output_ready(int fd);

#endif
