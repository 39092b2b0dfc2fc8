/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root of a Maildir: its marker, and its folders. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "maildir/maildir_tree_private.h"
#include "maildir/maildir_utf7.h"

/* Courier and Dovecot want it in each sub-folder of a Maildir++. */
#define MAILDIRPP_FILE "maildirfolder"

#define MARKER_MAX 4096 /* bytes; a name of an account has 255 */

/* Of one length: it is written over in place. */
#define GENERATION "generation "
#define GENERATION_DIGITS 20
#define GENERATION_LEN (sizeof(GENERATION) + GENERATION_DIGITS)

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
			rc = err_file_errno(
			    e, ERR_ACCOUNT, errno, copy, "making it");
		*p = '/';
	}
	if (rc == 0 && mkdir(copy, 0700) != 0 && errno != EEXIST)
		rc = err_file_errno(e, ERR_ACCOUNT, errno, path, "making it");
	free(copy);
	return rc;
}

/* "Is it mounted?" is asked only where something is missing. */
static int
cannot_look(const char *path, int num, struct err *e)
{
	if (num != ENOENT)
		return err_file_errno(e, ERR_ACCOUNT, num, path, NULL);
	err_file_set(e, ERR_ACCOUNT, path,
	    "there is no such directory; is it mounted? Else mend path, or put "
	    "it back; to begin anew with an empty one, remove the account's "
	    "directory in general.metadata");
	e->num = num;
	return -1;
}

static int
cannot_look_at_marker(const struct maildir_tree *t, int num, struct err *e)
{
	err_file_errno(e, ERR_ACCOUNT, num, MAILDIR_MARKER, NULL);
	return err_below(e, t->path);
}

