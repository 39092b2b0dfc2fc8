/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_JSON_H
#define UI_PLAIN_JSON_H

/* Events as JSON (RFC 8259), for programs. blinkmail(1) describes the types
 * and their members. No I/O; any thread. */

#include "base/buf.h"
#include "engine/engine.h"

/* Appends one object and a newline; nothing for events that are for screens
 * only. account: its name, or NULL. */
void json_event(const struct event *ev, const char *account, struct buf *out);

#endif
