/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders, keywords and transactions of the status database. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/status/status_private.h"

static uint32_t
id_above(uint32_t id)
{
	return id < UINT32_MAX ? id + 1 : id;
}

/* Writes down which ids were seen in this transaction. */
static int
flush_seen(struct status *st, struct err *e)
{
	int64_t folder = st->seen_folder;

	st->seen_folder = 0;
	if (folder == 0)
		return 0;
	return db_run(st->db, Q_FOLDER_SEEN,
	    VALUES(INT(folder), INT(id_above(st->seen_id[LOCAL])),
		INT(id_above(st->seen_id[REMOTE]))),
	    e);
}

int
status_note_id(struct status *st, int64_t folder, enum side side, uint32_t id,
    struct err *e)
{
	if (st->seen_folder != folder) {
		if (flush_seen(st, e) == -1)
			return -1;
		st->seen_id[LOCAL] = st->seen_id[REMOTE] = 0;
	}
	st->seen_folder = folder;
	if (id > st->seen_id[side])
		st->seen_id[side] = id;
	return db_in_transaction(st->db) ? 0 : flush_seen(st, e);
}

int
status_begin(struct status *st, struct err *e)
{
	return db_run(st->db, Q_BEGIN, NULL, 0, e);
}

int
status_commit(struct status *st, struct err *e)
{
	if (flush_seen(st, e) == -1)
		return -1;
	if (db_run(st->db, Q_COMMIT, NULL, 0, e) == -1)
		return -1;
	log_debug(st->log, LOG_STATE, "%s: committed", st->path);
	return 0;
}

void
status_rollback(struct status *st)
{
	struct err e = ERR_INIT;

	st->seen_folder = 0;
	/* An error may have rolled it back already. */
	if (db_in_transaction(st->db) &&
	    db_run(st->db, Q_ROLLBACK, NULL, 0, &e) == -1)
		log_line(st->log, "rollback: %s", err_line(&e));
	err_clear(&e);
}

void
status_folder_clear(struct status_folder *f)
{
	free(f->name[LOCAL]);
	free(f->name[REMOTE]);
	free(f->object[LOCAL]);
	free(f->object[REMOTE]);
	uidset_clear(&f->held[LOCAL]);
	uidset_clear(&f->held[REMOTE]);
	*f = (struct status_folder){ 0 };
}

#define TOKEN_WORDS 9 /* exact, then those of struct store_token */

static const uint64_t *
token_pack(const struct store_token *t, uint64_t out[TOKEN_WORDS])
{
	if (!t->valid)
		return NULL;
	out[0] = t->exact;
	memcpy(out + 1, t->words, sizeof(t->words));
	return out;
}

/* One of another length is no token. */
static void
column_token(struct status *st, enum query q, int at, struct store_token *t)
{
	uint64_t words[TOKEN_WORDS];
	const void *blob = db_blob(st->db, q, at, sizeof(words));

	*t = (struct store_token){ 0 };
	if (blob == NULL)
		return;
	memcpy(words, blob, sizeof(words));
	t->valid = true;
	t->exact = words[0] == 1;
	memcpy(t->words, words + 1, sizeof(t->words));
}

/* What version 4 added: four columns of a side lie two apart. */
static bool
column_side(
    struct status *st, enum query q, enum side side, struct status_folder *f)
{
	const int at = side == REMOTE ? 14 : 15;
	const char *text = db_text(st->db, q, at);
	int64_t why = db_int(st->db, q, at + 4), older;

	f->object[side] = text[0] != '\0' ? xstrdup(text) : NULL;
	text = db_text(st->db, q, at + 2);
	if (text[0] != '\0' &&
	    !uidset_parse(&f->held[side], text, strlen(text)))
		return false;
	if (why < 0 || why >= HOLD_REASONS)
		return false;
	f->why[side] = (enum hold_reason)why;
	f->left[side] = db_int(st->db, q, at + 6) != 0;
	older = db_int(st->db, q, at + 12);
	if (older < 0 || older >= HOLD_REASONS)
		return false;
	f->older[side] = (enum hold_reason)older;
	f->arrived[side] = (uint64_t)db_int(st->db, q, at + 14);
	return db_u32(st->db, q, at + 8, &f->settled[side]);
}

