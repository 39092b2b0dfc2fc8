/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_CANVAS_TEXT_H
#define TESTS_UNIT_CANVAS_TEXT_H

#include "ui/screen/canvas.h"

/* Appends the text, a line each, without the spaces at the ends. */
void canvas_text(const struct canvas *c, struct buf *out);

#endif
