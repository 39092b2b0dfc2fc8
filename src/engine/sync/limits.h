/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_LIMITS_H
#define ENGINE_SYNC_LIMITS_H

/* Copies that are not to be made now. */

#include "engine/sync/folder.h"

/*
 * Takes out of ops (copies to one side) what is too large or too old by the
 * settings, or failed recently and is not due yet; *n is what is left.
 */
int limits_apply(
    struct folder *f, const struct op **ops, size_t *n, struct err *e);

#endif
