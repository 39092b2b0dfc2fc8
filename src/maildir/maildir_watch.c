/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three kinds of directories have a watch:
 *
 *	a node	the root, and each directory that may be a folder: tells of
 *		new and removed folders, of cur and new in it, and of the
 *		keyword file
 *	cur, new	tell of messages
 *
 * A directory that appears gets its watch first and is read then, so that
 * nothing falls between. A node that goes or is renamed loses its watch and
 * those of all below it; under its new name it appears like a new one. One
 * that could not be read, and has no watch, gets it when it is given its
 * rights.
 *
 * Between two calls no descriptor but that of inotify is open: the disk may be
 * unmounted.
 *
 * inotify takes paths only. That of an open descriptor in /proc leads nowhere
 * but to what was opened, component by component, without following links.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "maildir/maildir_tree_private.h"
#include "maildir/maildir_watch.h"

#define NODE_EVENTS                                                            \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |     \
	    IN_ONLYDIR)
#define ROOT_EVENTS (NODE_EVENTS | IN_DELETE_SELF | IN_MOVE_SELF)
#define MESSAGE_EVENTS                                                         \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR)

/* Reads of one call; what is left is still there for the next. */
#define READS_MAX 64

struct watched {
	int wd;
	bool messages; /* cur or new of the folder at path */
	char *path;    /* of the node, below the root; "" for the root */
};

struct maildir_watch {
	struct maildir_tree_options o;
	struct maildir_tree *tree; /* during a call */
	char *path;
	int fd;
	struct watched *list; /* sorted by wd */
	size_t len, cap;
	/* while taking */
	void (*changed)(void *arg, const char *folder);
	void *arg;
	int told;      /* whose change was told last */
	bool told_all; /* nothing more needs to be told */
};

