/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivery in batches, and what stays of it when a call fails. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "faults.h"
#include "maildir/maildir_deliver.h"
#include "maildir_temp.h"
#include "tmpdir.h"

#define MESSAGES_MAX 8
#define DATE 1600000000

/* The messages, as they come in and as files. */
static struct message {
	struct buf in, file;
} messages[MESSAGES_MAX];

/* i % 3 == 1 must be turned into its own form late. */
static void
make_message(size_t i, struct buf *in, struct buf *file)
{
	size_t k, len;

	for (k = 0; k < 3000; k++) {
		len = in->len;
		buf_printf(in, "message %zu, line %zu ............", i, k);
		buf_append(file, in->data + len, in->len - len);
		buf_puts(in, "\r\n");
		buf_puts(file, i % 3 == 1 ? "\r\n" : "\n");
	}
	if (i % 3 == 1) {
		buf_puts(in, "a line feed by itself\n");
		buf_puts(file, "a line feed by itself\n");
	}
}

static int
make_messages(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < MESSAGES_MAX; i++)
		make_message(i, &messages[i].in, &messages[i].file);
	return 0;
}

static int
free_messages(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < MESSAGES_MAX; i++) {
		buf_clear(&messages[i].in);
		buf_clear(&messages[i].file);
	}
	return 0;
}

struct outcome {
	bool commit_failed, visible;
	size_t n; /* ended */
	size_t which[MESSAGES_MAX];
	char *base[MESSAGES_MAX];
};

static void
told(void *arg, size_t i, const char *base, const struct err *why)
{
	struct outcome *o = arg;

	assert_true(i < o->n);
	assert_true((base == NULL) == (why != NULL));
	if (base != NULL)
		o->base[i] = xstrdup(base);
	else
		assert_string_not_equal(err_text(why), "");
}

static int
push(struct maildir_batch *b, size_t i)
{
	const struct maildir_message m = { .letters = i % 2 == 0 ? "" : "FS",
		.date = DATE,
		.uid = (uint32_t)i + 1 };
	const struct buf *in = &messages[i].in;
	int rc;

	rc = maildir_batch_begin(b, &m, &err);
	if (rc == 0)
		rc = maildir_batch_data(b, in->data, in->len / 2, &err);
	if (rc == 0)
		rc = maildir_batch_data(
		    b, in->data + in->len / 2, in->len - in->len / 2, &err);
	if (rc == 0)
		rc = maildir_batch_end(b, &err);
	return rc;
}

/* Delivers n messages; a failure is a failure of that message only. */
static void
run(struct temp *t, size_t n, struct outcome *o)
{
	struct maildir_batch *b;
	size_t i;

	*o = (struct outcome){ 0 };
	b = maildir_batch_new(t->md);
	for (i = 0; i < n; i++) {
		err_clear(&err);
		if (push(b, i) == 0)
			o->which[o->n++] = i;
		else
			assert_int_not_equal(err.scope, ERR_NONE);
	}
	err_clear(&err);
	if (maildir_batch_commit(b, told, o, &o->visible, &err) != 0) {
		o->commit_failed = true;
		assert_int_equal(err.scope, ERR_FOLDER);
	}
	maildir_batch_free(b);
}

static void
check_file(struct temp *t, size_t which, const char *base)
{
	const struct buf *file = &messages[which].file;
	char *name, *data;
	size_t len;

	name = xasprintf("%s/%s%s", which % 2 == 0 ? "new" : "cur", base,
	    which % 2 == 0 ? "" : ":2,FS");
	data = temp_get(t, name, &len);
	assert_int_equal(len, file->len);
	assert_memory_equal(data, file->data, len);
	free(data);
	unlinkat(t->md->dir, name, 0);
	free(name);
}

/* Nothing in tmp; what was told is there, whole; what was not is not. */
static void
check(struct temp *t, struct outcome *o)
{
	size_t i;

	assert_int_equal(temp_count(t, "tmp"), 0);
	if (o->commit_failed && !o->visible) {
		assert_int_equal(temp_count(t, "new"), 0);
		assert_int_equal(temp_count(t, "cur"), 0);
	}
	for (i = 0; i < o->n; i++) {
		if (o->base[i] != NULL)
			check_file(t, o->which[i], o->base[i]);
		free(o->base[i]);
	}
	if (!o->commit_failed) {
		assert_int_equal(temp_count(t, "new"), 0);
		assert_int_equal(temp_count(t, "cur"), 0);
	}
}

