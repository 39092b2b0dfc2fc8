/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "maildir/maildir_tree.h"

/* Nested folders deeper than this are not looked for. */
#define DEPTH_MAX 100

/* Courier and Dovecot want it in each sub-folder of a Maildir++. */
#define MAILDIRPP_FILE "maildirfolder"

struct maildir_tree {
	int root;
	char *path;
	struct maildir_tree_options o;
	bool folds_case;
};

struct listing {
	struct maildir_tree *tree;
	const struct maildir_tree_visitor *visitor;
};

static int
make_file(int dir, const char *name)
{
	int fd;

	fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	return close(fd);
}

static int
sync_dir(const struct maildir_tree *t, int dir)
{
	return t->o.fsync ? fsync(dir) : 0;
}

/* Makes the directory path and its parents. */
static int
make_root(const char *path, struct err *e)
{
	char *copy, *p;
	int rc;

	copy = xstrdup(path);
	rc = 0;
	for (p = copy + 1; rc == 0 && *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST)
			rc = err_errno(
			    e, ERR_ACCOUNT, errno, "%s: making it", copy);
		*p = '/';
	}
	if (rc == 0 && mkdir(copy, 0700) != 0 && errno != EEXIST)
		rc = err_errno(e, ERR_ACCOUNT, errno, "%s: making it", path);
	free(copy);
	return rc;
}

static bool
has_marker(const struct maildir_tree *t)
{
	struct stat st;

	return fstatat(t->root, MAILDIR_MARKER, &st, AT_SYMLINK_NOFOLLOW) ==
		   0 &&
	       S_ISREG(st.st_mode);
}

/* The root as it is now must still be what was opened. */
static int
check_root(const struct maildir_tree *t, struct err *e)
{
	struct stat a, b;

	if (stat(t->path, &a) != 0 || fstat(t->root, &b) != 0 ||
	    a.st_dev != b.st_dev || a.st_ino != b.st_ino ||
	    (!t->o.readonly && !has_marker(t)))
		return err_set(e, ERR_ACCOUNT,
		    "%s: no longer what it was; is it mounted?", t->path);
	return 0;
}

static int
mark_root(struct maildir_tree *t, struct err *e)
{
	if (has_marker(t))
		return 0;
	if (t->o.must_exist)
		return err_set(e, ERR_ACCOUNT,
		    "%s: its marker %s is missing; is it mounted? (If it is "
		    "the right directory, make that file.)",
		    t->path, MAILDIR_MARKER);
	if (make_file(t->root, MAILDIR_MARKER) != 0 ||
	    sync_dir(t, t->root) != 0)
		return err_errno(
		    e, ERR_ACCOUNT, errno, "%s/%s", t->path, MAILDIR_MARKER);
	return 0;
}

int
maildir_tree_open(const struct maildir_tree_options *o,
    struct maildir_tree **result, struct err *e)
{
	struct maildir_tree *t;
	struct stat st;

	t = xcalloc(1, sizeof(*t));
	t->o = *o;
	t->path = xstrdup(o->path);
	t->o.path = t->path;
	t->root = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->root < 0 && errno == ENOENT && !o->must_exist && !o->readonly) {
		if (make_root(t->path, e) != 0)
			goto fail;
		t->root = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (t->root < 0) {
		err_errno(e, ERR_ACCOUNT, errno, "%s: is it mounted?", t->path);
		goto fail;
	}
	if (!o->readonly && mark_root(t, e) != 0)
		goto fail;
	t->folds_case = has_marker(t) && fstatat(t->root, ".BLINKMAIL", &st,
					     AT_SYMLINK_NOFOLLOW) == 0;
	*result = t;
	return 0;
fail:
	maildir_tree_close(t);
	return -1;
}

void
maildir_tree_close(struct maildir_tree *t)
{
	if (t == NULL)
		return;
	if (t->root >= 0)
		close(t->root);
	free(t->path);
	free(t);
}

