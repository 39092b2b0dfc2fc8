/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the generation of a store with that of the status. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/step.h"
#include "engine/sync/generation.h"

static const char *const fact_names[] = {
	[LOCAL] = "local generation",
	[REMOTE] = "remote generation",
};

static bool
has_one(const struct sync *sy, enum side side)
{
	return sy->store[side]->ops->generation != NULL &&
	       !sy->env->account->store[side].readonly;
}

static int
known_get(struct sync *sy, enum side side, uint64_t *g, struct err *e)
{
	char *text;

	*g = 0;
	if (status_fact_get(sy->status, fact_names[side], &text, e) == -1)
		return -1;
	if (text != NULL)
		*g = strtoull(text, NULL, 10);
	free(text);
	return 0;
}

static int
known_put(struct sync *sy, enum side side, uint64_t g, struct err *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, g);
	return status_fact_put(sy->status, fact_names[side], text, e);
}

/* The store's, and then the status'; in a transaction, so that of several
 * threads one does it. */
static int
put_both(struct sync *sy, enum side side, uint64_t g, struct err *e)
{
	struct store *s = sy->store[side];
	struct err why = ERR_INIT;

	if (step("generation", e) == -1)
		return -1;
	if (s->ops->generation_put(s, g, &why) == -1) {
		log_line(sy->env->log, "%s: %s", sy->env->account->name,
		    err_line(&why));
		err_clear(&why);
		return 0;
	}
	return known_put(sy, side, g, e);
}

static int
side_older(struct sync *sy, enum side side, uint64_t known, struct err *e)
{
	struct status *st = sy->status;

	if (status_begin(st, e) == -1)
		return -1;
	if (status_older(st, side, e) == -1 ||
	    put_both(sy, side, known + 1, e) == -1 ||
	    status_commit(st, e) == -1) {
		status_rollback(st);
		return -1;
	}
	sy->run.generation[side] = known + 1;
	return 0;
}

static int
side_check(struct sync *sy, enum side side, struct err *e)
{
	struct store *s = sy->store[side];
	uint64_t now, known;

	if (!has_one(sy, side))
		return 0;
	if (store_told(s, s->ops->generation(s, &now, e), e) == -1 ||
	    known_get(sy, side, &known, e) == -1)
		return -1;
	sy->run.generation[side] = known;
	if (now >= known)
		return 0;
	log_line(sy->env->log,
	    "%s: the %s side was put back from a backup: generation %" PRIu64
	    ", after %" PRIu64,
	    sy->env->account->name, side_name(side), now, known);
	sy->run.older[side] = true;
	return sy->env->request->dry_run ? 0 : side_older(sy, side, known, e);
}

int
generation_check(struct sync *sy, struct err *e)
{
	return side_check(sy, LOCAL, e) == -1 ? -1 : side_check(sy, REMOTE, e);
}

/* Unless another thread of the run did it. */
static int
side_advance(struct sync *sy, enum side side, struct err *e)
{
	struct store *s = sy->store[side];
	uint64_t now, known;

	if (known_get(sy, side, &known, e) == -1)
		return -1;
	if (known != sy->run.generation[side])
		return 0;
	if (store_told(s, s->ops->generation(s, &now, e), e) == -1)
		return -1;
	return put_both(sy, side, (now > known ? now : known) + 1, e);
}

int
generation_advance(struct sync *sy, struct err *e)
{
	struct status *st = sy->status;
	enum side side;

	if (sy->run.advanced || sy->env->request->dry_run)
		return 0;
	sy->run.advanced = true;
	if (!has_one(sy, LOCAL) && !has_one(sy, REMOTE))
		return 0;
	if (status_begin(st, e) == -1)
		return -1;
	for (side = LOCAL; side <= REMOTE; side++)
		if (has_one(sy, side) && side_advance(sy, side, e) == -1)
			goto fail;
	if (status_commit(st, e) == 0)
		return 0;
fail:
	status_rollback(st);
	return -1;
}
