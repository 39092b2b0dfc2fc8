/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "ui/kept.h"

void
ui_kept_clear(struct ui_kept *k)
{
	trouble_clear(&k->trouble);
	model_log_clear(&k->log);
}
