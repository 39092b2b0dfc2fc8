/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_TREE_PRIVATE_H
#define MAILDIR_MAILDIR_TREE_PRIVATE_H

/* What maildir_tree.c and maildir_list.c share; nobody else includes this. */

#include "maildir/maildir_tree.h"

struct maildir_tree {
	int root;    /* -1: it is missing, and counts as empty */
	bool marked; /* it has, and must keep, a marker */
	char *path;
	struct maildir_tree_options o;
	bool folds_case;
};

/* ERR_ACCOUNT unless the root is still what was opened, with its marker. */
int maildir_tree_check(const struct maildir_tree *t, struct err *e);

/* Changes the case of the INBOX that path begins with to that of a directory
 * which is there, when INBOX itself is not; of several, the first. */
void maildir_tree_inbox(const struct maildir_tree *t, char *path);

#endif
