/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_READ_H
#define MAILDIR_MAILDIR_READ_H

/*
 * Reading a message file in the form that IMAP carries: each LF without a CR
 * before it becomes CRLF, all other bytes stay. A file that maildir_deliver
 * kept as it came is told by its size: it is the message's own.
 *
 * A reader belongs to one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct maildir_reader;

struct maildir_content {
	uint64_t size; /* bytes that maildir_reader_run will give */
	int64_t date;  /* mtime, seconds since the epoch */
	bool has_nul;  /* within those bytes */
};

/*
 * Takes the file fd over (also when it fails) and measures it. known is the
 * message's size where it is known, else 0. With header_only just the header,
 * its empty line included. ERR_MESSAGE when it is no regular file or cannot be
 * read.
 */
int maildir_reader_open_take(int fd, uint64_t known, bool header_only,
    struct maildir_reader **r, struct maildir_content *c, struct err *e);

/*
 * Passes the bytes to data(), which returns 0 or -1 with *e set; that -1 is
 * returned with *stopped true. ERR_MESSAGE, *stopped false: the file could not
 * be read, or is no longer what was measured.
 */
int maildir_reader_run(struct maildir_reader *r,
    int (*data)(void *arg, const void *p, size_t len, struct err *e), void *arg,
    bool *stopped, struct err *e);

void maildir_reader_close(struct maildir_reader *r); /* NULL is fine */

#endif
