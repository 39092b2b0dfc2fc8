/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the status knows of the account as a whole. */
#include "config.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/status/status_private.h"

#define DAY 86400

int
status_settle(struct status *st, struct err *e)
{
	return db_run(st->db, Q_FOLDERS_SETTLE, NULL, 0, e);
}

int
status_older(
    struct status *st, enum side side, enum hold_reason why, struct err *e)
{
	return db_run(st->db, side == LOCAL ? Q_OLDER_LOCAL : Q_OLDER_REMOTE,
	    VALUES(INT(why)), e);
}

int
status_tokens_drop(struct status *st, struct err *e)
{
	return db_run(st->db, Q_TOKENS_DROP, NULL, 0, e);
}

int
status_fact_get(
    struct status *st, const char *name, char **value, struct err *e)
{
	int row;

	*value = NULL;
	if (db_query(st->db, Q_FACT_GET, VALUES(TEXT(name)), e) == -1)
		return -1;
	row = db_next(st->db, Q_FACT_GET, e);
	if (row != 1)
		return row;
	*value = xstrdup(db_text(st->db, Q_FACT_GET, 0));
	db_finish(st->db, Q_FACT_GET);
	return 0;
}

int
status_fact_put(
    struct status *st, const char *name, const char *value, struct err *e)
{
	return db_run(st->db, Q_FACT_PUT, VALUES(TEXT(name), TEXT(value)), e);
}

int
status_fact_drop(struct status *st, const char *name, struct err *e)
{
	return db_run(st->db, Q_FACT_DROP, VALUES(TEXT(name)), e);
}

int
status_count_all(struct status *st, uint64_t *n, struct err *e)
{
	int row;

	if (db_query(st->db, Q_COUNT_ALL, NULL, 0, e) == -1)
		return -1;
	row = db_next(st->db, Q_COUNT_ALL, e);
	if (row != 1)
		return row;
	*n = (uint64_t)db_int(st->db, Q_COUNT_ALL, 0);
	db_finish(st->db, Q_COUNT_ALL);
	return 0;
}

int
status_removed_add(struct status *st, int64_t folder, enum side side,
    uint64_t n, struct err *e)
{
	int64_t now = clock_wall();

	if (db_run(st->db, Q_REMOVED_OLD, VALUES(INT(now - DAY), INT(now)),
		e) == -1)
		return -1;
	return db_run(st->db, Q_REMOVED_ADD,
	    VALUES(INT(folder), INT(side), INT(now), INT((int64_t)n)), e);
}

int
status_removed(struct status *st, int64_t folder, enum side side, uint64_t *n,
    struct err *e)
{
	int row;

	*n = 0;
	if (db_query(st->db, Q_REMOVED_SUM,
		VALUES(INT(folder), INT(side), INT(clock_wall() - DAY)),
		e) == -1)
		return -1;
	row = db_next(st->db, Q_REMOVED_SUM, e);
	if (row != 1)
		return row;
	*n = (uint64_t)db_int(st->db, Q_REMOVED_SUM, 0);
	db_finish(st->db, Q_REMOVED_SUM);
	return 0;
}

int
status_removed_forget(struct status *st, struct err *e)
{
	return db_run(st->db, Q_REMOVED_DROP, NULL, 0, e);
}
