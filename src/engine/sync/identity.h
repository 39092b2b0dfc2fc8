/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_IDENTITY_H
#define ENGINE_SYNC_IDENTITY_H

/*
 * Whose mail is it? The status remembers the user, host and port of each
 * server. Other ones may be another way to the same mail, or another account,
 * in which a UIDVALIDITY and UIDs can be the same by chance.
 */

#include "engine/sync/sync.h"

/*
 * Compares the settings with what the status remembers; both listings are
 * there, and nothing was done yet. What has other settings is accepted when it
 * proves to be the same mail: each folder known is there with its UIDVALIDITY,
 * and of a sample of its messages none is another one. Else *stop is true and
 * the user was asked, unless the request lets it through: then all that was
 * known is forgotten, and messages are paired by content. *stop is true in a
 * dry run, too, in which that cannot be shown.
 */
int identity_check(struct sync *sy, bool *stop, struct err *e);

#endif
