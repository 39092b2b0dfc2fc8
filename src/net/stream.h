/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_STREAM_H
#define NET_STREAM_H

/*
 * A two-way stream of bytes: a socket, TLS over one, DEFLATE over either, the
 * standard input and output of a command, or a script in memory. What is
 * above never knows which.
 *
 * Every wait ends: with bytes, at the idle timeout (nothing moved for so
 * long), at the deadline (a whole command took too long), or when the cancel
 * descriptor becomes readable. Writing never deadlocks with a peer that wants
 * to be read first: what arrives meanwhile is kept and handed out by the next
 * read. Before a read waits for the peer, what is still buffered is sent, so
 * that a forgotten flush costs time and no deadlock. Errors have scope
 * ERR_SESSION and are worth a retry unless said otherwise; after one the
 * stream is only good for stream_free. A timeout has the number ETIMEDOUT;
 * being cancelled has ECANCELED and is not worth a retry.
 *
 * While the machine sleeps no timeout ends a wait, and afterwards the wait may
 * last as much longer: a caller that has to know at once writes to one of
 * the two descriptors (engine/watch/network.h says when). So nothing wakes up
 * in between.
 *
 * A stream belongs to one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct stream;

/* What each kind of stream gives; for the files that make streams. */
struct stream_ops {
	/* "socket", "tls", "deflate", ... */
	const char *name;
	/* Reads 1 to size bytes into data; 0 at a clean end of stream. */
	ssize_t (*read)(
	    struct stream *s, void *data, size_t size, struct err *e);
	/* Writes all of it, perhaps to a buffer. */
	int (*write)(
	    struct stream *s, const void *data, size_t size, struct err *e);
	/* Sends what is buffered. */
	int (*flush)(struct stream *s, struct err *e);
	/* Bytes that are here already: a read gives some of them without
	 * waiting. A lower bound; 0 only when there are none. */
	size_t (*pending)(const struct stream *s);
	/* As stream_wait; called when everything is flushed. */
	int (*wait)(struct stream *s, int64_t deadline, struct err *e);
	/* Ends and frees this layer, not those below; no error counts. */
	void (*free)(struct stream *s);
};

/* The head of each kind's own struct. */
struct stream {
	const struct stream_ops *ops;
	struct stream *below; /* owned; NULL for the lowest */
	int cancel_fd;	      /* readable: give up; -1 for none; borrowed */
	int wake_fd;	      /* readable: stream_wait ends; -1 for none;
			       * borrowed */
	int idle_ms;	      /* idle timeout; 0 for none */
	int64_t deadline;     /* a clock_ms() value, or CLOCK_NEVER */
	uint64_t bytes_in;    /* what this layer has given and taken so far */
	uint64_t bytes_out;
};

/*
 * For the files that make streams: fills in the head. Limits and cancel
 * descriptor are those of below; without one there are none.
 */
void stream_init(
    struct stream *s, const struct stream_ops *ops, struct stream *below);

/* As the operations above. */
ssize_t stream_read(struct stream *s, void *data, size_t size, struct err *e);
int stream_write(
    struct stream *s, const void *data, size_t size, struct err *e);
int stream_flush(struct stream *s, struct err *e);
size_t stream_pending(const struct stream *s);

/* Frees all that is below, too. NULL is fine. */
void stream_free(struct stream *s);

/* Sets idle timeout and deadline on s and all that is below it. */
void stream_set_timeout(struct stream *s, int idle_ms, int64_t deadline);

/* Sets the wake descriptor (-1: none) on s and all that is below it. */
void stream_set_wake(struct stream *s, int fd);

/*
 * Waits until a read would not block, at most until the deadline given (idle
 * timeout and the stream's own deadline do not count): 1 readable or ended,
 * 0 deadline or woken, -1 error or cancelled. (For IDLE, RFC 2177.)
 */
int stream_wait(struct stream *s, int64_t deadline, struct err *e);

#endif
