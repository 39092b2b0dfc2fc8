/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders that could not be looked into, and since when. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
	char name[NAME_BYTES], *value;
	int ret = 0;

	*r = (struct status_refused){ 0 };
	fact_name(folder, name);
	if (status_fact_get(st, name, &value, e) == -1)
		return -1;
	if (value != NULL &&
	    sscanf(value,
		"%" SCNu32 " %" SCNd64 " %" SCNu32 " %" SCNu32 " %" SCNu32
		" %" SCNu32,
		&r->runs, &r->since, &r->validity[LOCAL], &r->next_id[LOCAL],
		&r->validity[REMOTE], &r->next_id[REMOTE]) != 6)
		ret = db_nonsense(st->db, Q_FACT_GET, e);
	free(value);
	return ret;
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
	return status_fact_put(st, name, value, e);
}

int
status_refused_drop(struct status *st, int64_t folder, struct err *e)
{
	char name[NAME_BYTES];

	fact_name(folder, name);
	return db_run(st->db, Q_FACT_DROP, VALUES(TEXT(name)), e);
}
