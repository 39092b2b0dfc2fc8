/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads that wait, with a server that does what the test says, real
 * files, and no waiting between two attempts. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/queue.h"
#include "base/xalloc.h"
#include "engine/store/imap/store_imap.h"
#include "engine/watch/watch.h"
#include "tmpdir.h"

#define PATIENCE 20000 /* ms, for what must come */

/* What an attempt comes to, in turn; the last one is for all that follow. */
enum outcome {
	UNREACHABLE, /* worth a retry */
	REFUSED,     /* a wrong password */
	NO_FOLDER,
	BREAKS, /* after watching began */
	STAYS,	/* until it is cancelled */
};

static struct {
	bool idle, notify, refuses_notify;
	enum outcome plan[64];
	size_t plan_len;
	atomic_size_t attempts;
	atomic_uint kicks; /* seen by a thread that watches */
	struct queue *seen;
} server;

static atomic_int waits[64]; /* between attempts, ms */
static atomic_size_t waits_len;

/* Linked in the place of the real one: what has two descriptors and an end is
 * the wait for the next attempt, and over at once. */
int __real_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);

int
__wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	size_t i;

	if (n != 2 || ms <= 0)
		return __real_poll(p, n, ms);
	i = atomic_fetch_add(&waits_len, 1);
	if (i < 64)
		atomic_store(&waits[i], ms);
	return __real_poll(p, n, 0);
}

struct line {
	char text[200];
};

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
note(const char *format, ...)
{
	struct line l;
	va_list ap;

	va_start(ap, format);
	vsnprintf(l.text, sizeof(l.text), format, ap);
	va_end(ap);
	queue_put(server.seen, &l);
}

static void
fake_free(struct store *s)
{
	free(s);
}

static const struct store_ops fake_ops = { .kind = "fake", .free = fake_free };

static enum outcome
next_outcome(void)
{
	size_t i = atomic_fetch_add(&server.attempts, 1);

	return server.plan[i < server.plan_len ? i : server.plan_len - 1];
}

struct fake {
	struct store base;
	enum outcome outcome;
	int cancel_fd;
};

static int
fake_connect(
    void *arg, enum side side, int cancel_fd, struct store **s, struct err *e)
{
	struct fake *f;
	enum outcome o = next_outcome();

	(void)arg;
	assert_int_equal(side, REMOTE);
	if (o == UNREACHABLE) {
		err_errno(e, ERR_SESSION, ECONNREFUSED, "connect");
		return err_retry(e);
	}
	if (o == REFUSED)
		return err_set(e, ERR_ACCOUNT, "wrong password");
	f = xcalloc(1, sizeof(*f));
	f->base.ops = &fake_ops;
	f->outcome = o;
	f->cancel_fd = cancel_fd;
	*s = &f->base;
	return 0;
}

/* In the place of those in store_imap_watch.c. */
bool
store_imap_can_idle(const struct store *s)
{
	(void)s;
	return server.idle;
}

bool
store_imap_can_notify(const struct store *s)
{
	(void)s;
	return server.notify;
}

int
store_imap_watch(
    struct store *s, const struct store_imap_watch *w, struct err *e)
{
	struct fake *f = (struct fake *)s;
	struct pollfd p[3] = { { .fd = f->cancel_fd, .events = POLLIN },
		{ .fd = w->wake_fd, .events = POLLIN }, { .fd = -1 } };
	eventfd_t count;

	if (w->folder == NULL && server.refuses_notify)
		return err_set(e, ERR_FOLDER, "not supported");
	if (f->outcome == NO_FOLDER)
		return err_set(e, ERR_FOLDER, "no such folder");
	w->begun(w->arg);
	w->news(w->arg, w->folder != NULL ? w->folder : "Work");
	while (f->outcome == STAYS) {
		assert_true(poll(p, 3, PATIENCE) > 0);
		if (p[0].revents != 0)
			return err_errno(e, ERR_SESSION, ECANCELED, "x");
		eventfd_read(w->wake_fd, &count);
		atomic_fetch_add(&server.kicks, 1);
		note("kicked");
	}
	err_set(e, ERR_SESSION, "goodbye");
	return err_retry(e);
}

