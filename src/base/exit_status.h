/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_EXIT_STATUS_H
#define BASE_EXIT_STATUS_H

/*
 * The exit status of the program, and of each answer of the control socket; see
 * EXIT STATUS in blinkmail(1). Pure; any thread.
 */

enum exit_status {
	EXIT_DONE = 0,	 /* all done */
	EXIT_FAILED = 1, /* something failed; each failure was named */
	EXIT_USAGE = 2,	 /* a mistake on the command line or in the settings */
	EXIT_BUSY = 3,	 /* another instance holds an account; ctl: none runs */
	EXIT_HELD = 4,	 /* something is held for the user's decision */
};

/* What it means, for a message; "" for EXIT_DONE. Static. */
const char *exit_status_text(enum exit_status status);

/* The one that counts when both are true. */
enum exit_status exit_status_worse(enum exit_status a, enum exit_status b);

#endif
