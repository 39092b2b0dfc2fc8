/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_DELIVER_H
#define MAILDIR_MAILDIR_DELIVER_H

/*
 * Delivery of messages in batches: each is written to tmp; when all are on
 * disk they are renamed to new or cur, and the directories are made durable.
 * Nothing is visible before it is whole and durable.
 *
 * Bytes come in the form that IMAP carries. Lines that end in CRLF are
 * written with LF. A message in which that would not give the same bytes
 * back (a CR or LF by itself, or a NUL) is written as it came.
 *
 * A batch belongs to one thread at a time; it may be committed in another
 * thread than it was filled in.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "maildir/maildir_folder.h"

struct maildir_batch;

/* How one message is to be filed. */
struct maildir_message {
	const char *letters; /* "": new; else cur */
	int64_t date;	     /* mtime: seconds since the epoch; 0: now */
	uint32_t uid;	     /* for U=; 0: without U= and FMD5= */
};

/* The batch keeps the folder open. */
struct maildir_batch *maildir_batch_new(struct maildir *md);

/*
 * Begin, data ..., end for each message; drop instead of end throws it away.
 * -1: this message was dropped; the others are still good.
 */
int maildir_batch_begin(
    struct maildir_batch *b, const struct maildir_message *m, struct err *e);
int maildir_batch_data(
    struct maildir_batch *b, const void *data, size_t len, struct err *e);
int maildir_batch_end(struct maildir_batch *b, struct err *e);
void maildir_batch_drop(struct maildir_batch *b);

/* What became of the i-th message ended: its base name, or NULL and why. */
typedef void maildir_batch_result(
    void *arg, size_t i, const char *base, const struct err *why);

/*
 * Makes all messages durable and visible, and tells of each. -1 with nothing
 * told: they could not be made durable, or the directory takes none. If that
 * was before they became visible, *visible is false and none will be there.
 */
int maildir_batch_commit(struct maildir_batch *b, maildir_batch_result *each,
    void *arg, bool *visible, struct err *e);

/* Removes what is still in tmp. NULL is fine. */
void maildir_batch_free(struct maildir_batch *b);

#endif
