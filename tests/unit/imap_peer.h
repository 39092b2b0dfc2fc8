/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_IMAP_PEER_H
#define TESTS_UNIT_IMAP_PEER_H

/* A server that follows a script. Waiting for it moves the fake clock. */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/stream.h"

/*
 * The server. Lines: "C: T COMMAND" must come from the client, "S: text" is
 * said ("T" at the start is the tag of the last command); "PASS n" lets n
 * milliseconds go by; "JUMP n" lets the wait in progress last n longer than it
 * should; "WAKE" is the wake descriptor; "EOF" ends the stream, "CANCEL" is
 * the cancel descriptor; "LOOP" says the next line again and again, a
 * millisecond apart.
 */
struct peer {
	struct stream head;
	const char *script;
	struct buf in;	/* for the client */
	struct buf out; /* of the client */
	char tag[32];
	size_t chunk;
	int64_t pass;	/* of the PASS that goes on */
	unsigned waits; /* stream_wait() */
	bool eof;
};

/* Says what the script, which is borrowed, has for it; reads give at most chunk
 * bytes. */
struct peer *peer_new(const char *script, size_t chunk);

#endif