/* Where wd is, or would be. */
static size_t
place(const struct maildir_watch *w, int wd)
{
	size_t lo, hi, mid;

	for (lo = 0, hi = w->len; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (w->list[mid].wd < wd)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct watched *
find(const struct maildir_watch *w, int wd)
{
	size_t i = place(w, wd);

	return i < w->len && w->list[i].wd == wd ? &w->list[i] : NULL;
}

/* A directory that is watched already keeps its number. */
static void
enter(struct maildir_watch *w, int wd, const char *path, bool messages)
{
	size_t i = place(w, wd);

	if (i < w->len && w->list[i].wd == wd) {
		free(w->list[i].path);
	} else {
		w->list = xgrow(w->list, w->len, &w->cap, sizeof(*w->list));
		memmove(&w->list[i + 1], &w->list[i],
		    (w->len - i) * sizeof(*w->list));
		w->len++;
	}
	w->list[i] = (struct watched){ wd, messages, xstrdup(path) };
}

static void
forget(struct maildir_watch *w, int wd)
{
	size_t i = place(w, wd);

	if (i == w->len || w->list[i].wd != wd)
		return;
	free(w->list[i].path);
	w->len--;
	memmove(&w->list[i], &w->list[i + 1], (w->len - i) * sizeof(*w->list));
}

static bool
is_below(const char *path, const char *node)
{
	size_t n = strlen(node);

	return strncmp(path, node, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/');
}

/* Lets go of the node and all below. */
static void
unwatch(struct maildir_watch *w, const char *node)
{
	size_t i, n;

	for (i = n = 0; i < w->len; i++) {
		if (is_below(w->list[i].path, node)) {
			inotify_rm_watch(w->fd, w->list[i].wd);
			free(w->list[i].path);
		} else {
			w->list[n++] = w->list[i];
		}
	}
	w->len = n;
}

/* What is no longer there needs no watch. */
static int
watch_dir(struct maildir_watch *w, int dir, const char *path, bool messages,
    uint32_t events, struct err *e)
{
	char proc[32];
	int wd;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", dir);
	wd = inotify_add_watch(w->fd, proc, events);
	if (wd == -1 && errno == ENOSPC) {
		err_set(e, ERR_ACCOUNT,
		    "the system's limit fs.inotify.max_user_watches is "
		    "reached: changes of files are not noticed");
		e->num = ENOSPC;
		return -1;
	}
	if (wd == -1)
		return err_file_errno(
		    e, ERR_ACCOUNT, errno, path, "watching it");
	enter(w, wd, path, messages);
	return 0;
}

static int
watch_messages(struct maildir_watch *w, int dir, const char *path,
    const char *sub, struct err *e)
{
	int fd, rc;

	fd = openat(dir, sub, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return 0;
	rc = watch_dir(w, fd, path, true, MESSAGE_EVENTS, e);
	close(fd);
	return rc;
}

static bool
has_children(const struct maildir_watch *w, size_t depth)
{
	return depth == 0 ||
	       (w->o.layout == MAILDIR_NESTED && depth < MAILDIR_DEPTH_MAX);
}

/* The path of what is called name in the node; the caller frees. */
static char *
child_path(const char *node, const char *name)
{
	return xasprintf("%s%s%s", node, node[0] != '\0' ? "/" : "", name);
}

static size_t
depth_of(const char *path)
{
	size_t depth;

	depth = *path != '\0';
	for (; *path != '\0'; path++)
		depth += *path == '/';
	return depth;
}

/* Watches the node and all below. The recursion is bounded by
 * MAILDIR_DEPTH_MAX. */
static int
watch_node(struct maildir_watch *w, const char *path, struct err *e)
{
	size_t depth = depth_of(path);
	struct dirent *d;
	char *child;
	DIR *dir;
	int fd, rc;

	fd = maildir_tree_walk(w->tree, path, false);
	if (fd == -1)
		return 0; /* no directory, or no longer there */
	rc = watch_dir(
	    w, fd, path, false, depth == 0 ? ROOT_EVENTS : NODE_EVENTS, e);
	if (rc == 0 && (depth > 0 || w->o.layout == MAILDIR_PLUSPLUS) &&
	    (watch_messages(w, fd, path, "cur", e) == -1 ||
		watch_messages(w, fd, path, "new", e) == -1))
		rc = -1;
	if (rc == -1 || !has_children(w, depth) ||
	    (dir = fdopendir(fd)) == NULL) {
		close(fd);
		return rc;
	}
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if ((d->d_type != DT_DIR && d->d_type != DT_UNKNOWN) ||
		    !maildir_tree_may_hold(w->o.layout, d->d_name, depth))
			continue;
		child = child_path(path, d->d_name);
		rc = watch_node(w, child, e);
		free(child);
	}
	closedir(dir);
	return rc;
}

static void
close_tree(struct maildir_watch *w)
{
	maildir_tree_close(w->tree);
	w->tree = NULL;
}

int
maildir_watch_open(const struct maildir_tree_options *o,
    struct maildir_watch **result, struct err *e)
{
	struct maildir_watch *w;

	w = xcalloc(1, sizeof(*w));
	w->path = xstrdup(o->path);
	w->o = *o;
	w->o.path = w->path;
	w->o.readonly = w->o.must_exist = true;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd == -1 && errno == EMFILE) {
		err_set(e, ERR_ACCOUNT,
		    "the system's limit fs.inotify.max_user_instances is "
		    "reached: changes of files are not noticed");
		e->num = EMFILE;
	} else if (w->fd == -1) {
		err_errno(e, ERR_ACCOUNT, errno, "inotify");
	} else if (maildir_tree_open(&w->o, &w->tree, e) == 0 &&
		   watch_node(w, "", e) == 0) {
		close_tree(w);
		*result = w;
		return 0;
	}
	maildir_watch_close(w);
	return -1;
}

void
maildir_watch_close(struct maildir_watch *w)
{
	if (w == NULL)
		return;
	while (w->len > 0)
		free(w->list[--w->len].path);
	free(w->list);
	if (w->fd != -1)
		close(w->fd);
	close_tree(w);
	free(w->path);
	free(w);
}

int
maildir_watch_fd(const struct maildir_watch *w)
{
	return w->fd;
}

static void
tell_all(struct maildir_watch *w)
{
	if (!w->told_all)
		w->changed(w->arg, NULL);
	w->told_all = true;
}

/* What is no folder has no news. */
static void
tell(struct maildir_watch *w, const struct watched *at)
{
	const char *path = at->path[0] != '\0' ? at->path : ".";
	struct err ignored = ERR_INIT;
	char *name;

	if (w->told_all || w->told == at->wd)
		return;
	w->told = at->wd;
	if (maildir_tree_name(w->tree, path, &name, &ignored) == -1) {
		err_clear(&ignored);
		return;
	}
	w->changed(w->arg, name);
	free(name);
}

/* The node, or cur and new of it (messages), have their watches. */
static bool
is_watched(const struct maildir_watch *w, const char *node, bool messages)
{
	size_t i, n;

	for (i = n = 0; i < w->len; i++)
		n += w->list[i].messages == messages &&
		     strcmp(w->list[i].path, node) == 0;
	return n == (messages ? 2 : 1);
}

/* Something happened to a directory in a node. */
static int
node_directory(struct maildir_watch *w, const char *node,
    const struct inotify_event *ev, struct err *e)
{
	const bool rights = (ev->mask & IN_ATTRIB) != 0;
	char *child;
	int dir, rc;

	if (strcmp(ev->name, "cur") == 0 || strcmp(ev->name, "new") == 0) {
		if (rights && is_watched(w, node, true))
			return 0;
		/* A folder is being made, or taken away. */
		tell_all(w);
		if ((ev->mask & (IN_CREATE | IN_MOVED_TO | IN_ATTRIB)) == 0)
			return 0;
		dir = maildir_tree_walk(w->tree, node, false);
		rc = dir == -1 ? 0 : watch_messages(w, dir, node, ev->name, e);
		if (dir != -1)
			close(dir);
		return rc;
	}
	if (!has_children(w, depth_of(node)) ||
	    !maildir_tree_may_hold(w->o.layout, ev->name, depth_of(node)))
		return 0;
	child = child_path(node, ev->name);
	rc = 0;
	if (!rights || !is_watched(w, child, false)) {
		if ((ev->mask & (IN_DELETE | IN_MOVED_FROM)) != 0)
			unwatch(w, child);
		else
			rc = watch_node(w, child, e);
		tell_all(w);
	}
	free(child);
	return rc;
}

static int
root_gone(const struct maildir_watch *w, struct err *e)
{
	return err_file_set(
	    e, ERR_ACCOUNT, w->path, "no longer what it was; is it mounted?");
}

static int
take_one(struct maildir_watch *w, const struct inotify_event *ev, struct err *e)
{
	const struct watched *at;
	char *node;
	int rc;

	if ((ev->mask & IN_Q_OVERFLOW) != 0) {
		/* New folders may be among what was lost. */
		tell_all(w);
		return watch_node(w, "", e);
	}
	at = find(w, ev->wd);
	if (at == NULL)
		return 0;
	if ((ev->mask & IN_UNMOUNT) != 0 ||
	    (at->path[0] == '\0' && !at->messages &&
		(ev->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0))
		return root_gone(w, e);
	if ((ev->mask & IN_IGNORED) != 0) {
		forget(w, ev->wd);
		return 0;
	}
	if (ev->len == 0)
		return 0;
	if (at->messages) {
		if ((ev->mask & IN_ISDIR) == 0 && ev->name[0] != '.')
			tell(w, at);
		return 0;
	}
	if ((ev->mask & IN_ISDIR) == 0) {
		if (strcmp(ev->name, MAILDIR_KEYWORDS_FILE) == 0)
			tell(w, at);
		return 0;
	}
	node = xstrdup(at->path); /* the table will move */
	rc = node_directory(w, node, ev, e);
	free(node);
	return rc;
}

static int
take_all(struct maildir_watch *w, const char *data, size_t len, struct err *e)
{
	union {
		struct inotify_event ev;
		char bytes[sizeof(struct inotify_event) + NAME_MAX + 1];
	} one;
	size_t n;

	for (; len >= sizeof(one.ev); data += n, len -= n) {
		memcpy(&one.ev, data, sizeof(one.ev));
		n = sizeof(one.ev) + one.ev.len;
		if (n > len || n > sizeof(one))
			break;
		memcpy(one.bytes, data, n);
		if (take_one(w, &one.ev, e) == -1)
			return -1;
	}
	return 0;
}

int
maildir_watch_take(struct maildir_watch *w,
    void (*changed)(void *arg, const char *folder), void *arg, struct err *e)
{
	char data[16384];
	ssize_t n;
	int i, rc;

	w->changed = changed;
	w->arg = arg;
	w->told = -1;
	w->told_all = false;
	for (i = rc = 0; rc == 0 && i < READS_MAX; i++) {
		n = read(w->fd, data, sizeof(data));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			break;
		if (n <= 0)
			rc = err_errno(e, ERR_ACCOUNT, errno, "inotify");
		else if (w->tree == NULL)
			rc = maildir_tree_open(&w->o, &w->tree, e);
		if (rc == 0)
			rc = take_all(w, data, (size_t)n, e);
	}
	close_tree(w);
	return rc;
}
