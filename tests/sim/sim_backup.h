/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SIM_BACKUP_H
#define TESTS_SIM_BACKUP_H

/* Backups of a simulated side, or of the status, between two runs. */

#include "sim_run.h"

struct sim_backup {
	bool taken;
	struct sim_side side;
};

void sim_backup_clear(struct sim_backup *b);
void sim_backup_take(const struct sim *s, enum side side, struct sim_backup *b);
/* The side is as it was. What is nowhere else then is the loss of whoever put
 * it back, and counts as deleted. */
void sim_backup_restore(
    struct sim *s, enum side side, const struct sim_backup *b);

void sim_backup_take_status(struct sim *s);
void sim_backup_restore_status(struct sim *s);

#endif
