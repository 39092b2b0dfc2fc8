/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_CHANGE_H
#define MAILDIR_MAILDIR_CHANGE_H

/*
 * Finding the files of messages that are known by base name and flags, and
 * doing something to them, while others may rename them at any moment. The
 * usual name is tried first; only for what is not there the folder is read,
 * once for all of them.
 *
 * The keywords belong to one thread, and so does each call.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "maildir/maildir_folder.h"
#include "maildir/maildir_keywords.h"

struct maildir_target {
	/* A base name, or "cur/" or "new/" and a whole file name, where two
	 * files share a base name. */
	const char *name;
	uint32_t flags; /* what it is thought to have */
};

enum maildir_outcome {
	MAILDIR_DONE,
	MAILDIR_GONE,	 /* not there, which a second look confirmed */
	MAILDIR_CHANGED, /* other flags than thought, or it cannot be told */
	MAILDIR_FAILED,	 /* refused: why */
};

/* Tells of one target. base: what it is called now, where that changed. */
typedef void maildir_each(void *arg, size_t i, enum maildir_outcome outcome,
    const char *base, const struct err *why);

struct maildir_job {
	struct maildir *md;
	struct maildir_keywords *keywords;
	const struct maildir_target *targets;
	size_t n;
	maildir_each *each;
	void *arg;
};

/*
 * All functions tell of each target in any order, and return -1 with *e set
 * when reading or syncing a directory failed: then what was told is not
 * certain. So do those that change flags or remove, when a directory cannot
 * be changed at all, of the first file that shows it.
 */

/* Adds and takes away flags of those whose flags are as thought. Durable. */
int maildir_change_flags(
    const struct maildir_job *job, uint32_t add, uint32_t del, struct err *e);

/* Removes those whose flags are as thought. Durable. */
int maildir_remove(const struct maildir_job *job, struct err *e);

/*
 * Writes uids[i] and the folder's sum into the names, whatever the flags. A
 * target named by its whole file name gets a unique part of its own. Durable.
 */
int maildir_bind(
    const struct maildir_job *job, const uint32_t *uids, struct err *e);

/*
 * Opens each file for reading, whatever its flags, and passes the descriptor
 * on, which use() takes over: use() returns false to end it all, with *e set
 * (and this returns -1). Targets that were passed to use() are not told to
 * job->each.
 */
typedef bool maildir_use(
    void *arg, size_t i, int fd, uint32_t flags, struct err *e);
int maildir_open_files(
    const struct maildir_job *job, maildir_use *use, struct err *e);

#endif
