/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is noticed in a tree of Maildirs. inotify has an event ready before the
 * call that made it returns, so nothing here waits. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "maildir/maildir_watch.h"
#include "ok.h"
#include "tmpdir.h"

/* Linked in the place of the real one. */
int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);

static unsigned watches_left;

int
__wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	if (watches_left == 0) {
		errno = ENOSPC;
		return -1;
	}
	watches_left--;
	return __real_inotify_add_watch(fd, path, mask);
}

struct place {
	char *dir;
	enum maildir_layout layout;
	struct maildir_watch *w;
	struct buf seen; /* "Work * " */
};

static char *
path_of(const struct place *p, const char *below)
{
	return xasprintf("%s/%s", p->dir, below);
}

static void
put(struct place *p, const char *below)
{
	char *path = path_of(p, below);

	file_put(AT_FDCWD, path, "", 0);
	free(path);
}

static void
make_dir(struct place *p, const char *below)
{
	char *path = path_of(p, below);

	if (mkdir(path, 0700) != 0)
		fail_msg("%s: %s", path, strerror(errno));
	free(path);
}

static void
take_away(struct place *p, const char *below)
{
	char *path = path_of(p, below);

	if (remove(path) != 0)
		fail_msg("%s: %s", path, strerror(errno));
	free(path);
}

static void
put_maildir(struct place *p, const char *folder)
{
	static const char *const subs[] = { "tmp", "new", "cur" };
	char *sub;
	size_t i;

	if (strcmp(folder, ".") != 0)
		make_dir(p, folder);
	for (i = 0; i < 3; i++) {
		sub = xasprintf("%s/%s", folder, subs[i]);
		make_dir(p, sub);
		free(sub);
	}
}

static void
move(struct place *p, const char *from, const char *to)
{
	char *a = path_of(p, from), *b = path_of(p, to);

	assert_int_equal(rename(a, b), 0);
	free(a);
	free(b);
}

static void
put_link(struct place *p, const char *to, const char *below)
{
	char *path = path_of(p, below);

	assert_int_equal(symlink(to, path), 0);
	free(path);
}

static void
on_changed(void *arg, const char *folder)
{
	struct place *p = arg;

	buf_printf(&p->seen, "%s ", folder != NULL ? folder : "*");
}

static int
take(struct place *p, struct err *e)
{
	buf_reset(&p->seen);
	return maildir_watch_take(p->w, on_changed, p, e);
}

static void
expect_at(struct place *p, const char *seen, int line)
{
	if (take(p, &err) != 0)
		fail_msg("line %d: %s", line, err_text(&err));
	if (strcmp(buf_str(&p->seen), seen) != 0)
		fail_msg("line %d: \"%s\" where expected: \"%s\"", line,
		    buf_str(&p->seen), seen);
}
#define EXPECT(seen) expect_at(p, (seen), __LINE__)

static int
start(struct place *p, struct err *e)
{
	struct maildir_tree_options o = {
		.path = p->dir, .layout = p->layout, .infosep = ':'
	};

	return maildir_watch_open(&o, &p->w, e);
}

static void
begin(struct place *p, enum maildir_layout layout)
{
	*p = (struct place){ .layout = layout };
	watches_left = 1000;
	p->dir = tmpdir_new();
	put(p, MAILDIR_MARKER);
}

static void
end(struct place *p)
{
	maildir_watch_close(p->w);
	tmpdir_free(p->dir);
	buf_clear(&p->seen);
}

/* In every layout: messages, and nothing else. */
static void
messages(enum maildir_layout layout, const char *at, const char *name)
{
	struct place place, *p = &place;
	struct buf want = { 0 };
	char a[256], b[256];

	begin(p, layout);
	put_maildir(p, at);
	OK(start(p, &err));
	buf_printf(&want, "%s ", name);
	EXPECT("");
#define AT(buf, sub) (snprintf(buf, sizeof(buf), "%s/%s", at, sub), buf)
	put(p, AT(a, "tmp/1.x"));
	EXPECT("");
	move(p, AT(a, "tmp/1.x"), AT(b, "new/1.x"));
	EXPECT(buf_str(&want));
	move(p, AT(a, "new/1.x"), AT(b, "cur/1.x:2,"));
	if (take(p, &err) != 0)
		fail_msg("%s", err_text(&err));
	assert_non_null(strstr(buf_str(&p->seen), name));
	move(p, AT(a, "cur/1.x:2,"), AT(b, "cur/1.x:2,S"));
	EXPECT(buf_str(&want));
	put(p, AT(a, "cur/2.x:2,"));
	put(p, AT(a, "cur/3.x:2,"));
	EXPECT(buf_str(&want));
	take_away(p, AT(a, "cur/2.x:2,"));
	EXPECT(buf_str(&want));
	/* the keyword file is replaced, as Dovecot does it */
	put(p, AT(a, "dovecot-keywords.lock"));
	EXPECT("");
	move(p, AT(a, "dovecot-keywords.lock"), AT(b, "dovecot-keywords"));
	EXPECT(buf_str(&want));
	/* others */
	put(p, AT(a, "dovecot-uidlist"));
	put(p, AT(a, "cur/.nfs1"));
	make_dir(p, AT(a, "cur/dir"));
	EXPECT("");
	EXPECT("");
	end(p);
	buf_clear(&want);
}

