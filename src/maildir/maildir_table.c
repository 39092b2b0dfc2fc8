/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of a table of keyword letters: parsing, locking, replacing it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/step.h"
#include "base/xalloc.h"
#include "maildir/maildir_name.h"
#include "maildir/maildir_table.h"

/*
 * A program that has made the lock file may change the table: so does Dovecot,
 * which writes the new table under that name. Ours says that it is ours, and
 * is locked by the kernel as well: when its owner dies, the next program sees
 * that at once.
 */
#define LOCK_OURS "blinkmail"
#define LOCK_STALE 60  /* seconds; another program writes the file in one go */
#define LOCK_TRIES 100 /* times 20 ms */
#define FILE_MAX (2 << 20) /* bytes; 26 names of 64 kB fit */

void
maildir_table_init(
    struct maildir_table *t, int dir, const char *file, bool fsync)
{
	*t = (struct maildir_table){ .dir = dir, .file = file, .fsync = fsync };
	snprintf(t->lock_file, sizeof(t->lock_file), "%s.lock", file);
	snprintf(t->new_file, sizeof(t->new_file), "%s.new", file);
}

static void
forget(struct maildir_table *t)
{
	size_t i;

	for (i = 0; i < FLAG_KEYWORDS; i++) {
		free(t->names[i]);
		t->names[i] = NULL;
	}
	buf_reset(&t->text);
	memset(t->seen, 0, sizeof(t->seen));
}

void
maildir_table_clear(struct maildir_table *t)
{
	forget(t);
	buf_clear(&t->text);
}

/* "12 NAME"; anything else is kept in the text and means nothing. */
static void
parse_line(struct maildir_table *t, const char *line, size_t len)
{
	size_t i, n;

	for (i = n = 0; i < len && i < 3 && line[i] >= '0' && line[i] <= '9';
	     i++)
		n = n * 10 + (size_t)(line[i] - '0');
	if (i == 0 || i + 1 >= len || line[i] != ' ' || n >= FLAG_KEYWORDS)
		return;
	free(t->names[n]);
	t->names[n] = xstrndup(line + i + 1, len - i - 1);
}

static void
parse(struct maildir_table *t)
{
	const char *p, *end, *eol;

	p = buf_str(&t->text);
	for (end = p + t->text.len; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		parse_line(t, p, (size_t)(eol - p));
	}
}

static int
read_file(int fd, struct buf *out)
{
	ssize_t n;

	do {
		n = read(fd, buf_reserve(out, 4096), 4096);
		if (n > 0) {
			out->len += (size_t)n;
			out->data[out->len] = '\0';
		}
	} while (n > 0 && out->len < FILE_MAX);
	if (n == 0)
		return 0;
	errno = n < 0 ? errno : EFBIG;
	return -1;
}

/* Reads what the descriptor is open for, unless it was read before. */
static int
load(struct maildir_table *t, int fd, bool *changed, struct err *e)
{
	struct stat st;
	uint64_t seen[3];

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_FOLDER, "%s is not a file", t->file);
	seen[0] = st.st_ino;
	seen[1] = (uint64_t)st.st_size;
	seen[2] = (uint64_t)st.st_mtim.tv_sec * 1000000000 +
		  (uint64_t)st.st_mtim.tv_nsec;
	*changed = memcmp(seen, t->seen, sizeof(seen)) != 0;
	if (!*changed)
		return 0;
	forget(t);
	if (read_file(fd, &t->text) != 0) {
		err_file_errno(e, ERR_FOLDER, errno, t->file, NULL);
		forget(t);
		return -1;
	}
	parse(t);
	memcpy(t->seen, seen, sizeof(seen));
	return 0;
}

int
maildir_table_load(struct maildir_table *t, bool *changed, struct err *e)
{
	bool ignored;
	int fd, rc;

	if (changed == NULL)
		changed = &ignored;
	*changed = true;
	fd = openat(
	    t->dir, t->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		forget(t);
		return 0;
	}
	if (fd < 0)
		return err_file_errno(e, ERR_FOLDER, errno, t->file, NULL);
	rc = load(t, fd, changed, e);
	close(fd);
	return rc;
}

size_t
maildir_table_letter(const struct maildir_table *t, const char *name)
{
	size_t i;

	for (i = 0; i < FLAG_KEYWORDS; i++)
		if (t->names[i] != NULL && strcasecmp(t->names[i], name) == 0)
			return i;
	return MAILDIR_NO_LETTER;
}

uint32_t
maildir_table_free(const struct maildir_table *t)
{
	uint32_t set;
	size_t i;

	for (set = 0, i = 0; i < FLAG_KEYWORDS; i++)
		if (t->names[i] == NULL)
			set |= MAILDIR_LETTER(i);
	return set;
}

bool
maildir_table_can_hold(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	return p != name;
}

