/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pairs: the messages that are on both sides. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/status/status_private.h"
#include "engine/store/known.h"

bool
status_column_digest(
    struct status *st, enum query q, int column, struct digest *d)
{
	const void *whole = db_blob(st->db, q, column + 2, DIGEST_LEN);

	if (whole == NULL)
		return false;
	d->size = (uint64_t)db_int(st->db, q, column);
	d->header = (uint64_t)db_int(st->db, q, column + 1);
	memcpy(d->whole, whole, DIGEST_LEN);
	return true;
}

static int64_t
name_key(const char *name)
{
	return name == NULL || *name == '\0' ? 0
					     : (int64_t)store_name_key(name);
}

int
status_pair_put(struct status *st, int64_t folder, const struct status_pair *p,
    struct err *e)
{
	const struct digest *d = &p->digest;
	const char *local = p->name[LOCAL] != NULL ? p->name[LOCAL] : "";
	const char *remote = p->name[REMOTE] != NULL ? p->name[REMOTE] : "";

	if (status_note_id(st, folder, LOCAL, p->id[LOCAL], e) == -1 ||
	    status_note_id(st, folder, REMOTE, p->id[REMOTE], e) == -1)
		return -1;
	return db_run(st->db, Q_PAIR_PUT,
	    VALUES(INT(folder), INT(p->id[REMOTE]), INT(p->id[LOCAL]),
		INT(p->flags), INT(p->date), INT(d->size), INT(d->header),
		BLOB(d->whole, DIGEST_LEN), TEXT(remote), TEXT(local),
		INT(p->told[REMOTE]), INT(p->told[LOCAL]),
		INT(p->unread[LOCAL] + 2 * p->unread[REMOTE]),
		BLOB(p->kin, STATUS_KIN), INT(name_key(remote)),
		INT(name_key(local))),
	    e);
}

int
status_pair_flags(struct status *st, int64_t folder, uint32_t remote_id,
    uint32_t flags, struct err *e)
{
	return db_run(st->db, Q_PAIR_FLAGS,
	    VALUES(INT(folder), INT(remote_id), INT(flags)), e);
}

int
status_pair_name(struct status *st, int64_t folder, uint32_t remote_id,
    enum side side, const char *name, struct err *e)
{
	return db_run(st->db, side == LOCAL ? Q_PAIR_LOCAL : Q_PAIR_REMOTE,
	    VALUES(
		INT(folder), INT(remote_id), TEXT(name), INT(name_key(name))),
	    e);
}

int
status_pair_drop(
    struct status *st, int64_t folder, uint32_t remote_id, struct err *e)
{
	return db_run(
	    st->db, Q_PAIR_DROP, VALUES(INT(folder), INT(remote_id)), e);
}

/* The names are valid until the next row. */
static int
column_pair(
    struct status *st, enum query q, struct status_place *p, struct err *e)
{
	struct status_pair *pair = &p->pair;

	p->folder = db_int(st->db, q, 0);
	pair->date = db_int(st->db, q, 4);
	pair->told[REMOTE] = (uint64_t)db_int(st->db, q, 10);
	pair->told[LOCAL] = (uint64_t)db_int(st->db, q, 11);
	pair->unread[LOCAL] = (db_int(st->db, q, 12) & 1) != 0;
	pair->unread[REMOTE] = (db_int(st->db, q, 12) & 2) != 0;
	pair->kin = db_blob(st->db, q, 13, STATUS_KIN);
	pair->name[REMOTE] = db_text(st->db, q, 8);
	pair->name[LOCAL] = db_text(st->db, q, 9);
	if (!db_id(st->db, q, 1, &pair->id[REMOTE]) ||
	    !db_id(st->db, q, 2, &pair->id[LOCAL]) ||
	    !db_u32(st->db, q, 3, &pair->flags) ||
	    !status_column_digest(st, q, 5, &pair->digest))
		return db_nonsense(st->db, q, e);
	return 0;
}

int
status_pair_get(struct status *st, int64_t folder, uint32_t remote_id,
    struct status_pair *p, bool *found, struct err *e)
{
	struct status_place place = { 0 };
	enum side side;
	int row;

	*found = false;
	if (db_query(st->db, Q_PAIR_GET, VALUES(INT(folder), INT(remote_id)),
		e) == -1)
		return -1;
	row = db_next(st->db, Q_PAIR_GET, e);
	if (row != 1)
		return row;
	if (column_pair(st, Q_PAIR_GET, &place, e) == -1)
		return -1;
	for (side = LOCAL; side <= REMOTE; side++) {
		buf_reset(&st->name[side]);
		buf_puts(&st->name[side], place.pair.name[side]);
		place.pair.name[side] = buf_str(&st->name[side]);
	}
	if (place.pair.kin != NULL)
		place.pair.kin =
		    memcpy(st->kin, place.pair.kin, sizeof(st->kin));
	db_finish(st->db, Q_PAIR_GET);
	*p = place.pair;
	*found = true;
	return 0;
}

/* The one row, if any, that the query begun gives: an id. */
static int
take_id(
    struct status *st, enum query q, uint32_t *id, bool *found, struct err *e)
{
	int row = db_next(st->db, q, e);

	*found = false;
	if (row != 1)
		return row;
	if (!db_id(st->db, q, 0, id))
		return db_nonsense(st->db, q, e);
	db_finish(st->db, q);
	*found = true;
	return 0;
}

int
status_pair_next(struct status *st, int64_t folder, uint32_t least,
    uint32_t *id, bool *found, struct err *e)
{
	if (db_query(st->db, Q_PAIR_NEXT, VALUES(INT(folder), INT(least)), e) ==
	    -1)
		return -1;
	return take_id(st, Q_PAIR_NEXT, id, found, e);
}