static int
column_folder(
    struct status *st, enum query q, struct status_folder *f, struct err *e)
{
	*f = (struct status_folder){ 0 };
	f->id = db_int(st->db, q, 0);
	if (!db_u32(st->db, q, 3, &f->validity[REMOTE]) ||
	    !db_u32(st->db, q, 4, &f->validity[LOCAL]) ||
	    !db_u32(st->db, q, 5, &f->next_id[REMOTE]) ||
	    !db_u32(st->db, q, 6, &f->next_id[LOCAL]) ||
	    !db_u32(st->db, q, 12, &f->free_id[REMOTE]) ||
	    !db_u32(st->db, q, 13, &f->free_id[LOCAL]) ||
	    !column_side(st, q, REMOTE, f) || !column_side(st, q, LOCAL, f)) {
		status_folder_clear(f);
		return db_nonsense(st->db, q, e);
	}
	f->name[REMOTE] = xstrdup(db_text(st->db, q, 1));
	f->name[LOCAL] = xstrdup(db_text(st->db, q, 2));
	f->modseq[REMOTE] = (uint64_t)db_int(st->db, q, 7);
	f->modseq[LOCAL] = (uint64_t)db_int(st->db, q, 8);
	column_token(st, q, 9, &f->token[REMOTE]);
	column_token(st, q, 10, &f->token[LOCAL]);
	f->scanned_at = db_int(st->db, q, 11);
	f->doubted = db_int(st->db, q, 24) != 0;
	f->made_under = db_int(st->db, q, 25);
	return 0;
}

int
status_folder_get(struct status *st, const char *remote_name,
    struct status_folder *f, bool *found, struct err *e)
{
	int row;

	*found = false;
	if (db_query(st->db, Q_FOLDER_GET, VALUES(TEXT(remote_name)), e) == -1)
		return -1;
	row = db_next(st->db, Q_FOLDER_GET, e);
	if (row != 1)
		return row;
	row = column_folder(st, Q_FOLDER_GET, f, e);
	db_finish(st->db, Q_FOLDER_GET);
	*found = row == 0;
	return row;
}

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

int
status_folder_put(struct status *st, struct status_folder *f, struct err *e)
{
	uint64_t remote[TOKEN_WORDS], local[TOKEN_WORDS];
	const size_t len = sizeof(remote);
	struct buf held[2] = { { 0 }, { 0 } };
	int ret;

	uidset_format(&f->held[REMOTE], &held[REMOTE]);
	uidset_format(&f->held[LOCAL], &held[LOCAL]);
	ret = db_run(st->db, f->id == 0 ? Q_FOLDER_ADD : Q_FOLDER_SET,
	    VALUES(INT(f->id), TEXT(f->name[REMOTE]), TEXT(f->name[LOCAL]),
		INT(f->validity[REMOTE]), INT(f->validity[LOCAL]),
		INT(f->next_id[REMOTE]), INT(f->next_id[LOCAL]),
		INT(f->modseq[REMOTE]), INT(f->modseq[LOCAL]),
		BLOB(token_pack(&f->token[REMOTE], remote), len),
		BLOB(token_pack(&f->token[LOCAL], local), len),
		INT(f->scanned_at), INT(f->free_id[REMOTE]),
		INT(f->free_id[LOCAL]), TEXT(or_empty(f->object[REMOTE])),
		TEXT(or_empty(f->object[LOCAL])), TEXT(buf_str(&held[REMOTE])),
		TEXT(buf_str(&held[LOCAL])), INT(f->why[REMOTE]),
		INT(f->why[LOCAL]), INT(f->left[REMOTE]), INT(f->left[LOCAL]),
		INT(f->settled[REMOTE]), INT(f->settled[LOCAL]),
		INT(f->doubted), INT(f->made_under), INT(f->older[REMOTE]),
		INT(f->older[LOCAL]), INT(f->arrived[REMOTE]),
		INT(f->arrived[LOCAL])),
	    e);
	buf_clear(&held[REMOTE]);
	buf_clear(&held[LOCAL]);
	if (ret == 0 && f->id == 0)
		f->id = db_last_rowid(st->db);
	return ret;
}

