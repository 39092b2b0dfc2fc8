/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

/*
 * Runs a shell command to its end: in a process group of its own, stdin from
 * /dev/null, with the signals as a login shell would give them, within a time
 * limit. What it leaves running (an agent) is not waited for when the command
 * ends by itself, and killed with it when it does not. Any thread.
 */

#include <stddef.h>

#include "base/err.h"

struct process {
	const char *command;	/* for /bin/sh -c */
	const char *const *env; /* NAME=VALUE, in place of what we have by that
				 * name; NULL-terminated; NULL: none */
	unsigned timeout;	/* seconds */
	int cancel_fd;		/* readable: it is killed; -1: none */
	/* Takes what it prints, piece by piece, in the thread of process_run;
	 * of: 1 stdout, 2 stderr. The piece is wiped afterwards. Returns how
	 * many more seconds the command may take from now on, at most; 0: it
	 * has said enough, and is killed; -1: as long as before. */
	int (*output)(void *arg, int of, const char *data, size_t len);
	void *arg;
};

enum process_end {
	PROCESS_EXITED,	   /* with the status in code */
	PROCESS_SIGNALLED, /* by the signal in code */
	PROCESS_LATE,	   /* killed after the time limit */
	PROCESS_CANCELLED, /* killed */
};

struct process_result {
	enum process_end end;
	int code;
};

/* -1: it could not be started; ERR_ACCOUNT. */
int process_run(
    const struct process *p, struct process_result *result, struct err *e);

#endif
