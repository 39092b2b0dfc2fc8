/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "engine/ctl/ctl.h"
#include "engine/ctl/ctl_client.h"
#include "engine/ctl/ctl_socket.h"
#include "tmpdir.h"

static const char *const names[] = { "work", "home", "a/b" };
static const struct request all; /* folders, as usual */

/* A server in a directory of its own, and what was asked of it. */
struct place {
	char *dir;
	char meta[400];
	struct ctl *c;
	struct log *log;
	char asked[600]; /* "sync 0 INBOX,;quit;" */
	const char *refuse;
};

static const char *
on_sync(void *arg, size_t account, const struct request *r)
{
	struct place *p = arg;
	const char *f = NULL;
	struct buf text = { 0 };

	buf_printf(&text, "%ssync %zu %s%s", p->asked, account,
	    r->quick ? "quick " : "", r->release ? "release " : "");
	while ((f = namelist_next(&r->folders, f)) != NULL)
		buf_printf(&text, "%s,", f);
	snprintf(p->asked, sizeof(p->asked), "%s;", buf_str(&text));
	buf_clear(&text);
	return p->refuse;
}

static void
on_quit(void *arg)
{
	struct place *p = arg;
	size_t n = strlen(p->asked);

	snprintf(p->asked + n, sizeof(p->asked) - n, "quit;");
}

static struct ctl *
open_at(struct place *p)
{
	return ctl_open(p->meta, names, 3,
	    &(struct ctl_handler){ on_sync, on_quit, p }, p->log);
}

static int
setup_in(void **state, const char *below)
{
	struct place *p = xcalloc(1, sizeof(*p));
	char path[100];
	struct err e = ERR_INIT;

	p->dir = tmpdir_new();
	snprintf(p->meta, sizeof(p->meta), "%s/%s", p->dir, below);
	snprintf(path, sizeof(path), "%s/log", p->dir);
	assert_int_equal(log_open(&p->log, path, false, 0, &e), 0);
	assert_non_null(p->c = open_at(p));
	*state = p;
	return 0;
}

static int
setup(void **state)
{
	return setup_in(state, "state/meta");
}

/* Far beyond what a socket's address holds. */
static int
setup_deep(void **state)
{
	char below[301];

	memset(below, 'd', 300);
	below[300] = '\0';
	below[150] = '/';
	return setup_in(state, below);
}

static int
teardown(void **state)
{
	struct place *p = *state;

	ctl_close(p->c);
	log_close(p->log);
	tmpdir_free(p->dir);
	free(p);
	return 0;
}

static int
client(struct place *p)
{
	struct err e = ERR_INIT;
	bool nobody;
	int fd;

	if (ctl_socket_connect(p->meta, &fd, &nobody, &e) == -1)
		fail_msg("%s", err_text(&e));
	return fd;
}

static void
say(struct place *p, int fd, const char *text)
{
	size_t n = strlen(text);

	assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), n);
	ctl_serve(p->c);
}

/* What has come, "|" for the end of the connection. Nothing needs time: the
 * server runs in our thread. */
static const char *
heard(int fd)
{
	static char text[300000];
	size_t n = 0;
	ssize_t got;

	while (
	    (got = recv(fd, text + n, sizeof(text) - n - 2, MSG_DONTWAIT)) > 0)
		n += (size_t)got;
	if (got == 0)
		text[n++] = '|';
	text[n] = '\0';
	return text;
}

static void
expect(int fd, const char *want)
{
	assert_string_equal(heard(fd), want);
}

#define HELLO CTL_GREETING "\n"

static int
greeted(struct place *p)
{
	int fd = client(p);

	ctl_serve(p->c);
	expect(fd, HELLO);
	return fd;
}

static void
one_answer(struct place *p, const char *request, const char *want)
{
	int fd = greeted(p);

	say(p, fd, request);
	expect(fd, want);
	close(fd);
	ctl_serve(p->c);
}

