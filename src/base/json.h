/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_JSON_H
#define BASE_JSON_H

/* Text as JSON (RFC 8259). No I/O; any thread. */

#include "base/buf.h"
#include "base/err.h"

/* Appends s as a JSON string, quotes included; bytes that are not well-formed
 * UTF-8 become U+FFFD. */
void json_string(struct buf *out, const char *s);

/* Appends ,"folder":...,"side":...,"uid":...,"lid":...,"file":... without what
 * is not known, and without the account. */
void json_subject(struct buf *out, const struct err_subject *s);

#endif
