/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_METADATA_H
#define BASE_METADATA_H

/* The directories that state is kept in. Any thread. */

#include <stdbool.h>

#include "base/err.h"

/*
 * Makes the directory and those above it, for us alone (0700), where they are
 * not there. ERR_ACCOUNT when that cannot be, and when it is one in which
 * others can put or replace files: it is writable for them, or another user's
 * (root's will do). With own it must be this user's, and no symbolic link.
 */
int metadata_make(const char *path, bool own, struct err *e);

#endif