static void
requests(void **state)
{
	struct place *p = *state;

	one_answer(p, "sync target=work\n", "end 0 \n|");
	one_answer(p, "sync\n", "end 0 \n|");
	one_answer(p, "sync target=a/b/c%25%20d\n", "end 0 \n|");
	one_answer(p, "quit\n", "end 0 \n|");
	assert_string_equal(
	    p->asked, "sync 0 ;sync 0 ;sync 1 ;sync 2 ;sync 2 c% d,;quit;");
	one_answer(p, "sync target=/\n",
	    "end 2 no account is called \"/\"; there "
	    "are work, home, a/b\n|");
	one_answer(
	    p, "dance\033\n", "end 2 there is no request \"dance\\x1B\"\n|");
	p->refuse = "it is paused";
	one_answer(p, "sync wait target=work\n", "end 1 it is paused\n|");
}

/* What options before `ctl sync' say. */
static void
requests_with_options(void **state)
{
	struct place *p = *state;

	one_answer(p,
	    "sync quick force-delete account=a/b account=work folder=A%20%25 "
	    "folder=B\n",
	    "end 0 \n|");
	assert_string_equal(p->asked,
	    "sync 0 quick release A %,B,;sync 2 quick release A %,B,;");
	/* To name a paused account is an error; else it is left out. */
	ctl_account_due(p->c, 1, CLOCK_NEVER, true);
	p->asked[0] = '\0';
	one_answer(
	    p, "sync account=home account=work\n", "end 1 home is paused\n|");
	assert_string_equal(p->asked, "");
	one_answer(p, "sync\n", "end 0 \n|");
	assert_string_equal(p->asked, "sync 0 ;sync 2 ;");
	ctl_account_due(p->c, 0, CLOCK_NEVER, true);
	ctl_account_due(p->c, 2, CLOCK_NEVER, true);
	one_answer(p, "sync\n", "end 1 all accounts are paused\n|");
}

static void
status_has(struct place *p, const char *want)
{
	int fd = greeted(p);

	say(p, fd, "status json\n");
	assert_non_null(strstr(heard(fd), want));
	close(fd);
}

/* text: of the last error, about a message; NULL: there was none. */
static void
end_with(
    struct place *p, size_t account, enum account_end end, const char *text)
{
	struct event error = {
		.folder = "INBOX", .uid = 7, .sided = true, .side = REMOTE
	};

	if (text != NULL) {
		error.kind = EV_ERROR;
		snprintf(error.text, sizeof(error.text), "%s", text);
	}
	ctl_account_end(p->c, account, end, &error);
}

static void
status(void **state)
{
	struct place *p = *state;

	ctl_account_begin(p->c, 1, &all);
	ctl_account_due(p->c, 2, clock_ms() + 59500, false);
	one_answer(p, "status\n",
	    "= work: when asked\n= home: synchronising\n"
	    "= a/b: next in 1:00\nend 0 \n|");
	status_has(p, "\"name\":\"home\",\"state\":\"active\"");
	/* The error is that of the last one. */
	end_with(p, 1, ACCOUNT_FAILED, "no");
	status_has(p, ",\"error\":\"INBOX: UID 7: no\",\"folder\":\"INBOX\","
		      "\"side\":\"remote\",\"uid\":7,\"text\":\"no\"}");
	end_with(p, 1, ACCOUNT_DONE, NULL);
	status_has(p, ",\"error\":null}");
}

static void
wait_for_one(void **state)
{
	struct place *p = *state;
	int fd;

	/* One that runs already is not the one that was asked for. */
	ctl_account_begin(p->c, 0, &all);
	fd = greeted(p);
	say(p, fd, "sync wait target=work\n");
	end_with(p, 0, ACCOUNT_FAILED, NULL);
	ctl_account_begin(p->c, 1, &all);
	end_with(p, 1, ACCOUNT_FAILED, NULL);
	expect(fd, "");
	ctl_account_begin(p->c, 0, &all);
	expect(fd, "");
	end_with(p, 0, ACCOUNT_DONE, NULL);
	expect(fd, "end 0 \n|");
	close(fd);
}

