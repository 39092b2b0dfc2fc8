/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of a Maildir store, traps in them, and others who change them. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "maildir_fixture.h"
#include "settle.h"
#include "tmpdir.h"

static void
test_list(void **state)
{
	struct fixture *f = *state;
	struct store_folders list = { 0 }, again = { 0 };
	const struct store_folder *a;
	struct stat st;
	char *p;

	OK(f->s->ops->create(f->s, "Work/a.b", &err));
	OK(f->s->ops->create(f->s, "Entw\xc3\xbcrfe", &err));
	OK(f->s->ops->create(f->s, "INBOX", &err)); /* is there */
	assert_int_equal(f->s->ops->create(f->s, "a/../b", &err), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	p = path(f, "Work.a%2Eb");
	assert_int_equal(stat(p, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	free(p);
	p = path(f, "no Maildir");
	assert_int_equal(mkdir(p, 0700), 0);
	free(p);
	p = path(f, "link");
	assert_int_equal(symlink("INBOX", p), 0);
	free(p);
	p = path(f, "Work.a%2Eb");
	settle(AT_FDCWD, p);
	free(p);
	OK(f->s->ops->list(f->s, &list, &err));
	assert_int_equal(list.len, 3);
	assert_int_equal(list.refused_len, 1);
	a = store_folders_find(&list, "Work/a.b");
	assert_non_null(a);
	assert_string_equal(a->native, "Work.a%2Eb");
	assert_int_equal(a->delimiter, '.');
	assert_true(a->token.valid && a->token.exact);
	OK(open_folder(f, "Work/a.b"));
	assert_true(store_token_equal(&a->token, &f->st.token));
	touch(f, "Work.a%2Eb/new/1.2.h");
	OK(f->s->ops->list(f->s, &again, &err));
	assert_false(store_token_equal(
	    &a->token, &store_folders_find(&again, "Work/a.b")->token));
	/* just changed: not to be trusted yet */
	assert_false(store_folders_find(&again, "Work/a.b")->token.valid);
	store_folders_clear(&list);
	store_folders_clear(&again);
	assert_int_equal(open_folder(f, "link"), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_int_equal(open_folder(f, "nothing"), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
}

static void
make_maildir(struct fixture *f, const char *below)
{
	static const char *const subs[] = { "", "/cur", "/new", "/tmp" };
	char *p;
	size_t i;

	for (i = 0; i < 4; i++) {
		p = xasprintf("%s/%s%s", f->settings.path, below, subs[i]);
		assert_int_equal(mkdir(p, 0700), 0);
		free(p);
	}
}

/* A directory "Inbox" is INBOX, unless there is another one. */
static void
test_inbox_case(void **state)
{
	struct fixture *f = *state;
	struct store_folders list = { 0 };
	const struct store_folder *a;
	char *inbox = path(f, "INBOX");

	make_maildir(f, "Inbox");
	touch(f, "Inbox/new/1.a.h");
	OK(f->s->ops->list(f->s, &list, &err));
	assert_int_equal(list.len, 1);
	assert_string_equal(list.list[0].native, "INBOX");
	assert_int_equal(list.refused_len, 1);
	assert_non_null(strstr(list.refused[0].name, "Inbox"));
	store_folders_clear(&list);

	remove_tree(inbox);
	make_maildir(f, "inbox");
	put_file(f, "iNBOX", "", 0); /* is no directory */
	OK(f->s->ops->list(f->s, &list, &err));
	assert_int_equal(list.len, 1);
	a = store_folders_find(&list, "INBOX");
	assert_non_null(a);
	assert_string_equal(a->native, "Inbox");
	assert_int_equal(list.refused_len, 1);
	store_folders_clear(&list);
	OK(f->s->ops->create(f->s, "INBOX", &err));
	assert_false(exists(f, "INBOX"));
	OK(open_folder(f, "INBOX"));
	assert_int_equal(change_flags(f, "1.a.h", 0, FLAG_SEEN, 0), STORE_DONE);
	assert_true(exists(f, "Inbox/cur/1.a.h:2,S"));
	free(inbox);
}

static void
test_traps(void **state)
{
	struct fixture *f = *state;
	struct snapshot snap = { 0 };
	struct inbox in = { 0 };
	const struct store_ref ref = { .name = "1.2.h" };
	char *cur, *tmp, *file;

	/* a link in a file's place is never read */
	file = path(f, "INBOX/new/1.2.h");
	assert_int_equal(symlink("/etc/passwd", file), 0);
	read_one(f, &ref, STORE_WHOLE, &in);
	assert_int_equal(in.begun, 0);
	assert_int_equal(in.missing, 1);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	read_one(f, &ref, STORE_WHOLE, &in);
	assert_int_equal(in.begun, 0);
	assert_int_equal(in.missing, 1);
	free(file);
	tmp = path(f, "INBOX/tmp");
	assert_int_equal(rmdir(tmp), 0);
	assert_int_equal(symlink("/tmp", tmp), 0);
	assert_int_equal(open_folder(f, "INBOX"), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_int_equal(unlink(tmp), 0);
	OK(open_folder(f, "INBOX")); /* made again */
	assert_true(exists(f, "INBOX/tmp"));
	/* a folder that vanishes is no empty folder */
	cur = path(f, "INBOX/cur");
	assert_int_equal(rmdir(cur), 0);
	assert_int_equal(f->s->ops->scan(f->s, &snap, &err), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_int_equal(open_folder(f, "INBOX"), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	snapshot_clear(&snap);
	free(cur);
	free(tmp);
}

static void
test_root(void **state)
{
	struct fixture *f = *state;
	struct store_folders list = { 0 };
	char *marker = path(f, ".blinkmail"), *aside, *target;

	assert_true(exists(f, ".blinkmail"));
	OK(reopen(f, true));
	assert_false(f->s->folds_case);
	assert_int_equal(unlink(marker), 0);
	assert_int_equal(f->s->ops->list(f->s, &list, &err), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_int_equal(open_folder(f, "INBOX"), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_int_equal(reopen(f, true), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_non_null(strstr(err_text(&err), "mounted"));
	OK(reopen(f, false));
	assert_true(exists(f, ".blinkmail"));
	/* missing */
	aside = xasprintf("%s/aside", f->dir);
	assert_int_equal(rename(f->settings.path, aside), 0);
	assert_int_equal(reopen(f, true), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	/* a link is fine, a dangling one is not */
	assert_int_equal(symlink("aside", f->settings.path), 0);
	OK(reopen(f, true));
	OK(open_folder(f, "INBOX"));
	target = xasprintf("%s/away", f->dir);
	assert_int_equal(rename(aside, target), 0);
	assert_int_equal(reopen(f, true), -1);
	assert_int_equal(reopen(f, false), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	/* a file is none */
	assert_int_equal(unlink(f->settings.path), 0);
	free(f->settings.path);
	f->settings.path = xasprintf("%s/file", f->dir);
	close(open(f->settings.path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(reopen(f, false), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	store_folders_clear(&list);
	free(marker);
	free(aside);
	free(target);
}

static void
test_readonly(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;
	struct store_sink sink;
	const struct store_open o = {
		.name = "INBOX", .readonly = true, .keywords = &f->words
	};
	char *p = path(f, "INBOX/new");

	assert_int_equal(rmdir(p), 0);
	OK(f->s->ops->open(f->s, &o, &f->st, &err));
	assert_true(f->st.readonly);
	assert_false(exists(f, "INBOX/new"));
	assert_int_equal(f->s->ops->batch_begin(f->s, 1, &b, &sink, &err), -1);
	free(p);
}

/* A side that is only read: nothing is changed, whoever asks. */
static void
test_refuses_changes(void **state)
{
	struct fixture *f = *state;
	const struct store_ref ref = { .id = 1, .name = "1.a.h" };
	struct store_result r = { 0 };
	struct store_batch *b;
	struct store_sink sink;
	const uint32_t peer = 7;
	char *marker = path(f, ".blinkmail");

	touch(f, "INBOX/cur/1.a.h:2,");
	assert_int_equal(unlink(marker), 0); /* it never got one */
	f->settings.readonly = true;
	OK(reopen(f, true));
	assert_false(exists(f, ".blinkmail"));
	OK(open_folder(f, "INBOX"));
	assert_true(f->st.readonly);
	assert_int_equal(f->s->ops->flags(f->s, &ref, 1,
			     (struct store_delta){ FLAG_SEEN, 0 }, &r, &err),
	    -1);
	assert_int_equal(f->s->ops->remove(f->s, &ref, 1, &r, &err), -1);
	/* Told an id, a message keeps the name it has. */
	OK(f->s->ops->bind(f->s, &ref, &peer, 1, &r, &err));
	assert_int_equal(r.outcome, STORE_DONE);
	assert_string_equal(r.name, "1.a.h");
	store_results_clear(&r, 1);
	assert_int_equal(f->s->ops->batch_begin(f->s, 1, &b, &sink, &err), -1);
	assert_int_equal(f->s->ops->create(f->s, "x", &err), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_true(exists(f, "INBOX/cur/1.a.h:2,"));
	free(marker);
}

/* A dry run makes no root and no marker; a missing root is empty only when
 * the status knows nothing of it. */
static void
test_dry_run(void **state)
{
	struct fixture *f = *state;
	struct store_maildir_config c = { .settings = &f->settings,
		.side = LOCAL,
		.fsync = true,
		.readonly = true };
	struct store_folders list = { 0 };
	char *marker = path(f, ".blinkmail");

	f->s->ops->free(f->s);
	f->s = NULL;
	assert_int_equal(unlink(marker), 0);
	c.must_exist = true;
	assert_int_equal(store_maildir_open(&c, &f->s, &err), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	c.must_exist = false;
	OK(store_maildir_open(&c, &f->s, &err));
	assert_false(exists(f, ".blinkmail"));
	f->s->ops->free(f->s);
	f->s = NULL;
	remove_tree(f->settings.path);
	c.must_exist = true;
	assert_int_equal(store_maildir_open(&c, &f->s, &err), -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	c.must_exist = false;
	OK(store_maildir_open(&c, &f->s, &err));
	OK(f->s->ops->list(f->s, &list, &err));
	assert_int_equal(list.len, 0);
	assert_int_equal(open_folder(f, "INBOX"), -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_false(exists(f, ""));
	store_folders_clear(&list);
	free(marker);
}

/* A link in the place of a known message: nobody deleted it. */
static void
test_link_for_message(void **state)
{
	struct fixture *f = *state;
	struct snapshot snap = { 0 };
	char *p = path(f, "INBOX/cur/1.a.h:2,S");
	char *twin = path(f, "INBOX/cur/1.a.h:2,FS");

	learn(f, "1.a.h", 9);
	OK(open_folder(f, "INBOX"));
	assert_int_equal(symlink("/elsewhere", p), 0);
	scan(f, &snap);
	assert_int_equal(snap.len, 1);
	assert_int_equal(snap.msgs[0].id, 9);
	assert_int_equal(snap.msgs[0].flags, FLAG_SEEN);
	/* beside a file it is none, and two links are one message */
	assert_int_equal(symlink("/elsewhere", twin), 0);
	scan(f, &snap);
	assert_int_equal(snap.len, 1);
	assert_int_equal(snap.msgs[0].id, 9);
	assert_int_equal(unlink(twin), 0);
	touch(f, "INBOX/cur/1.a.h:2,FS");
	scan(f, &snap);
	assert_int_equal(snap.len, 1);
	assert_int_equal(snap.msgs[0].flags, FLAG_FLAGGED | FLAG_SEEN);
	snapshot_clear(&snap);
	free(p);
	free(twin);
}

/* Rights mean nothing to root, who then acts as nobody; true when he does. */
static bool
obey_rights(struct fixture *f)
{
	if (geteuid() != 0)
		return false;
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	return true;
}

static void
expect_denied(int rc, const char *where)
{
	assert_int_equal(rc, -1);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_int_equal(err.num, EACCES);
	assert_null(strstr(err_text(&err), "mounted"));
	assert_string_equal(err_about(&err)->file, where);
	assert_string_equal(err_text(&err), strerror(EACCES));
}

/* What nobody may look at is not missing. */
static void
test_root_unreadable(void **state)
{
	struct fixture *f = *state;
	struct store_folders list = { 0 };
	char *marker = path(f, ".blinkmail");
	bool root;

	assert_int_equal(chmod(f->settings.path, 0744), 0);
	root = obey_rights(f);
	if (!root)
		assert_int_equal(chmod(f->settings.path, 0400), 0);
	expect_denied(f->s->ops->list(f->s, &list, &err), marker);
	expect_denied(open_folder(f, "INBOX"), marker);
	expect_denied(reopen(f, true), marker);
	expect_denied(reopen(f, false), marker);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(f->settings.path, 0), 0);
	root = obey_rights(f);
	expect_denied(reopen(f, true), f->settings.path);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(f->settings.path, 0700), 0);
	OK(reopen(f, true));
	store_folders_clear(&list);
	free(marker);
}

static void
unreadable(struct fixture *f, enum settings_layout layout, mode_t mode)
{
	struct store_folders list = { 0 };
	char *work = path(f, "Work"), *inbox = path(f, "INBOX");
	bool root;
	int rc;

	f->settings.layout = layout;
	OK(reopen(f, true));
	OK(f->s->ops->create(f->s, "Work", &err));
	assert_int_equal(chmod(work, mode), 0);
	assert_int_equal(chmod(inbox, 0755), 0);
	assert_int_equal(chmod(f->settings.path, 0755), 0);
	root = obey_rights(f);
	rc = f->s->ops->list(f->s, &list, &err);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(work, 0700), 0);
	OK(rc);
	assert_int_equal(list.refused_len, 1);
	assert_string_equal(list.refused[0].name, "Work");
	assert_string_equal(list.refused[0].folder, "Work");
	assert_string_equal(list.refused[0].file, work);
	assert_string_equal(list.refused[0].why, strerror(EACCES));
	assert_int_equal(
	    store_folders_find(&list, "Work") != NULL, (mode & 0111) != 0);
	assert_non_null(store_folders_find(&list, "INBOX"));
	store_folders_clear(&list);
	free(work);
	free(inbox);
}

/* A folder that may not be looked into is refused, not absent. One that may
 * not be listed may have others below. */
static void
test_unreadable(void **state)
{
	unreadable(*state, LAYOUT_FLAT, 0);
	unreadable(*state, LAYOUT_NESTED, 0);
	unreadable(*state, LAYOUT_NESTED, 0444);
	unreadable(*state, LAYOUT_NESTED, 0111);
}

/* A hundred thousand files, none of them known. */
static void
test_many(void **state)
{
	struct fixture *f = *state;
	struct snapshot snap = { 0 };
	char name[64];
	struct timespec from, to;
	size_t i;
	int dir;
	char *p = path(f, "INBOX/cur");

	dir = open(p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	for (i = 0; i < 100000; i++) {
		snprintf(
		    name, sizeof(name), "%zu.M%zuP1.host:2,S", i, i * 7919);
		close(openat(dir, name, O_CREAT | O_WRONLY, 0600));
	}
	close(dir);
	clock_gettime(CLOCK_MONOTONIC, &from);
	scan(f, &snap);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(snap.len, 100000);
	assert_int_equal(snap.msgs[99999].id, 100000);
	assert_true(to.tv_sec - from.tv_sec < 20); /* not quadratic */
	snapshot_clear(&snap);
	free(p);
}

static void
test_leftovers(void **state)
{
	struct fixture *f = *state;
	char host[65] = { 0 }, *dead, *alive;

	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	dead = xasprintf(
	    "INBOX/tmp/1700000000_5.%d.%s,U=3,FMD5=abc", 999999999, host);
	alive =
	    xasprintf("INBOX/tmp/1700000000_5.%ld.%s", (long)getpid(), host);
	touch(f, dead);
	touch(f, alive);
	touch(f, "INBOX/tmp/1700000000_5.1.elsewhere");
	set_mtime(f, "INBOX/tmp/1700000000_5.1.elsewhere", 1000);
	touch(f, "INBOX/tmp/something");
	OK(open_folder(f, "INBOX"));
	assert_false(exists(f, dead));
	assert_true(exists(f, alive));
	/* its date is old, but it is not */
	assert_true(exists(f, "INBOX/tmp/1700000000_5.1.elsewhere"));
	assert_true(exists(f, "INBOX/tmp/something"));
	free(dead);
	free(alive);
}

/* The disk is full: nothing becomes visible, nothing stays in tmp. */
static void
test_full(void **state)
{
	struct fixture *f = *state;
	struct store_meta m = { .date = DATE };
	struct rlimit limit = { 4096, RLIM_INFINITY }, saved;
	struct store_batch *b;
	struct store_sink sink;
	static const char big[300000];
	int rc;

	OK(f->s->ops->batch_begin(f->s, 2, &b, &sink, &err));
	OK(sink.begin(sink.arg, &m, &err));
	OK(sink.data(sink.arg, "x\r\n", 3, &err));
	OK(sink.end(sink.arg, &err));
	OK(sink.begin(sink.arg, &m, &err));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	limit.rlim_max = saved.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	rc = sink.data(sink.arg, big, sizeof(big), &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(err.scope, ERR_FOLDER);
	assert_int_equal(err.num, EFBIG);
	sink.abort(sink.arg);
	assert_int_equal(count_files(f, "INBOX/tmp"), 1);
	f->s->ops->batch_abort(b);
	assert_int_equal(count_files(f, "INBOX/tmp"), 0);
	assert_int_equal(count_files(f, "INBOX/new"), 0);
}

#define FILES 400

struct reader {
	struct fixture *f;
	atomic_bool stop;
	int dir;
	size_t renames;
};

/* As a mail reader does: flags on and off, new to cur; in bursts. */
static void *
reader_main(void *arg)
{
	struct reader *r = arg;
	const struct timespec rest = { 0, 150000000 };
	char a[64], b[64];
	bool set[FILES] = { false };
	unsigned seed = 1;
	int i, k;

	while (!atomic_load(&r->stop)) {
		for (k = 0; k < 3000; k++) {
			seed = seed * 1103515245 + 12345;
			i = (int)(seed >> 8) % FILES;
			snprintf(a, sizeof(a), "cur/%d.a.h:2,%s", i,
			    set[i] ? "FS" : "");
			snprintf(b, sizeof(b), "cur/%d.a.h:2,%s", i,
			    set[i] ? "" : "FS");
			if (renameat(r->dir, a, r->dir, b) == 0)
				set[i] = !set[i];
			r->renames++;
		}
		nanosleep(&rest, NULL);
	}
	return NULL;
}

static void
test_disturbed(void **state)
{
	struct fixture *f = *state;
	struct reader r = { .f = f };
	struct snapshot snap = { 0 };
	pthread_t thread;
	size_t scans, complete;
	int64_t end;
	char name[64], *p;
	int i;

	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "INBOX/cur/%d.a.h:2,", i);
		touch(f, name);
	}
	p = path(f, "INBOX");
	r.dir = open(p, O_RDONLY | O_DIRECTORY);
	free(p);
	assert_true(r.dir >= 0);
	assert_int_equal(pthread_create(&thread, NULL, reader_main, &r), 0);
	end = clock_ms() + 60000;
	for (scans = complete = 0;
	     clock_ms() < end && (scans < 5 || complete == 0); scans++) {
		snapshot_clear(&snap);
		OK(f->s->ops->scan(f->s, &snap, &err));
		if (!snap.complete)
			continue;
		complete++;
		if (snap.len != FILES) {
			atomic_store(&r.stop, true);
			pthread_join(thread, NULL);
			fail_msg("scan %zu: %zu messages", scans, snap.len);
		}
	}
	atomic_store(&r.stop, true);
	pthread_join(thread, NULL);
	close(r.dir);
	assert_true(r.renames > 0);
	assert_true(complete > 0);
	snapshot_clear(&snap);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_list),
		T(test_inbox_case),
		T(test_traps),
		T(test_root),
		T(test_readonly),
		T(test_refuses_changes),
		T(test_dry_run),
		T(test_link_for_message),
		T(test_root_unreadable),
		T(test_unreadable),
		T(test_many),
		T(test_leftovers),
		T(test_full),
		T(test_disturbed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
