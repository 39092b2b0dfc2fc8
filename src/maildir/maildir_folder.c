/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens and makes the directories of one folder. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/xalloc.h"
#include "maildir/maildir_folder.h"

/* What the Maildir page says that a delivery may take. */
#define TMP_MAX_AGE (36 * 60 * 60)

/* The times of files move in steps: a tick of the kernel (at most 10 ms, and
 * some for other clocks) where they have a fraction, else up to 2 s (FAT). */
#define GRANULARITY_FINE_MS 50
#define GRANULARITY_COARSE_MS 2000

/* A time that is further ahead than this was set, or the clock went back; no
 * change will leave it again. Closer ones may come from a server's clock. */
#define FUTURE_MS 60000

static const char *const sub_names[MAILDIR_SUBS] = {
	[MAILDIR_CUR] = "cur",
	[MAILDIR_NEW] = "new",
	[MAILDIR_TMP] = "tmp",
};

/* In the order of making: see maildir_make. */
static const enum maildir_sub make_order[MAILDIR_SUBS] = { MAILDIR_TMP,
	MAILDIR_NEW, MAILDIR_CUR };

static int
open_sub(struct maildir *md, enum maildir_sub sub, bool make, struct err *e)
{
	const char *name = sub_names[sub];
	struct stat st;
	int fd;

	fd = openat(
	    md->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(md->dir, name, 0700) != 0 && errno != EEXIST)
			return err_errno(
			    e, ERR_FOLDER, errno, "making %s", name);
		fd = openat(md->dir, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 && errno == ENOENT && sub == MAILDIR_CUR)
		return err_set(
		    e, ERR_FOLDER, "there is no Maildir: cur is missing");
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return err_set(e, ERR_FOLDER, "%s is not a directory%s", name,
		    fstatat(md->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			    S_ISLNK(st.st_mode)
			? " but a symbolic link"
			: "");
	if (fd < 0 && (make || errno != ENOENT))
		return err_errno(e, ERR_FOLDER, errno, "opening %s", name);
	md->sub[sub] = fd; /* -1: a missing new or tmp that is only read */
	return 0;
}

/* Linux tells of errors in syncfs() since 5.8; before, it says that all is
 * well when it is not. */
static bool
syncfs_tells(void)
{
#ifdef HAVE_SYNCFS
	struct utsname u;
	int major, minor;

	return uname(&u) == 0 && strcmp(u.sysname, "Linux") == 0 &&
	       sscanf(u.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 8));
#else
	return false;
#endif
}

int
maildir_open_take(int dir, const struct maildir_options *o,
    struct maildir **result, struct err *e)
{
	struct maildir *md;
	int i;

	md = xcalloc(1, sizeof(*md));
	atomic_init(&md->refs, 1);
	md->dir = dir;
	for (i = 0; i < MAILDIR_SUBS; i++)
		md->sub[i] = -1;
	md->infosep = o->infosep;
	md->fsync = o->fsync;
	md->syncfs = syncfs_tells();
	digest_md5_hex(o->native, strlen(o->native), md->fmd5);
	maildir_namer_init(&md->namer, o->infosep);
	if (open_sub(md, MAILDIR_CUR, false, e) != 0 ||
	    open_sub(md, MAILDIR_NEW, !o->readonly, e) != 0 ||
	    open_sub(md, MAILDIR_TMP, !o->readonly, e) != 0) {
		maildir_unref(md);
		return -1;
	}
	*result = md;
	return 0;
}

struct maildir *
maildir_ref(struct maildir *md)
{
	atomic_fetch_add(&md->refs, 1);
	return md;
}

void
maildir_unref(struct maildir *md)
{
	int i;

	if (md == NULL || atomic_fetch_sub(&md->refs, 1) != 1)
		return;
	for (i = 0; i < MAILDIR_SUBS; i++)
		if (md->sub[i] >= 0)
			close(md->sub[i]);
	close(md->dir);
	free(md);
}

/* False where there is no /proc: then a message goes without it. */
static bool
sub_path(const struct maildir *md, enum maildir_sub sub, char *path, size_t cap)
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", md->sub[sub]);
	n = readlink(link, path, cap - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return true;
}

int
maildir_errno(const struct maildir *md, enum maildir_sub sub, int num,
    const char *what, struct err *e)
{
	char path[PATH_MAX];

	err_errno(e, ERR_FOLDER, num, "%s", what);
	return sub_path(md, sub, path, sizeof(path)) ? err_file(e, path) : -1;
}

bool
maildir_is_whole(int num)
{
	return num == EACCES || num == EROFS || num == ENOSPC ||
	       num == EDQUOT || num == EIO || num == ESTALE;
}

