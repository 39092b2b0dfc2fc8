/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_STREAM_MEMORY_H
#define NET_STREAM_MEMORY_H

/*
 * A stream that plays a script, for tests: what the server says, and what it
 * must be told first. Lines of the script:
 *
 *	S: text      the server sends text and CRLF
 *	S> text      the server sends text, without CRLF (\\r \\n \\0 \\xNN)
 *	C: pattern   the client must send this line, CRLF included; `*' stands
 *	             for any run of bytes without CRLF, `T' at the start for the
 *	             tag: the first word, which later "S: T OK" repeats
 *	EOF          the server closes
 */

#include "net/stream.h"

/*
 * chunk: the most that one read gives (1: byte by byte). script is borrowed.
 */
struct stream *stream_memory_new(const char *script, size_t chunk);

/* NULL when the script was played to its end without a mismatch; else what
 * went wrong. Valid until the stream is freed. */
const char *stream_memory_problem(const struct stream *s);

#endif
