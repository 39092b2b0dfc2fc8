/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_COUNTED_STORE_H
#define TESTS_UNIT_COUNTED_STORE_H

/* Counts what is asked of a store. One store at a time. */

#include "engine/store/store.h"

/* Messages, not calls. */
struct store_counts {
	size_t details; /* size and date were asked for */
	size_t headers; /* read */
	size_t starts;	/* of bodies */
	size_t wholes;	/* read to the end */
};

/* From now on the calls of s are counted in store_counts, which begin at 0. */
void store_count(struct store *s);
extern struct store_counts store_counts;

#endif
