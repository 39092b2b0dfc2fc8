/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which copies are left out by size, by age, or since they failed lately. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../sim/sim_store.h"
#include "base/xalloc.h"
#include "counted_store.h"
#include "engine/sync/limits.h"
#include "ok.h"

#define DAY 86400
#define MESSAGES 3
#define SMALL 10 /* bytes */
#define LARGE 1000
#define GONE 99 /* an id that no message has */

/* Three messages on the remote side, to be copied: a small one of now, a large
 * one of now, a small one that is ten days old. */
struct place {
	struct sim_world w;
	struct settings_account account;
	struct request request;
	struct sync_env env;
	struct sync sync;
	struct foldermap_entry entry;
	struct folder f;
	struct op ops[MESSAGES];
	const struct op *list[MESSAGES];
	size_t n;
	char said[500]; /* "skip 2: too large;error: ...;" */
};

static void
on_event(void *arg, const struct event *ev)
{
	struct place *p = arg;
	size_t n = strlen(p->said);

	if (ev->kind == EV_OP && ev->op == EVOP_SKIP && ev->total > 0)
		snprintf(p->said + n, sizeof(p->said) - n, "%u left out: %s;",
		    (unsigned)ev->total, ev->text);
	else if (ev->kind == EV_OP && ev->op == EVOP_SKIP)
		snprintf(p->said + n, sizeof(p->said) - n, "skip %u: %s;",
		    ev->uid, ev->text);
	else if (ev->kind == EV_ERROR)
		snprintf(
		    p->said + n, sizeof(p->said) - n, "error: %s;", ev->text);
}

static void
put_messages(struct place *p, struct sim_folder *f)
{
	static const size_t sizes[MESSAGES] = { SMALL, LARGE, SMALL };
	static const char bytes[LARGE];
	size_t i;

	for (i = 0; i < MESSAGES; i++) {
		sim_put(&p->w, REMOTE, f, 0, bytes, sizes[i])->date =
		    p->w.now - (i == 2 ? 10 * DAY : 0);
		p->ops[i] = (struct op){ .id[REMOTE] = f->msgs[i].id,
			.kind = OP_COPY,
			.side = LOCAL };
		p->list[i] = &p->ops[i];
	}
	p->n = MESSAGES;
}

static void
open_all(struct place *p)
{
	static char name[] = "INBOX", label[] = "Inbox";
	const struct store_open o = { .name = name,
		.keywords = &p->f.keywords };
	bool corrupt;

	p->account = (struct settings_account){ .name = name };
	p->env = (struct sync_env){ .account = &p->account,
		.request = &p->request,
		.post = on_event,
		.post_arg = p };
	p->sync.env = &p->env;
	p->sync.store[REMOTE] = sim_store_open(&p->w, REMOTE);
	OK(p->sync.store[REMOTE]->ops->open(
	    p->sync.store[REMOTE], &o, &p->f.state[REMOTE], &err));
	OK(status_open(":memory:", NULL, &p->sync.status, &corrupt, &err));
	p->entry.label = label;
	p->f.sy = &p->sync;
	p->f.entry = &p->entry;
	p->f.row.name[LOCAL] = xstrdup(name);
	p->f.row.name[REMOTE] = xstrdup(name);
	OK(status_folder_put(p->sync.status, &p->f.row, &err));
	store_count(p->sync.store[REMOTE]);
}

static int
setup(void **state)
{
	static const struct sim_can can[2] = { [LOCAL] = { .named = true } };
	struct place *p = xcalloc(1, sizeof(*p));

	sim_now = &p->w;
	sim_world_init(&p->w, can);
	put_messages(p, sim_folder_make(&p->w, REMOTE, "INBOX"));
	open_all(p);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	deletions_clear(&p->sync.run.deletions);
	status_folder_clear(&p->f.row);
	status_close(p->sync.status);
	p->sync.store[REMOTE]->ops->free(p->sync.store[REMOTE]);
	keywords_clear(&p->f.keywords);
	sim_world_clear(&p->w);
	free(p);
	return 0;
}

/* The ids that are left: "1 3". */
static void
expect_left(const struct place *p, const char *name, const char *left)
{
	char got[64] = "";
	size_t i, len;

	for (i = len = 0; i < p->n; i++)
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%u",
		    i > 0 ? " " : "", p->list[i]->id[REMOTE]);
	if (strcmp(got, left) != 0)
		fail_msg("%s: left %s, not %s", name, got, left);
}

static void
apply_case(const char *name, int64_t maxsize, int64_t maxage, int64_t startdate,
    const char *left, const char *said)
{
	struct place *p;
	void *state;

	setup(&state);
	p = state;
	p->account.maxsize = (uint64_t)maxsize;
	p->account.maxage = maxage;
	p->account.startdate =
	    startdate < 0 ? p->w.now - 10 * DAY - startdate : startdate;
	OK(limits_apply(&p->f, p->list, &p->n, &err));
	expect_left(p, name, left);
	if (strcmp(p->said, said) != 0)
		fail_msg("%s: %s", name, p->said);
	/* Sizes and dates are asked for where they matter; no body is read. */
	assert_int_equal(store_counts.details,
	    maxsize != 0 || maxage != 0 || startdate != 0 ? MESSAGES : 0);
	assert_int_equal(store_counts.headers + store_counts.wholes, 0);
	assert_int_equal(
	    p->f.outcome.counts[LOCAL][COUNT_SKIP], MESSAGES - p->n);
	assert_false(p->f.outcome.failed);
	assert_int_equal(p->sync.run.deletions.holds_len, 0);
	teardown(&state);
}

