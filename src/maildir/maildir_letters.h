/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_LETTERS_H
#define MAILDIR_MAILDIR_LETTERS_H

/*
 * The letters a to z that stand in the names of a folder's files, as they are
 * there now: one that means nothing must not get a meaning by chance. A set of
 * letters has bit 0 for a. Files whose FMD5 is another folder's do not count:
 * their letters are that folder's, and are translated when they are seen.
 */

#include <stdint.h>

#include "base/err.h"
#include "maildir/maildir_folder.h"

#define MAILDIR_LETTER(i) (UINT32_C(1) << (i))

/* *used: those among letters that stand in a name. ERR_FOLDER. */
int maildir_letters_used(
    const struct maildir *md, uint32_t letters, uint32_t *used, struct err *e);

/* Takes letters out of all names. A file that somebody renames meanwhile may
 * keep them. ERR_FOLDER. */
int maildir_letters_remove(
    const struct maildir *md, uint32_t letters, struct err *e);

#endif