static void
on_news(void *arg, size_t account, enum side side, const char *folder)
{
	(void)arg;
	assert_int_equal(account, 3);
	note("%s %s", side == LOCAL ? "local" : "news",
	    folder != NULL ? folder : "*");
}

static void
on_event(void *arg, const struct event *ev)
{
	(void)arg;
	assert_int_equal(ev->account, 3);
	if (ev->side == LOCAL && ev->kind != EV_WATCHING &&
	    ev->kind != EV_WARNING)
		return;
	note("%s%s%s%s",
	    ev->kind == EV_THREAD_START ? "start"
	    : ev->kind == EV_THREAD_END ? "end"
	    : ev->kind == EV_WATCHING	? "watching "
	    : ev->kind == EV_WARNING	? "warning "
					: "?",
	    ev->file, ev->file[0] != '\0' ? ": " : "", ev->text);
}

/* --- */

struct place {
	char *dir;
	struct settings_account account;
	struct watch *w;
};

static void
make(const struct place *p, const char *below, bool dir)
{
	char *path = xasprintf("%s/%s", p->dir, below);

	if (dir)
		assert_int_equal(mkdir(path, 0700), 0);
	else
		file_put(AT_FDCWD, path, "", 0);
	free(path);
}

static void
begin(struct place *p, const enum outcome *plan, size_t plan_len)
{
	*p = (struct place){ .account = { .index = 3 } };
	p->account.name = (char *)(uintptr_t) "test";
	p->dir = tmpdir_new();
	p->account.store[LOCAL].type = STORE_MAILDIR;
	p->account.store[LOCAL].infosep = ':';
	p->account.store[LOCAL].path = p->dir;
	p->account.store[REMOTE].type = STORE_IMAP;
	memset(&server, 0, sizeof(server));
	memcpy(server.plan, plan, plan_len * sizeof(*plan));
	server.plan_len = plan_len;
	server.seen = queue_new(1000, sizeof(struct line));
	atomic_store(&waits_len, 0);
}

static void
start(struct place *p)
{
	struct watch_config c = { .account = &p->account,
		.worker = 10,
		.connect = fake_connect,
		.news = on_news,
		.post = on_event };
	struct err e = ERR_INIT;

	assert_int_equal(watch_start(&c, &p->w, &e), 0);
	err_clear(&e);
}

static void
end(struct place *p)
{
	watch_stop(p->w);
	queue_free(server.seen);
	tmpdir_free(p->dir);
}

static bool
is_local(const char *text)
{
	return strncmp(text, "local", 5) == 0 ||
	       strcmp(text, "watching files") == 0 ||
	       strstr(text, "is it mounted") != NULL ||
	       strstr(text, "marker") != NULL;
}

static void
expect_at(const char *text, bool local, int line)
{
	struct line l;

	do {
		if (!queue_get(server.seen, &l, PATIENCE))
			fail_msg("line %d: \"%s\" did not come", line, text);
	} while (is_local(l.text) != local);
	if (strcmp(l.text, text) != 0)
		fail_msg("line %d: \"%s\" where expected: \"%s\"", line, l.text,
		    text);
}
#define EXPECT(text) expect_at((text), false, __LINE__)
#define EXPECT_LOCAL(text) expect_at((text), true, __LINE__)

/* In any order; "" ends. */
static void
expect_set(const char *const *set)
{
	bool had[32] = { false };
	struct line l;
	size_t i, n, left;

	for (n = 0; set[n] != NULL; n++)
		;
	for (left = n; left > 0; left--) {
		do {
			if (!queue_get(server.seen, &l, PATIENCE))
				fail_msg("%zu of a set did not come", left);
		} while (is_local(l.text));
		for (i = 0; i < n; i++)
			if (!had[i] && strcmp(set[i], l.text) == 0)
				break;
		if (i == n)
			fail_msg("\"%s\" was not expected", l.text);
		had[i] = true;
	}
}