/* Removes a lock of ours whose owner is dead. */
static void
break_lock(const struct maildir_table *t)
{
	char text[sizeof(LOCK_OURS)];
	struct stat mine, there;
	int fd;

	fd = openat(t->dir, t->lock_file,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Another one may have broken it meanwhile, and made its own. */
	if (read(fd, text, sizeof(text)) == sizeof(LOCK_OURS) - 1 &&
	    memcmp(text, LOCK_OURS, sizeof(LOCK_OURS) - 1) == 0 &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &mine) == 0 &&
	    fstatat(t->dir, t->lock_file, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
		unlinkat(t->dir, t->lock_file, 0);
	close(fd);
}

/*
 * A file without a name gets one when it says that it is ours, so that there is
 * no moment at which it does not. -1 with errno: EEXIST, or another one where
 * the file system or the system cannot do that.
 */
static int
link_lock(const struct maildir_table *t)
{
	char path[64];
	int fd, num;

	fd = openat(t->dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    write(fd, LOCK_OURS, sizeof(LOCK_OURS) - 1) ==
		sizeof(LOCK_OURS) - 1 &&
	    linkat(AT_FDCWD, path, t->dir, t->lock_file, AT_SYMLINK_FOLLOW) ==
		0)
		return fd;
	num = errno;
	close(fd);
	errno = num;
	return -1;
}

/* A descriptor that holds the lock, or -1 with errno. */
static int
make_lock(const struct maildir_table *t)
{
	int fd, num;

	fd = link_lock(t);
	if (fd >= 0 || errno == EEXIST)
		return fd;
	fd = openat(t->dir, t->lock_file,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	/* Where there are no kernel locks the time has to do. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 ||
	    write(fd, LOCK_OURS, sizeof(LOCK_OURS) - 1) ==
		sizeof(LOCK_OURS) - 1)
		return fd;
	num = errno;
	unlinkat(t->dir, t->lock_file, 0);
	close(fd);
	errno = num;
	return -1;
}

static int
take_lock(const struct maildir_table *t)
{
	const struct timespec pause = { 0, 20000000 };
	struct stat st;
	int fd, i;

	for (i = 0; i < LOCK_TRIES; i++) {
		fd = make_lock(t);
		if (fd >= 0 || errno != EEXIST)
			return fd;
		break_lock(t);
		if (fstatat(t->dir, t->lock_file, &st, AT_SYMLINK_NOFOLLOW) !=
		    0)
			continue;
		if (st.st_ctime < time(NULL) - LOCK_STALE)
			unlinkat(t->dir, t->lock_file, 0);
		else
			nanosleep(&pause, NULL);
	}
	errno = EBUSY;
	return -1;
}

static int
write_all(int fd, const struct buf *text)
{
	size_t done;
	ssize_t n;

	for (done = 0; done < text->len; done += (size_t)n) {
		n = write(fd, text->data + done, text->len - done);
		if (n < 0)
			return -1;
	}
	return 0;
}

/* Puts the text in the place of the file. */
static int
replace_file(struct maildir_table *t, struct err *e)
{
	int fd, rc = 0;

	unlinkat(t->dir, t->new_file, 0); /* a program died here */
	fd = openat(t->dir, t->new_file,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_file_errno(e, ERR_FOLDER, errno, t->new_file, NULL);
	if (write_all(fd, &t->text) != 0 || (t->fsync && fsync(fd) != 0))
		rc = err_file_errno(e, ERR_FOLDER, errno, t->new_file, NULL);
	if (close(fd) != 0 && rc == 0)
		rc = err_file_errno(e, ERR_FOLDER, errno, t->new_file, NULL);
	if (rc == 0 && (renameat(t->dir, t->new_file, t->dir, t->file) != 0 ||
			   (t->fsync && fsync(t->dir) != 0)))
		rc = err_file_errno(e, ERR_FOLDER, errno, t->file, NULL);
	if (rc != 0)
		unlinkat(t->dir, t->new_file, 0);
	return rc;
}

int
maildir_table_lock(struct maildir_table *t, int *lock, struct err *e)
{
	*lock = take_lock(t);
	if (*lock < 0)
		return err_file_errno(e, ERR_FOLDER, errno, t->lock_file, NULL);
	if (maildir_table_load(t, NULL, e) == 0)
		return 0;
	maildir_table_unlock(t, *lock, false, NULL);
	return -1;
}

void
maildir_table_add(struct maildir_table *t, size_t letter, const char *name)
{
	free(t->names[letter]);
	t->names[letter] = xstrdup(name);
	if (t->text.len > 0 && t->text.data[t->text.len - 1] != '\n')
		buf_putc(&t->text, '\n');
	buf_printf(&t->text, "%zu %s\n", letter, name);
}

int
maildir_table_unlock(
    struct maildir_table *t, int lock, bool write, struct err *e)
{
	int rc = 0;

	if (write && step("maildir: keyword letters", e) != 0)
		rc = -1;
	if (write && rc == 0)
		rc = replace_file(t, e);
	unlinkat(t->dir, t->lock_file, 0);
	close(lock);
	/* Another file has taken its place: the next load reads that. */
	memset(t->seen, 0, sizeof(t->seen));
	return rc;
}