bool
maildir_tree_folds_case(const struct maildir_tree *t)
{
	return t->folds_case;
}

char
maildir_tree_delimiter(const struct maildir_tree *t)
{
	return maildir_layout_delimiter(t->o.layout);
}

static int
stat_below(int dir, const char *path, const char *sub, struct buf *scratch,
    struct stat *st)
{
	buf_reset(scratch);
	buf_printf(scratch, "%s/%s", path, sub);
	return fstatat(dir, scratch->data, st, AT_SYMLINK_NOFOLLOW);
}

/* Tells the visitor of the Maildir at path below the root, if it is one. */
static void
list_one(struct listing *l, const char *path, struct buf *scratch)
{
	enum maildir_layout layout = l->tree->o.layout;
	struct stat cur, new, words;
	struct maildir_stamp stamp = { 0 };
	struct err why = ERR_INIT;
	char *name;
	int root = l->tree->root;
	bool has_words;

	if (stat_below(root, path, "cur", scratch, &cur) != 0 ||
	    !S_ISDIR(cur.st_mode))
		return;
	if (maildir_layout_name(layout, path, &name, &why) != 0) {
		l->visitor->refused(l->visitor->arg, &why);
		return;
	}
	has_words =
	    stat_below(root, path, MAILDIR_KEYWORDS_FILE, scratch, &words) == 0;
	if (stat_below(root, path, "new", scratch, &new) == 0)
		maildir_stamp_make(
		    &cur, &new, has_words ? &words : NULL, &stamp);
	l->visitor->folder(
	    l->visitor->arg, name, maildir_layout_native(layout, path), &stamp);
	free(name);
}

/* Tells of a symbolic link where a folder is meant. */
static void
refuse_link(struct listing *l, int dir, const char *file, const char *path,
    struct buf *scratch)
{
	struct err why = ERR_INIT;
	struct stat st;

	if (stat_below(dir, file, "cur", scratch, &st) != 0)
		return;
	err_set(&why, ERR_FOLDER,
	    "%s: is a symbolic link, which is not "
	    "followed",
	    path);
	l->visitor->refused(l->visitor->arg, &why);
}

static bool
may_be_folder(enum maildir_layout layout, const char *file, size_t depth)
{
	if (strcmp(file, ".") == 0 || strcmp(file, "..") == 0)
		return false;
	if (layout == MAILDIR_PLUSPLUS)
		return file[0] == '.' && depth == 0;
	if (file[0] == '.')
		return false;
	return strcmp(file, "cur") != 0 && strcmp(file, "new") != 0 &&
	       strcmp(file, "tmp") != 0;
}

