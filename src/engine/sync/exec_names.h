/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_NAMES_H
#define ENGINE_SYNC_EXEC_NAMES_H

/* Files that share their base name with another one. */

#include "engine/sync/folder.h"

/*
 * Gives those that are about to be paired, or copied to files, names of their
 * own, by which the status can know them; the snapshots have these then. (Where
 * they are copied to a server, they get one with its UID.)
 */
int exec_names(struct folder *f, struct err *e);

#endif
