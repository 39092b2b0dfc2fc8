/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_TERMS_H
#define ENGINE_SYNC_TERMS_H

/*
 * What of the settings decides which messages of a folder are copied and
 * removed. A folder whose tokens say "unchanged" is only unchanged under the
 * same terms. Pure; any thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "engine/settings/settings.h"

/* The terms of today, for status_folder.made_under; never 0. */
int64_t terms_of(const struct settings_account *a);

/* Whether deletions made on that side travel to the other. Terms of 0, which
 * are not known, are taken for those of today. */
bool terms_deletes_from(int64_t terms, enum side side);

#endif
