/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_UI_H
#define UI_UI_H

/*
 * The user interfaces: each takes events from the engine and shows them. One
 * thread, the one that calls ui_run, does all of it.
 */

#include <stdbool.h>

#include "engine/engine.h"
#include "ui/carry.h"
#include "ui/plain/run_config.h"
#include "ui/plain/ui_kind.h"
#include "ui/screen/scheme.h"

/* What is shown instead where kind cannot be: *why gets the reason (static),
 * or NULL when kind is the answer. */
const struct ui_kind *ui_usable(const struct ui_kind *kind, const char **why);

/* True when this interface can ask the user for a password here. */
bool ui_can_ask(const struct ui_kind *kind);

struct ui_config {
	const struct ui_kind *kind;
	enum scheme scheme; /* of blinkenlights */
	struct run_config run;
	struct ui_carry *carry; /* borrowed; the same for each engine */
};

/* Shows events and passes commands on until the engine has ended. True: it
 * ended because reload was called and is to be started again. When stdout
 * cannot be written *lost gets the errno; a service ends then. */
bool ui_run(const struct ui_config *c, struct engine *en, int *lost);

#endif
