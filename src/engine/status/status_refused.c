/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders that could not be looked into, and since when. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "engine/status/status_private.h"

#define NAME_BYTES 40

static void
fact_name(int64_t folder, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "refused %" PRId64, folder);
}

int
status_refused_get(
    struct status *st, int64_t folder, struct status_refused *r, struct err *e)
{
	char name[NAME_BYTES];
	int row;

	*r = (struct status_refused){ 0 };
	fact_name(folder, name);
	if (db_query(st->db, Q_FACT_GET, VALUES(TEXT(name)), e) == -1)
		return -1;
	row = db_next(st->db, Q_FACT_GET, e);
	if (row != 1)
		return row;
	if (sscanf(db_text(st->db, Q_FACT_GET, 0),
		"%" SCNu32 " %" SCNd64 " %" SCNu32 " %" SCNu32 " %" SCNu32
		" %" SCNu32,
		&r->runs, &r->since, &r->validity[LOCAL], &r->next_id[LOCAL],
		&r->validity[REMOTE], &r->next_id[REMOTE]) != 6)
		return db_nonsense(st->db, Q_FACT_GET, e);
	db_finish(st->db, Q_FACT_GET);
	return 0;
}

int
status_refused_put(struct status *st, int64_t folder,
    const struct status_refused *r, struct err *e)
{
	char name[NAME_BYTES], value[80];

	fact_name(folder, name);
	snprintf(value, sizeof(value),
	    "%" PRIu32 " %" PRId64 " %" PRIu32 " %" PRIu32 " %" PRIu32
	    " %" PRIu32,
	    r->runs, r->since, r->validity[LOCAL], r->next_id[LOCAL],
	    r->validity[REMOTE], r->next_id[REMOTE]);
	return db_run(st->db, Q_FACT_PUT, VALUES(TEXT(name), TEXT(value)), e);
}

int
status_refused_drop(struct status *st, int64_t folder, struct err *e)
{
	char name[NAME_BYTES];

	fact_name(folder, name);
	return db_run(st->db, Q_FACT_DROP, VALUES(TEXT(name)), e);
}
