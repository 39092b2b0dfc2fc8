/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_STATUS_FIXTURE_H
#define TESTS_UNIT_STATUS_FIXTURE_H

/* A database in a folder of its own, for the tests of engine/status. */

#include "base/err.h"
#include "engine/status/status.h"

struct place {
	char dir[64];
	char path[80];
};

extern struct err err;

/* The call must succeed. */
#define CHECK(call) place_check((call), &err, #call, __LINE__)
void place_check(int ret, struct err *e, const char *call, int line);

/* For cmocka: *state becomes a struct place. */
int place_setup(void **state);
int place_teardown(void **state);
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)

/* Calls each() for every file in the folder; returns how many. */
size_t place_each(const struct place *p, void (*each)(const char *path));
void place_unlink(const char *path);

struct status *place_open(const struct place *p);
int64_t add_folder(struct status *st, const char *name);

/* The pair number n: ids n on the remote and 2n on the local side. */
void put_pair(struct status *st, int64_t folder, uint32_t n);

#endif
