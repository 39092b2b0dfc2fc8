/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_TREE_H
#define MAILDIR_MAILDIR_TREE_H

/*
 * A directory with Maildirs below it. The root carries a marker, the file
 * ".blinkmail": where it is missing the disk is not mounted, and no message
 * is to be taken for deleted. In it stands whose tree it is, and then its
 * generation, which grows; an empty one is anybody's, and is filled in. (A tree
 * that is never written to needs none; if it has one, that must stay.) A
 * directory below that has a marker, too, is another tree's root: nothing in it
 * is listed, opened or made. And a root that lies in another tree gets no
 * marker. The root may be reached through a symbolic link; below it none is
 * followed. A tree belongs to one thread at a time.
 */

#include <stdbool.h>

#include "base/err.h"
#include "maildir/maildir_folder.h"
#include "maildir/maildir_layout.h"

#define MAILDIR_MARKER ".blinkmail"

struct maildir_tree;

struct maildir_tree_options {
	const char *path;
	enum maildir_layout layout;
	char infosep;
	bool fsync;
	bool unmarked;	   /* it is never written to: it may have no marker */
	bool readonly;	   /* nothing is made or changed, no marker either */
	const char *owner; /* what the marker says, in lines; else it belongs
			    * to another. NULL: whatever it says is right */
	bool must_exist; /* with its marker; else root and marker are made, or,
			  * with readonly, a missing root has no folders */
};

/* ERR_ACCOUNT when the root is not there, is no directory, has lost its
 * marker, is another's, or has none and lies in another's. Strings are copied.
 */
int maildir_tree_open(const struct maildir_tree_options *o,
    struct maildir_tree **t, struct err *e);
void maildir_tree_close(struct maildir_tree *t); /* NULL is fine */

/* True when names that differ only by case are one file in the root. */
bool maildir_tree_folds_case(const struct maildir_tree *t);

/* A descriptor of the root, good as long as the tree; -1: it is missing. */
int maildir_tree_root(const struct maildir_tree *t);

/* '.' or '/': what joins the components of native names. */
char maildir_tree_delimiter(const struct maildir_tree *t);

/* Takes a listing. Strings are valid during the call. */
struct maildir_tree_visitor {
	void *arg;
	void (*folder)(void *arg, const char *name, const char *native,
	    const struct maildir_stamp *stamp);
	/* A Maildir that cannot be used: its path below the root, and why.
	 * name: it could not be looked into, so that it may be this folder, or
	 * have some below that were not listed; else NULL. */
	void (*refused)(void *arg, const char *path, const char *name,
	    const struct err *why);
};

/* All folders, in any order. ERR_ACCOUNT when the marker is gone. */
int maildir_tree_list(struct maildir_tree *t,
    const struct maildir_tree_visitor *v, struct err *e);

/* Makes the folder, parents included, durably; it may be there already. */
int maildir_tree_create(
    struct maildir_tree *t, const char *name, struct err *e);

/* Renames the folder's directory, with all that is in it, durably; parents of
 * the new one are made. ERR_FOLDER when the new one is there, or the folder is
 * the root itself. */
int maildir_tree_rename(
    struct maildir_tree *t, const char *from, const char *to, struct err *e);

/* Opens the folder; ERR_FOLDER when it is not there, ERR_ACCOUNT when the
 * marker is gone. */
int maildir_tree_folder(struct maildir_tree *t, const char *name, bool readonly,
    struct maildir **md, struct err *e);

/* Opens what a listing refused, by its path below the root, to read only. The
 * last part of the path may be a link. */
int maildir_tree_refused(struct maildir_tree *t, const char *path,
    struct maildir **md, struct err *e);

/*
 * The generation that the marker carries in its last line; 0: none. An owner is
 * given, and the tree is marked; else it is 0 and cannot be put. ERR_ACCOUNT.
 */
int maildir_tree_generation(
    const struct maildir_tree *t, uint64_t *g, struct err *e);
int maildir_tree_generation_put(
    const struct maildir_tree *t, uint64_t g, struct err *e);

#endif