static void
test_settings(void **state)
{
	(void)state;
	apply_case("no limit", 0, 0, 0, "1 2 3", "");
	apply_case("the largest that is wanted", LARGE, 0, 0, "1 2 3", "");
	apply_case("a byte too large", LARGE - 1, 0, 0, "1 3",
	    "1 left out: larger than maxsize;");
	apply_case("all are too large", SMALL - 1, 0, 0, "",
	    "3 left out: larger than maxsize;");
	/* A day of slack, and days begin at midnight. */
	apply_case("the oldest that is wanted", 0, 9, 0, "1 2 3", "");
	apply_case(
	    "a day too old", 0, 8, 0, "1 2", "1 left out: older than maxage;");
	/* Negative: so many seconds after the date of the third one. */
	apply_case("startdate, with its slack", 0, 0, -DAY, "1 2 3", "");
	apply_case("a second too old", 0, 0, -DAY - 1, "1 2",
	    "1 left out: older than startdate;");
	apply_case("startdate wins over maxage", 0, 1, 1000, "1 2 3", "");
	apply_case("both", LARGE - 1, 8, 0, "1",
	    "1 left out: larger than maxsize;1 left out: older than maxage;");
}

/* What is not there any more is for the copy to find out. */
static void
test_gone(void **state)
{
	struct place *p = *state;

	p->account.maxsize = 1;
	p->ops[1].id[REMOTE] = GONE;
	OK(limits_apply(&p->f, p->list, &p->n, &err));
	expect_left(p, "gone", "99");
}

static void
test_nothing(void **state)
{
	struct place *p = *state;

	p->account.maxsize = 1;
	p->n = 0;
	OK(limits_apply(&p->f, p->list, &p->n, &err));
	assert_int_equal(store_counts.details, 0);
}

/* The copy of a message of that side failed so often. */
static void
fail_copies(struct place *p, enum side side, uint32_t id, unsigned times,
    const char *reason)
{
	for (; times > 0; times--)
		OK(status_skip(
		    p->sync.status, p->f.row.id, side, id, reason, &err));
}

/* A copy that failed waits, is told of, and the folder is known to have a
 * message that is on one side alone. */
static void
test_failed(void **state)
{
	struct place *p = *state;

	fail_copies(p, REMOTE, 2, 2, "no space");
	/* the other side's message of that id is another one */
	fail_copies(p, LOCAL, 1, 2, "not that one");
	OK(limits_apply(&p->f, p->list, &p->n, &err));
	expect_left(p, "failed", "1 3");
	assert_string_equal(p->said,
	    "skip 2: no space;error: copying it failed recently; it is tried "
	    "again later: no space;");
	assert_true(p->f.outcome.failed && p->sync.results.failed);
	assert_int_equal(store_counts.details, 0);
	assert_int_equal(store_counts.headers + store_counts.wholes, 0);
	assert_true(p->f.outcome.left[REMOTE]);
	assert_false(p->f.outcome.left[LOCAL]);
}

/* Several are told of at once, by the last of them. */
static void
test_several_failed(void **state)
{
	struct place *p = *state;
	uint32_t id;

	for (id = 1; id <= MESSAGES; id++)
		fail_copies(p, REMOTE, id, 2, id == 3 ? "the last" : "another");
	p->account.maxsize = 1;
	OK(limits_apply(&p->f, p->list, &p->n, &err));
	assert_int_equal(p->n, 0);
	assert_string_equal(p->said,
	    "skip 1: another;skip 2: another;skip 3: the last;"
	    "error: copying 3 messages on the remote side failed recently; "
	    "they are tried again later; this one: the last;");
	assert_true(p->f.outcome.left[REMOTE]);
}

/* The first failure is tried again in the next sync; each one more makes it
 * later, up to a day. */
static void
test_tried_again(void **state)
{
	static const int64_t waits[] = { 0, 120, 240, 480, 960, 1920, 3840,
		7680, 15360, 30720, 61440, DAY, DAY };
	struct place *p = *state;
	size_t i, k, round;

	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		fail_copies(p, REMOTE, 2, 1, "again");
		p->w.now += waits[i] - 1;
		for (round = 0; round < 2; round++, p->w.now++) {
			for (k = 0; k < MESSAGES; k++)
				p->list[k] = &p->ops[k];
			p->n = MESSAGES;
			OK(limits_apply(&p->f, p->list, &p->n, &err));
			expect_left(p, round == 0 ? "waits" : "is due",
			    round == 0 ? "1 3" : "1 2 3");
		}
		p->said[0] = '\0';
	}
}

/* A connection that breaks is no reason to leave messages out. */
static void
test_broken(void **state)
{
	struct place *p = *state;

	p->account.maxsize = 1;
	p->w.effects = 0;
	p->w.fault_at = 1;
	p->w.fault = FAULT_LOST_BEFORE;
	assert_int_equal(limits_apply(&p->f, p->list, &p->n, &err), -1);
	assert_int_equal(err.scope, ERR_SESSION);
	assert_string_equal(p->said, "");
	err_clear(&err);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		TEST(test_gone),
		TEST(test_nothing),
		TEST(test_failed),
		TEST(test_several_failed),
		TEST(test_tried_again),
		TEST(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