static void
test_batches(void **state)
{
	struct temp *t = *state;
	struct outcome o;
	size_t n, i;

	for (n = 0; n <= MESSAGES_MAX; n++) {
		run(t, n, &o);
		assert_false(o.commit_failed);
		assert_int_equal(o.n, n);
		assert_int_equal(o.visible, n > 0);
		for (i = 0; i < n; i++)
			assert_non_null(o.base[i]);
		check(t, &o);
	}
}

/* Empties new and cur of what a batch that broke late left behind. */
static void
sweep(struct temp *t)
{
	char *cur = xasprintf("%s/cur", t->dir);
	char *new = xasprintf("%s/new", t->dir);

	remove_tree(cur);
	remove_tree(new);
	temp_open(t);
	free(cur);
	free(new);
}

/* Each call of each kind fails once. Returns how many there were. */
static size_t
sweep_faults(struct temp *t, size_t n, enum fault fault, int num)
{
	const bool syncfs_told = t->md->syncfs, durable = t->md->fsync;
	struct outcome o;
	size_t k, done, i;
	bool came;

	for (k = 1;; k++) {
		faults_set(fault, (unsigned)k, num);
		run(t, n, &o);
		came = faults_end();
		for (done = 0, i = 0; i < o.n; i++)
			done += o.base[i] != NULL;
		/* someone must have been told, but of a part that is enough */
		if (came && num != 0 && !o.commit_failed && done == n)
			fail_msg("fault %d, call %zu: nobody noticed",
			    (int)fault, k);
		if (!came || num == 0)
			assert_int_equal(done, n);
		/* one message's failure is not that of the others */
		if (!o.commit_failed)
			assert_true(done + 1 >= n);
		check(t, &o);
		sweep(t);
		t->md->syncfs = syncfs_told;
		t->md->fsync = durable;
		if (!came)
			return k - 1;
	}
}

static void
test_faults(void **state)
{
	static const size_t sizes[] = { 1, 3, 6 };
	struct temp *t = *state;
	size_t i, n;

	for (i = 0; i < 3; i++) {
		n = sizes[i];
		assert_int_equal(sweep_faults(t, n, FAULT_CREATE, ENOSPC), n);
		assert_true(sweep_faults(t, n, FAULT_WRITE, ENOSPC) > n);
		assert_true(sweep_faults(t, n, FAULT_WRITE, 0) > n);
		if (n > 1)
			assert_true(sweep_faults(t, n, FAULT_READ, EIO) > 0);
		assert_true(sweep_faults(t, n, FAULT_SYNC, EIO) > 1);
		assert_int_equal(sweep_faults(t, n, FAULT_RENAME, EIO), n);
		assert_true(sweep_faults(t, n, FAULT_CLOSE, EIO) >= n);
	}
	/* where each file is synced by itself */
	t->md->syncfs = false;
	assert_int_equal(sweep_faults(t, 6, FAULT_SYNC, EIO), 8);
	t->md->fsync = false;
	assert_int_equal(sweep_faults(t, 6, FAULT_SYNC, EIO), 0);
}

/* Calls in the wrong order, and messages that break off. */
static void
test_drop(void **state)
{
	struct temp *t = *state;
	const struct maildir_message m = { .letters = "", .date = DATE };
	struct maildir_batch *b;
	struct outcome o = { .n = 1 };

	b = maildir_batch_new(t->md);
	maildir_batch_drop(b);
	OK(maildir_batch_begin(b, &m, &err));
	OK(maildir_batch_data(b, "x\r\n", 3, &err));
	assert_int_equal(temp_count(t, "tmp"), 1);
	maildir_batch_drop(b);
	maildir_batch_drop(b);
	assert_int_equal(temp_count(t, "tmp"), 0);
	assert_int_equal(maildir_batch_data(b, "x", 1, &err), -1);
	assert_int_equal(maildir_batch_end(b, &err), -1);
	err_clear(&err);
	OK(push(b, 0));
	OK(maildir_batch_begin(b, &m, &err)); /* commit drops it */
	OK(maildir_batch_commit(b, told, &o, &o.visible, &err));
	maildir_batch_free(b);
	check(t, &o);
	maildir_batch_free(NULL);
}

