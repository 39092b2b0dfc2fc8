/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a reader changes a flag: rename(cur/a:2,S -> cur/a:2,FS); how it takes
 * a message up: rename(new/a -> cur/a:2,). readdir() gives no promise about
 * an entry that comes or goes while it reads: the old name may have been gone
 * already and the new one may lie where it has been before. Reading new before
 * cur sees most of the second kind in both rather than in none, but that is
 * all that order can do.
 *
 * Each such rename changes the mtime and ctime of the directories concerned.
 * If both are the same before and after a pass, nothing happened meanwhile,
 * provided that the times were old enough beforehand for a change to show:
 * a directory that was changed in the same tick of the clock as the stat()
 * could change again without a trace. maildir_settles() knows how long that
 * is. Hence: pass, compare; if disturbed, wait until the times have settled,
 * and again.
 *
 * Union of several passes was considered and left out: it never proves that a
 * message is absent, which is the one thing that matters.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "maildir/maildir_scan.h"

#define PASSES_MAX 10
#define WAIT_MAX_MS 4000 /* for all passes; more than two coarse ticks */

struct state {
	struct stat cur, new, words;
	bool has_words;
};

static bool
same_times(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The descriptor may be of a directory that is no longer there. */
static int
look_at(const struct maildir *md, enum maildir_sub sub, const char *name,
    struct stat *st, struct err *e)
{
	struct stat there;

	if (fstat(md->sub[sub], st) != 0)
		return maildir_errno(md, sub, errno, "looking", e);
	if (fstatat(md->dir, name, &there, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT)
			return maildir_errno(md, sub, errno, "looking", e);
		there = (struct stat){ 0 };
	}
	if (st->st_ino != there.st_ino || st->st_dev != there.st_dev)
		return err_set(e, ERR_FOLDER, "%s was taken away", name);
	return 0;
}

static int
look(const struct maildir *md, struct state *s, struct err *e)
{
	if (look_at(md, MAILDIR_CUR, "cur", &s->cur, e) != 0)
		return -1;
	s->new = s->cur;
	if (md->sub[MAILDIR_NEW] >= 0 &&
	    look_at(md, MAILDIR_NEW, "new", &s->new, e) != 0)
		return -1;
	s->has_words = fstatat(md->dir, MAILDIR_KEYWORDS_FILE, &s->words,
			   AT_SYMLINK_NOFOLLOW) == 0;
	return 0;
}

static bool
is_regular(int dir, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_REG;
	return fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

/* *more becomes false when the visitor has had enough. */
static int
read_dir(const struct maildir *md, enum maildir_sub sub,
    const struct maildir_visitor *v, bool *more, struct err *e)
{
	struct dirent *d;
	DIR *dir;
	int fd, rc;

	if (md->sub[sub] < 0)
		return 0;
	/* Not a dup(): a second thread would share its position. */
	fd = openat(md->sub[sub], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		rc = maildir_errno(md, sub, errno, "listing", e);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (*more && (errno = 0, d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			*more =
			    v->file(v->arg, sub, d->d_name, is_regular(fd, d));
	rc = 0;
	if (*more && errno != 0)
		rc = maildir_errno(md, sub, errno, "listing", e);
	closedir(dir);
	return rc;
}

static void
pause_ms(int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static int
max_int(int a, int b)
{
	return a > b ? a : b;
}

int
maildir_walk(const struct maildir *md, const struct maildir_visitor *v,
    bool *steady, struct maildir_stamp *stamp, struct err *e)
{
	struct state before, after;
	int64_t end;
	bool more;
	int pass, wait;

	end = clock_ms() + WAIT_MAX_MS;
	*steady = false;
	for (pass = 0; pass < PASSES_MAX; pass++) {
		if (look(md, &before, e) != 0)
			return -1;
		wait = max_int(
		    maildir_settles(&before.cur), maildir_settles(&before.new));
		if (stamp != NULL)
			maildir_stamp_make(&before.cur, &before.new,
			    before.has_words ? &before.words : NULL, stamp);
		v->restart(v->arg);
		more = true;
		if (read_dir(md, MAILDIR_NEW, v, &more, e) != 0 ||
		    read_dir(md, MAILDIR_CUR, v, &more, e) != 0 ||
		    look(md, &after, e) != 0)
			return -1;
		*steady = !more ||
			  (wait == 0 && same_times(&before.cur, &after.cur) &&
			      same_times(&before.new, &after.new));
		wait = max_int(
		    maildir_settles(&after.cur), maildir_settles(&after.new));
		if (*steady || clock_ms() + wait > end)
			break;
		pause_ms(wait);
	}
	return 0;
}

int
maildir_stamp(
    const struct maildir *md, struct maildir_stamp *stamp, struct err *e)
{
	struct state now;

	if (look(md, &now, e) != 0)
		return -1;
	maildir_stamp_make(
	    &now.cur, &now.new, now.has_words ? &now.words : NULL, stamp);
	return 0;
}

struct search {
	const struct maildir *md;
	struct maildir_want **sorted; /* by key */
	size_t n;
	size_t left; /* wants whose own base name was not seen yet */
};

static int
compare_keys(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n;
	int c;

	a_len = maildir_name_key_len(a, a_len);
	b_len = maildir_name_key_len(b, b_len);
	n = a_len < b_len ? a_len : b_len;
	c = memcmp(a, b, n);
	return c != 0 ? c : (a_len > b_len) - (a_len < b_len);
}

static int
by_key(const void *a, const void *b)
{
	const struct maildir_want *const *x = a, *const *y = b;

	return compare_keys(
	    (*x)->base, strlen((*x)->base), (*y)->base, strlen((*y)->base));
}

static void
search_restart(void *arg)
{
	struct search *s = arg;
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->sorted[i]->file);
		s->sorted[i]->file = NULL;
		s->sorted[i]->own = false;
	}
	s->left = s->n;
}

/* The first want with this key, or where it would stand. */
static size_t
lower_bound(const struct search *s, const struct maildir_name *name)
{
	size_t lo, hi, mid;

	for (lo = 0, hi = s->n; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (compare_keys(s->sorted[mid]->base,
			strlen(s->sorted[mid]->base), name->base,
			name->base_len) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
search_file(void *arg, enum maildir_sub sub, const char *file, bool regular)
{
	struct search *s = arg;
	struct maildir_name name;
	struct maildir_want *w;
	bool same;
	size_t i;

	(void)regular; /* whoever wants the file will see what it is */
	maildir_name_parse(file, s->md->infosep, &name);
	for (i = lower_bound(s, &name); i < s->n; i++) {
		w = s->sorted[i];
		if (compare_keys(w->base, strlen(w->base), name.base,
			name.base_len) != 0)
			break;
		same = strlen(w->base) == name.base_len &&
		       memcmp(w->base, name.base, name.base_len) == 0;
		if (w->own || (w->file != NULL && !same))
			continue;
		s->left -= same;
		w->own = same;
		free(w->file);
		w->file = xstrdup(file);
		w->sub = sub;
	}
	return s->left > 0;
}

int
maildir_find(const struct maildir *md, struct maildir_want *wants, size_t n,
    bool *steady, struct err *e)
{
	struct search s = { .md = md, .n = n };
	struct maildir_visitor v = { &s, search_restart, search_file };
	size_t i;
	int rc;

	s.sorted = xreallocarray(NULL, n + 1, sizeof(*s.sorted));
	for (i = 0; i < n; i++) {
		wants[i].file = NULL;
		wants[i].own = false;
		s.sorted[i] = &wants[i];
	}
	qsort(s.sorted, n, sizeof(*s.sorted), by_key);
	rc = maildir_walk(md, &v, steady, NULL, e);
	free(s.sorted);
	return rc;
}
