/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_LETTERS_H
#define MAILDIR_MAILDIR_LETTERS_H

/*
 * The letters a to z that stand in the names of a folder's files, as they are
 * there now: one that means nothing must not get a meaning by chance. Files
 * whose FMD5 is another folder's do not count: their letters are that
 * folder's, and are translated when they are seen. Errors are ERR_FOLDER.
 */

#include <stdint.h>

#include "base/err.h"
#include "maildir/maildir_folder.h"

/* *used: the letters that stand in a name. */
int maildir_letters_used(
    const struct maildir *md, uint32_t *used, struct err *e);

/* Takes letters out of all names. A file that somebody renames meanwhile may
 * keep them. */
int maildir_letters_remove(
    const struct maildir *md, uint32_t letters, struct err *e);

#endif
