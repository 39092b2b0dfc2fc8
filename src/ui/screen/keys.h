/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_KEYS_H
#define UI_SCREEN_KEYS_H

/*
 * What can be typed at Blinkenlights when it asks nothing: one table, from
 * which keys are obeyed and help is shown; tests/manual.py holds it against
 * blinkmail(1).
 */

struct blink;

struct key {
	int first, last;  /* term.h; the keys from first to last */
	const char *name; /* as on the keyboard; NULL ends the table */
	const char *does; /* for people */
	void (*act)(struct blink *b, int key);
};

extern const struct key keys[];

/* Does what key is for; one that is for nothing is dropped. */
void keys_act(struct blink *b, int key);

#endif
