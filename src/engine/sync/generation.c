/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the generation of a store with that of the status. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/step.h"
#include "engine/sync/generation.h"
#include "engine/sync/report.h"

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
		report_problem(sy, NULL, &why);
		err_clear(&why);
		return 0;
	}
	return known_put(sy, side, g, e);
}

/* The folders of the sides, by what speaks against each; and both have a number
 * that is above all there were. */
static int
older_store(struct sync *sy, const uint64_t next[2], struct err *e)
{
	struct status *st = sy->status;
	enum side s;

	if (status_begin(st, e) == -1)
		return -1;
	for (s = LOCAL; s <= REMOTE; s++) {
		if ((sy->run.older[s] != HOLD_NONE &&
			status_older(st, s, sy->run.older[s], e) == -1) ||
		    (next[s] != 0 && put_both(sy, s, next[s], e) == -1))
			goto fail;
		if (next[s] != 0)
			sy->run.generation[s] = next[s];
	}
	if (status_commit(st, e) == 0)
		return 0;
fail:
	status_rollback(st);
	return -1;
}

/* *next is 0 when both fit. A store that is ahead by one is what a crash leaves
 * of generation_advance(). */
static int
side_check(struct sync *sy, enum side side, uint64_t *next, struct err *e)
{
	struct store *s = sy->store[side];
	uint64_t now, known;

	*next = 0;
	if (!has_one(sy, side))
		return 0;
	if (store_told(s, s->ops->generation(s, &now, e), e) == -1 ||
	    known_get(sy, side, &known, e) == -1)
		return -1;
	sy->run.generation[side] = known;
	if (now == known || now == known + 1 || known == 0)
		return 0;
	*next = (now > known ? now : known) + 1;
	log_line(sy->env->log,
	    "%s: the %s was put back from a backup: the generation of the %s "
	    "side is %" PRIu64 ", that of the status %" PRIu64,
	    sy->env->account->name, now < known ? "Maildir" : "status",
	    side_name(side), now, known);
	if (now < known)
		sy->run.older[side] = HOLD_OLDER;
	else
		sy->run.older[LOCAL] = sy->run.older[REMOTE] = HOLD_STATUS;
	return 0;
}

int
generation_check(struct sync *sy, struct err *e)
{
	uint64_t next[2];

	if (side_check(sy, LOCAL, &next[LOCAL], e) == -1 ||
	    side_check(sy, REMOTE, &next[REMOTE], e) == -1)
		return -1;
	if ((next[LOCAL] == 0 && next[REMOTE] == 0) ||
	    sy->env->request->dry_run)
		return 0;
	return older_store(sy, next, e);
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
