/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_TERM_H
#define UI_SCREEN_TERM_H

/*
 * The terminal, through curses. term.c is the only file that includes
 * <curses.h>. One terminal for the process; the UI's thread only.
 */

#include <stdbool.h>

#include "base/err.h"
#include "ui/screen/canvas.h"
#include "ui/screen/scheme.h"

/* Keys that are no characters; others are Unicode code points. */
enum term_key {
	TERM_NONE = -1, /* nothing typed */
	TERM_UP = 0x110000,
	TERM_DOWN,
	TERM_LEFT,
	TERM_RIGHT,
	TERM_PAGE_UP,
	TERM_PAGE_DOWN,
	TERM_HOME,
	TERM_END,
	TERM_BACKSPACE,
	TERM_DELETE,
	TERM_ENTER,
	TERM_OTHER,
	TERM_CLOSED, /* the terminal is gone */
};

#define TERM_CTRL(letter) ((letter)&0x1f)
#define TERM_ESCAPE 0x1b

struct terminal;

/* True when stdin and stdout are a terminal that can place text. */
bool term_possible(void);

/* Takes the terminal over; it is given back by term_close, and when the
 * program crashes. */
int term_open(struct terminal **t, enum scheme scheme, struct err *e);
void term_close(struct terminal *t);

/* False, with SCHEME_MONO, too: roles look different only by weight, lights
 * should be letters. */
bool term_has_colours(const struct terminal *t);

/* True when blocks can be shown: the locale is UTF-8, and the font has them
 * (those of consoles have not). */
bool term_has_blocks(const struct terminal *t);

/* From the next picture on. */
void term_scheme(struct terminal *t, enum scheme scheme);

/* The size, after SIGWINCH, too. */
void term_size(struct terminal *t, unsigned *width, unsigned *height);

/* Shows the canvas, which has that size; sends only what changed, and costs
 * next to nothing where nothing did. all: the whole screen anew. */
void term_draw(struct terminal *t, const struct canvas *c, bool all);

/* The next key, without waiting; with Alt it is TERM_OTHER. */
int term_key(struct terminal *t);

/* Gives the terminal back for a while, and takes it again. */
void term_suspend(struct terminal *t);
void term_resume(struct terminal *t);

#endif
