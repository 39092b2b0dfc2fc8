/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CTL_CTL_TARGET_H
#define ENGINE_CTL_CTL_TARGET_H

/*
 * What the user names to be synchronised: ACCOUNT or ACCOUNT/FOLDER. Pure; any
 * thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends it as a word of the protocol: control characters, spaces and '%' are
 * %XX. */
void ctl_target_encode(struct buf *out, const char *target);

/* Appends what was encoded. False: not of this form, or a NUL. */
bool ctl_target_decode(struct buf *out, const char *text);

/* The index of the account with this name; -1, with the known names in *e. */
int ctl_target_account(const char *name, const char *const *names, size_t n,
    size_t *account, struct err *e);

/*
 * Which of the n accounts the target is, by index, and in *folder the rest of
 * target, "" for all folders. Names may hold '/': the longest that fits wins.
 * -1, with the known names in *e, when none does.
 */
int ctl_target_find(const char *target, const char *const *names, size_t n,
    size_t *account, const char **folder, struct err *e);

#endif
