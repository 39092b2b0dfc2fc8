/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens the file, or begins a new one. The file at path is either absent or
 * whole: a new one is made beside it under another name, and renamed when its
 * schema is there. So an empty file, or a write-ahead log without its database,
 * is damage, and is treated as such.
 *
 * The program is the only one that opens it (the account is locked), but
 * several threads of it do.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/status/status_private.h"

/* SQLite gives its other files the mode of this one. */
static int
open_private(const char *path, int flags, struct err *e)
{
	struct stat sb;
	int fd, ret = 0;

	/* Without O_NONBLOCK somebody's FIFO would keep us here. */
	fd = open(
	    path, flags | O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd == -1)
		return err_file_errno(e, ERR_ACCOUNT, errno, path, NULL);
	if (fstat(fd, &sb) == -1)
		ret = err_file_errno(e, ERR_ACCOUNT, errno, path, NULL);
	else if (!S_ISREG(sb.st_mode) || sb.st_uid != geteuid())
		ret = err_file_set(
		    e, ERR_ACCOUNT, path, "not a file of this user");
	else if ((sb.st_mode & 077) != 0 && fchmod(fd, 0600) == -1)
		ret = err_file_errno(e, ERR_ACCOUNT, errno, path, "chmod");
	close(fd);
	return ret;
}

static int
sync_parent(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd, ret = 0;

	dir = slash == NULL ? xstrdup(".")
			    : xstrndup(path, (size_t)(slash - path) + 1);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fsync(fd) == -1)
		ret = err_file_errno(e, ERR_ACCOUNT, errno, dir, NULL);
	if (fd != -1)
		close(fd);
	free(dir);
	return ret;
}

/* Makes a whole new database at st->path, where nothing is. */
static int
create(struct status *st, struct err *e)
{
	char *new = xasprintf("%s.new", st->path);
	char *journal = xasprintf("%s.new-journal", st->path);
	struct db *db = NULL;
	int ret = -1;

	/* What an earlier try left behind. */
	unlink(new);
	unlink(journal);
	if (open_private(new, O_CREAT | O_EXCL, e) == -1 ||
	    db_open(new, &db, e) == -1 ||
	    db_exec(db, status_sql_schema, e) == -1)
		goto out;
	db_close(db);
	db = NULL;
	if (rename(new, st->path) == -1) {
		err_file_errno(e, ERR_ACCOUNT, errno, new, "rename");
		goto out;
	}
	ret = sync_parent(st->path, e);
out:
	db_close(db);
	free(new);
	free(journal);
	return ret;
}

static int
ask_number(struct status *st, const char *sql, long *n, struct err *e)
{
	struct buf text = { 0 };
	int ret = db_ask(st->db, sql, &text, e);

	*n = strtol(buf_str(&text), NULL, 10);
	buf_clear(&text);
	return ret;
}

static int
check_header(struct status *st, bool *corrupt, struct err *e)
{
	long id, version;

	if (ask_number(st, "PRAGMA application_id", &id, e) == -1 ||
	    ask_number(st, "PRAGMA user_version", &version, e) == -1)
		return -1;
	if (id != STATUS_APPLICATION_ID || version < 1) {
		*corrupt = true;
		return err_file_set(
		    e, ERR_ACCOUNT, st->path, "of another program");
	}
	if (version > STATUS_VERSION)
		return err_file_set(e, ERR_ACCOUNT, st->path,
		    "of a newer version of this program (%ld; this one "
		    "reads up to %d)",
		    version, STATUS_VERSION);
	return 0;
}

/* The header was checked. */
static int
upgrade(struct status *st, struct err *e)
{
	long version;

	if (ask_number(st, "PRAGMA user_version", &version, e) == -1)
		return -1;
	for (; version < STATUS_VERSION; version++)
		if (db_exec(st->db, status_sql_upgrade[version], e) == -1)
			return -1;
	return 0;
}

static int
check_pages(struct status *st, bool *corrupt, struct err *e)
{
	struct buf text = { 0 };
	int ret = db_ask(st->db, "PRAGMA quick_check(1)", &text, e);

	if (ret == 0 && strcmp(buf_str(&text), "ok") != 0) {
		*corrupt = true;
		ret = err_file_set(
		    e, ERR_ACCOUNT, st->path, "%s", buf_str(&text));
	}
	buf_clear(&text);
	return ret;
}

/* Opens what is there. What is wrong with the file itself, and not with
 * reading it, sets *corrupt. */
