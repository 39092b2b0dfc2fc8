/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_KEY_H
#define UI_SCREEN_KEY_H

/*
 * What can be typed at Blinkenlights when it asks nothing: a row of the table
 * from which keys are obeyed and help is shown (blink_keys.c); tests/manual.py
 * holds it against blinkmail(1).
 */

struct blink;

struct key {
	int first, last;  /* term.h; the keys from first to last */
	const char *name; /* as on the keyboard; NULL ends the table */
	const char *does; /* for people */
	void (*act)(struct blink *b, int key);
};

#endif
