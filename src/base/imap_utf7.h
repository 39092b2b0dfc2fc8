/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_IMAP_UTF7_H
#define BASE_IMAP_UTF7_H

/*
 * Modified UTF-7, the form of mailbox names on the wire (RFC 3501 section
 * 5.1.3), to UTF-8 and back. Each text has one canonical form, and any
 * other is refused, so that two names on a server never become one here. Any
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Appends the UTF-8 form of len bytes. False when they are not the canonical
 * encoding: a byte that is not printable ASCII, base64 that is not closed or
 * not needed or has bits left over, half a surrogate pair, a NUL.
 */
bool imap_utf7_decode(const char *text, size_t len, struct buf *out);

/* Appends what a run between & and - stands for, canonical or not. False when
 * it is not base64, or not UTF-16; then out may have got a part. */
bool imap_utf7_decode_run(const char *text, size_t len, struct buf *out);

/* The reverse; false when text is not well-formed UTF-8 or contains a NUL. */
bool imap_utf7_encode(const char *text, size_t len, struct buf *out);

#endif
