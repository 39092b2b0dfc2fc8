/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_READ_H
#define MAILDIR_MAILDIR_READ_H

/*
 * Reading a message file in the form that IMAP carries. The form of a file is
 * told by its own bytes, whoever put it where it is: when a line of its header
 * (up to the first empty line) ends in CRLF, all of it is as it came from a
 * server, and no byte is changed; else its lines end in LF, and each LF without
 * a CR before it becomes CRLF. All other bytes stay.
 *
 * This is the way back of what maildir_deliver does. Only of a message whose
 * header has no CRLF at all, which no server should send, the bytes do not
 * tell; the size does while the status knows it, since a file that is as it
 * came has the message's own size. And a CR in the body is no sign: it stands
 * in files of other programs, too, whose lines end in LF.
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
