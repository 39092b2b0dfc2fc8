/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_METADATA_H
#define ENGINE_METADATA_H

/* The directories that state is kept in. Any thread. */

#include "base/err.h"

/* Makes the directory and those above it, for us alone (0700), where they are
 * not there. ERR_ACCOUNT. */
int metadata_make(const char *path, struct err *e);

#endif
