/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interface carries over to the next engine. */
#include "config.h"

#include "ui/carry.h"

void
ui_carry_clear(struct ui_carry *c)
{
	notices_clear(&c->notices);
	model_log_clear(&c->log);
}
