/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies in flight, and messages that failed to be copied. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/status/status_private.h"

int
status_intent_put(
    struct status *st, int64_t folder, struct status_intent *i, struct err *e)
{
	const struct digest *d = &i->digest;

	if (status_note_id(st, folder, !i->side, i->source_id, e) == -1)
		return -1;
	if (db_run(st->db, Q_INTENT_PUT,
		VALUES(INT(folder), INT(i->side), INT(i->source_id),
		    INT(i->next_id), INT(i->validity), INT(i->date),
		    INT(d->size), INT(d->header), BLOB(d->whole, DIGEST_LEN),
		    TEXT(i->name != NULL ? i->name : ""), INT(i->flags)),
		e) == -1)
		return -1;
	i->id = db_last_rowid(st->db);
	log_debug(st->log, LOG_STATE,
	    "%s: intent %" PRId64 ": a copy of %" PRIu32 " to the %s side",
	    st->path, i->id, i->source_id, side_name(i->side));
	return 0;
}

int
status_intent_late(
    struct status *st, int64_t intent, int64_t when, struct err *e)
{
	return db_run(st->db, Q_INTENT_LATE, VALUES(INT(intent), INT(when)), e);
}

int
status_intent_drop(struct status *st, int64_t intent, struct err *e)
{
	return db_run(st->db, Q_INTENT_DROP, VALUES(INT(intent)), e);
}

static int
column_intent(struct status *st, struct status_intent *i, struct err *e)
{
	const enum query q = Q_INTENTS;
	int64_t side = db_int(st->db, q, 1);

	*i = (struct status_intent){ 0 };
	i->id = db_int(st->db, q, 0);
	i->side = side == LOCAL ? LOCAL : REMOTE;
	i->date = db_int(st->db, q, 5);
	i->late = db_int(st->db, q, 11);
	if ((side != LOCAL && side != REMOTE) ||
	    !db_u32(st->db, q, 2, &i->source_id) ||
	    !db_u32(st->db, q, 3, &i->next_id) ||
	    !db_u32(st->db, q, 4, &i->validity) ||
	    !db_u32(st->db, q, 10, &i->flags) ||
	    !status_column_digest(st, q, 6, &i->digest))
		return db_nonsense(st->db, q, e);
	i->name = xstrdup(db_text(st->db, q, 9));
	return 0;
}

int
status_intents(struct status *st, int64_t folder, struct status_intent **list,
    size_t *len, struct err *e)
{
	struct status_intent *all = NULL;
	size_t n = 0, cap = 0;
	int row;

	if (db_query(st->db, Q_INTENTS, VALUES(INT(folder)), e) == -1)
		return -1;
	while ((row = db_next(st->db, Q_INTENTS, e)) == 1) {
		all = xgrow(all, n, &cap, sizeof(*all));
		if (column_intent(st, &all[n], e) == -1) {
			row = -1;
			break;
		}
		n++;
	}
	if (row == -1) {
		status_intents_free(all, n);
		return -1;
	}
	*list = all;
	*len = n;
	return 0;
}

void
status_intents_free(struct status_intent *list, size_t len)
{
	for (size_t i = 0; i < len; i++)
		free(list[i].name);
	free(list);
}

int
status_skip(struct status *st, int64_t folder, enum side side, uint32_t id,
    const char *reason, struct err *e)
{
	return db_run(st->db, Q_SKIP,
	    VALUES(INT(folder), INT(side), INT(id), INT(clock_wall()),
		TEXT(reason)),
	    e);
}

int
status_doubled(struct status *st, int64_t folder, enum side side, uint32_t id,
    uint32_t other, struct err *e)
{
	return db_run(st->db, Q_DOUBLED,
	    VALUES(INT(folder), INT(side), INT(id), INT(other)), e);
}

int
status_unskip(struct status *st, int64_t folder, enum side side, uint32_t id,
    struct err *e)
{
	return db_run(
	    st->db, Q_UNSKIP, VALUES(INT(folder), INT(side), INT(id)), e);
}

static int
column_skipped(struct status *st, struct status_skipped *s, struct err *e)
{
	const enum query q = Q_SKIPS;
	int64_t side = db_int(st->db, q, 0);

	*s = (struct status_skipped){ 0 };
	s->side = side == LOCAL ? LOCAL : REMOTE;
	s->next_try = db_int(st->db, q, 3);
	snprintf(s->reason, sizeof(s->reason), "%s", db_text(st->db, q, 4));
	if ((side != LOCAL && side != REMOTE) || !db_id(st->db, q, 1, &s->id) ||
	    !db_u32(st->db, q, 2, &s->tries))
		return db_nonsense(st->db, q, e);
	return 0;
}

int
status_skips(struct status *st, int64_t folder, struct status_skipped **list,
    size_t *len, struct err *e)
{
	struct status_skipped *all = NULL;
	size_t n = 0, cap = 0;
	int row;

	if (db_query(st->db, Q_SKIPS, VALUES(INT(folder)), e) == -1)
		return -1;
	while ((row = db_next(st->db, Q_SKIPS, e)) == 1) {
		all = xgrow(all, n, &cap, sizeof(*all));
		if (column_skipped(st, &all[n++], e) == -1) {
			row = -1;
			break;
		}
	}
	if (row == -1) {
		free(all);
		return -1;
	}
	*list = all;
	*len = n;
	return 0;
}
