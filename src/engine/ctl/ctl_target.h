/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CTL_CTL_TARGET_H
#define ENGINE_CTL_CTL_TARGET_H

/*
 * What a person names to be synchronised: ACCOUNT or ACCOUNT/FOLDER; nothing
 * means all. Pure; any thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends it for one line of the protocol: control characters and '%' are
 * %XX. */
void ctl_target_encode(struct buf *out, const char *target);

/* The way back. False: not of this form, or a NUL. */
bool ctl_target_decode(struct buf *out, const char *text);

/*
 * Which of the n accounts it is, by index, -1 for all, and in *folder the rest
 * of target, "" for all. Names may hold '/': the longest that fits wins. -1,
 * with what there is in *e, when none does.
 */
int ctl_target_find(const char *target, const char *const *names, size_t n,
    int *account, const char **folder, struct err *e);

#endif
