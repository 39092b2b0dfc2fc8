/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_STEP_H
#define BASE_STEP_H

/*
 * A mark before and after each effect on a store and each transaction.
 * Nothing in production. A build with -DSTEPS calls step_here(), which the
 * tests define: it counts, and lets the n-th step fail (-1 with *e set) or
 * kills the program there.
 */

#include "base/err.h"

#ifdef STEPS
int step_here(const char *what, struct err *e);
#define step(what, e) step_here(what, e)
#else
static inline int
step(const char *what, struct err *e)
{
	(void)what;
	(void)e;
	return 0;
}
#endif

#endif
