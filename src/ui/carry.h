/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_CARRY_H
#define UI_CARRY_H

/*
 * What an interface carries from one engine to the next when the configuration
 * is reread in between, so that the user does not notice that. Zeroed it is
 * empty. One thread.
 */

#include "ui/plain/notices.h"
#include "ui/screen/model.h"

struct ui_carry {
	struct notices notices; /* those that quiet has given */
	struct model_log log;	/* of blinkenlights, while none is shown */
};

void ui_carry_clear(struct ui_carry *c);

#endif
