/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

/*
 * One instance for an account: a kernel lock on a file in the metadata
 * directory, which also says who holds it. Nothing stale can be left: the
 * lock goes with the process. Any thread; a lock belongs to one.
 */

#include "base/err.h"

struct lock;

/*
 * Takes the lock on the file at path (created 0600, never followed as a
 * link). Held by another: ERR_ACCOUNT, *busy set, and the text names its pid,
 * host and start time.
 */
int lock_take(const char *path, struct lock **l, bool *busy, struct err *e);
void lock_free(struct lock *l); /* NULL is fine */

#endif