static void
wait_for_folder(void **state)
{
	static const struct request other = { .folders = { 6, "Other" } },
				    inbox = { .folders = { 6, "INBOX" } };
	struct place *p = *state;
	int one = greeted(p), both;

	say(p, one, "sync wait target=work/INBOX\n");
	both = greeted(p);
	say(p, both, "sync wait target=work\n");
	ctl_account_begin(p->c, 0, &other);
	end_with(p, 0, ACCOUNT_FAILED, NULL);
	expect(one, "");
	ctl_account_begin(p->c, 0, &inbox);
	end_with(p, 0, ACCOUNT_DONE, NULL);
	expect(one, "end 0 \n|");
	expect(both, "");
	close(one);
	one = greeted(p);
	say(p, one, "sync wait target=work/INBOX\n");
	ctl_account_begin(p->c, 0, &all);
	end_with(p, 0, ACCOUNT_HELD, NULL);
	expect(one, "end 4 something is held for a decision\n|");
	expect(both, "end 4 something is held for a decision\n|");
	close(one);
	close(both);
}

/* The worst of the accounts counts, whatever their order. Of errors the first
 * is told, unless something is worse. */
static void
wait_for_all(void **state)
{
	static const struct {
		enum account_end ends[3];
		const char *errors[3], *want;
	} cases[] = {
		{ { ACCOUNT_DONE, ACCOUNT_DONE, ACCOUNT_DONE }, { NULL },
		    "end 0 \n|" },
		{ { ACCOUNT_DONE, ACCOUNT_FAILED, ACCOUNT_DONE }, { NULL },
		    "end 1 the synchronisation failed or was stopped\n|" },
		{ { ACCOUNT_HELD, ACCOUNT_FAILED, ACCOUNT_DONE }, { NULL },
		    "end 4 something is held for a decision\n|" },
		{ { ACCOUNT_FAILED, ACCOUNT_DONE, ACCOUNT_HELD }, { NULL },
		    "end 4 something is held for a decision\n|" },
		{ { ACCOUNT_BUSY, ACCOUNT_HELD, ACCOUNT_FAILED }, { NULL },
		    "end 3 another instance holds an account\n|" },
		{ { ACCOUNT_FAILED, ACCOUNT_DONE, ACCOUNT_DONE },
		    { "no\033 x" }, "end 1 work: INBOX: UID 7: no\\x1B x\n|" },
		{ { ACCOUNT_STOPPED, ACCOUNT_FAILED, ACCOUNT_FAILED },
		    { NULL, "one", "two" },
		    "end 1 home: INBOX: UID 7: one\n|" },
		{ { ACCOUNT_FAILED, ACCOUNT_HELD, ACCOUNT_FAILED },
		    { "one", "two", "three" },
		    "end 4 something is held for a decision\n|" },
	};
	struct place *p = *state;
	size_t i, k;
	int fd;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fd = greeted(p);
		say(p, fd, "sync wait\n");
		ctl_account_begin(p->c, 2, &all);
		for (k = 0; k < 3; k++) {
			expect(fd, "");
			if (k != 2)
				ctl_account_begin(p->c, k, &all);
			end_with(p, k, cases[i].ends[k], cases[i].errors[k]);
		}
		expect(fd, cases[i].want);
		close(fd);
		ctl_serve(p->c);
	}
}

/* A paused account is not waited for, whenever it was paused. */
static void
wait_and_pause(void **state)
{
	struct place *p = *state;
	int fd = greeted(p);

	ctl_account_due(p->c, 2, CLOCK_NEVER, true);
	say(p, fd, "sync wait\n");
	ctl_account_begin(p->c, 0, &all);
	end_with(p, 0, ACCOUNT_DONE, NULL);
	expect(fd, "");
	ctl_account_due(p->c, 1, CLOCK_NEVER, true);
	expect(fd, "end 1 the synchronisation failed or was stopped\n|");
	close(fd);
	ctl_account_due(p->c, 1, 0, false);
	fd = greeted(p);
	say(p, fd, "sync wait target=home\n");
	ctl_account_begin(p->c, 1, &all);
	ctl_account_due(p->c, 1, CLOCK_NEVER, true);
	expect(fd, "");
	end_with(p, 1, ACCOUNT_STOPPED, NULL);
	expect(fd, "end 1 the synchronisation failed or was stopped\n|");
	close(fd);
}

