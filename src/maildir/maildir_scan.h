/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_SCAN_H
#define MAILDIR_MAILDIR_SCAN_H

/*
 * Reading a Maildir's directories while others rename its files. readdir()
 * may miss a file that is renamed meanwhile, or show it twice. So a pass
 * counts only if cur and new did not change from before it to after it, and
 * passes are made until one does; the number of passes is bounded.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "maildir/maildir_folder.h"

struct maildir_visitor {
	void *arg;
	/* A pass begins: forget what was seen. */
	void (*restart)(void *arg);
	/* A file in cur or new that does not begin with a dot. One that is not
	 * regular is no message that can be read, but tells that somebody put
	 * it in the place of one. False: enough, stop reading. */
	bool (*file)(
	    void *arg, enum maildir_sub sub, const char *file, bool regular);
};

/*
 * Shows all files to the visitor. *steady tells if the last pass
 * was undisturbed (or was stopped): if not, files may be missing from it, and
 * may be there twice under two names. *stamp is as of just before that pass; it
 * may be NULL. May take 1 s, on a file system with coarse times 4 s, when
 * others do not stop to change the folder.
 */
int maildir_walk(const struct maildir *md, const struct maildir_visitor *v,
    bool *steady, struct maildir_stamp *stamp, struct err *e);

/* Stamp of the folder as it is now. */
int maildir_stamp(
    const struct maildir *md, struct maildir_stamp *stamp, struct err *e);

/* One file that is looked for: by base name, any file with the same key. */
struct maildir_want {
	const char *base;
	enum maildir_sub sub; /* where it was found */
	char *file;	      /* its name; NULL: not found; the caller frees */
	bool own;	      /* it has that very base name */
};

/*
 * Looks for n files in one go. Finds the one with the same base name where
 * there is one, else the one with the same key. *steady false: what was not
 * found may be there all the same.
 */
int maildir_find(const struct maildir *md, struct maildir_want *wants, size_t n,
    bool *steady, struct err *e);

#endif
