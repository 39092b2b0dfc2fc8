/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_IMAP_SCRIPT_H
#define TESTS_UNIT_IMAP_SCRIPT_H

/*
 * A scripted server (stream_memory.h) that outlives the stream: all that
 * the client sent, and what went wrong with the script, can be looked at when
 * the session has freed its stream.
 */

#include "base/buf.h"
#include "net/stream.h"

struct script {
	struct buf sent;    /* every byte the client wrote */
	struct buf problem; /* as stream_memory_problem; empty: none */
	bool freed;
};

/* chunk: the most that one read gives. *s must outlive the stream. */
struct stream *script_stream(struct script *s, const char *text, size_t chunk);

void script_clear(struct script *s);

#endif