static void
expect_no_more(void)
{
	struct line l;

	while (queue_get(server.seen, &l, 0))
		if (!is_local(l.text))
			fail_msg("\"%s\" was not expected", l.text);
}

#define BEGIN(p, ...)                                                          \
	do {                                                                   \
		const enum outcome plan_[] = { __VA_ARGS__ };                  \
		begin(p, plan_, sizeof(plan_) / sizeof(plan_[0]));             \
	} while (0)

static void
t_notify(void **state)
{
	struct place place, *p = &place;

	(void)state;
	BEGIN(p, STAYS);
	server.idle = server.notify = true;
	start(p);
	EXPECT("start");
	EXPECT("watching all folders by NOTIFY");
	EXPECT("news *");
	EXPECT("news Work");
	watch_kick(p->w);
	EXPECT("kicked");
	watch_stop(p->w);
	p->w = NULL;
	EXPECT("end");
	expect_no_more();
	assert_int_equal(atomic_load(&server.attempts), 1);
	end(p);
}

static char *idlefolders[] = { (char[]){ "Sent" }, (char[]){ "inbox" },
	(char[]){ "Lists/C" }, NULL };

/* One thread a folder, INBOX once. */
static void
t_idle(void **state)
{
	static const char *const set[] = { "start", "start", "start",
		"watching INBOX by IDLE", "watching Sent by IDLE",
		"watching Lists/C by IDLE", "news *", "news *", "news *",
		"news INBOX", "news Sent", "news Lists/C", NULL };
	struct place place, *p = &place;

	(void)state;
	BEGIN(p, STAYS);
	server.idle = true;
	p->account.store[REMOTE].idlefolders = idlefolders;
	assert_int_equal(watch_threads(&p->account), 4);
	start(p);
	expect_set(set);
	watch_kick(p->w);
	EXPECT("kicked");
	EXPECT("kicked");
	EXPECT("kicked");
	end(p);
	/* NOTIFY that is refused: the same, over the same connection. */
	BEGIN(p, STAYS);
	server.idle = server.notify = server.refuses_notify = true;
	p->account.store[REMOTE].idlefolders = idlefolders;
	start(p);
	expect_set(set);
	assert_int_equal(atomic_load(&server.attempts), 3);
	end(p);
}

static void
t_neither(void **state)
{
	struct place place, *p = &place;

	(void)state;
	BEGIN(p, STAYS);
	start(p);
	EXPECT("start");
	EXPECT("end");
	watch_kick(p->w);
	end(p);
	assert_int_equal(atomic_load(&server.attempts), 1);
}

/* Ever longer, up to a limit; one warning; at the end it works again. */
static void
t_backoff(void **state)
{
	struct place place, *p = &place;
	int i, at_most;

	(void)state;
	BEGIN(p, UNREACHABLE, UNREACHABLE, UNREACHABLE, UNREACHABLE,
	    UNREACHABLE, UNREACHABLE, UNREACHABLE, UNREACHABLE, UNREACHABLE,
	    UNREACHABLE, UNREACHABLE, UNREACHABLE, STAYS);
	server.notify = true;
	make(p, ".blinkmail", false); /* no failures of the local side */
	start(p);
	EXPECT("start");
	EXPECT("warning not watching: connect: Connection refused");
	for (i = 0; i < 12; i++) {
		EXPECT("end");
		EXPECT("start");
	}
	EXPECT("watching all folders by NOTIFY");
	EXPECT("news *");
	end(p);
	assert_int_equal(atomic_load(&waits_len), 12);
	for (i = 0; i < 12; i++) {
		at_most = i < 9 ? 1000 << i : 300000;
		at_most = at_most < 300000 ? at_most : 300000;
		assert_in_range(
		    atomic_load(&waits[i]), at_most / 2 - 10, at_most);
	}
}

