/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_RECONSIDER_H
#define ENGINE_SYNC_RECONSIDER_H

/*
 * Whether what is known of a folder still fits it, although its UIDVALIDITY is
 * the same: servers are put back from backups, folders are made anew under the
 * same name, and some servers hand out UIDs anew without saying so. In the
 * thread of the folder's sync; the folder is open.
 */

#include "engine/sync/folder.h"

/*
 * Compares a sample of the pairs with what the side has. *fits is false when
 * one of them is another message than it was. A store that cannot tell fits.
 */
int reconsider_witness(
    struct folder *f, enum side side, bool *fits, struct err *e);

/*
 * Scans the folder, compares all pairs with what the side has (the newest, and
 * for HOLD_REPLACED all, by their headers, too), and looks by
 * content for those that do not fit, and for those that are gone: what is found
 * is paired under its new id, what does not fit and is not found loses its
 * pair. Nothing is deleted in the folder in this run. *stop: in a dry run,
 * there is no telling what comes after that.
 */
int reconsider_folder(struct folder *f, enum side side, enum hold_reason why,
    bool *stop, struct err *e);

#endif
