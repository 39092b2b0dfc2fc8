/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the folders of a Maildir. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "maildir/maildir_tree_private.h"
#include "maildir/maildir_utf7.h"

struct listing {
	struct maildir_tree *tree;
	const struct maildir_tree_visitor *visitor;
};

static int
stat_below(int dir, const char *path, const char *sub, struct buf *scratch,
    struct stat *st)
{
	buf_reset(scratch);
	buf_printf(scratch, "%s/%s", path, sub);
	return fstatat(dir, scratch->data, st, AT_SYMLINK_NOFOLLOW);
}

int
maildir_tree_name(
    const struct maildir_tree *t, const char *path, char **name, struct err *e)
{
	char *opened, *plain;
	int rc;

	plain = maildir_utf7_decode(path);
	rc = maildir_layout_name(
	    t->o.layout, plain != NULL ? plain : path, name, e);
	free(plain);
	if (rc != 0)
		return -1;
	rc = maildir_layout_path(t->o.layout, *name, &opened, e);
	if (rc == 0) {
		maildir_tree_inbox(t, opened);
		maildir_utf7_find(t->root, &opened);
		if (strcmp(opened, path) != 0)
			rc = err_file_set(e, ERR_FOLDER, path,
			    "stands for the same folder as %s; move its "
			    "messages there",
			    opened);
		free(opened);
	}
	if (rc != 0)
		free(*name);
	return rc;
}

/* Tells what is wrong at path, which is perhaps a folder. */
static void
refuse(struct listing *l, const char *path, struct err *why)
{
	struct err ignored = ERR_INIT;
	char *name = NULL;

	err_below(why, l->tree->path);
	if (maildir_tree_name(l->tree, path, &name, &ignored) != 0)
		name = NULL;
	l->visitor->refused(l->visitor->arg, path, name, why);
	err_clear(&ignored);
	free(name);
}

/* Tells of what errno says about what is below path. */
static void
refuse_unreadable(struct listing *l, const char *path)
{
	struct err why = ERR_INIT;

	err_file_errno(&why, ERR_FOLDER, errno, path, NULL);
	refuse(l, path, &why);
	err_clear(&why);
}

/* There is something else in the place of cur; where new is a directory this
 * is, or was, a Maildir. */
static void
refuse_cur(struct listing *l, const char *path, const struct stat *cur,
    struct buf *scratch)
{
	struct err why = ERR_INIT;
	struct stat new;

	if (stat_below(l->tree->root, path, "new", scratch, &new) != 0 ||
	    !S_ISDIR(new.st_mode))
		return;
	err_file_set(&why, ERR_FOLDER, path,
	    S_ISLNK(cur->st_mode) ? "cur is not a directory but a symbolic link"
				  : "cur is not a directory");
	refuse(l, path, &why);
	err_clear(&why);
}

/* Tells the visitor of the Maildir at path below the root, if it is one. False
 * when it could not be looked into. */
static bool
list_one(struct listing *l, const char *path, struct buf *scratch)
{
	enum maildir_layout layout = l->tree->o.layout;
	struct stat cur, new, words;
	struct maildir_stamp stamp = { 0 };
	struct err why = ERR_INIT;
	char *name;
	int root = l->tree->root;
	bool has_words;

	if (stat_below(root, path, "cur", scratch, &cur) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return true;
		refuse_unreadable(l, path);
		return false;
	}
	if (!S_ISDIR(cur.st_mode)) {
		refuse_cur(l, path, &cur, scratch);
		return true;
	}
	if (maildir_tree_name(l->tree, path, &name, &why) != 0) {
		l->visitor->refused(l->visitor->arg, path, NULL, &why);
		err_clear(&why);
		return true;
	}
	has_words =
	    stat_below(root, path, MAILDIR_KEYWORDS_FILE, scratch, &words) == 0;
	if (stat_below(root, path, "new", scratch, &new) == 0)
		maildir_stamp_make(
		    &cur, &new, has_words ? &words : NULL, &stamp);
	l->visitor->folder(
	    l->visitor->arg, name, maildir_layout_native(layout, path), &stamp);
	free(name);
	return true;
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
	err_file_set(&why, ERR_FOLDER, path, "is a symbolic link");
	l->visitor->refused(l->visitor->arg, path, NULL, &why);
	err_clear(&why);
}

/* True when the directory at path is the root of another account's tree; told
 * where it would be taken for a folder. */
static bool
refuse_root(struct listing *l, const char *path, struct buf *scratch)
{
	struct err why = ERR_INIT;
	struct stat st;
	int root = l->tree->root;

	if (stat_below(root, path, MAILDIR_MARKER, scratch, &st) != 0)
		return false;
	if (l->tree->o.layout == MAILDIR_NESTED ||
	    stat_below(root, path, "cur", scratch, &st) == 0) {
		maildir_tree_is_anothers("", path, &why);
		l->visitor->refused(l->visitor->arg, path, NULL, &why);
		err_clear(&why);
	}
	return true;
}

