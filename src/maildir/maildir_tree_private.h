/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_TREE_PRIVATE_H
#define MAILDIR_MAILDIR_TREE_PRIVATE_H

/* What maildir_tree.c, maildir_list.c and maildir_watch.c share; nobody else
 * includes this. */

#include "maildir/maildir_tree.h"

/* Nested folders deeper than this are not looked for. */
#define MAILDIR_DEPTH_MAX 100

struct maildir_tree {
	int root;    /* -1: it is missing, and counts as empty */
	bool marked; /* it has, and must keep, a marker */
	char *path;
	char *owner;
	struct maildir_tree_options o;
	bool folds_case;
};

/* ERR_ACCOUNT unless the root is still what was opened, with its marker. */
int maildir_tree_check(const struct maildir_tree *t, struct err *e);

/* Changes the case of the INBOX that path begins with to that of a directory
 * which is there, when INBOX itself is not; of several, the first. */
void maildir_tree_inbox(const struct maildir_tree *t, char *path);

/*
 * Opens the directory at path below the root ("" for the root itself), one
 * component after the other, so that no link leads away; with make those that
 * are missing are made. -1 with errno; EXDEV: it is, or is in, another tree.
 */
int maildir_tree_walk(
    const struct maildir_tree *t, const char *path, bool make);

/* Says so of path below root ("": it is not told); -1. */
int maildir_tree_is_anothers(const char *root, const char *path, struct err *e);

/* The folder name for path, which the caller frees. Of several directories
 * that are INBOX but for its case only the one that is opened has it. */
int maildir_tree_name(
    const struct maildir_tree *t, const char *path, char **name, struct err *e);

/* True when a directory of that name, so deep below the root (0: in it), may
 * be a folder or have some below. */
bool maildir_tree_may_hold(
    enum maildir_layout layout, const char *file, size_t depth);

#endif
