/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_SCHEME_H
#define UI_SCREEN_SCHEME_H

/*
 * What each role of a cell looks like: one table, with a scheme for dark
 * backgrounds, one for light ones, and one without colour. No I/O; any thread.
 */

#include "ui/screen/canvas.h"

enum scheme { SCHEME_DEFAULT, SCHEME_LIGHT, SCHEME_MONO, SCHEMES };

enum look_attr {
	LOOK_BOLD = 1 << 0,
	LOOK_DIM = 1 << 1,
	LOOK_REVERSE = 1 << 2,
	LOOK_UNDERLINE = 1 << 3,
};

struct look {
	short colour;  /* a number of the terminal's; -1: its own */
	unsigned attr; /* LOOK_BOLD, ... */
};

/* colours: how many the terminal has; below 8 it is as in SCHEME_MONO. */
struct look scheme_look(enum scheme scheme, enum role role, int colours);

#endif
