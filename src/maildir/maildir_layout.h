/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_LAYOUT_H
#define MAILDIR_MAILDIR_LAYOUT_H

/*
 * Where in the tree a folder lies. Folder names are UTF-8 with components
 * joined by '/', in which a component's own '/', control characters and '%'
 * before two hexadecimal digits are %XX already.
 *
 *	flat      Work.Foo      '.' in a component is %2E
 *	nested    Work/Foo      a leading '.' is %2E
 *	Maildir++ .Work.Foo     as flat; INBOX is the root itself
 *
 * The components cur, new and tmp are %63ur, %6Eew and %74mp. So is the first
 * character of what would stand in the place of a file of ours, or of another
 * program: of dovecot-keywords and others where folders nest, of
 * blinkmail-keywords in Maildir++. And there the folder blinkmail is
 * .%62linkmail, since .blinkmail is the root's marker.
 *
 * The way back is exact: a name that would not come back is refused, and so is
 * a directory whose name would not lead to it again. Pure; any thread.
 */

#include "base/err.h"

enum maildir_layout { MAILDIR_FLAT, MAILDIR_NESTED, MAILDIR_PLUSPLUS };

/*
 * The path of folder name below the root ("." for the root itself), which the
 * caller frees. It never leads out of the root. ERR_FOLDER for a name that is
 * no folder name (an empty component, "." or "..", a control character, not
 * UTF-8) or has a component that is too long for a file name.
 */
int maildir_layout_path(
    enum maildir_layout layout, const char *name, char **path, struct err *e);

/*
 * The folder name that path is for, which the caller frees. ERR_FOLDER for a
 * path that no folder name leads to. A first component "Inbox" in any case is
 * "INBOX": then the way back gives INBOX, and the caller looks which it is.
 */
int maildir_layout_name(
    enum maildir_layout layout, const char *path, char **name, struct err *e);

/*
 * The directory name that a folder has in the place of file, so deep below the
 * root (0: in it), when file is the name of a file that has to stand there;
 * else NULL. The caller frees.
 */
char *maildir_layout_instead(
    enum maildir_layout layout, const char *file, size_t depth);

/* As people know the folder: the path, in Maildir++ without its leading dot;
 * valid as long as path. */
const char *maildir_layout_native(enum maildir_layout layout, const char *path);

/* '.' or '/'. */
char maildir_layout_delimiter(enum maildir_layout layout);

#endif