static void
waiting_ends_with_the_program(void **state)
{
	struct place *p = *state;
	int fd = greeted(p);

	say(p, fd, "sync wait\n");
	ctl_close(p->c);
	p->c = NULL;
	expect(fd, "end 1 the program ends\n|");
	close(fd);
}

/* Byte by byte; with more behind it; with its end before. */
static void
pieces(void **state)
{
	static const char request[] = "sync target=home/B\303\266\n";
	struct place *p = *state;
	char one[2] = "";
	int fd = greeted(p);
	size_t i;

	for (i = 0; i < sizeof(request) - 1; i++) {
		expect(fd, "");
		one[0] = request[i];
		say(p, fd, one);
	}
	expect(fd, "end 0 \n|");
	assert_string_equal(p->asked, "sync 1 B\303\266,;");
	close(fd);
	/* Only the first line counts. */
	p->asked[0] = '\0';
	fd = greeted(p);
	say(p, fd, "sync target=home\nquit\nquit\n");
	assert_string_equal(p->asked, "sync 1 ;");
	assert_int_equal(strncmp(heard(fd), "end 0 \n", 7), 0);
	close(fd);
	/* Some close their end when they have asked. */
	fd = greeted(p);
	say(p, fd, "sync wait target=work\n");
	shutdown(fd, SHUT_WR);
	ctl_serve(p->c);
	ctl_account_begin(p->c, 0, &all);
	end_with(p, 0, ACCOUNT_DONE, NULL);
	expect(fd, "end 0 \n|");
	close(fd);
}

static void
hostile(void **state)
{
	struct place *p = *state;
	char big[2 * CTL_LINE];
	size_t i;
	int fd;

	memset(big, 'x', sizeof(big));
	fd = greeted(p);
	assert_int_equal(send(fd, big, sizeof(big), MSG_NOSIGNAL), sizeof(big));
	ctl_serve(p->c);
	assert_non_null(strstr(heard(fd), "end 2 the request is too long\n"));
	close(fd);
	/* The longest that is allowed, and it is only unknown. */
	fd = greeted(p);
	memcpy(big, "sync target=", 12);
	for (i = 12 + NAMELIST_BYTES - 1; i + 5 < CTL_LINE; i += 5)
		memcpy(big + i, " wait", 5);
	big[CTL_LINE - 1] = '\n';
	assert_int_equal(send(fd, big, CTL_LINE, MSG_NOSIGNAL), CTL_LINE);
	ctl_serve(p->c);
	assert_int_equal(strncmp(heard(fd), "end 2 no account", 16), 0);
	close(fd);
	fd = greeted(p);
	assert_int_equal(send(fd, "quit\0\n", 6, MSG_NOSIGNAL), 6);
	ctl_serve(p->c);
	expect(fd, "end 2 a request holds no NUL\n|");
	close(fd);
	/* Half a line and gone; gone at once; gone while it waits. */
	say(p, fd = greeted(p), "qui");
	close(fd);
	ctl_serve(p->c);
	close(client(p));
	ctl_serve(p->c);
	ctl_serve(p->c);
	fd = greeted(p);
	say(p, fd, "sync wait\n");
	close(fd);
	ctl_serve(p->c);
	assert_true(ctl_deadline(p->c) == CLOCK_NEVER);
	assert_string_equal(p->asked, "sync 0 ;sync 1 ;sync 2 ;");
	one_answer(p, "quit\n", "end 0 \n|");
}

static void
too_many(void **state)
{
	struct place *p = *state;
	struct pollfd fds[CTL_FDS];
	int held[CTL_CLIENTS], fd;
	size_t i;

	for (i = 0; i < CTL_CLIENTS; i++)
		held[i] = greeted(p);
	assert_int_equal(ctl_poll_fds(p->c, fds), CTL_FDS);
	fd = client(p);
	ctl_serve(p->c);
	expect(fd, HELLO "end 1 too many clients at once\n|");
	close(fd);
	close(held[7]);
	ctl_serve(p->c);
	held[7] = greeted(p);
	say(p, held[7], "quit\n");
	expect(held[7], "end 0 \n|");
	for (i = 0; i < CTL_CLIENTS; i++)
		close(held[i]);
}