int
status_folder_drop(struct status *st, int64_t folder, struct err *e)
{
	if (st->seen_folder == folder)
		st->seen_folder = 0;
	if (status_refused_drop(st, folder, e) == -1)
		return -1;
	return db_run(st->db, Q_FOLDER_DROP, VALUES(INT(folder)), e);
}

int
status_folder_reset(struct status *st, int64_t folder, struct err *e)
{
	bool own = !db_in_transaction(st->db);

	if (own && status_begin(st, e) == -1)
		return -1;
	if (db_run(st->db, Q_FOLDER_FORGET, VALUES(INT(folder)), e) == -1 ||
	    db_run(st->db, Q_PAIRS_DROP, VALUES(INT(folder)), e) == -1 ||
	    db_run(st->db, Q_SKIPS_DROP, VALUES(INT(folder)), e) == -1 ||
	    (own && status_commit(st, e) == -1)) {
		if (own)
			status_rollback(st);
		return -1;
	}
	return 0;
}

int
status_folders(
    struct status *st, struct status_folder **list, size_t *len, struct err *e)
{
	struct status_folder *all = NULL;
	size_t n = 0, cap = 0;
	int row;

	if (db_query(st->db, Q_FOLDER_LIST, NULL, 0, e) == -1)
		return -1;
	while ((row = db_next(st->db, Q_FOLDER_LIST, e)) == 1) {
		all = xgrow(all, n, &cap, sizeof(*all));
		if (column_folder(st, Q_FOLDER_LIST, &all[n], e) == -1) {
			row = -1;
			break;
		}
		n++;
	}
	if (row == -1) {
		while (n > 0)
			status_folder_clear(&all[--n]);
		free(all);
		return -1;
	}
	*list = all;
	*len = n;
	return 0;
}

int
status_keywords_get(
    struct status *st, int64_t folder, struct keywords *k, struct err *e)
{
	int64_t bit;
	int row;

	if (db_query(st->db, Q_KEYWORDS, VALUES(INT(folder)), e) == -1)
		return -1;
	while ((row = db_next(st->db, Q_KEYWORDS, e)) == 1) {
		bit = db_int(st->db, Q_KEYWORDS, 0);
		if (bit < 0 || bit >= FLAG_KEYWORDS)
			return db_nonsense(st->db, Q_KEYWORDS, e);
		free(k->names[bit]);
		k->names[bit] = xstrdup(db_text(st->db, Q_KEYWORDS, 1));
	}
	return row;
}

int
status_keywords_put(
    struct status *st, int64_t folder, const struct keywords *k, struct err *e)
{
	bool own = !db_in_transaction(st->db);
	int ret;

	if (own && status_begin(st, e) == -1)
		return -1;
	ret = db_run(st->db, Q_KEYWORDS_DROP, VALUES(INT(folder)), e);
	for (int bit = 0; bit < FLAG_KEYWORDS && ret == 0; bit++)
		if (k->names[bit] != NULL)
			ret = db_run(st->db, Q_KEYWORD_ADD,
			    VALUES(INT(folder), INT(bit), TEXT(k->names[bit])),
			    e);
	if (ret == 0 && own)
		ret = status_commit(st, e);
	if (ret == -1 && own)
		status_rollback(st);
	return ret;
}
