/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_FOLDER_H
#define MAILDIR_MAILDIR_FOLDER_H

/*
 * One open Maildir: its directories, held by descriptors, so that nothing that
 * is renamed or put in their place leads anywhere else.
 *
 * A struct maildir does not change after maildir_open, is counted, and may be
 * used by several threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "maildir/maildir_name.h"

enum maildir_sub { MAILDIR_CUR, MAILDIR_NEW, MAILDIR_TMP, MAILDIR_SUBS };

/*
 * What tells that nothing changed in a folder. Valid only when the folder's
 * last change is so old that another one would have left another time.
 */
struct maildir_stamp {
	bool valid;
	uint64_t words[8];
};
/* Words that are times: the mtime of cur and new, in ns. */
enum { MAILDIR_STAMP_CUR = 1, MAILDIR_STAMP_NEW = 3 };

struct maildir {
	_Atomic unsigned refs;
	int dir;	       /* the folder itself */
	int sub[MAILDIR_SUBS]; /* by enum maildir_sub */
	char infosep;
	bool fsync;    /* make durable what is changed */
	bool syncfs;   /* syncfs() can be trusted to tell of errors */
	char fmd5[33]; /* what FMD5= says for this folder */
	struct maildir_namer namer;
};

struct maildir_options {
	char infosep;
	bool fsync;
	bool readonly;	    /* makes nothing: not even a missing new or tmp */
	const char *native; /* the name that FMD5 is made of */
};

/*
 * Opens the Maildir in the directory dir, which it takes over (also when it
 * fails). ERR_FOLDER when it is none (cur is not there), or when cur, new or
 * tmp is something else than a directory; new and tmp are made when missing.
 */
int maildir_open_take(int dir, const struct maildir_options *o,
    struct maildir **md, struct err *e);

struct maildir *maildir_ref(struct maildir *md);
void maildir_unref(struct maildir *md); /* the last one closes; NULL is fine */

/* Makes cur, new and tmp in the directory dir; what is there may stay. With
 * fsync durable. cur is made last: it is what makes a folder. */
int maildir_make(int dir, bool fsync, struct err *e);

/*
 * Removes from tmp what deliveries left behind that ended before their time:
 * those of a process of this host that is no more, and of anybody after 36
 * hours. Not being able to is no error.
 */
void maildir_clean_tmp(const struct maildir *md);

/* Sets *e to "PATH: WHAT: <strerror(num)>", scope ERR_FOLDER, with the path of
 * the sub-directory as the kernel knows it now. Returns -1. */
int maildir_errno(const struct maildir *md, enum maildir_sub sub, int num,
    const char *what, struct err *e);

/* True when this errno from a change to a directory (renaming, removing) is of
 * the directory or its disk, so that the next file will meet it, too. */
bool maildir_is_whole(int num);

/* Puts the path of the file in the sub-directory before what *e says. Returns
 * -1. */
int maildir_err_file(const struct maildir *md, enum maildir_sub sub,
    const char *file, struct err *e);

/* Makes what was renamed or removed in the sub-directory durable. */
int maildir_sync(const struct maildir *md, enum maildir_sub sub, struct err *e);

/*
 * Renames a file without ever replacing one: -1 with errno, EEXIST among
 * them. Where the file system cannot do that in one step, it looks first.
 */
int maildir_rename(int from_dir, const char *from, int to_dir, const char *to);

/* The number of the directory cur in its file system, which one that was put
 * in its place does not have; 0: not known. */
uintmax_t maildir_inode(const struct maildir *md);

/*
 * The stamp of the directories with the status cur, new, and of the keyword
 * file (NULL: there is none).
 */
void maildir_stamp_make(const struct stat *cur, const struct stat *new,
    const struct stat *words, struct maildir_stamp *stamp);

/* Milliseconds until a change to the directory must leave another time than
 * the one in st; 0 when that is so already. */
int maildir_settles(const struct stat *st);

#define MAILDIR_KEYWORDS_FILE "dovecot-keywords"

#endif