/* The clock of the tests: what is added to the true time. */
int64_t clock_skew;
int64_t __real_clock_ms(void);
int64_t __wrap_clock_ms(void);

int64_t
__wrap_clock_ms(void)
{
	return __real_clock_ms() + clock_skew;
}

static void
silence_ends(void **state)
{
	struct place *p = *state;
	int silent = greeted(p), waits = greeted(p);
	int64_t due;

	say(p, waits, "sync wait target=work\n");
	due = ctl_deadline(p->c);
	assert_true(due != CLOCK_NEVER && due <= clock_ms() + 10000);
	expect(silent, "");
	clock_skew += 11000;
	ctl_serve(p->c);
	expect(silent, "|");
	assert_true(ctl_deadline(p->c) == CLOCK_NEVER);
	/* Who waits for a synchronisation may. */
	expect(waits, "");
	ctl_account_begin(p->c, 0, &all);
	end_with(p, 0, ACCOUNT_DONE, NULL);
	expect(waits, "end 0 \n|");
	close(silent);
	close(waits);
}

/* An answer that nobody takes: the others go on, and it is dropped in time. */
static void
slow_reader(void **state)
{
	struct place *p = *state;
	static char name[2000000];
	const char *const one[] = { name }, *text;
	const struct ctl_handler handler = { on_sync, on_quit, p };
	size_t i, total = 0;
	int slow;

	memset(name, 'n', sizeof(name) - 1);
	ctl_close(p->c);
	p->c = ctl_open(p->meta, one, 1, &handler, p->log);
	assert_non_null(p->c);
	for (i = 0; i < 2; i++) {
		slow = greeted(p);
		say(p, slow, "status\n");
		one_answer(p, "quit\n", "end 0 \n|");
		assert_true(ctl_deadline(p->c) != CLOCK_NEVER);
		if (i == 0) {
			/* It takes its time, and gets it all. */
			do {
				ctl_serve(p->c);
				text = heard(slow);
				total += strlen(text);
			} while (strchr(text, '|') == NULL);
			assert_int_equal(
			    total, sizeof(name) - 1 +
				       strlen("= : when asked\nend 0 \n|"));
		} else {
			clock_skew += 11000;
			ctl_serve(p->c);
		}
		assert_true(ctl_deadline(p->c) == CLOCK_NEVER);
		close(slow);
	}
}

/* Without a descriptor for a client the thread does not spin. */
static void
no_descriptors(void **state)
{
	struct place *p = *state;
	struct rlimit old, none;
	struct pollfd fds[CTL_FDS];
	int fd = client(p);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = (rlim_t)fd;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ctl_serve(p->c);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(ctl_poll_fds(p->c, fds), 1);
	assert_int_equal(fds[0].fd, -1);
	assert_true(ctl_deadline(p->c) <= clock_ms() + 1000);
	clock_skew += 1000;
	ctl_serve(p->c);
	expect(fd, HELLO);
	close(fd);
}

