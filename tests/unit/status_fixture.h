/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_STATUS_FIXTURE_H
#define TESTS_UNIT_STATUS_FIXTURE_H

/* A database in a folder of its own, for the tests of engine/status. */

#include "engine/status/status.h"
#include "ok.h"

struct place {
	char *dir;
	char *path; /* of the database in it */
};

/* For cmocka: *state becomes a struct place. */
int place_setup(void **state);
int place_teardown(void **state);
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)

/* How many files there are; removes them all. */
size_t place_files(const struct place *p);
void place_empty(const struct place *p);

struct status *place_open(const struct place *p);
int64_t add_folder(struct status *st, const char *name);

/* How many pairs the folder has. */
size_t pair_count(struct status *st, int64_t folder);

/* The pair number n: ids n on the remote and 2n on the local side. */
void put_pair(struct status *st, int64_t folder, uint32_t n);

#endif
