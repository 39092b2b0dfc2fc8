/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_REVALIDATE_H
#define ENGINE_SYNC_REVALIDATE_H

/* A folder whose ids were handed out anew. */

#include "engine/sync/folder.h"

/*
 * The validity of a side of the open folder changed: pairs all again by
 * content, and scans. *stop: not all was found again, which was reported, and
 * nothing more is to be done in this folder.
 */
int revalidate_folder(struct folder *f, bool *stop, struct err *e);

#endif
