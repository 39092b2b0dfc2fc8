/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_FOLDERTRANS_H
#define ENGINE_SYNC_FOLDERTRANS_H

/* What a folder of one side is called on the other. One thread at a time. */

#include "base/err.h"
#include "base/side.h"
#include "engine/settings/settings.h"
#include "engine/store/store.h"

struct nametrans;

struct foldertrans {
	char delimiter[2]; /* by side, of native names */
	char *prefix[2];   /* canonical, with a '/' at its end; NULL: none */
	struct nametrans *trans[2];
};

/* From the settings and listings of both sides. ERR_ACCOUNT for a wrong rule.
 * To be cleared in every case. */
int foldertrans_init(struct foldertrans *t,
    const struct settings_store store[2],
    const struct store_folders *const folders[2], struct err *e);
void foldertrans_clear(struct foldertrans *t);

/*
 * What the folder own (canonical) of side is called on the other one,
 * canonical; the caller frees. Rules are for the name with this delimiter,
 * without the prefix of its side; what they leave alone keeps its name.
 * ERR_FOLDER for what is no name then.
 */
int foldertrans_name(const struct foldertrans *t, enum side side,
    const char *own, char delimiter, char **canonical, struct err *e);

#endif
