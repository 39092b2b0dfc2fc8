/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_ASK_H
#define UI_PLAIN_ASK_H

#include <stdbool.h>
#include <stddef.h>

/* True when there is a terminal to ask at. */
bool ask_possible(void);

/*
 * Asks for a password on /dev/tty with echo off and puts it in answer (a
 * string of less than cap bytes, to be wiped by the caller). False, with
 * answer empty, when there is no terminal, at its end, for a line that is too
 * long, or when signal_fd became readable. The echo is on again in any case,
 * and while ^Z suspends the program: all threads must block SIGTSTP and what
 * signal_fd, a signalfd for all of them, tells.
 */
bool ask_password(const char *what, int signal_fd, char *answer, size_t cap);

/* Does what SIGTSTP does by default, when it was blocked and is pending. */
void ask_suspend(void);

#endif
