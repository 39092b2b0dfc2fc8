/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_KEPT_H
#define UI_KEPT_H

/*
 * What an interface keeps from one engine to the next, when the configuration
 * is reread in between: a person notices nothing of that. Zeroed it is empty.
 * One thread.
 */

#include "ui/plain/trouble.h"
#include "ui/screen/model.h"

struct ui_kept {
	struct trouble trouble; /* that quiet has told */
	struct model_log log;	/* of blinkenlights; while none is shown */
};

void ui_kept_clear(struct ui_kept *k);

#endif