static void
place_of_the_socket(void **state)
{
	struct place *p = *state;
	char path[500];
	struct stat st;
	struct ctl *second;

	snprintf(path, sizeof(path), "%s/.socket", p->meta);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(lstat(p->meta, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	/* A second instance goes without, and leaves the first its socket. */
	second = open_at(p);
	assert_null(second);
	ctl_close(second);
	one_answer(p, "quit\n", "end 0 \n|");
	ctl_close(p->c);
	assert_int_equal(lstat(path, &st), -1);
	p->c = open_at(p);
	one_answer(p, "quit\n", "end 0 \n|");
}

/* What a killed instance leaves is taken over; what is no socket is not. */
static void
stale(void **state)
{
	struct place *p = *state;
	char path[500];
	struct err e = ERR_INIT;
	bool nobody;
	pid_t pid;
	int fd;

	ctl_close(p->c);
	p->c = NULL;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(open_at(p) == NULL);
	assert_int_equal(waitpid(pid, &fd, 0), pid);
	assert_int_equal(fd, 0);
	snprintf(path, sizeof(path), "%s/.socket", p->meta);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(ctl_socket_connect(p->meta, &fd, &nobody, &e), -1);
	assert_true(nobody);
	p->c = open_at(p);
	assert_non_null(p->c);
	one_answer(p, "quit\n", "end 0 \n|");
	ctl_close(p->c);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_not_equal(fd, -1);
	close(fd);
	p->c = open_at(p);
	assert_null(p->c);
	assert_int_equal(access(path, F_OK), 0);
	err_clear(&e);
}

/* Where there is no control thread's socket, every call is harmless. */
static void
nothing(void **state)
{
	struct pollfd fds[CTL_FDS];

	(void)state;
	ctl_serve(NULL);
	ctl_account_begin(NULL, 0, &all);
	ctl_account_end(NULL, 0, ACCOUNT_DONE, NULL);
	ctl_account_due(NULL, 0, 0, false);
	assert_int_equal(ctl_poll_fds(NULL, fds), 0);
	assert_true(ctl_deadline(NULL) == CLOCK_NEVER);
	ctl_close(NULL);
}

struct server {
	struct place *p;
	atomic_bool end;
	bool runs; /* it lets each synchronisation begin and end */
};

static void *
server_main(void *arg)
{
	struct server *s = arg;
	struct pollfd fds[CTL_FDS];

	while (!atomic_load(&s->end)) {
		poll(fds, ctl_poll_fds(s->p->c, fds), 5);
		ctl_serve(s->p->c);
		if (s->runs && s->p->asked[0] != '\0') {
			ctl_account_begin(s->p->c, 0, &all);
			end_with(s->p, 0, ACCOUNT_HELD, NULL);
		}
	}
	return NULL;
}

static void
show(void *arg, const char *line)
{
	buf_printf(arg, "%s;", line);
}

static void
client_asks(void **state)
{
	struct server s = { .p = *state, .runs = true };
	struct buf shown = { 0 };
	pthread_t thread;
	struct err e = ERR_INIT;

	assert_int_equal(pthread_create(&thread, NULL, server_main, &s), 0);
	assert_int_equal(
	    ctl_client_ask(s.p->meta, "status", false, show, &shown, &e), 0);
	assert_string_equal(buf_str(&shown),
	    "work: when asked;home: when asked;a/b: when asked;");
	assert_string_equal(err_text(&e), "");
	assert_int_equal(
	    ctl_client_ask(s.p->meta, "sync target=x", false, show, &shown, &e),
	    2);
	assert_int_equal(strncmp(err_text(&e), "no account is called", 20), 0);
	assert_int_equal(ctl_client_ask(s.p->meta, "sync wait target=work",
			     true, show, &shown, &e),
	    4);
	assert_string_equal(err_text(&e), "something is held for a decision");
	atomic_store(&s.end, true);
	pthread_join(thread, NULL);
	ctl_close(s.p->c);
	s.p->c = NULL;
	assert_int_equal(
	    ctl_client_ask(s.p->meta, "status", false, show, &shown, &e), 3);
	assert_non_null(strstr(err_text(&e), "no blinkmail runs"));
	assert_int_equal(
	    ctl_client_ask("/nowhere", "status", false, show, &shown, &e), 3);
	buf_clear(&shown);
	err_clear(&e);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests),
		TEST(requests_with_options),
		TEST(status),
		TEST(wait_for_one),
		TEST(wait_for_folder),
		TEST(wait_for_all),
		TEST(wait_and_pause),
		TEST(waiting_ends_with_the_program),
		TEST(pieces),
		TEST(hostile),
		TEST(too_many),
		TEST(silence_ends),
		TEST(slow_reader),
		TEST(no_descriptors),
		TEST(place_of_the_socket),
		TEST(stale),
		cmocka_unit_test(nothing),
		TEST(client_asks),
		cmocka_unit_test_setup_teardown(
		    place_of_the_socket, setup_deep, teardown),
		cmocka_unit_test_setup_teardown(
		    client_asks, setup_deep, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
