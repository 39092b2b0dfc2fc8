/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_CANVAS_H
#define UI_SCREEN_CANVAS_H

/*
 * A screen in memory: cells with text and the role that it plays. What is
 * drawn here is put on a terminal by term.h, or printed by a test. No I/O; one
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* What a cell is for. Which colour that has is the terminal's business. */
enum role {
	ROLE_PLAIN,
	ROLE_TITLE,
	ROLE_DIM,
	ROLE_SELECTED,
	ROLE_KEY,      /* something to press */
	ROLE_HEAD,     /* what stands above a table */
	ROLE_BAR,      /* of progress; how fast it is */
	ROLE_QUESTION, /* to the user */
	ROLE_ACCOUNT,  /* an account's sync begins or ends */
	ROLE_CONNECT,
	ROLE_FOLDERS, /* folders are listed or made */
	ROLE_SYNC,    /* a folder is synchronised */
	ROLE_LIST,    /* its messages are listed */
	ROLE_COPY,
	ROLE_FLAGS_ADD,
	ROLE_FLAGS_DEL,
	ROLE_DELETE,
	ROLE_WAIT,  /* for the user */
	ROLE_WATCH, /* for news, with nothing to do */
	ROLE_PROBLEM,
	ROLES
};

#define CELL_BYTES 16 /* a character with its combining marks, and a NUL */

struct cell {
	char text[CELL_BYTES]; /* UTF-8; "" right of a wide character */
	enum role role;
};

struct canvas {
	unsigned width, height;
	struct cell *cells;	/* line by line */
	int cursor_x, cursor_y; /* -1: hidden */
};

/* Makes it that large, and empty. {0} is a canvas of no size. */
void canvas_clear(struct canvas *c, unsigned width, unsigned height);
void canvas_free(struct canvas *c);

/* The cell at x, y, which must be on the canvas. */
struct cell *canvas_at(const struct canvas *c, unsigned x, unsigned y);

/*
 * Writes text (UTF-8; what is none, and what utf8_is_visible says no to,
 * becomes '?') from column x on, at most max columns and never beyond the
 * line's end. What terminals differ about does not reach them: of a picture
 * that is joined from several, these are shown, and of a flag its letters.
 * Returns how many columns it took.
 */
unsigned canvas_put(struct canvas *c, unsigned x, unsigned y, unsigned max,
    enum role role, const char *text);

/* Gives n cells from x on a role. */
void canvas_role(
    struct canvas *c, unsigned x, unsigned y, unsigned n, enum role role);

/* Where the part of text ends that fits in max columns. */
const char *canvas_fit(const char *text, unsigned max);

/* Columns that text takes; likewise as far as end, which is inside of it. */
unsigned canvas_columns(const char *text);
unsigned canvas_columns_to(const char *text, const char *end);

#endif
