/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/status/status.h"
#include "status_fixture.h"
#include "tmpdir.h"

/* Puts ten pairs a transaction and says how many are committed, until it is
 * killed. */
static void
writer(const struct place *p, int fd)
{
	struct status *st = place_open(p);
	int64_t folder = add_folder(st, "INBOX");
	uint32_t n = 0;

	for (;;) {
		if (status_begin(st, &err) == -1)
			_exit(1);
		for (int i = 0; i < 10; i++)
			put_pair(st, folder, ++n);
		if (status_commit(st, &err) == -1 ||
		    write(fd, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

/* kill -9 in the middle of transactions: what was committed is there, and
 * nothing of what was not. */
static void
kill_writer(struct place *p, long microseconds)
{
	struct timespec wait = { .tv_nsec = microseconds * 1000 };
	struct status_folder f = { 0 };
	struct store_known known = { 0 };
	uint32_t told = 0, n;
	size_t count;
	int fds[2], status;
	bool found;
	pid_t pid;
	struct status *st;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		close(fds[0]);
		writer(p, fds[1]);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &told, sizeof(told)), sizeof(told));
	nanosleep(&wait, NULL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (read(fds[0], &n, sizeof(n)) == sizeof(n))
		told = n;
	close(fds[0]);

	st = place_open(p);
	OK(status_folder_get(st, "INBOX", &f, &found, &err));
	assert_true(found);
	count = pair_count(st, f.id);
	assert_true(count == told || count == told + 10);
	OK(status_known(st, &f, LOCAL, &known, &err));
	assert_int_equal(known.next_id, 2 * count + 1);
	assert_int_equal(f.free_id[LOCAL], 2 * count + 1);
	status_known_clear(&known);
	OK(status_folder_drop(st, f.id, &err));
	status_folder_clear(&f);
	status_close(st);
}

static void
t_killed(void **state)
{
	for (long i = 0; i < 20; i++)
		kill_writer(*state, i * 331);
}

/* A database with 200 pairs, a part of them in its log when unclean. */
static void
make_filled(const struct place *p, bool unclean)
{
	struct status *st;
	int64_t folder;
	int status;
	pid_t pid = fork();

	assert_true(pid != -1);
	if (pid == 0) {
		st = place_open(p);
		OK(status_begin(st, &err));
		folder = add_folder(st, "INBOX");
		for (uint32_t i = 1; i <= 200; i++)
			put_pair(st, folder, i);
		OK(status_commit(st, &err));
		if (!unclean)
			status_close(st);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The files of such databases, made once: by unclean. */
static struct filled {
	char *data, *wal;
	size_t len, wal_len; /* 0: there is no log */
} filled[2];

static void
fill(const struct place *p, bool unclean)
{
	struct filled *f = &filled[unclean];
	char *wal = xasprintf("%s-wal", p->path);

	if (f->data == NULL) {
		make_filled(p, unclean);
		f->data = file_get(AT_FDCWD, p->path, &f->len);
		if (unclean)
			f->wal = file_get(AT_FDCWD, wal, &f->wal_len);
	} else {
		file_put(AT_FDCWD, p->path, f->data, f->len);
		if (unclean)
			file_put(AT_FDCWD, wal, f->wal, f->wal_len);
	}
	free(wal);
}

static int
filled_free(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		free(filled[i].data);
		free(filled[i].wal);
	}
	return 0;
}

static void
change_file(const char *path, off_t at, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd != -1);
	assert_int_equal(pwrite(fd, bytes, len, at), len);
	close(fd);
}

/* Opens a file that is known to be damaged; returns how many files lie there
 * then. */
static size_t
open_damaged(const struct place *p)
{
	struct status *st = NULL;
	bool was_corrupt = false, found = true;
	struct status_folder f = { 0 };
	size_t n;

	OK(status_open(p->path, NULL, &st, &was_corrupt, &err));
	assert_true(was_corrupt);
	OK(status_folder_get(st, "INBOX", &f, &found, &err));
	assert_false(found);
	add_folder(st, "INBOX");
	status_close(st);
	n = place_files(p);
	status_close(place_open(p));
	return n;
}

static void
t_not_a_database(void **state)
{
	const struct place *p = *state;

	fill(p, false);
	change_file(p->path, 0, "From nobody", 11);
	assert_int_equal(open_damaged(p), 2);
}

static void
t_other_program(void **state)
{
	const struct place *p = *state;

	fill(p, false);
	change_file(p->path, 68, "\0\0\0\1", 4);
	assert_int_equal(open_damaged(p), 2);
}

static void
t_truncated(void **state)
{
	static const off_t lengths[] = { 0, 1, 99, 100, 4095, 4096, 5000,
		12288 };
	const struct place *p = *state;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		fill(p, false);
		assert_int_equal(truncate(p->path, lengths[i]), 0);
		assert_int_equal(open_damaged(p), 2);
		place_empty(p);
	}
}

static void
t_log_without_database(void **state)
{
	const struct place *p = *state;

	fill(p, true);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(open_damaged(p), 3);
}

static void
t_damaged_page(void **state)
{
	const struct place *p = *state;
	char bytes[4096];

	fill(p, false);
	memset(bytes, 0xa5, sizeof(bytes));
	change_file(p->path, 4096, bytes, sizeof(bytes));
	assert_int_equal(open_damaged(p), 2);
}

static void
t_newer(void **state)
{
	const struct place *p = *state;
	struct status *st = NULL;
	bool was_corrupt = true;

	fill(p, false);
	change_file(p->path, 60, "\0\0\1\0", 4);
	assert_int_equal(
	    status_open(p->path, NULL, &st, &was_corrupt, &err), -1);
	assert_false(was_corrupt);
	assert_null(st);
	assert_int_equal(err.scope, ERR_ACCOUNT);
	assert_non_null(strstr(err_text(&err), "newer"));
	assert_int_equal(place_files(p), 1);
}

/* No permission, a link, a folder: errors, and everything stays. */
static void
t_cannot_open(void **state)
{
	const struct place *p = *state;
	struct status *st = NULL;
	bool was_corrupt = true;
	char *target = xasprintf("%s/target", p->dir);

	assert_int_equal(symlink(target, p->path), 0);
	assert_int_equal(
	    status_open(p->path, NULL, &st, &was_corrupt, &err), -1);
	assert_false(was_corrupt);
	assert_int_equal(place_files(p), 1);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(mkdir(p->path, 0700), 0);
	assert_int_equal(
	    status_open(p->path, NULL, &st, &was_corrupt, &err), -1);
	assert_false(was_corrupt);
	assert_int_equal(rmdir(p->path), 0);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_int_equal(
	    status_open(p->path, NULL, &st, &was_corrupt, &err), -1);
	assert_false(was_corrupt);
	assert_int_equal(place_files(p), 1);
	assert_int_equal(
	    status_open("/nonexistent/x", NULL, &st, &was_corrupt, &err), -1);
	free(target);
}

/* The system's reason is told, too: "disk I/O error" may be a full disk. */
static void
t_cannot_write(void **state)
{
	struct place *p = *state;
	struct rlimit limit = { 0 }, saved;
	struct status *st;
	bool was_corrupt;
	int rc;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	limit.rlim_max = saved.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	rc = status_open(p->path, NULL, &st, &was_corrupt, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(err.num, EFBIG);
	if (strstr(err_about(&err)->file, p->path) == NULL ||
	    strstr(err_text(&err), strerror(EFBIG)) == NULL)
		fail_msg("%s", err_text(&err));
}

static bool
take_place(void *arg, const struct status_place *p)
{
	(void)arg;
	(void)p;
	return false;
}

/* Everything that reads. Errors are fine; crashes and loops are not. */
static void
read_all(struct status *st)
{
	struct status_folder *folders = NULL;
	struct status_intent *intents;
	struct status_skipped *skips;
	struct store_known known;
	struct plan_pair *base;
	struct status_pair pair;
	struct keywords k = { 0 };
	struct err e = ERR_INIT;
	size_t len = 0, n;
	bool found;

	if (status_folders(st, &folders, &len, &e) == -1) {
		err_clear(&e);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		struct status_folder *f = &folders[i];

		if (status_base(st, f->id, &base, &n, &e) == 0)
			free(base);
		if (status_known(st, f, LOCAL, &known, &e) == 0)
			status_known_clear(&known);
		if (status_intents(st, f->id, &intents, &n, &e) == 0)
			status_intents_free(intents, n);
		if (status_skips(st, f->id, &skips, &n, &e) == 0)
			free(skips);
		status_keywords_get(st, f->id, &k, &e);
		keywords_clear(&k);
		for (uint32_t id = 1; id <= 200; id += 13)
			status_pair_get(st, f->id, id, &pair, &found, &e);
		if (status_begin(st, &e) == 0) {
			pair = (struct status_pair){ .id = { 3, 3 } };
			status_pair_put(st, f->id, &pair, &e);
			if (status_commit(st, &e) == -1)
				status_rollback(st);
		}
		status_folder_clear(f);
	}
	free(folders);
	status_places_named(st, LOCAL, 5, take_place, NULL, &e);
	err_clear(&e);
}

/* Random bytes over a whole database, and its log: never a crash, and it
 * either works or is set aside. */
static void
t_random_damage(void **state)
{
	const struct place *p = *state;
	unsigned seed = (unsigned)time(NULL);
	char *wal = xasprintf("%s-wal", p->path);
	size_t aside = 0;

	print_message("seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 150; round++) {
		bool unclean = rand() % 4 == 0;
		bool was_corrupt = false;
		struct status *st = NULL;
		struct stat sb;
		int changes = 1 + rand() % 6;

		fill(p, unclean);
		for (int i = 0; i < changes; i++) {
			const char *path = unclean ? wal : p->path;
			char bytes[64];
			size_t len = 1 + (size_t)rand() % sizeof(bytes);

			assert_int_equal(stat(path, &sb), 0);
			for (size_t k = 0; k < len; k++)
				bytes[k] = (char)rand();
			change_file(path,
			    rand() % 3 == 0 ? rand() % 100
					    : rand() % sb.st_size,
			    bytes, len);
		}
		err_clear(&err);
		if (status_open(p->path, NULL, &st, &was_corrupt, &err) == -1) {
			/* The one number that may stop us. */
			if (strstr(err_text(&err), "newer") == NULL) {
				print_error(
				    "round %d: %s\n", round, err_text(&err));
				fail();
			}
		} else {
			read_all(st);
			status_close(st);
			aside += was_corrupt ? 1 : 0;
		}
		place_empty(p);
	}
	free(wal);
	assert_true(aside > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(t_killed),
		TEST(t_not_a_database),
		TEST(t_other_program),
		TEST(t_truncated),
		TEST(t_log_without_database),
		TEST(t_damaged_page),
		TEST(t_newer),
		TEST(t_cannot_open),
		TEST(t_cannot_write),
		TEST(t_random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, filled_free);
}
