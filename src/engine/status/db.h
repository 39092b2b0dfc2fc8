/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STATUS_DB_H
#define ENGINE_STATUS_DB_H

/*
 * A thin layer over SQLite for the status: statements by number, prepared
 * once; parameters as values; one kind of error. db.c is the only file that
 * knows <sqlite3.h>. One thread at a time. Errors: ERR_ACCOUNT.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct db;

/*
 * Opens the file at path, which must be there. Even when it fails *db is set,
 * for db_is_damaged, and has to be closed. path is borrowed.
 */
int db_open(const char *path, struct db **db, struct err *e);
void db_close(struct db *db); /* rolls back; NULL is fine */

/* True when the last error came from what is in the file, and not from
 * reading or writing it. */
bool db_is_damaged(const struct db *db);

/* Executes SQL that gives no rows that matter. */
int db_exec(struct db *db, const char *sql, struct err *e);

/* The first column of the one row that sql gives, as text. */
int db_ask(struct db *db, const char *sql, struct buf *out, struct err *e);

/* Prepares n statements: they have the numbers 0 to n - 1. */
int db_prepare(struct db *db, const char *const *sql, size_t n, struct err *e);

/* A parameter. Without data, text and blob are NULL. */
struct db_value {
	enum { DB_INT, DB_TEXT, DB_BLOB } kind;
	int64_t number;
	const void *data; /* borrowed until the statement is finished */
	size_t len;
};

/* clang-format off */
#define INT(x) { .kind = DB_INT, .number = (int64_t)(x) }
#define TEXT(s) { .kind = DB_TEXT, .data = (s) }
#define BLOB(p, n) { .kind = DB_BLOB, .data = (p), .len = (n) }
#define VALUES(...) \
	(const struct db_value[]){ __VA_ARGS__ }, \
	    sizeof((const struct db_value[]){ __VA_ARGS__ }) / \
		sizeof(struct db_value)
/* clang-format on */

/* Begins statement q with its n parameters; it must not be under way. */
int db_query(
    struct db *db, int q, const struct db_value *v, size_t n, struct err *e);

/* The next row: 1. At the end 0, and on an error -1; then it is finished. */
int db_next(struct db *db, int q, struct err *e);

/* Finishes a statement before its end. */
void db_finish(struct db *db, int q);

/* db_query and db_next of a statement that gives no rows. */
int db_run(
    struct db *db, int q, const struct db_value *v, size_t n, struct err *e);

/* Columns of the row, from 0. Text ("" for NULL) and blob are valid until the
 * next row. */
int64_t db_int(struct db *db, int q, int column);
const char *db_text(struct db *db, int q, int column);
/* NULL when it is not len bytes long. */
const void *db_blob(struct db *db, int q, int column, size_t len);
/* False when the number does not fit. */
bool db_u32(struct db *db, int q, int column, uint32_t *to);
/* False also for 0. */
bool db_id(struct db *db, int q, int column, uint32_t *to);

/* Sets *e for a row whose columns make no sense, finishes q; -1. */
int db_nonsense(struct db *db, int q, struct err *e);

int64_t db_last_rowid(const struct db *db);
bool db_in_transaction(const struct db *db);

#endif
