/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_PLAIN_H
#define UI_PLAIN_PLAIN_H

/*
 * The user interfaces that print: basic, quiet, syslog and json. Errors,
 * warnings and what is held go to standard error in each of them; the rest is
 * what the properties of the kind say. One thread, the one that calls it.
 */

#include "engine/engine.h"
#include "ui/plain/notices.h"
#include "ui/plain/run_config.h"
#include "ui/plain/ui_kind.h"

/*
 * Shows events and obeys signals until the engine has ended. notices are those
 * that were given over the last engine; the same for each. True: it ended
 * because reload was called, and another engine is to be started. When stdout
 * cannot be written *lost gets the errno; a service ends then.
 */
bool plain_run(const struct run_config *c, const struct ui_kind *kind,
    struct notices *notices, struct engine *en, int *lost);

#endif