static void
t_messages(void **state)
{
	(void)state;
	messages(MAILDIR_FLAT, "INBOX", "INBOX");
	messages(MAILDIR_FLAT, "Inbox", "INBOX");
	messages(MAILDIR_FLAT, "Work.Notes", "Work/Notes");
	messages(MAILDIR_NESTED, "Work", "Work");
	messages(MAILDIR_PLUSPLUS, ".", "INBOX");
	messages(MAILDIR_PLUSPLUS, ".Work.Notes", "Work/Notes");
}

/* A folder that appears, piece by piece or whole; that goes, is renamed. */
static void
folders(enum maildir_layout layout, const char *a, const char *b,
    const char *name_a, const char *name_b)
{
	struct place place, *p = &place;
	char file[256], want[256];

	begin(p, layout);
	OK(start(p, &err));
	make_dir(p, a);
	EXPECT("* ");
	snprintf(file, sizeof(file), "%s/cur", a);
	make_dir(p, file);
	EXPECT("* ");
	snprintf(file, sizeof(file), "%s/new", a);
	make_dir(p, file);
	EXPECT("* ");
	snprintf(file, sizeof(file), "%s/new/1.x", a);
	put(p, file);
	snprintf(want, sizeof(want), "%s ", name_a);
	EXPECT(want);

	move(p, a, b);
	EXPECT("* ");
	snprintf(file, sizeof(file), "%s/new/2.x", b);
	put(p, file);
	snprintf(want, sizeof(want), "%s ", name_b);
	EXPECT(want);

	/* Whole, under the old name; the other stays. */
	put_maildir(p, a);
	EXPECT("* ");
	snprintf(file, sizeof(file), "%s/cur/3.x:2,", a);
	put(p, file);
	snprintf(want, sizeof(want), "%s ", name_a);
	EXPECT(want);

	snprintf(file, sizeof(file), "%s/%s", p->dir, a);
	remove_tree(file);
	if (take(p, &err) != 0)
		fail_msg("%s", err_text(&err));
	assert_non_null(strchr(buf_str(&p->seen), '*'));
	EXPECT("");
	snprintf(file, sizeof(file), "%s/new/4.x", b);
	put(p, file);
	snprintf(want, sizeof(want), "%s ", name_b);
	EXPECT(want);
	end(p);
}

static void
t_folders(void **state)
{
	(void)state;
	folders(MAILDIR_FLAT, "A.B", "C.D", "A/B", "C/D");
	folders(MAILDIR_NESTED, "A", "C", "A", "C");
	folders(MAILDIR_PLUSPLUS, ".A.B", ".C.D", "A/B", "C/D");
}

/* What is below a nested folder moves with it. */
static void
t_nested(void **state)
{
	struct place place, *p = &place;

	(void)state;
	begin(p, MAILDIR_NESTED);
	put_maildir(p, "A");
	put_maildir(p, "A/B");
	put_maildir(p, "A/B/C");
	OK(start(p, &err));
	put(p, "A/B/C/cur/1");
	EXPECT("A/B/C ");
	move(p, "A", "Z");
	EXPECT("* ");
	put(p, "Z/B/C/cur/2");
	EXPECT("Z/B/C ");
	put(p, "Z/cur/2");
	put(p, "Z/B/cur/2");
	EXPECT("Z Z/B ");
	put_maildir(p, "Z/B/C/D");
	EXPECT("* ");
	put(p, "Z/B/C/D/new/3");
	EXPECT("Z/B/C/D ");
	end(p);
}

/* Links that lead out of the tree are none of its folders. */
static void
t_links(void **state)
{
	struct place place, *p = &place, other;
	char *link;

	(void)state;
	begin(&other, MAILDIR_FLAT);
	put_maildir(&other, "Far");
	begin(p, MAILDIR_FLAT);
	put_maildir(p, "Near");
	link = xasprintf("%s/Far", other.dir);
	put_link(p, link, "Link");
	OK(start(p, &err));
	put(&other, "Far/new/1");
	EXPECT("");
	put_link(p, link, "Later");
	EXPECT("");
	put(&other, "Far/new/2");
	EXPECT("");
	put(p, "Near/new/2");
	EXPECT("Near ");
	free(link);
	end(p);
	end(&other);
}

/* More than the kernel keeps: all is to be looked at, and new folders are
 * found. */
