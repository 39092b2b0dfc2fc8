/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STORE_FOLDERNAME_H
#define ENGINE_STORE_FOLDERNAME_H

/*
 * Folder names in the one form that the engine uses. Pure; any thread.
 *
 * Canonical names: UTF-8, components joined by '/'. A '/' within a component,
 * a control character or DEL is %XX (upper-case), and so is a '%' that two
 * hexadecimal digits follow, so that the way back is exact. The first
 * component INBOX in any case is "INBOX" (RFC 9051 section 5.1).
 */

#include <stddef.h>

#include "base/err.h"

/*
 * The canonical form of a store's own name with this delimiter (0: flat).
 * ERR_FOLDER for what can be no folder: empty, an empty component, "." or
 * "..", NUL, not UTF-8, longer than 5000 bytes. The caller frees *canonical.
 */
int foldername_canonical(const char *native, size_t len, char delimiter,
    char **canonical, struct err *e);

/* The way back. NULL when a component holds the delimiter, and the store
 * cannot have such a name. The caller frees. */
char *foldername_native(const char *canonical, char delimiter);

#endif
