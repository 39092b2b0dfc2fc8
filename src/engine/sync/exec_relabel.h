/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_EXEC_RELABEL_H
#define ENGINE_SYNC_EXEC_RELABEL_H

/* Keyword letters of files that came from another folder. */

#include "engine/sync/folder.h"

/* Makes the letters of the files of n server copies, which are into f, those
 * of f, where they are still those of the folder that has the bytes. */
int exec_relabel(
    struct folder *f, struct server_copy *list, size_t n, struct err *e);

#endif
