/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_PLAN_HOLD_H
#define ENGINE_PLAN_HOLD_H

#include <stdbool.h>

/*
 * Why a message is not removed in this run, although it is gone from the other
 * side; from the widest reason down. The status keeps the numbers.
 */
enum hold_reason {
	HOLD_NONE,

	/* These pass by themselves. */
	HOLD_UNSEEN, /* a folder to which it may have gone could not be looked
		      * at to its end */
	HOLD_UNSURE, /* the folder's pairs are not believed, or were made anew
		      * in this run */
	HOLD_ELSEWHERE, /* it is in another folder of the other side, and was
			 * not copied from there */

	/* These wait for the user's decision. */
	HOLD_MISSING,	  /* the folder was gone from the other side, and came
			   * back without it */
	HOLD_OLDER,	  /* the other side is older than what is known of it:
			   * it was put back from a backup */
	HOLD_REPLACED,	  /* the folder of the other side is another one under
			   * the same name */
	HOLD_NEWEST,	  /* the newest of the folder are gone, and no others */
	HOLD_MANY,	  /* too many of the folder are gone */
	HOLD_MANY_IN_ALL, /* too many of the account are gone */
	HOLD_SETTINGS,	  /* it is gone since before deletions were allowed to
			   * travel */
	HOLD_STATUS,	  /* the status was put back from a backup, and does
			   * not know what waited */
	HOLD_REASONS
};

static inline bool
hold_is_decision(enum hold_reason reason)
{
	return reason >= HOLD_MISSING;
}

/* It was too much at once: it may go when enough came back. */
static inline bool
hold_is_amount(enum hold_reason reason)
{
	return reason == HOLD_NEWEST || reason == HOLD_MANY ||
	       reason == HOLD_MANY_IN_ALL;
}

#endif
