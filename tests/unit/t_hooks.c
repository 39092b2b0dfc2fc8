/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "base/buf.h"
#include "engine/control/hooks.h"
#include "process_wait.h"
#include "tmpdir.h"

#define EVENTS 16

/* One account in a directory of its own, and what its hooks caused. */
struct place {
	char *dir;
	struct settings_account account;
	struct hooks h;
	struct log *log;
	struct event events[EVENTS];
	size_t events_len;
};

static void
post(void *arg, const struct event *ev)
{
	struct place *p = arg;

	assert_true(p->events_len < EVENTS);
	p->events[p->events_len++] = *ev;
}

static int
setup(void **state)
{
	static char name[] = "my/work", path[] = "/mail dir";
	struct place *p = xcalloc(1, sizeof(*p));
	struct err e = ERR_INIT;

	/* Nobody else's BLINKMAIL_ variables. */
	assert_int_equal(clearenv(), 0);
	assert_int_equal(setenv("PATH", "/usr/bin:/bin", 1), 0);
	p->dir = tmpdir_enter();
	assert_int_equal(log_open(&p->log, "log", false, 0, &e), 0);
	p->account.name = name;
	p->account.index = 3;
	p->account.hook_timeout = 20;
	p->account.store[LOCAL].type = STORE_MAILDIR;
	p->account.store[LOCAL].path = path;
	p->h.account = &p->account;
	p->h.worker = 5;
	p->h.cancel_fd = -1;
	p->h.log = p->log;
	p->h.post = post;
	p->h.post_arg = p;
	hooks_init(&p->h);
	*state = p;
	err_clear(&e);
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	hooks_clear(&p->h);
	log_close(p->log);
	tmpdir_leave(p->dir);
	free(p);
	return 0;
}

/* The file's text, "" where there is none; the caller frees. */
static char *
file_text(const char *name)
{
	return file_exists(AT_FDCWD, name) ? file_get(AT_FDCWD, name, NULL)
					   : xstrdup("");
}

static void
expect_file(const char *name, const char *want)
{
	char *text = file_text(name);

	assert_string_equal(text, want);
	free(text);
}

static void
expect_in_log(const char *want)
{
	char *text = file_text("log");

	if (strstr(text, want) == NULL)
		fail_msg("\"%s\" is not in:\n%s", want, text);
	free(text);
}

static void
expect_event(
    const struct place *p, size_t i, enum event_kind kind, const char *text)
{
	assert_true(i < p->events_len);
	assert_int_equal(p->events[i].kind, kind);
	assert_int_equal(p->events[i].account, 3);
	assert_int_equal(p->events[i].worker, 5);
	assert_string_equal(p->events[i].text, text);
}

static const uint32_t no_counts[2][COUNT_KINDS];

/* Without hooks nothing happens; with a folder that nobody asks about, too. */
static void
none(void **state)
{
	struct place *p = *state;

	hooks_presync(&p->h);
	hooks_new(&p->h, "INBOX", 1);
	hooks_postsync(&p->h, ACCOUNT_DONE, no_counts);
	assert_int_equal(p->events_len, 0);
	expect_file("log", "");
}

#define SHOW_ALL "env | grep -E '^(BLINKMAIL|OFFLINEIMAP)' | sort >>out"

static void
presync(void **state)
{
	static char command[] = SHOW_ALL;
	struct place *p = *state;

	/* What is ours wins over what we were started with. */
	assert_int_equal(setenv("BLINKMAIL_ACCOUNT", "stale", 1), 0);
	p->account.presynchook = command;
	hooks_presync(&p->h);
	assert_int_equal(unsetenv("BLINKMAIL_ACCOUNT"), 0);
	expect_file("out", "BLINKMAIL_ACCOUNT=my/work\nBLINKMAIL_HOOK=presync\n"
			   "BLINKMAIL_MAILDIR=/mail dir\nBLINKMAIL_MODE=full\n"
			   "OFFLINEIMAPSYNCMODE=full\n");
	assert_int_equal(p->events_len, 1);
	expect_event(p, 0, EV_HOOK, "presynchook");
	expect_in_log("my/work: presynchook ended with status 0\n");
}

static void
postsync(void **state)
{
	static char command[] = SHOW_ALL;
	struct place *p = *state;
	const uint32_t counts[2][COUNT_KINDS] = {
		[LOCAL] = { [COUNT_COPY] = 3,
		    [COUNT_FLAGS] = 4,
		    [COUNT_EXPUNGE] = 5,
		    [COUNT_ADOPT] = 9 },
		[REMOTE] = { [COUNT_COPY] = 6, [COUNT_EXPUNGE] = 8 },
	};

	p->account.postsynchook = command;
	p->h.mode = HOOK_PUSH;
	hooks_new(&p->h, "B\303\266 se;$(id)", 2);
	hooks_new(&p->h, "A", 1);
	hooks_postsync(&p->h, ACCOUNT_HELD, counts);
	expect_file("out",
	    "BLINKMAIL_ACCOUNT=my/work\nBLINKMAIL_COPIED=3\n"
	    "BLINKMAIL_DELETED=5\nBLINKMAIL_FLAGS=4\n"
	    "BLINKMAIL_FOLDERS=B\303\266 se;$(id)\nBLINKMAIL_HOOK=postsync\n"
	    "BLINKMAIL_MAILDIR=/mail dir\nBLINKMAIL_MODE=push\n"
	    "BLINKMAIL_REMOTE_COPIED=6\nBLINKMAIL_REMOTE_DELETED=8\n"
	    "BLINKMAIL_REMOTE_FLAGS=0\nBLINKMAIL_RESULT=held\n"
	    "OFFLINEIMAPSYNCMODE=idle\n");
	expect_event(p, 0, EV_HOOK, "postsynchook");
	assert_int_equal(p->events_len, 1);
}

