/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_HANGUP_H
#define UI_PLAIN_HANGUP_H

/*
 * SIGHUP means two things: reread the configuration, and, for a
 * program that was started on a terminal, that the terminal is gone. They are
 * told apart by looking at the terminal. Any thread.
 */

#include <stdbool.h>

/* Which of standard input, output and error are a terminal now, as bits. */
unsigned hangup_terminals(void);

/* True when one of these is not a terminal any more. */
bool hangup_happened(unsigned terminals);

#endif
