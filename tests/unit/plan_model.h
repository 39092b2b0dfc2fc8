/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_PLAN_MODEL_H
#define TESTS_PLAN_MODEL_H

/*
 * The smallest thing that has two sides and a base: plans are made from it
 * and their operations applied to it. Each message has a mark, by which a test
 * knows it whatever its ids are.
 */

#include "engine/plan/plan.h"

#define MODEL_MAX 64 /* messages on a side, and marks */

struct model_msg {
	uint32_t id;
	uint32_t flags;
	unsigned mark; /* below MODEL_MAX; once on a side */
};

struct model {
	struct model_msg msg[2][MODEL_MAX]; /* ascending by id */
	size_t len[2];
	struct plan_pair base[MODEL_MAX]; /* ascending by id[REMOTE] */
	unsigned base_mark[MODEL_MAX];
	size_t base_len;
	uint32_t next_id[2];
	uint32_t storable[2];
	struct plan_policy policy;
};

/* What a test knows of one mark. */
struct model_row {
	bool there[2];
	uint32_t flags[2]; /* 0 where it is not there */
	bool paired;
	uint32_t base; /* likewise */
};

/* How much of a side a plan gets to see. */
struct model_view {
	bool partial[2];
	bool vanished[2];	   /* partial: what is gone is named */
	bool hidden[2][MODEL_MAX]; /* partial: by mark */
};

/* Both sides keep all flags, and deletions travel. */
void model_init(struct model *m);
/* Takes the other one for what this one was. */
void model_mirror(const struct model *m, struct model *out);

/* The message appears on the side with the next id there, or with this one. */
void model_put(struct model *m, enum side side, unsigned mark, uint32_t flags);
void model_put_id(struct model *m, enum side side, unsigned mark,
    uint32_t flags, uint32_t id);
/* A base for two ids; they need not be on the sides. */
void model_pair(
    struct model *m, uint32_t lid, uint32_t rid, uint32_t flags, unsigned mark);
/* Adds all that row says, with new ids. */
void model_add(struct model *m, unsigned mark, const struct model_row *row);
struct model_row model_row(const struct model *m, unsigned mark);
bool model_equal(const struct model *a, const struct model *b);

/*
 * Plans; messages with the same mark and no base are given as matches, in an
 * order that salt decides. view may be NULL: everything is seen.
 */
void model_plan(const struct model *m, const struct model_view *view,
    unsigned salt, struct plan *plan);
/* Does one operation; fails the test when that makes no sense. */
void model_apply(struct model *m, const struct op *op);
/* Plans and applies all. */
void model_sync(struct model *m);
/* How many operations other than OP_SKIP a plan has now. */
size_t model_work(const struct model *m);

#endif
