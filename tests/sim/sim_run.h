/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

/*
 * Runs of the engine between two simulated sides, and the oracle: what must be
 * true before and after them (no loss, no doubles, nothing made up, both sides
 * and the status equal, and each flag and deletion as the rules say).
 */

#include "../unit/rng.h"
#include "engine/engine.h"
#include "engine/settings/settings.h"
#include "sim_store.h"

#define DAYS 86400 /* in seconds */
#define SIM_FOLDERS 3
#define SIM_MARKS 512

extern const char *const sim_folder_names[SIM_FOLDERS];

/* Where everything is, by mark. */
struct sim_cell {
	uint8_t count;
	uint32_t flags; /* of all of them, added up */
};

struct sim_picture {
	struct sim_cell at[2][SIM_FOLDERS][SIM_MARKS];
};

struct sim {
	struct sim_world w;
	struct settings_account account;
	struct request request;
	struct rng rng;
	unsigned marks;		 /* next mark */
	bool deleted[SIM_MARKS]; /* by a user, anywhere */
	/* since the last picture: */
	bool moved[SIM_MARKS];	  /* by a user */
	unsigned acts[SIM_MARKS]; /* what users did to it, moves among it */
	struct sim_picture base;  /* when both sides were the same at last */
	/* the last run */
	int ret;
	struct err err;
	bool failed, held;
	unsigned ops;		      /* operations reported, skips apart */
	unsigned done[EVOP_HELD + 1]; /* operations reported, by kind */
	bool verbose;		      /* print operations and errors */
};

void sim_init(struct sim *s, uint64_t seed, const struct sim_can can[2]);
void sim_clear(struct sim *s);

void sim_picture(struct sim *s, struct sim_picture *p);

/* One run, with what the world's counters say about kills and faults. */
void sim_run(struct sim *s);

/* Users do n random things on both sides. */
void sim_users(struct sim *s, unsigned n);

/* Holds at every instant: every message that no user deleted is somewhere,
 * and all there is was made by users, byte by byte. */
void sim_check_safe(struct sim *s);

/*
 * Runs until there is nothing to do (twice, at most), as on later days, and
 * checks that all is equal, that a run more does nothing, and, when before is
 * not NULL, that the end is what the rules make of before.
 */
void sim_check_converges(struct sim *s, const struct sim_picture *before);

/* Why a check failed is printed with what led there. */
void sim_fail(struct sim *s, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
