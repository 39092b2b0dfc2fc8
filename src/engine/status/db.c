/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite statements and their errors. */
#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/status/db.h"

/* Other threads write to it, and another program may look into the file with
 * sqlite3(1) for a moment. */
#define BUSY_MS 30000

struct db {
	sqlite3 *conn;
	const char *path;
	int code; /* SQLite's primary code of the last error */
	sqlite3_stmt **stmts;
	size_t stmts_len;
};

static int
fail(struct db *db, struct err *e)
{
	const char *text = sqlite3_errmsg(db->conn);
	const int num = sqlite3_system_errno(db->conn);

	db->code = sqlite3_errcode(db->conn) & 0xff;
	if (num != 0 &&
	    (db->code == SQLITE_IOERR || db->code == SQLITE_CANTOPEN))
		err_file_errno(e, ERR_ACCOUNT, num, db->path, text);
	else
		err_file_set(e, ERR_ACCOUNT, db->path, "%s", text);
	e->num = num;
	if (db->code == SQLITE_FULL || db->code == SQLITE_BUSY)
		err_retry(e);
	return -1;
}

int
db_open(const char *path, struct db **db, struct err *e)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	struct db *new = xcalloc(1, sizeof(*new));

	*db = new;
	new->path = path;
	if (sqlite3_open_v2(path, &new->conn, flags, NULL) != SQLITE_OK)
		return fail(new, e);
	sqlite3_extended_result_codes(new->conn, 1);
	sqlite3_busy_timeout(new->conn, BUSY_MS);
	return 0;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < db->stmts_len; i++)
		sqlite3_finalize(db->stmts[i]);
	sqlite3_close(db->conn);
	free(db->stmts);
	free(db);
}

/*
 * SQLITE_ERROR is the answer to SQL that does not fit the schema: ours does,
 * if the schema is ours. SQLITE_READONLY is the answer to an unknown version
 * in the header, since the file could be opened for writing.
 */
bool
db_is_damaged(const struct db *db)
{
	return db->code == SQLITE_CORRUPT || db->code == SQLITE_NOTADB ||
	       db->code == SQLITE_ERROR || db->code == SQLITE_READONLY;
}

int
db_exec(struct db *db, const char *sql, struct err *e)
{
	if (sqlite3_exec(db->conn, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail(db, e);
	return 0;
}

int
db_ask(struct db *db, const char *sql, struct buf *out, struct err *e)
{
	const unsigned char *text = NULL;
	sqlite3_stmt *s = NULL;
	int ret = 0;

	buf_reset(out);
	if (sqlite3_prepare_v2(db->conn, sql, -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW)
		ret = fail(db, e);
	else
		text = sqlite3_column_text(s, 0);
	if (text != NULL)
		buf_puts(out, (const char *)text);
	sqlite3_finalize(s);
	return ret;
}

int
db_prepare(struct db *db, const char *const *sql, size_t n, struct err *e)
{
	db->stmts = xcalloc(n, sizeof(*db->stmts));
	db->stmts_len = n;
	for (size_t i = 0; i < n; i++)
		if (sqlite3_prepare_v3(db->conn, sql[i], -1,
			SQLITE_PREPARE_PERSISTENT, &db->stmts[i],
			NULL) != SQLITE_OK)
			return fail(db, e);
	return 0;
}

static int
bind(sqlite3_stmt *s, int at, const struct db_value *v)
{
	switch (v->kind) {
	case DB_INT:
		return sqlite3_bind_int64(s, at, v->number);
	case DB_TEXT:
		return sqlite3_bind_text(s, at, v->data, -1, SQLITE_STATIC);
	case DB_BLOB:
		return sqlite3_bind_blob64(
		    s, at, v->data, v->len, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

int
db_query(
    struct db *db, int q, const struct db_value *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (bind(db->stmts[q], (int)i + 1, &v[i]) != SQLITE_OK)
			return fail(db, e);
	return 0;
}

int
db_next(struct db *db, int q, struct err *e)
{
	int code = sqlite3_step(db->stmts[q]);
	int ret = 0;

	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		ret = fail(db, e);
	db_finish(db, q);
	return ret;
}

void
db_finish(struct db *db, int q)
{
	sqlite3_reset(db->stmts[q]);
	sqlite3_clear_bindings(db->stmts[q]);
}

int
db_run(struct db *db, int q, const struct db_value *v, size_t n, struct err *e)
{
	if (db_query(db, q, v, n, e) == -1)
		return -1;
	return db_next(db, q, e) == -1 ? -1 : 0;
}

int64_t
db_int(struct db *db, int q, int column)
{
	return sqlite3_column_int64(db->stmts[q], column);
}

const char *
db_text(struct db *db, int q, int column)
{
	const unsigned char *s = sqlite3_column_text(db->stmts[q], column);

	return s != NULL ? (const char *)s : "";
}

const void *
db_blob(struct db *db, int q, int column, size_t len)
{
	const void *blob = sqlite3_column_blob(db->stmts[q], column);

	return sqlite3_column_bytes(db->stmts[q], column) == (int)len ? blob
								      : NULL;
}

bool
db_u32(struct db *db, int q, int column, uint32_t *to)
{
	int64_t value = db_int(db, q, column);

	*to = (uint32_t)value;
	return value >= 0 && value <= UINT32_MAX;
}

bool
db_id(struct db *db, int q, int column, uint32_t *to)
{
	return db_u32(db, q, column, to) && *to != 0;
}

int
db_nonsense(struct db *db, int q, struct err *e)
{
	db_finish(db, q);
	return err_file_set(
	    e, ERR_ACCOUNT, db->path, "damaged: a value makes no sense");
}

int64_t
db_last_rowid(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->conn);
}

bool
db_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(db->conn);
}
