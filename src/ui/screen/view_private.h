/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_VIEW_PRIVATE_H
#define UI_SCREEN_VIEW_PRIVATE_H

/* Parts of the screen, for view.c; see there for where they go. */

#include "ui/screen/view.h"

#define NOWHERE UINT32_MAX

/* How the height is shared out. */
struct layout {
	unsigned top; /* below the title */
	unsigned log_height;
	unsigned rows;	     /* where they begin */
	unsigned each;	     /* lines of a row */
	bool beside;	     /* its numbers are on the same line */
	size_t first, shown; /* rows, counted from *Control down */
	unsigned prompt;     /* line of a question, or NOWHERE */
};

/* view_rows.c: a row, and the numbers below it (from column 0 to the end). */
void view_row(const struct model *m, size_t row, int64_t now_ms,
    struct canvas *c, unsigned y);
void view_rows(const struct model *m, const struct layout *l, int64_t now_ms,
    struct canvas *c);

/* view_numbers.c: what is done for the row, or was, from column x on. */
void view_numbers(const struct model *m, size_t row, int64_t now_ms,
    struct canvas *c, unsigned x, unsigned y);

/* view_log.c */
void view_log(const struct model *m, const struct layout *l, struct canvas *c);
/* A part of the screen, above and below which there may be more. */
struct window {
	struct canvas *c;
	unsigned left; /* the first column */
	int top, bottom;
};

/* Draws text, folded, from line y on, as far as that is in the window; returns
 * the lines that all of it takes. */
unsigned view_wrapped(
    const struct window *w, int y, enum role role, const char *text);

/* view_account.c: from line top to bottom. */
void view_account(struct model *m, int64_t now_ms, struct canvas *c,
    unsigned top, unsigned bottom);
unsigned view_account_page(unsigned top, unsigned bottom);

/* view_help.c */
void view_help(
    struct model *m, struct canvas *c, unsigned top, unsigned bottom);

/* "12:34:56", local time; "" for 0. */
void view_time(int64_t t, char out[16]);

#endif
