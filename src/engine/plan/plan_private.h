/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_PLAN_PLAN_PRIVATE_H
#define ENGINE_PLAN_PLAN_PRIVATE_H

/*
 * Joins what both sides have with the base: one row for each message. Pure;
 * any thread.
 */

#include "engine/plan/plan.h"

struct plan_row {
	uint32_t id[2];	   /* by side; 0: none known there */
	bool there[2];	   /* the side has it */
	uint32_t flags[2]; /* on the side, where it is there */
	bool paired;	   /* the base has it */
	uint32_t base;	   /* its flags there */
	bool twice;	   /* an earlier pair has one of its messages */
};

/*
 * Calls each for every row: pairs by id[REMOTE], then matches in their order,
 * then what is only on the remote side, then what is only on the local side,
 * by id. O(n) where ids ascend alike on both sides, else O(n log n).
 */
void plan_join(const struct plan_input *in,
    void (*each)(void *arg, const struct plan_row *row), void *arg);

#endif
