/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_UTF7_H
#define MAILDIR_MAILDIR_UTF7_H

/*
 * OfflineIMAP and mbsync name directories as IMAP does on the wire: in modified
 * UTF-7, "Entw&APw-rfe". A directory that is there in that form is the folder's
 * when there is none in UTF-8. A name that would be taken for another one
 * ("R&-D", for "R&D") has its directory in that form always. Component by
 * component; any thread.
 */

/* What path stands for, which the caller frees; NULL: for itself. */
char *maildir_utf7_decode(const char *path);

/* Puts the path that a folder has below the directory root in the place of
 * *path, its path in UTF-8. */
void maildir_utf7_find(int root, char **path);

#endif