static void
t_overflow(void **state)
{
	struct place place, *p = &place;
	char name[256];
	int i, fd, max;
	FILE *f;

	(void)state;
	f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	max = 0;
	if (f == NULL || fscanf(f, "%d", &max) != 1 || max > 100000)
		max = 0;
	if (f != NULL)
		fclose(f);
	if (max == 0)
		skip();
	begin(p, MAILDIR_FLAT);
	put_maildir(p, "A");
	OK(start(p, &err));
	for (i = 0; i <= max / 2; i++) {
		snprintf(name, sizeof(name), "%s/A/cur/%d", p->dir, i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		assert_true(fd != -1);
		close(fd);
		assert_int_equal(unlink(name), 0);
	}
	put_maildir(p, "Late");
	do {
		if (take(p, &err) != 0)
			fail_msg("%s", err_text(&err));
		i = strchr(buf_str(&p->seen), '*') != NULL;
	} while (i == 0 && p->seen.len > 0);
	assert_int_equal(i, 1);
	EXPECT("");
	put(p, "Late/new/1");
	EXPECT("Late ");
	end(p);
}

static void
set_rights(struct place *p, const char *below, mode_t mode)
{
	char *path = path_of(p, below);

	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

/* Rights mean nothing to root: then somebody else looks. */
static int
look(struct place *p, bool first)
{
	const bool root = geteuid() == 0;
	int rc;

	if (root)
		assert_int_equal(seteuid(65534), 0);
	rc = first ? start(p, &err) : take(p, &err);
	if (root)
		assert_int_equal(seteuid(0), 0);
	return rc;
}

/* A folder that may not be read, and then may. */
static void
t_rights(void **state)
{
	static const char *const all[] = { "", "A", "A/cur", "A/new", "B",
		"B/cur", "B/new" };
	struct place place, *p = &place;
	size_t i;

	(void)state;
	begin(p, MAILDIR_NESTED);
	put_maildir(p, "A");
	put_maildir(p, "B");
	for (i = 0; i < 7; i++)
		set_rights(p, all[i], 0755);
	set_rights(p, "A", 0);
	set_rights(p, "B/cur", 0);
	OK(look(p, true));
	set_rights(p, "B/new", 0700); /* has its watch */
	OK(look(p, false));
	set_rights(p, "B/cur", 0755);
	set_rights(p, "A", 0755);
	OK(look(p, false));
	assert_string_equal(buf_str(&p->seen), "* ");
	put(p, "A/cur/1");
	put(p, "B/cur/1");
	EXPECT("A B ");
	set_rights(p, "A", 0700);
	set_rights(p, "B/cur", 0700);
	EXPECT("");
	end(p);
}

static void
t_root(void **state)
{
	struct place place, *p = &place;
	char other[256];

	(void)state;
	begin(p, MAILDIR_FLAT);
	put_maildir(p, "A");
	OK(start(p, &err));
	snprintf(other, sizeof(other), "%s.moved", p->dir);
	assert_int_equal(rename(p->dir, other), 0);
	assert_int_equal(take(p, &err), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_non_null(strstr(err_text(&err), "is it mounted?"));
	/* Not there, and without its marker. */
	maildir_watch_close(p->w);
	p->w = NULL;
	assert_int_equal(start(p, &err), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_int_equal(rename(other, p->dir), 0);
	take_away(p, MAILDIR_MARKER);
	assert_int_equal(start(p, &err), -1);
	assert_non_null(strstr(err_text(&err), "marker"));
	put(p, MAILDIR_MARKER);
	OK(start(p, &err));
	remove_tree(p->dir);
	assert_int_equal(take(p, &err), -1);
	end(p);
}

/* Another account's tree, and what is in it, is no business of ours. */
static void
t_other_tree(void **state)
{
	struct place place, *p = &place;

	(void)state;
	begin(p, MAILDIR_NESTED);
	put_maildir(p, "A");
	put_maildir(p, "other");
	put(p, "other/" MAILDIR_MARKER);
	put_maildir(p, "other/B");
	OK(start(p, &err));
	put(p, "other/new/1.x");
	put(p, "other/B/new/1.x");
	put_maildir(p, "other/C");
	EXPECT("");
	put(p, "A/new/1.x");
	EXPECT("A ");
	end(p);
}

static void
t_limit(void **state)
{
	struct place place, *p = &place;

	(void)state;
	begin(p, MAILDIR_FLAT);
	put_maildir(p, "A");
	watches_left = 3; /* root, A, cur */
	assert_int_equal(start(p, &err), -1);
	assert_int_equal(err.num, ENOSPC);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_false(err.retry);
	assert_non_null(strstr(err_text(&err), "fs.inotify.max_user_watches"));
	watches_left = 4;
	OK(start(p, &err));
	put_maildir(p, "B");
	assert_int_equal(take(p, &err), -1);
	assert_int_equal(err.num, ENOSPC);
	end(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_messages),
		cmocka_unit_test(t_folders),
		cmocka_unit_test(t_nested),
		cmocka_unit_test(t_links),
		cmocka_unit_test(t_overflow),
		cmocka_unit_test(t_rights),
		cmocka_unit_test(t_root),
		cmocka_unit_test(t_other_tree),
		cmocka_unit_test(t_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
