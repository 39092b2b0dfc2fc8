/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAILDIR_MAILDIR_WATCH_H
#define MAILDIR_MAILDIR_WATCH_H

/*
 * Noticing what other programs do in a tree of Maildirs: by inotify(7), with
 * one descriptor for all of it. Messages that come, go or are renamed in new
 * and cur, changes of the keyword file, folders that appear and go. What we do
 * ourselves is noticed just the same.
 *
 * No symbolic link below the root is followed. Changes on another host (NFS)
 * are not seen. Belongs to one thread at a time.
 */

#include "maildir/maildir_tree.h"

struct maildir_watch;

/*
 * Watches the tree; strings are copied. readonly and must_exist are taken for
 * granted: nothing is made. ERR_ACCOUNT when the root is not there or has lost
 * its marker, or when inotify has not enough watches or instances for this
 * (fs.inotify.max_user_watches; num is ENOSPC or EMFILE).
 */
int maildir_watch_open(const struct maildir_tree_options *o,
    struct maildir_watch **w, struct err *e);
void maildir_watch_close(struct maildir_watch *w); /* NULL is fine */

/* Readable when there is something to take. */
int maildir_watch_fd(const struct maildir_watch *w);

/*
 * Takes what happened, without waiting, and tells of each folder in which
 * something changed, by its canonical name; NULL: perhaps in any, or in the
 * list of them. ERR_ACCOUNT when the tree is gone or unmounted, or there are
 * not enough watches for a new folder: it can only be closed then.
 */
int maildir_watch_take(struct maildir_watch *w,
    void (*changed)(void *arg, const char *folder), void *arg, struct err *e);

#endif