static unsigned char
file_type(int dir, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type;
	if (fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return DT_UNKNOWN;
	return S_ISDIR(st.st_mode)   ? DT_DIR
	       : S_ISLNK(st.st_mode) ? DT_LNK
				     : DT_REG;
}

/*
 * Lists what is in the directory at path ("" for the root) and, where folders
 * nest, below. Bounded by DEPTH_MAX.
 */
static int
list_dir(struct listing *l, const char *path, size_t depth, struct err *e)
{
	struct buf child = { 0 }, scratch = { 0 };
	struct dirent *d;
	unsigned char type;
	DIR *dir;
	int fd, rc;

	rc = 0;
	fd = openat(l->tree->root, path[0] == '\0' ? "." : path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		rc = err_errno(e, ERR_ACCOUNT, errno, "%s/%s: listing it",
		    l->tree->path, path);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc == 0 && (errno = 0, d = readdir(dir)) != NULL) {
		if (!may_be_folder(l->tree->o.layout, d->d_name, depth))
			continue;
		type = file_type(fd, d);
		buf_reset(&child);
		buf_printf(
		    &child, "%s%s%s", path, depth > 0 ? "/" : "", d->d_name);
		if (type == DT_LNK)
			refuse_link(l, fd, d->d_name, child.data, &scratch);
		if (type != DT_DIR)
			continue;
		list_one(l, child.data, &scratch);
		if (l->tree->o.layout == MAILDIR_NESTED && depth < DEPTH_MAX)
			rc = list_dir(l, child.data, depth + 1, e);
	}
	if (rc == 0 && errno != 0)
		rc = err_errno(e, ERR_ACCOUNT, errno, "%s/%s: listing it",
		    l->tree->path, path);
	closedir(dir);
	buf_clear(&child);
	buf_clear(&scratch);
	return rc;
}

int
maildir_tree_list(
    struct maildir_tree *t, const struct maildir_tree_visitor *v, struct err *e)
{
	struct listing l = { t, v };
	struct buf scratch = { 0 };

	if (check_root(t, e) != 0)
		return -1;
	if (t->o.layout == MAILDIR_PLUSPLUS)
		list_one(&l, ".", &scratch);
	buf_clear(&scratch);
	return list_dir(&l, "", 0, e);
}

/*
 * Opens the directory at path below the root, one component after the other,
 * so that no link leads away; with make those that are missing are made.
 */
static int
walk(struct maildir_tree *t, const char *path, bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	char name[MAILDIR_NAME_MAX + 1];
	int dir, next, saved;
	size_t n;

	dir = openat(t->root, ".", flags);
	for (; dir >= 0 && *path != '\0'; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		memcpy(name, path, n);
		name[n] = '\0';
		next = openat(dir, name, flags);
		if (next < 0 && errno == ENOENT && make &&
		    (mkdirat(dir, name, 0700) == 0 || errno == EEXIST) &&
		    sync_dir(t, dir) == 0)
			next = openat(dir, name, flags);
		saved = errno;
		close(dir);
		errno = saved;
		dir = next;
	}
	return dir;
}

static int
open_dir(struct maildir_tree *t, const char *name, bool make, char **path,
    int *dir, struct err *e)
{
	if (check_root(t, e) != 0 ||
	    maildir_layout_path(t->o.layout, name, path, e) != 0)
		return -1;
	*dir = walk(t, *path, make);
	if (*dir < 0 && (errno == ELOOP || errno == ENOTDIR))
		err_set(
		    e, ERR_FOLDER, "%s/%s: not a directory", t->path, *path);
	else if (*dir < 0)
		err_errno(e, ERR_FOLDER, errno, "%s/%s", t->path, *path);
	if (*dir >= 0)
		return 0;
	free(*path);
	return -1;
}

int
maildir_tree_create(struct maildir_tree *t, const char *name, struct err *e)
{
	char *path;
	int dir, rc;

	if (t->o.readonly)
		return err_set(
		    e, ERR_FOLDER, "%s: the store is read-only", name);
	if (open_dir(t, name, true, &path, &dir, e) != 0)
		return -1;
	rc = 0;
	if (t->o.layout == MAILDIR_PLUSPLUS && strcmp(path, ".") != 0 &&
	    make_file(dir, MAILDIRPP_FILE) != 0)
		rc = err_errno(
		    e, ERR_FOLDER, errno, "making %s", MAILDIRPP_FILE);
	if (rc == 0)
		rc = maildir_make(dir, t->o.fsync, e);
	if (rc != 0)
		err_prefix(e, "%s/%s", t->path, path);
	close(dir);
	free(path);
	return rc;
}

int
maildir_tree_folder(struct maildir_tree *t, const char *name, bool readonly,
    struct maildir **md, struct err *e)
{
	struct maildir_options o = {
		.infosep = t->o.infosep,
		.fsync = t->o.fsync,
		.readonly = readonly || t->o.readonly,
	};
	char *path;
	int dir, rc;

	if (open_dir(t, name, false, &path, &dir, e) != 0)
		return -1;
	o.native = maildir_layout_native(t->o.layout, path);
	rc = maildir_open_take(dir, &o, md, e);
	if (rc != 0)
		err_prefix(e, "%s/%s", t->path, path);
	else if (!o.readonly)
		maildir_clean_tmp(*md);
	free(path);
	return rc;
}
