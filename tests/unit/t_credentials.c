/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/settings/credentials.h"
#include "engine/settings/netrc.h"
#include "process_wait.h"
#include "tmpdir.h"

struct answer {
	struct buf secret;
	struct err e;
	int rc;
};

static void
get(struct answer *a, const struct settings_store *s, int cancel_fd)
{
	memset(a, 0, sizeof(*a));
	a->rc = credentials_get(s, NULL, NULL, cancel_fd, &a->secret, &a->e);
	if (a->rc == -1)
		assert_int_equal(a->e.scope, ERR_ACCOUNT);
}

static void
expect(const struct settings_store *s, const char *secret)
{
	struct answer a;

	get(&a, s, -1);
	if (a.rc == -1)
		fail_msg("%s", err_text(&a.e));
	assert_string_equal(buf_str(&a.secret), secret);
	assert_int_equal(a.secret.len, strlen(secret));
	buf_wipe(&a.secret);
}

static void
expect_error(const struct settings_store *s, const char *text)
{
	struct answer a;

	get(&a, s, -1);
	assert_int_equal(a.rc, -1);
	assert_string_equal(err_text(&a.e), text);
	err_clear(&a.e);
	buf_wipe(&a.secret);
}

static int
place_make(void **state)
{
	*state = tmpdir_enter();
	return 0;
}

static int
place_drop(void **state)
{
	tmpdir_leave(*state);
	return 0;
}

static void
the_order_is_kept(void **state)
{
	char pass[] = "p%s", cmd[] = "echo c", file[] = "f";
	struct settings_store s = { .pass = pass,
		.passcmd = cmd,
		.passfile = file,
		.passcmd_timeout = 10 };

	(void)state;
	file_write("f", "fromfile\n", 0600);
	expect(&s, "p%s");
	s.pass = NULL;
	expect(&s, "c");
	s.passcmd = NULL;
	expect(&s, "fromfile");
}

static void
passcmd(const char *command, unsigned timeout, const char *secret,
    const char *error)
{
	char *copy = xstrdup(command);
	struct settings_store s = { .passcmd = copy,
		.passcmd_timeout = timeout };

	if (secret != NULL)
		expect(&s, secret);
	else
		expect_error(&s, error);
	free(copy);
}

static void
passcmd_first_line_counts(void **state)
{
	(void)state;
	passcmd("printf 'a b\\nuser: x\\n'", 10, "a b", NULL);
	passcmd("printf 'no newline'", 10, "no newline", NULL);
	passcmd("printf 'dos\\r\\n'", 10, "dos", NULL);
	/* What it says beside a secret is not ours to judge. */
	passcmd("echo note >&2; echo x", 10, "x", NULL);
	/* stdin is empty, not ours. */
	passcmd("cat; echo x", 10, "x", NULL);
	/* More than any secret has is cut, and does not stop the command. */
	passcmd("echo s; yes | head -c 200000", 10, "s", NULL);
}

/* How many ms before its deadline a wait ends. */
static int hurry_ms;

int __real_clock_left(int64_t deadline);
int __wrap_clock_left(int64_t deadline);

int
__wrap_clock_left(int64_t deadline)
{
	int left = __real_clock_left(deadline);

	return left > hurry_ms ? left - hurry_ms : 0;
}

/* What it has after the first line passes quickly. */
static void
passcmd_hurried(const char *command, const char *secret)
{
	hurry_ms = 2900;
	passcmd(command, 3600, secret, NULL);
	hurry_ms = 0;
}

/* Its time is for the first line. */
static void
passcmd_need_not_end(void **state)
{
	int64_t before = clock_ms();

	(void)state;
	passcmd("yes", 3600, "y", NULL);
	passcmd_hurried("echo secret; exec sleep 3600", "secret");
	passcmd_hurried("echo secret; exec 1>&-; exec sleep 3600", "secret");
	passcmd("exec cat /dev/zero", 3600, NULL,
	    "passcmd printed more than 1048576 bytes without the end of a "
	    "line");
	/* A status that comes in time counts. */
	passcmd("echo secret; sleep 0.2; exit 3", 3600, NULL,
	    "passcmd ended with status 3: it said nothing");
	assert_true(clock_ms() - before < 60000);
}