/* A connection that breaks now and then is nothing to speak of; one that
 * breaks all the time is. */
static void
t_breaks(void **state)
{
	struct place place, *p = &place;
	int i;

	(void)state;
	BEGIN(p, BREAKS, BREAKS, BREAKS, BREAKS, STAYS);
	server.notify = true;
	start(p);
	for (i = 0; i < 5; i++) {
		EXPECT("start");
		EXPECT("watching all folders by NOTIFY");
		EXPECT("news *");
		EXPECT("news Work");
		if (i == 2)
			EXPECT("warning not watching: goodbye");
		if (i < 4)
			EXPECT("end");
	}
	end(p);
}

/* What cannot pass by itself waits for a kick, one attempt each. */
static void
t_dormant(void **state)
{
	struct place place, *p = &place;

	(void)state;
	BEGIN(p, REFUSED, REFUSED, NO_FOLDER, STAYS);
	server.idle = true;
	start(p);
	EXPECT("start");
	EXPECT("warning not watching: wrong password");
	EXPECT("end");
	assert_int_equal(atomic_load(&server.attempts), 1);
	watch_kick(p->w);
	EXPECT("start");
	EXPECT("end");
	assert_int_equal(atomic_load(&server.attempts), 2);
	watch_kick(p->w);
	EXPECT("start");
	EXPECT("warning not watching: no such folder");
	EXPECT("end");
	watch_kick(p->w);
	EXPECT("start");
	EXPECT("watching INBOX by IDLE");
	end(p);
}

static void
make_inbox(struct place *p)
{
	make(p, ".blinkmail", false);
	make(p, "INBOX", true);
	make(p, "INBOX/new", true);
	make(p, "INBOX/cur", true);
}

static void
t_local(void **state)
{
	struct place place, *p = &place;
	char *from, *to;

	(void)state;
	BEGIN(p, STAYS);
	make_inbox(p);
	start(p);
	EXPECT_LOCAL("watching files");
	EXPECT_LOCAL("local *");
	make(p, "INBOX/cur/1", false);
	EXPECT_LOCAL("local INBOX");
	from = xasprintf("%s/INBOX/cur/1", p->dir);
	to = xasprintf("%s/INBOX/cur/2", p->dir);
	assert_int_equal(rename(from, to), 0);
	EXPECT_LOCAL("local INBOX");
	free(from);
	free(to);
	end(p);
}

static void
wait_for_retries(size_t n)
{
	size_t before = atomic_load(&waits_len);

	while (atomic_load(&waits_len) < before + n)
		sched_yield();
}

/* Not mounted, mounted, gone, and there again: one warning. */
static void
t_mount(void **state)
{
	struct place place, *p = &place;
	char *marker, *warning;

	(void)state;
	BEGIN(p, STAYS);
	marker = xasprintf("%s/.blinkmail", p->dir);
	start(p);
	wait_for_retries(3);
	make_inbox(p);
	warning = xasprintf(
	    "warning %s: not watching: its marker .blinkmail is missing; is "
	    "it mounted? (If it is the right directory, make that file.)",
	    p->dir);
	EXPECT_LOCAL(warning);
	free(warning);
	EXPECT_LOCAL("watching files");
	EXPECT_LOCAL("local *");
	assert_int_equal(unlink(marker), 0);
	make(p, "INBOX/cur/1", false);
	wait_for_retries(3);
	make(p, ".blinkmail", false);
	EXPECT_LOCAL("watching files");
	EXPECT_LOCAL("local *");
	make(p, "INBOX/cur/2", false);
	EXPECT_LOCAL("local INBOX");
	end(p);
	free(marker);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_notify),
		cmocka_unit_test(t_idle),
		cmocka_unit_test(t_neither),
		cmocka_unit_test(t_backoff),
		cmocka_unit_test(t_breaks),
		cmocka_unit_test(t_dormant),
		cmocka_unit_test(t_local),
		cmocka_unit_test(t_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
