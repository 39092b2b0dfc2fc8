/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_BLINK_H
#define UI_SCREEN_BLINK_H

/*
 * Blinkenlights: a row for each account, a light for each thread, keys that
 * synchronise at once. One thread, the one that calls it.
 */

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"
#include "ui/plain/run_config.h"
#include "ui/screen/key.h"
#include "ui/screen/model.h"
#include "ui/screen/scheme.h"

struct blink_config {
	const struct run_config *run; /* borrowed */
	enum scheme scheme;
	struct model_log *log; /* that of the last screen; borrowed; gets this
				* one's at its end */
};

/* Takes the terminal, shows the engine's events and passes keys on to it until
 * it has ended. -1 when there is no terminal to be had; nothing was done.
 * *reload: the engine ended because the configuration was reread. */
int blink_run(const struct blink_config *c, struct engine *en, bool *reload,
    struct err *e);

/* What each key does; ends with a row that has no name. */
extern const struct key blink_keys[];

#endif