bool
maildir_tree_may_hold(
    enum maildir_layout layout, const char *file, size_t depth)
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
		return errno == ENOENT ? DT_UNKNOWN : DT_DIR; /* perhaps */
	return S_ISDIR(st.st_mode)   ? DT_DIR
	       : S_ISLNK(st.st_mode) ? DT_LNK
				     : DT_REG;
}

/* The root must be listed; of another directory it is told. */
static int
cannot_list(struct listing *l, const char *path, size_t depth, struct err *e)
{
	if (depth == 0)
		return err_file_errno(
		    e, ERR_ACCOUNT, errno, l->tree->path, "listing it");
	if (errno != ENOENT) /* removed meanwhile */
		refuse_unreadable(l, path);
	return 0;
}

static int list_dir(
    struct listing *l, const char *path, size_t depth, struct err *e);

/* A directory whose name is file, in the one at path. */
static int
list_child(struct listing *l, const char *path, const char *file, size_t depth,
    struct err *e)
{
	struct buf child = { 0 }, scratch = { 0 };
	int rc = 0;

	buf_printf(&child, "%s%s%s", path, depth > 0 ? "/" : "", file);
	if (!refuse_root(l, child.data, &scratch) &&
	    list_one(l, child.data, &scratch) &&
	    l->tree->o.layout == MAILDIR_NESTED && depth < MAILDIR_DEPTH_MAX)
		rc = list_dir(l, child.data, depth + 1, e);
	buf_clear(&child);
	buf_clear(&scratch);
	return rc;
}

/*
 * A Maildir whose name is file, and a file has to stand there: it was made
 * before that name was kept free. It goes to where the folder belongs, and is
 * listed there. What is no Maildir is another program's.
 */
static int
list_moved(struct listing *l, int dir, const char *path, const char *file,
    size_t depth, struct err *e)
{
	struct buf scratch = { 0 };
	struct err why = ERR_INIT;
	struct stat st;
	char *to;
	int rc = 0;

	to = maildir_layout_instead(l->tree->o.layout, file, depth);
	if (stat_below(dir, file, "cur", &scratch, &st) != 0)
		goto out;
	if (!l->tree->o.readonly && maildir_rename(dir, file, dir, to) == 0) {
		rc = list_child(l, path, to, depth, e);
		goto out;
	}
	buf_reset(&scratch);
	buf_printf(&scratch, "%s%s%s", path, depth > 0 ? "/" : "", file);
	err_file_set(&why, ERR_FOLDER, scratch.data,
	    "is a folder in the place of a file; its name must be %s", to);
	l->visitor->refused(l->visitor->arg, scratch.data, NULL, &why);
	err_clear(&why);
out:
	buf_clear(&scratch);
	free(to);
	return rc;
}

/* The names in moved: one after the other, each with a NUL. */
static int
list_all_moved(struct listing *l, int dir, const char *path,
    const struct buf *moved, size_t depth, struct err *e)
{
	const char *file = moved->data, *end = file + moved->len;
	int rc = 0;

	for (; rc == 0 && file < end; file += strlen(file) + 1)
		rc = list_moved(l, dir, path, file, depth, e);
	return rc;
}

/* True when the file that is called so is to be a file; then appends it. */
static bool
is_moved(struct listing *l, const char *file, size_t depth, struct buf *moved)
{
	char *to = maildir_layout_instead(l->tree->o.layout, file, depth);

	if (to != NULL)
		buf_append(moved, file, strlen(file) + 1);
	free(to);
	return to != NULL;
}

/*
 * Lists what is in the directory at path ("" for the root) and, where folders
 * nest, below. Bounded by MAILDIR_DEPTH_MAX.
 */
static int
list_dir(struct listing *l, const char *path, size_t depth, struct err *e)
{
	struct buf child = { 0 }, scratch = { 0 }, moved = { 0 };
	struct dirent *d;
	unsigned char type;
	DIR *dir;
	int fd, rc;

	rc = 0;
	fd = openat(l->tree->root, path[0] == '\0' ? "." : path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		rc = cannot_list(l, path, depth, e);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc == 0 && (errno = 0, d = readdir(dir)) != NULL) {
		if (!maildir_tree_may_hold(l->tree->o.layout, d->d_name, depth))
			continue;
		type = file_type(fd, d);
		buf_reset(&child);
		buf_printf(
		    &child, "%s%s%s", path, depth > 0 ? "/" : "", d->d_name);
		if (type == DT_LNK)
			refuse_link(l, fd, d->d_name, child.data, &scratch);
		if (type == DT_DIR && !is_moved(l, d->d_name, depth, &moved))
			rc = list_child(l, path, d->d_name, depth, e);
	}
	if (rc == 0 && errno != 0)
		rc = cannot_list(l, path, depth, e);
	/* Not before: the new name could be read here, too. */
	if (rc == 0)
		rc = list_all_moved(l, fd, path, &moved, depth, e);
	closedir(dir);
	buf_clear(&moved);
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

	if (maildir_tree_check(t, e) != 0)
		return -1;
	if (t->root < 0)
		return 0;
	if (t->o.layout == MAILDIR_PLUSPLUS)
		list_one(&l, ".", &scratch);
	buf_clear(&scratch);
	return list_dir(&l, "", 0, e);
}
