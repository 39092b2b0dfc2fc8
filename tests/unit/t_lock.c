/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/lock.h"
#include "base/xalloc.h"
#include "tmpdir.h"

struct place {
	char *dir;
	char *path;
};

static int
setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	p->dir = tmpdir_new();
	p->path = xasprintf("%s/work.lock", p->dir);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	free(p->path);
	tmpdir_free(p->dir);
	free(p);
	return 0;
}

/* A process that holds the lock until it is killed. */
static pid_t
start_holder(const char *path)
{
	struct err e = ERR_INIT;
	struct lock *l;
	bool busy;
	char byte = 0;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		if (lock_take(path, &l, &busy, &e) == -1 ||
		    write(fds[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	err_clear(&e);
	return pid;
}

static void
t_holder_is_named(void **state)
{
	const struct place *p = *state;
	struct err e = ERR_INIT;
	struct lock *l = NULL;
	bool busy = false;
	char host[256] = "", *words;
	pid_t pid = start_holder(p->path);

	assert_int_equal(lock_take(p->path, &l, &busy, &e), -1);
	assert_true(busy);
	assert_null(l);
	assert_int_equal(e.scope, ERR_ACCOUNT);
	gethostname(host, sizeof(host) - 1);
	words = xasprintf("pid %ld, host %s, since 2", (long)pid, host);
	assert_non_null(strstr(err_text(&e), words));
	free(words);

	/* Also while it is suspended; and a kill is enough to let go. */
	kill(pid, SIGSTOP);
	assert_int_equal(lock_take(p->path, &l, &busy, &e), -1);
	assert_true(busy);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(lock_take(p->path, &l, &busy, &e), 0);
	assert_false(busy);
	lock_free(l);
	err_clear(&e);
}

static void
t_same_process(void **state)
{
	const struct place *p = *state;
	struct err e = ERR_INIT;
	struct lock *l = NULL, *again = NULL;
	bool busy = true;

	assert_int_equal(lock_take(p->path, &l, &busy, &e), 0);
	assert_false(busy);
	assert_int_equal(lock_take(p->path, &again, &busy, &e), -1);
	assert_true(busy);
	lock_free(l);
	assert_int_equal(lock_take(p->path, &again, &busy, &e), 0);
	lock_free(again);
	lock_free(NULL);
	err_clear(&e);
}

/* A file that another run left, with a longer text and too wide a mode. */
static void
t_stale_file(void **state)
{
	const struct place *p = *state;
	struct err e = ERR_INIT;
	struct lock *l = NULL;
	struct stat sb;
	char text[600];
	bool busy;
	ssize_t n;
	int fd;

	fd = open(p->path, O_RDWR | O_CREAT, 0666);
	assert_true(fd != -1);
	assert_int_equal(fchmod(fd, 0666), 0);
	memset(text, 'x', sizeof(text));
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	assert_int_equal(lock_take(p->path, &l, &busy, &e), 0);
	assert_int_equal(fstat(fd, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_in_range(n, 20, 400);
	text[n] = '\0';
	assert_ptr_equal(strchr(text, 'x'), NULL);
	assert_ptr_equal(strstr(text, "pid "), text);
	close(fd);
	lock_free(l);
	err_clear(&e);
}

/* What is in the file is shown, and harmless. */
static void
t_hostile_text(void **state)
{
	const struct place *p = *state;
	struct err e = ERR_INIT;
	struct lock *l = NULL;
	pid_t pid = start_holder(p->path);
	bool busy;
	int fd;

	fd = open(p->path, O_WRONLY | O_TRUNC);
	assert_true(fd != -1);
	assert_int_equal(write(fd, "\x1b]0;%n%s\a", 10), 10);
	assert_int_equal(lock_take(p->path, &l, &busy, &e), -1);
	assert_null(strchr(err_text(&e), '\x1b'));
	assert_non_null(strstr(err_text(&e), "%n%s"));
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(lock_take(p->path, &l, &busy, &e), -1);
	assert_true(busy);
	close(fd);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	err_clear(&e);
}

static void
t_no_file(void **state)
{
	const struct place *p = *state;
	struct err e = ERR_INIT;
	struct lock *l = NULL;
	char *target = xasprintf("%s/target", p->dir);
	bool busy = true;

	assert_int_equal(symlink(target, p->path), 0);
	assert_int_equal(lock_take(p->path, &l, &busy, &e), -1);
	assert_false(busy);
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_int_equal(lock_take(p->path, &l, &busy, &e), -1);
	assert_false(busy);
	assert_int_equal(lock_take("/nonexistent/x", &l, &busy, &e), -1);
	assert_false(busy);
	free(target);
	err_clear(&e);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(t_holder_is_named),
		TEST(t_same_process),
		TEST(t_stale_file),
		TEST(t_hostile_text),
		TEST(t_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