int
maildir_err_file(const struct maildir *md, enum maildir_sub sub,
    const char *file, struct err *e)
{
	char path[PATH_MAX];

	err_file(e, file);
	return sub_path(md, sub, path, sizeof(path)) ? err_below(e, path) : -1;
}

int
maildir_make(int dir, bool durable, struct err *e)
{
	size_t i;

	for (i = 0; i < MAILDIR_SUBS; i++)
		if (mkdirat(dir, sub_names[make_order[i]], 0700) != 0 &&
		    errno != EEXIST)
			return err_errno(e, ERR_FOLDER, errno, "making %s",
			    sub_names[make_order[i]]);
	if (durable && fsync(dir) != 0)
		return err_errno(e, ERR_FOLDER, errno, "syncing");
	return 0;
}

static bool
left_over(const struct maildir *md, const char *file, time_t now)
{
	struct stat st;
	long pid;

	if (maildir_namer_made(&md->namer, file, &pid) &&
	    kill((pid_t)pid, 0) != 0 && errno == ESRCH)
		return true;
	/* Not the mtime, which a delivery sets to the message's date. */
	return fstatat(md->sub[MAILDIR_TMP], file, &st, AT_SYMLINK_NOFOLLOW) ==
		   0 &&
	       !S_ISDIR(st.st_mode) && st.st_ctime < now - TMP_MAX_AGE;
}

void
maildir_clean_tmp(const struct maildir *md)
{
	struct dirent *d;
	time_t now;
	DIR *dir;
	int fd;

	fd = openat(
	    md->sub[MAILDIR_TMP], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return;
	}
	now = time(NULL);
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.' && left_over(md, d->d_name, now))
			unlinkat(md->sub[MAILDIR_TMP], d->d_name, 0);
	closedir(dir);
}

int
maildir_sync(const struct maildir *md, enum maildir_sub sub, struct err *e)
{
	if (md->fsync && fsync(md->sub[sub]) != 0)
		return maildir_errno(md, sub, errno, "syncing", e);
	return 0;
}

int
maildir_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	struct stat st;

#ifdef HAVE_RENAMEAT2
	if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
#endif
	/*
	 * Look first. Not link() and unlink(): a reader that renames the file
	 * in between would leave two. Our names are unique, and nobody else
	 * writes them.
	 */
	if (fstatat(to_dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from_dir, from, to_dir, to);
}

static int64_t
ns(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static uint64_t
mix(uint64_t a, uint64_t b)
{
	a = (a ^ b) * UINT64_C(0x9e3779b97f4a7c15);
	return a ^ a >> 29;
}

int
maildir_settles(const struct stat *st)
{
	const struct timespec *times[2] = { &st->st_mtim, &st->st_ctim };
	struct timespec now;
	int64_t age, wait, step;
	int i;

	clock_gettime(CLOCK_REALTIME, &now);
	step = st->st_ctim.tv_nsec == 0 && st->st_mtim.tv_nsec == 0
		   ? GRANULARITY_COARSE_MS
		   : GRANULARITY_FINE_MS;
	for (wait = 0, i = 0; i < 2; i++) {
		age = (ns(&now) - ns(times[i])) / 1000000;
		if (age > -FUTURE_MS && step - age > wait)
			wait = step - age;
	}
	return (int)wait;
}

uintmax_t
maildir_inode(const struct maildir *md)
{
	struct stat st;

	return fstat(md->sub[MAILDIR_CUR], &st) == 0 ? st.st_ino : 0;
}

void
maildir_stamp_make(const struct stat *cur, const struct stat *new,
    const struct stat *words, struct maildir_stamp *stamp)
{
	*stamp = (struct maildir_stamp){ 0 };
	stamp->words[0] = mix(mix(cur->st_dev, cur->st_ino), new->st_ino);
	stamp->words[MAILDIR_STAMP_CUR] = (uint64_t)ns(&cur->st_mtim);
	stamp->words[2] = (uint64_t)ns(&cur->st_ctim);
	stamp->words[MAILDIR_STAMP_NEW] = (uint64_t)ns(&new->st_mtim);
	stamp->words[4] = (uint64_t)ns(&new->st_ctim);
	stamp->valid = maildir_settles(cur) == 0 && maildir_settles(new) == 0;
	if (words == NULL)
		return;
	stamp->words[5] = mix(words->st_ino, (uint64_t)words->st_size);
	stamp->words[6] = (uint64_t)ns(&words->st_mtim);
	stamp->words[7] = (uint64_t)ns(&words->st_ctim);
	stamp->valid = stamp->valid && maildir_settles(words) == 0;
}