static int
open_there(struct status *st, bool *corrupt, struct err *e)
{
	struct stat sb;

	if (open_private(st->path, 0, e) == -1)
		return -1;
	if (stat(st->path, &sb) == 0 && sb.st_size == 0) {
		*corrupt = true;
		return err_file_set(e, ERR_ACCOUNT, st->path, "is empty");
	}
	if (db_open(st->path, &st->db, e) == 0 &&
	    db_exec(st->db, status_sql_setup, e) == 0 &&
	    check_header(st, corrupt, e) == 0 &&
	    db_exec(st->db, status_sql_journal, e) == 0 &&
	    check_pages(st, corrupt, e) == 0 && upgrade(st, e) == 0 &&
	    db_prepare(st->db, status_sql, Q_LEN, e) == 0)
		return 0;
	if (db_is_damaged(st->db))
		*corrupt = true;
	db_close(st->db);
	st->db = NULL;
	return -1;
}

static bool
exists(const char *path, const char *suffix)
{
	char *name = xasprintf("%s%s", path, suffix);
	struct stat sb;
	bool there = lstat(name, &sb) == 0;

	free(name);
	return there;
}

/*
 * Renames the database with all that belongs to it, out of the way. The
 * database first: should we die here, a log without one is damage again.
 */
static int
set_aside(struct status *st, struct err *e)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	int64_t now = clock_wall();
	char *to, *from, *base;
	int ret = 0;

	do
		base = xasprintf("%s.corrupt-%" PRId64, st->path, now++);
	while (exists(base, "") && (free(base), true));
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		from = xasprintf("%s%s", st->path, suffixes[i]);
		to = xasprintf("%s%s", base, suffixes[i]);
		if (ret == 0 && rename(from, to) == -1 && errno != ENOENT)
			ret = err_file_errno(
			    e, ERR_ACCOUNT, errno, from, "rename");
		free(from);
		free(to);
	}
	log_line(st->log, "the damaged status was kept as %s", base);
	free(base);
	return ret == 0 ? sync_parent(st->path, e) : ret;
}

static int
open_memory(struct status *st, struct err *e)
{
	if (db_open(st->path, &st->db, e) == -1 ||
	    db_exec(st->db, status_sql_schema, e) == -1 ||
	    db_exec(st->db, status_sql_setup, e) == -1)
		return -1;
	return db_prepare(st->db, status_sql, Q_LEN, e);
}

static int
open_or_begin(struct status *st, bool *was_corrupt, struct err *e)
{
	bool corrupt = false;

	if (strcmp(st->path, ":memory:") == 0)
		return open_memory(st, e);
	if (exists(st->path, "")) {
		if (open_there(st, &corrupt, e) == 0)
			return 0;
		if (!corrupt)
			return -1;
	} else if (exists(st->path, "-wal")) {
		corrupt = true;
		err_file_set(
		    e, ERR_ACCOUNT, st->path, "is gone, but its -wal is there");
	}
	if (corrupt) {
		log_line(st->log, "the status is damaged: %s", err_line(e));
		err_clear(e);
		*was_corrupt = true;
		if (set_aside(st, e) == -1)
			return -1;
	}
	if (create(st, e) == -1)
		return -1;
	return open_there(st, &corrupt, e);
}

int
status_open(const char *path, struct log *log, struct status **st,
    bool *was_corrupt, struct err *e)
{
	struct status *new = xcalloc(1, sizeof(*new));

	*was_corrupt = false;
	new->path = xstrdup(path);
	new->log = log;
	if (open_or_begin(new, was_corrupt, e) == -1) {
		status_close(new);
		return -1;
	}
	log_debug(log, LOG_STATE, "%s: opened", path);
	*st = new;
	return 0;
}

int
status_open_again(const struct status *st, struct status **again, struct err *e)
{
	struct status *new = xcalloc(1, sizeof(*new));
	int ret;

	new->path = xstrdup(st->path);
	new->log = st->log;
	if (strcmp(new->path, ":memory:") == 0) {
		ret = open_memory(new, e);
	} else {
		ret = open_private(new->path, 0, e);
		if (ret == 0)
			ret = db_open(new->path, &new->db, e);
		if (ret == 0)
			ret = db_exec(new->db, status_sql_setup, e);
		if (ret == 0)
			ret = db_exec(new->db, status_sql_journal, e);
		if (ret == 0)
			ret = db_prepare(new->db, status_sql, Q_LEN, e);
	}
	if (ret == -1) {
		status_close(new);
		return -1;
	}
	*again = new;
	return 0;
}

void
status_close(struct status *st)
{
	if (st == NULL)
		return;
	db_close(st->db);
	buf_clear(&st->name[LOCAL]);
	buf_clear(&st->name[REMOTE]);
	free(st->path);
	free(st);
}
