/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_VIEW_H
#define UI_SCREEN_VIEW_H

/* Blinkenlights' screen: a model drawn on a canvas. No I/O; one thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/screen/canvas.h"
#include "ui/screen/model.h"

/* Draws on c, whose size is the screen's and which is empty. Keeps what is
 * selected in sight: that moves the model's scrolls. now_ms is clock_ms(). */
void view_draw(struct model *m, int64_t now_ms, struct canvas *c);

/* How many lines a page of what scrolls has on a screen of that size. */
unsigned view_page(const struct model *m, unsigned width, unsigned height);

/* True when rows have numbers on a screen of that size. */
bool view_has_numbers(const struct model *m, unsigned width, unsigned height);

/* True when the picture is another one in the next second even if nothing
 * happens: a countdown or the speed is to be seen. */
bool view_ticks(
    const struct model *m, int64_t now_ms, unsigned width, unsigned height);

#endif