static void
newmail(void **state)
{
	static char new[] = "echo \"$BLINKMAIL_HOOK $BLINKMAIL_FOLDER: "
			    "$BLINKMAIL_NEW\" >>out";
	static char post_hook[] = "echo \"$BLINKMAIL_HOOK $BLINKMAIL_RESULT "
				  "$BLINKMAIL_FOLDERS\" >>out";
	struct place *p = *state;

	p->account.newmail_hook = new;
	p->account.postsynchook = post_hook;
	hooks_new(&p->h, "INBOX", 2);
	hooks_new(&p->h, "Empty", 0);
	hooks_new(&p->h, "Lists/a b", 1);
	hooks_new(&p->h, "INBOX", 3);
	hooks_postsync(&p->h, ACCOUNT_FAILED, no_counts);
	expect_file("out", "newmail INBOX: 5\nnewmail Lists/a b: 1\n"
			   "postsync failed INBOX\nLists/a b\n");
	assert_int_equal(p->events_len, 3);
	expect_event(p, 0, EV_HOOK, "newmail_hook");
	expect_event(p, 1, EV_HOOK, "newmail_hook");
	expect_event(p, 2, EV_HOOK, "postsynchook");
}

/* Far more than a variable may hold: the hook still runs. */
static void
many_folders(void **state)
{
	static char command[] = "printf %s \"$BLINKMAIL_FOLDERS\" >out";
	struct place *p = *state;
	char name[256], *text;
	int i;

	p->account.postsynchook = command;
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%0200d", i);
		hooks_new(&p->h, name, 1);
	}
	hooks_postsync(&p->h, ACCOUNT_DONE, no_counts);
	text = file_text("out");
	assert_true(strlen(text) > 60000 && strlen(text) <= 66000);
	assert_int_equal(text[strlen(text) - 201], '\n'); /* no half a name */
	free(text);
	assert_int_equal(p->events_len, 1);
}

static void
run(struct place *p, const char *command)
{
	char *copy = xstrdup(command);

	p->events_len = 0;
	p->account.presynchook = copy;
	hooks_presync(&p->h);
	p->account.presynchook = NULL;
	free(copy);
}

static void
output_is_logged(void **state)
{
	struct place *p = *state;

	run(p, "echo one; echo 'two\033' >&2; printf three; cat");
	expect_in_log("my/work: presynchook: one\n");
	expect_in_log("my/work: presynchook: two\\x1B\n");
	expect_in_log("my/work: presynchook: three\n");
	assert_int_equal(p->events_len, 1);
	run(p, "yes a | head -n 3000; yes b | tr -d '\\n' | head -c 200000");
	expect_in_log("my/work: presynchook: more output is left out\n");
	assert_int_equal(p->events_len, 1);
}

static void
bad_ends(void **state)
{
	static const struct {
		const char *command, *warning;
	} cases[] = {
		{ "exit 3", "presynchook ended with status 3" },
		{ "echo out; echo first >&2; echo 'no \033key' >&2; echo >&2; "
		  "exit 1",
		    "presynchook ended with status 1: no \\x1Bkey" },
		{ "printf half >&2; kill -TERM $$",
		    "presynchook ended by signal 15: half" },
		{ "/does/not/exist 2>&-; exit 127",
		    "presynchook ended with status 127" },
	};
	struct place *p = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(p, cases[i].command);
		assert_int_equal(p->events_len, 2);
		expect_event(p, 0, EV_HOOK, "presynchook");
		expect_event(p, 1, EV_WARNING, cases[i].warning);
	}
}

/* The whole group goes, and the folders behind it are not tried. */
static void
late_is_killed(void **state)
{
	static char command[] =
	    "echo tired >&2; sleep 60 & echo $! >>child; wait";
	static char after[] = "echo after >out";
	struct place *p = *state;
	FILE *f;
	int pid = 0;

	p->account.hook_timeout = 1;
	p->account.newmail_hook = command;
	p->account.postsynchook = after;
	hooks_new(&p->h, "INBOX", 1);
	hooks_new(&p->h, "Other", 1);
	hooks_postsync(&p->h, ACCOUNT_DONE, no_counts);
	assert_int_equal(p->events_len, 3);
	expect_event(p, 1, EV_WARNING,
	    "newmail_hook did not end within 1 s and was killed: tired");
	expect_event(p, 2, EV_HOOK, "postsynchook");
	expect_file("out", "after\n");
	f = fopen("child", "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	process_wait_end(pid);
}

static void
cancelled(void **state)
{
	struct place *p = *state;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	p->h.cancel_fd = ends[0];
	/* It cancels itself: the test needs no second thread. */
	assert_int_equal(dup2(ends[1], 9), 9);
	run(p, "echo >&9; sleep 60");
	assert_int_equal(p->events_len, 2);
	expect_event(
	    p, 1, EV_WARNING, "presynchook was killed: the program ends");
	run(p, "echo x >out");
	assert_int_equal(p->events_len, 0);
	expect_file("out", "");
	close(9);
	close(ends[0]);
	close(ends[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(none),
		TEST(presync),
		TEST(postsync),
		TEST(newmail),
		TEST(many_folders),
		TEST(output_is_logged),
		TEST(bad_ends),
		TEST(late_is_killed),
		TEST(cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
