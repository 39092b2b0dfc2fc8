/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_STREAM_MEMORY_H
#define TESTS_UNIT_STREAM_MEMORY_H

/*
 * A stream that plays a script, for tests: what the server says, and what it
 * must be told first. Lines of the script, each ended by a newline:
 *
 *	S: text      the server sends text and CRLF
 *	S> text      the server sends text, without CRLF (\r \n \0 \t \xNN \\)
 *	C: pattern   the client must send this line, CRLF included; `*' stands
 *	             for any run of bytes without CRLF, the word T at the start
 *	             for the tag: any word, which later "S: T OK" repeats
 *	EOF          the server closes
 *
 * T1 to T9 are more tags, for pipelined commands. Empty lines do not count.
 * What the server may send without hearing the client first comes in one
 * piece, as far as chunk allows. A client that reads while the script wants
 * to hear it gets a timeout, as does one that reads behind the script's end.
 */

#include "net/stream.h"

/*
 * chunk: the most that one read gives (1: byte by byte). script is borrowed
 * for this call only.
 */
struct stream *stream_memory_new(const char *script, size_t chunk);

/*
 * NULL when the script was played to its end, all of it was read and the
 * client sent nothing else; else what went wrong. Valid until the next call or
 * the stream's end. s must come from stream_memory_new.
 */
const char *stream_memory_problem(struct stream *s);

#endif