/* 0 when it has one, ENOENT when it has none, or why nobody knows. */
static int
find_marker(const struct maildir_tree *t)
{
	struct stat st;

	if (fstatat(t->root, MAILDIR_MARKER, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno;
	return S_ISREG(st.st_mode) ? 0 : ENOENT;
}

/* True when the directory below the root is the root of another tree. */
static bool
is_root(int dir)
{
	struct stat st;

	return fstatat(dir, MAILDIR_MARKER, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int
maildir_tree_is_anothers(const char *root, const char *path, struct err *e)
{
	err_file_set(e, ERR_FOLDER, path,
	    "is the Maildir of another account, its marker %s says",
	    MAILDIR_MARKER);
	return root[0] != '\0' ? err_below(e, root) : -1;
}

/* What lies in another's Maildir may be a folder of that. */
static int
check_above(const struct maildir_tree *t, struct err *e)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	struct stat here, above;
	int dir, up;
	bool found;

	dir = openat(t->root, ".", flags);
	for (found = false; dir >= 0 && !found; dir = up) {
		up = openat(dir, "..", flags);
		if (up >= 0 && fstat(dir, &here) == 0 &&
		    fstat(up, &above) == 0 && here.st_dev == above.st_dev &&
		    here.st_ino == above.st_ino) {
			close(up);
			up = -1; /* this was the top */
		}
		found = up >= 0 && is_root(up);
		close(dir);
	}
	if (dir >= 0)
		close(dir);
	return found ? err_file_set(e, ERR_ACCOUNT, t->path,
			   "it lies in another Maildir with a marker %s",
			   MAILDIR_MARKER)
		     : 0;
}

int
maildir_tree_check(const struct maildir_tree *t, struct err *e)
{
	struct stat a, b;
	int num;

	if (t->root < 0)
		return 0;
	if (stat(t->path, &a) != 0 || fstat(t->root, &b) != 0)
		return cannot_look(t->path, errno, e);
	num = t->marked ? find_marker(t) : 0;
	if (num != 0 && num != ENOENT)
		return cannot_look_at_marker(t, num, e);
	if (num == ENOENT || a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return err_file_set(e, ERR_ACCOUNT, t->path,
		    "no longer what it was; is it mounted?");
	return 0;
}

static int
marker_is_another(const struct maildir_tree *t, char *text, struct err *e)
{
	char *generation = strstr(text, "\n" GENERATION);
	size_t i;

	if (generation != NULL)
		*generation = '\0';
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] == '\n')
			text[i] = text[i + 1] == '\0' ? '\0' : ' ';
	return err_file_set(e, ERR_ACCOUNT, t->path,
	    "its marker %s says that it is another's: \"%s\". (If it is "
	    "the right directory, empty that file.)",
	    MAILDIR_MARKER, text);
}

/* What the marker's text says behind the owner's lines; NULL: it is another's,
 * or a part of them, which is what a crash left. */
static const char *
marker_rest(const struct maildir_tree *t, const char *text)
{
	size_t len = strlen(t->o.owner);

	return strncmp(text, t->o.owner, len) == 0 ? text + len : NULL;
}

/* 0 when it was cut, or is nonsense. */
static uint64_t
marker_number(const char *rest)
{
	const size_t word = strlen(GENERATION);
	uint64_t n;

	if (strlen(rest) != GENERATION_LEN ||
	    strncmp(rest, GENERATION, word) != 0 ||
	    strspn(rest + word, "0123456789") != GENERATION_DIGITS)
		return 0;
	n = strtoull(rest + word, NULL, 10);
	return n < INT64_MAX ? n : 0;
}

static int
marker_read(int fd, char text[MARKER_MAX + 1])
{
	ssize_t n = pread(fd, text, MARKER_MAX, 0);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return 0;
}

static int
marker_check(struct maildir_tree *t, int fd, struct err *e)
{
	const char *owner = t->o.owner, *rest;
	char text[MARKER_MAX + 1];
	size_t len = strlen(owner);
	bool ours;

	if (marker_read(fd, text) == -1)
		return cannot_look_at_marker(t, errno, e);
	rest = marker_rest(t, text);
	if (rest == NULL)
		ours = strncmp(text, owner, strlen(text)) == 0;
	else
		ours = strncmp(rest, GENERATION,
			   strnlen(rest, strlen(GENERATION))) == 0;
	if (!ours)
		return marker_is_another(t, text, e);
	if (rest == NULL && !t->o.readonly &&
	    (pwrite(fd, owner, len, 0) != (ssize_t)len || sync_dir(t, fd) != 0))
		return cannot_look_at_marker(t, errno, e);
	return 0;
}

static int
marker_open(const struct maildir_tree *t, bool write)
{
	return openat(t->root, MAILDIR_MARKER,
	    (write ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Locked, so that of two who find it empty one is told. */
static int
check_owner(struct maildir_tree *t, struct err *e)
{
	int fd, rc;

	if (t->o.owner == NULL || !t->marked)
		return 0;
	fd = marker_open(t, !t->o.readonly);
	if (fd < 0)
		return cannot_look_at_marker(t, errno, e);
	flock(fd, LOCK_EX);
	rc = marker_check(t, fd, e);
	close(fd);
	return rc;
}

int
maildir_tree_generation(
    const struct maildir_tree *t, uint64_t *g, struct err *e)
{
	char text[MARKER_MAX + 1];
	const char *rest;
	int fd, rc;

	*g = 0;
	if (t->o.owner == NULL || !t->marked)
		return 0;
	fd = marker_open(t, false);
	if (fd < 0)
		return cannot_look_at_marker(t, errno, e);
	rc = marker_read(fd, text);
	if (rc == -1)
		cannot_look_at_marker(t, errno, e);
	close(fd);
	rest = rc == 0 ? marker_rest(t, text) : NULL;
	if (rest != NULL)
		*g = marker_number(rest);
	return rc;
}

int
maildir_tree_generation_put(
    const struct maildir_tree *t, uint64_t g, struct err *e)
{
	const size_t len = t->o.owner != NULL ? strlen(t->o.owner) : 0;
	struct buf text = { 0 };
	int fd, rc = 0;

	if (len == 0 || !t->marked || t->o.readonly)
		return 0;
	fd = marker_open(t, true);
	if (fd < 0)
		return cannot_look_at_marker(t, errno, e);
	buf_printf(&text, GENERATION "%0*" PRIu64 "\n", GENERATION_DIGITS, g);
	if (pwrite(fd, text.data, text.len, (off_t)len) != (ssize_t)text.len ||
	    ftruncate(fd, (off_t)(len + text.len)) != 0 || sync_dir(t, fd) != 0)
		rc = cannot_look_at_marker(t, errno, e);
	buf_clear(&text);
	close(fd);
	return rc;
}

static int
mark_root(struct maildir_tree *t, struct err *e)
{
	const int num = find_marker(t);

	t->marked = num == 0;
	if (t->marked)
		return 0;
	if (num != ENOENT)
		return cannot_look_at_marker(t, num, e);
	if (t->o.must_exist && !t->o.unmarked)
		return err_file_set(e, ERR_ACCOUNT, t->path,
		    "its marker %s is missing; is it mounted? (If it is "
		    "the right directory, make that file.)",
		    MAILDIR_MARKER);
	if (check_above(t, e) != 0)
		return -1;
	if (t->o.readonly)
		return 0;
	if (make_file(t->root, MAILDIR_MARKER) != 0 ||
	    sync_dir(t, t->root) != 0)
		return cannot_look_at_marker(t, errno, e);
	t->marked = true;
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
	t->owner = o->owner == NULL ? NULL : xstrdup(o->owner);
	t->o.owner = t->owner;
	t->root = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->root < 0 && errno == ENOENT && !o->must_exist) {
		if (o->readonly)
			goto out;
		if (make_root(t->path, e) != 0)
			goto fail;
		t->root = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (t->root < 0) {
		cannot_look(t->path, errno, e);
		goto fail;
	}
	if (mark_root(t, e) != 0 || check_owner(t, e) != 0)
		goto fail;
	t->folds_case = t->marked && fstatat(t->root, ".BLINKMAIL", &st,
					 AT_SYMLINK_NOFOLLOW) == 0;
out:
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
	free(t->owner);
	free(t);
}

bool
maildir_tree_folds_case(const struct maildir_tree *t)
{
	return t->folds_case;
}

int
maildir_tree_root(const struct maildir_tree *t)
{
	return t->root;
}

char
maildir_tree_delimiter(const struct maildir_tree *t)
{
	return maildir_layout_delimiter(t->o.layout);
}

int
maildir_tree_walk(const struct maildir_tree *t, const char *path, bool make)
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
		if (next >= 0 && strcmp(name, ".") != 0 && is_root(next)) {
			close(next);
			next = -1;
			errno = EXDEV;
		}
		saved = errno;
		close(dir);
		errno = saved;
		dir = next;
	}
	return dir;
}

/* The name in the root that is file but for the case of its first five
 * letters; the first of several. The caller frees; NULL: there is none. */
static char *
other_case(const struct maildir_tree *t, const char *file)
{
	struct dirent *d;
	struct stat st;
	char *found;
	DIR *dir;
	int fd;

	found = NULL;
	fd = openat(t->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	while ((d = readdir(dir)) != NULL) {
		if (strncasecmp(d->d_name, file, 5) != 0 ||
		    strcmp(d->d_name + 5, file + 5) != 0 ||
		    (found != NULL && strcmp(found, d->d_name) < 0) ||
		    fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISDIR(st.st_mode))
			continue;
		free(found);
		found = xstrdup(d->d_name);
	}
	closedir(dir);
	return found;
}

void
maildir_tree_inbox(const struct maildir_tree *t, char *path)
{
	struct stat st;
	char *file, *found;
	size_t n;

	n = strcspn(path, "/.");
	if (t->o.layout == MAILDIR_PLUSPLUS || n != 5 ||
	    strncmp(path, "INBOX", 5) != 0 ||
	    (t->o.layout == MAILDIR_NESTED && path[n] == '.'))
		return;
	file = xstrndup(path, strcspn(path, "/"));
	if (fstatat(t->root, file, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		found = other_case(t, file);
		if (found != NULL)
			memcpy(path, found, 5);
		free(found);
	}
	free(file);
}

static int
open_dir(struct maildir_tree *t, const char *name, bool make, char **path,
    int *dir, struct err *e)
{
	if (maildir_tree_check(t, e) != 0 ||
	    maildir_layout_path(t->o.layout, name, path, e) != 0)
		return -1;
	*dir = -1;
	if (t->root >= 0) {
		maildir_tree_inbox(t, *path);
		maildir_utf7_find(t->root, path);
		*dir = maildir_tree_walk(t, *path, make);
	}
	if (*dir >= 0)
		return 0;
	if (t->root < 0)
		err_file_set(e, ERR_FOLDER, t->path, "there is none");
	else if (errno == ELOOP || errno == ENOTDIR)
		err_file_set(e, ERR_FOLDER, *path, "not a directory");
	else if (errno == EXDEV)
		maildir_tree_is_anothers("", *path, e);
	else
		err_file_errno(e, ERR_FOLDER, errno, *path, NULL);
	if (t->root >= 0)
		err_below(e, t->path);
	free(*path);
	return -1;
}

int
maildir_tree_create(struct maildir_tree *t, const char *name, struct err *e)
{
	char *path;
	int dir, rc;

	if (t->o.readonly)
		return err_set(e, ERR_FOLDER, "the store is read-only");
	if (open_dir(t, name, true, &path, &dir, e) != 0)
		return -1;
	rc = 0;
	if (t->o.layout == MAILDIR_PLUSPLUS && strcmp(path, ".") != 0 &&
	    make_file(dir, MAILDIRPP_FILE) != 0)
		rc = err_file_errno(
		    e, ERR_FOLDER, errno, MAILDIRPP_FILE, "making it");
	if (rc == 0)
		rc = maildir_make(dir, t->o.fsync, e);
	if (rc != 0) {
		err_below(e, path);
		err_below(e, t->path);
	}
	close(dir);
	free(path);
	return rc;
}

/* Opens the directory in which path is, and sets *file to its name there. */
static int
open_parent(struct maildir_tree *t, char *path, bool make, const char **file)
{
	char *slash = strrchr(path, '/');

	*file = slash == NULL ? path : slash + 1;
	if (slash == NULL)
		return maildir_tree_walk(t, "", false);
	*slash = '\0';
	return maildir_tree_walk(t, path, make);
}

int
maildir_tree_rename(
    struct maildir_tree *t, const char *from, const char *to, struct err *e)
{
	char *path[2] = { NULL, NULL }, *shown = NULL;
	int dir[2] = { -1, -1 }, rc = -1;
	const char *file[2];

	if (t->o.readonly || t->root < 0)
		return err_set(e, ERR_FOLDER, "the store is read-only");
	if (maildir_tree_check(t, e) != 0 ||
	    maildir_layout_path(t->o.layout, from, &path[0], e) != 0 ||
	    maildir_layout_path(t->o.layout, to, &path[1], e) != 0)
		goto out;
	maildir_utf7_find(t->root, &path[0]);
	maildir_utf7_find(t->root, &path[1]);
	shown = xstrdup(path[1]);
	errno = EINVAL;
	if (strcmp(path[0], ".") == 0 || strcmp(path[1], ".") == 0 ||
	    (dir[0] = open_parent(t, path[0], false, &file[0])) < 0 ||
	    (dir[1] = open_parent(t, path[1], true, &file[1])) < 0 ||
	    maildir_rename(dir[0], file[0], dir[1], file[1]) != 0 ||
	    sync_dir(t, dir[0]) != 0 || sync_dir(t, dir[1]) != 0) {
		err_file_errno(e, ERR_FOLDER, errno, shown, NULL);
		err_below(e, t->path);
		goto out;
	}
	rc = 0;
out:
	if (dir[0] >= 0)
		close(dir[0]);
	if (dir[1] >= 0)
		close(dir[1]);
	free(path[0]);
	free(path[1]);
	free(shown);
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
	if (rc != 0) {
		err_below(e, path);
		err_below(e, t->path);
	} else if (!o.readonly)
		maildir_clean_tmp(*md);
	free(path);
	return rc;
}

int
maildir_tree_refused(struct maildir_tree *t, const char *path,
    struct maildir **md, struct err *e)
{
	struct maildir_options o = {
		.infosep = t->o.infosep,
		.readonly = true,
		.native = path,
	};
	int dir, rc;

	if (maildir_tree_check(t, e) != 0)
		return -1;
	dir = openat(t->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = dir < 0 ? err_file_errno(e, ERR_FOLDER, errno, path, NULL)
		     : maildir_open_take(dir, &o, md, e);
	return rc == 0 ? 0 : err_below(e, t->path);
}
