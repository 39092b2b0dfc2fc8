/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_VIEW_H
#define UI_VIEW_H

/* Blinkenlights' screen: a model drawn on a canvas. No I/O; one thread. */

#include <stddef.h>
#include <stdint.h>

#include "ui/canvas.h"
#include "ui/model.h"

/* What can be typed, for the screen of '?'; ends with a NULL. */
struct view_key {
	const char *keys, *does;
};
extern const struct view_key view_keys[];

/* Draws on c, whose size is the screen's. now_ms is clock_ms(). */
void view_draw(const struct model *m, int64_t now_ms, struct canvas *c);

/* How many lines of the log are on a screen of that height. */
unsigned view_log_height(const struct model *m, unsigned height);

#endif