int
status_pair_last(struct status *st, int64_t folder, enum side side,
    uint32_t *id, bool *found, struct err *e)
{
	enum query q = side == LOCAL ? Q_PAIR_LAST_LOCAL : Q_PAIR_LAST_REMOTE;

	if (db_query(st->db, q, VALUES(INT(folder)), e) == -1)
		return -1;
	return take_id(st, q, id, found, e);
}

int
status_base(struct status *st, int64_t folder, struct plan_pair **base,
    size_t *len, struct err *e)
{
	struct plan_pair *all = NULL, *p;
	size_t n = 0, cap = 0;
	int row;

	if (db_query(st->db, Q_BASE, VALUES(INT(folder)), e) == -1)
		return -1;
	while ((row = db_next(st->db, Q_BASE, e)) == 1) {
		all = xgrow(all, n, &cap, sizeof(*all));
		p = &all[n++];
		if (!db_id(st->db, Q_BASE, 0, &p->id[LOCAL]) ||
		    !db_id(st->db, Q_BASE, 1, &p->id[REMOTE]) ||
		    !db_u32(st->db, Q_BASE, 2, &p->flags)) {
			row = db_nonsense(st->db, Q_BASE, e);
			break;
		}
	}
	if (row == -1) {
		free(all);
		return -1;
	}
	log_debug(st->log, LOG_STATE,
	    "%s: folder %" PRId64 ": %zu pairs loaded", st->path, folder, n);
	*base = n > 0 ? xreallocarray(all, n, sizeof(*all)) : NULL;
	*len = n;
	return 0;
}

int
status_paired(struct status *st, int64_t folder, enum side side, uint32_t least,
    struct status_ids *ids, struct err *e)
{
	enum query q = side == LOCAL ? Q_PAIRED_LOCAL : Q_PAIRED_REMOTE;
	uint32_t *all = NULL;
	size_t n = 0, cap = 0;
	int row;

	if (db_query(st->db, q, VALUES(INT(folder), INT(least)), e) == -1)
		return -1;
	while ((row = db_next(st->db, q, e)) == 1) {
		all = xgrow(all, n, &cap, sizeof(*all));
		if (!db_id(st->db, q, 0, &all[n++])) {
			row = db_nonsense(st->db, q, e);
			break;
		}
	}
	if (row == -1) {
		free(all);
		return -1;
	}
	*ids = (struct status_ids){ all, n };
	return 0;
}

static int
pair_count(struct status *st, int64_t folder, uint64_t *n, struct err *e)
{
	int row;

	*n = 0;
	if (db_query(st->db, Q_COUNT, VALUES(INT(folder)), e) == -1)
		return -1;
	row = db_next(st->db, Q_COUNT, e);
	if (row != 1)
		return row;
	*n = (uint64_t)db_int(st->db, Q_COUNT, 0);
	db_finish(st->db, Q_COUNT);
	return 0;
}

int
status_known(struct status *st, const struct status_folder *f, enum side side,
    struct store_known *known, struct err *e)
{
	const enum query q = side == LOCAL ? Q_KNOWN_LOCAL : Q_KNOWN_REMOTE;
	uint32_t id, last = 0;
	struct known *table;
	uint64_t n, key;
	int row;

	if (pair_count(st, f->id, &n, e) == -1 ||
	    db_query(st->db, q, VALUES(INT(f->id)), e) == -1)
		return -1;
	table = known_new((size_t)n);
	while ((row = db_next(st->db, q, e)) == 1) {
		if (!db_id(st->db, q, 0, &id)) {
			row = db_nonsense(st->db, q, e);
			break;
		}
		last = id > last ? id : last;
		key = (uint64_t)db_int(st->db, q, 1);
		if (key != 0)
			known_add(table, key, id);
	}
	if (row == -1) {
		known_free(table);
		return -1;
	}
	known->arg = table;
	known->by_key = known_by_key;
	known->next_id = f->free_id[side] > last ? f->free_id[side] : last + 1;
	return 0;
}

void
status_known_clear(struct store_known *known)
{
	known_free(known->arg);
	*known = (struct store_known){ 0 };
}

/* The rows of the query, which has begun. */
static int
places_each(struct status *st, enum query q,
    bool (*each)(void *arg, const struct status_place *p), void *arg,
    struct err *e)
{
	struct status_place place;
	int row;

	while ((row = db_next(st->db, q, e)) == 1) {
		if (column_pair(st, q, &place, e) == -1)
			return -1;
		if (!each(arg, &place)) {
			db_finish(st->db, q);
			return 0;
		}
	}
	return row;
}

int
status_places_named(struct status *st, enum side side, uint64_t key,
    bool (*each)(void *arg, const struct status_place *p), void *arg,
    struct err *e)
{
	enum query q = side == LOCAL ? Q_PLACES_LOCAL : Q_PLACES_REMOTE;

	if (db_query(st->db, q, VALUES(INT(key)), e) == -1)
		return -1;
	return places_each(st, q, each, arg, e);
}

int
status_places_alike(struct status *st, const struct digest *d,
    bool (*each)(void *arg, const struct status_place *p), void *arg,
    struct err *e)
{
	if (db_query(st->db, Q_PLACES_CONTENT,
		VALUES(
		    INT(d->header), INT(d->size), BLOB(d->whole, DIGEST_LEN)),
		e) == -1)
		return -1;
	return places_each(st, Q_PLACES_CONTENT, each, arg, e);
}