static void
test_dates(void **state)
{
	struct temp *t = *state;
	static const int64_t dates[] = { 0, -1, DATE, 253402300799, INT64_MAX,
		INT64_MIN };
	struct maildir_message m = { .letters = "" };
	struct maildir_batch *b;
	struct outcome o;
	struct stat st;
	size_t i;
	char *name;

	for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		o = (struct outcome){ .n = 1 };
		m.date = dates[i];
		b = maildir_batch_new(t->md);
		OK(maildir_batch_begin(b, &m, &err));
		OK(maildir_batch_end(b, &err));
		OK(maildir_batch_commit(b, told, &o, &o.visible, &err));
		maildir_batch_free(b);
		name = xasprintf("new/%s", o.base[0]);
		assert_int_equal(
		    fstatat(t->md->dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		if (i == 2)
			assert_int_equal(st.st_mtime, DATE);
		free(name);
		free(o.base[0]);
	}
}

/* Several threads, one folder: all names differ. */
#define THREADS 4

static void *
deliver_main(void *arg)
{
	struct temp *t = arg;
	const struct maildir_message m = { .letters = "S", .date = DATE };
	struct maildir_batch *b;
	struct outcome o;
	struct err e = ERR_INIT;
	size_t i, k;

	for (i = 0; i < 20; i++) {
		o = (struct outcome){ .n = 5 };
		b = maildir_batch_new(t->md);
		for (k = 0; k < 5; k++)
			if (maildir_batch_begin(b, &m, &e) != 0 ||
			    maildir_batch_end(b, &e) != 0)
				return b;
		if (maildir_batch_commit(b, told, &o, &o.visible, &e) != 0)
			return b;
		maildir_batch_free(b);
		for (k = 0; k < 5; k++)
			free(o.base[k]);
	}
	err_clear(&e);
	return NULL;
}

static void
test_threads(void **state)
{
	struct temp *t = *state;
	pthread_t threads[THREADS];
	void *failed;
	size_t i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, deliver_main, t), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(temp_count(t, "cur"), THREADS * 100);
	assert_int_equal(temp_count(t, "tmp"), 0);
}

/* The left-overs of one who was killed go at the next opening, nobody else's
 * unless they are old. */
static void
test_leftovers(void **state)
{
	struct temp *t = *state;
	const struct maildir_message m = { .letters = "", .date = DATE };
	struct maildir_batch *b;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		temp_open(t); /* names carry the pid of who opened */
		b = maildir_batch_new(t->md);
		if (maildir_batch_begin(b, &m, &err) == 0 &&
		    maildir_batch_data(b, "half", 4, &err) == 0)
			_exit(0);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(temp_count(t, "tmp"), 1);
	maildir_clean_tmp(t->md);
	assert_int_equal(temp_count(t, "tmp"), 0);

	temp_touch(t, "tmp/1700000000.M1P2.elsewhere");
	temp_touch(t, "tmp/.hidden");
	assert_int_equal(mkdirat(t->md->dir, "tmp/directory", 0700), 0);
	assert_int_equal(symlinkat("/etc/passwd", t->md->dir, "tmp/link"), 0);
	b = maildir_batch_new(t->md);
	OK(maildir_batch_begin(b, &m, &err));
	faults_clock((time_t)35 * 3600);
	maildir_clean_tmp(t->md);
	assert_int_equal(temp_count(t, "tmp"), 4);
	faults_clock((time_t)37 * 3600);
	maildir_clean_tmp(t->md);
	faults_clock(0);
	assert_true(temp_has(t, "tmp/directory"));
	assert_false(temp_has(t, "tmp/1700000000.M1P2.elsewhere"));
	assert_false(temp_has(t, "tmp/link"));
	maildir_batch_free(b);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)
	const struct CMUnitTest tests[] = {
		T(test_batches),
		T(test_faults),
		T(test_drop),
		T(test_dates),
		T(test_threads),
		T(test_leftovers),
	};

	return cmocka_run_group_tests(tests, make_messages, free_messages);
}