static void
passcmd_errors_quote_stderr(void **state)
{
	(void)state;
	passcmd("echo pw; echo gpg: no key >&2; echo 'bye\033' >&2; exit 3", 10,
	    NULL, "passcmd ended with status 3: gpg: no key|bye\\x1B");
	passcmd(
	    "exit 1", 10, NULL, "passcmd ended with status 1: it said nothing");
	passcmd("kill -9 $$", 10, NULL,
	    "passcmd ended by signal 9: it said nothing");
	passcmd("true", 10, NULL, "passcmd: the first line is empty");
	passcmd("echo; echo x", 10, NULL, "passcmd: the first line is empty");
}

/* A command that stays, with children that stay: all of them must go. */
static void
passcmd_is_killed_whole(void **state)
{
	int64_t before = clock_ms();
	FILE *f;
	int pid;

	(void)state;
	passcmd("echo wait >&2; sleep 60 & echo $! > child; wait; sleep 60", 1,
	    NULL, "passcmd did not end in time: wait");
	assert_true(clock_ms() - before < 10000);
	f = fopen("child", "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	process_wait_end(pid);
}

/* An agent that the command leaves behind holds its pipes: no reason to
 * wait. */
static void
passcmd_may_leave_an_agent(void **state)
{
	int64_t before = clock_ms();

	(void)state;
	passcmd("sleep 20 & echo secret", 15, "secret", NULL);
	assert_true(clock_ms() - before < 10000);
}

static void
passcmd_can_be_cancelled(void **state)
{
	char command[] = "sleep 60";
	struct settings_store s = { .passcmd = command, .passcmd_timeout = 60 };
	struct answer a;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	get(&a, &s, ends[0]);
	assert_int_equal(a.rc, -1);
	assert_string_equal(
	    err_text(&a.e), "passcmd was stopped: it said nothing");
	err_clear(&a.e);
	buf_wipe(&a.secret);
	close(ends[0]);
	close(ends[1]);
}

static void
passfile_must_be_private(void **state)
{
	char file[] = "f";
	struct settings_store s = { .passfile = file };

	(void)state;
	expect_error(&s, "passfile f does not exist");
	file_write("f", "secret\nrest\n", 0600);
	expect(&s, "secret");
	assert_int_equal(chmod("f", 0400), 0);
	expect(&s, "secret");
	assert_int_equal(chmod("f", 0640), 0);
	expect_error(&s, "passfile: other users have access to f, so it is not "
			 "used; chmod 600 f");
	assert_int_equal(chmod("f", 0604), 0);
	expect_error(&s, "passfile: other users have access to f, so it is not "
			 "used; chmod 600 f");
	file_write("f", "\nsecret\n", 0600);
	expect_error(&s, "passfile: the first line is empty");
	assert_int_equal(unlink("f"), 0);
	assert_int_equal(mkdir("f", 0700), 0);
	expect_error(&s, "passfile: f is not a regular file");
	assert_int_equal(rmdir("f"), 0);
	/* A fifo without a writer must not be waited for. */
	assert_int_equal(mkfifo("f", 0600), 0);
	expect_error(&s, "passfile: f is not a regular file");
}

static const struct {
	const char *text;
	const char *secret; /* NULL: none */
} netrcs[] = {
	{ "", NULL },
	{ "machine h login u password p", "p" },
	{ "machine h\n\tlogin u\n\tpassword p\n", "p" },
	{ "machine H login u password p", "p" },
	{ "machine other login u password x machine h login u password p",
	    "p" },
	{ "machine h login other password x machine h login u password p",
	    "p" },
	{ "machine h login u password first machine h login u password x",
	    "first" },
	{ "machine h login other password x", NULL },
	{ "machine h password p", "p" },
	{ "machine h login u", NULL },
	{ "machine h login u password", NULL },
	{ "default login u password d", "d" },
	{ "default password d", "d" },
	{ "default login other password d", NULL },
	{ "machine h login u password p default login u password d", "p" },
	{ "machine h login u password \"a b\\\"c\\\\\"", "a b\"c\\" },
	{ "machine h login \"u\" password \"machine\"", "machine" },
	{ "machine h login u account acc password p", "p" },
	{ "# machine h login u password x\nmachine h login u password p", "p" },
	{ "macdef init\nmachine h login u password x\n\n"
	  "machine h login u password p",
	    "p" },
	{ "macdef init\nmachine h login u password x", NULL },
	{ "machine h login u password p\\\\x", "p\\x" },
	{ "machine", NULL },
	{ "machine h login u password \"open", "open" },
	{ "password p machine h", NULL },
};

static void
netrc_finds(void **state)
{
	struct buf secret = { 0 };
	size_t i;
	bool found;

	(void)state;
	for (i = 0; i < sizeof(netrcs) / sizeof(netrcs[0]); i++) {
		found = netrc_find(netrcs[i].text, "h", "u", &secret);
		if (found != (netrcs[i].secret != NULL) ||
		    (found && strcmp(buf_str(&secret), netrcs[i].secret) != 0))
			fail_msg("%s: %s", netrcs[i].text, buf_str(&secret));
		if (!found)
			assert_int_equal(secret.len, 0);
		buf_wipe(&secret);
	}
}

static void
netrc_file_must_be_private(void **state)
{
	char host[] = "h", user[] = "u";
	struct settings_store s = { .host = host, .user = user };
	char *want;

	expect_error(&s, "there is no password for u at h: configure pass, "
			 "passcmd or passfile, or add an entry to ~/.netrc");
	file_write(".netrc", "machine h login u password p\n", 0600);
	expect(&s, "p");
	assert_int_equal(chmod(".netrc", 0644), 0);
	want = xasprintf("other users have access to %s/.netrc, so it is not "
			 "used; chmod 600 %s/.netrc",
	    (char *)*state, (char *)*state);
	expect_error(&s, want);
	free(want);
}

static bool
answer_question(void *arg, const char *what, struct buf *secret)
{
	assert_string_equal(what, "u at h");
	if (arg == NULL)
		return false;
	buf_puts(secret, arg);
	return true;
}

static void
a_person_comes_last(void **state)
{
	char host[] = "h", user[] = "u", told[] = "told";
	struct settings_store s = { .host = host, .user = user };
	struct credentials_asker asker = { told, answer_question };
	struct buf secret = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(credentials_get(&s, &asker, NULL, -1, &secret, &e), 0);
	assert_string_equal(buf_str(&secret), "told");
	buf_wipe(&secret);
	asker.arg = NULL;
	assert_int_equal(
	    credentials_get(&s, &asker, NULL, -1, &secret, &e), -1);
	assert_int_equal(e.scope, ERR_ACCOUNT);
	file_write(".netrc", "machine h login u password n\n", 0600);
	asker.arg = told;
	assert_int_equal(credentials_get(&s, &asker, NULL, -1, &secret, &e), 0);
	assert_string_equal(buf_str(&secret), "n");
	buf_wipe(&secret);
	err_clear(&e);
}

#define PLACED(f) cmocka_unit_test_setup_teardown(f, place_make, place_drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PLACED(the_order_is_kept),
		PLACED(passcmd_first_line_counts),
		PLACED(passcmd_need_not_end),
		PLACED(passcmd_errors_quote_stderr),
		PLACED(passcmd_is_killed_whole),
		PLACED(passcmd_may_leave_an_agent),
		PLACED(passcmd_can_be_cancelled),
		PLACED(passfile_must_be_private),
		cmocka_unit_test(netrc_finds),
		PLACED(netrc_file_must_be_private),
		PLACED(a_person_comes_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
