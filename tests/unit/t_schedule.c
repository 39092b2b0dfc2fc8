/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "engine/control/schedule.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define MIDDLE 511 /* of chance: no variation to speak of */

/* Within a thousandth: MIDDLE is not quite the middle. */
static void
assert_about(int64_t value, int64_t wanted)
{
	assert_in_range(
	    value, wanted - wanted / 1000 - 1, wanted + wanted / 1000 + 1);
}

static void
ask(struct schedule *s, const struct request w)
{
	schedule_ask(s, &w);
}

static struct request
begin(struct schedule *s)
{
	struct request job;

	schedule_begin(s, &job);
	return job;
}

static void
end(struct schedule *s, int64_t now)
{
	schedule_end(s, false, false, now, MIDDLE);
}

static void
t_once(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, 0, 0, 7);
	assert_int_equal(schedule_next(&s, 7), 7);
	begin(&s);
	assert_int_equal(schedule_next(&s, 8), CLOCK_NEVER);
	end(&s, 9);
	assert_int_equal(schedule_next(&s, 1000 * MINUTE), CLOCK_NEVER);
}

static void
t_autorefresh(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, 2.5, 0, 0);
	begin(&s);
	end(&s, 10 * SECOND);
	assert_int_equal(s.due, 10 * SECOND + 150 * SECOND);
	assert_int_equal(schedule_next(&s, 0), s.due);
}

static void
t_quick(void **state)
{
	static const struct {
		int quick;
		const char *turns; /* f: all is read as usual; q: quick */
	} rows[] = { { 0, "ffff" }, { 1, "fqfqf" }, { 3, "fqqqfqqqf" },
		{ -1, "fqqqqq" } };
	struct schedule s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		schedule_init(&s, 1, rows[i].quick, 0);
		for (const char *p = rows[i].turns; *p != '\0'; p++) {
			assert_int_equal(begin(&s).quick, *p == 'q');
			end(&s, 0);
		}
	}
}

static void
t_full_is_never_quick(void **state)
{
	struct schedule s;
	struct request job;

	(void)state;
	schedule_init(&s, 1, -1, 0);
	begin(&s);
	end(&s, 0);
	ask(&s, (struct request){ .full = true });
	job = begin(&s);
	assert_true(job.full);
	assert_false(job.quick);
}

/* News are looked at, and the next sync is due when it was. */
static void
t_push(void **state)
{
	struct schedule s;
	struct request job;
	int64_t due;

	(void)state;
	schedule_init(&s, 5, 2, 0);
	begin(&s);
	end(&s, 0);
	due = s.due;
	ask(&s,
	    (struct request){ .push = true, .quick = true, .news = "INBOX" });
	assert_int_equal(schedule_next(&s, 3), 3);
	job = begin(&s);
	assert_true(job.quick);
	assert_string_equal(job.news, "INBOX");
	end(&s, MINUTE);
	assert_int_equal(s.due, due);
	assert_true(begin(&s).quick); /* the first of two */
}

/* .folders of a request */
#define A                                                                      \
	{                                                                      \
		2, "A"                                                         \
	}
#define B                                                                      \
	{                                                                      \
		2, "B"                                                         \
	}
#define A_AND_B                                                                \
	{                                                                      \
		4, "A\0B"                                                      \
	}
/* what a watch asks for */
#define NEWS .push = true, .quick = true

static void
t_requests_add_up(void **state)
{
	static const struct {
		const char *name;
		struct request a, b, both;
	} rows[] = {
		{ "the same news", { NEWS, .news = "A" }, { NEWS, .news = "A" },
		    { NEWS, .news = "A" } },
		{ "news of two folders", { NEWS, .news = "A" },
		    { NEWS, .news = "B" },
		    { .push = true, .news = "A", .several = true } },
		{ "news of two, and again of one",
		    { .push = true, .news = "A", .several = true },
		    { NEWS, .news = "A" },
		    { .push = true, .news = "A", .several = true } },
		{ "news from here and there", { NEWS }, { NEWS, .news = "B" },
		    { NEWS, .news = "B" } },
		{ "a change of our own and news", { NEWS, .self_change = true },
		    { NEWS }, { NEWS } },
		{ "two changes of our own", { NEWS, .self_change = true },
		    { NEWS, .self_change = true },
		    { NEWS, .self_change = true } },
		{ "news and a key", { NEWS, .news = "A" }, { 0 },
		    { .news = "A" } },
		{ "news and a quick one", { NEWS, .news = "A" },
		    { .quick = true }, { .quick = true, .news = "A" } },
		{ "a quick one and one as usual", { .quick = true }, { 0 },
		    { 0 } },
		{ "two folders", { .folders = A }, { .folders = B },
		    { .folders = A_AND_B } },
		{ "two folders and one of them", { .folders = A_AND_B },
		    { .folders = B }, { .folders = A_AND_B } },
		{ "one folder twice", { .folders = A },
		    { .folders = A, .full = true },
		    { .folders = A, .full = true } },
		{ "a folder and all", { .folders = A },
		    { .release = RELEASE_ALL }, { .release = RELEASE_ALL } },
		{ "all and a folder", { .release = RELEASE_ALL },
		    { .folders = A }, { .release = RELEASE_ALL } },
	};
	struct schedule s;
	struct request job;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		schedule_init(&s, 5, 0, 0);
		begin(&s);
		ask(&s, rows[i].a); /* while it syncs */
		ask(&s, rows[i].b);
		assert_int_equal(schedule_next(&s, 1), CLOCK_NEVER);
		end(&s, 1);
		assert_int_equal(schedule_next(&s, 1), 1);
		job = begin(&s);
		assert_memory_equal(&job, &rows[i].both, sizeof(job));
		end(&s, 2);
		assert_true(schedule_next(&s, 2) > 2); /* it is fulfilled */
	}
}

/* More names than there is room for: all folders. */
static void
t_too_many_folders(void **state)
{
	struct request r = { 0 }, more = { 0 }, all = { 0 };
	char name[16];

	(void)state;
	for (int i = 0; i < NAMELIST_BYTES / 8; i++) {
		snprintf(name, sizeof(name), "%07d", i);
		assert_true(namelist_add(&r.folders, name));
	}
	assert_true(namelist_add(&r.folders, name)); /* it is there */
	assert_false(namelist_add(&r.folders, "x"));
	namelist_add(&more.folders, "x");
	assert_false(request_covers(&r, &more));
	request_merge(&r, &more);
	assert_true(request_covers(&r, &more));
	assert_memory_equal(&r, &all, sizeof(r));
}

static void
t_covers(void **state)
{
	static const struct request all, a = { .folders = A },
					 b = { .folders = B },
					 both = { .folders = A_AND_B };

	(void)state;
	assert_true(request_covers(&all, &all));
	assert_true(request_covers(&all, &a));
	assert_true(request_covers(&both, &b));
	assert_true(request_covers(&a, &a));
	assert_false(request_covers(&a, &b));
	assert_false(request_covers(&a, &both));
	assert_false(request_covers(&both, &all));
}

/* What the command line says holds for each sync. */
static void
t_usual(void **state)
{
	static const struct request usual = { .quick = true, .folders = A },
				    key = { .full = true, .folders = B };
	struct request r = { .release = RELEASE_ALL };

	(void)state;
	request_complete(&r, &usual);
	assert_true(r.quick && r.release && !r.full && !r.dry_run);
	assert_string_equal(namelist_next(&r.folders, NULL), "A");
	r = key;
	request_complete(&r, &usual);
	assert_true(r.quick && r.full);
	assert_string_equal(namelist_next(&r.folders, NULL), "B");
	assert_null(namelist_next(&r.folders, r.folders.text));
}

/* One that was asked to be quick leaves the others their turn. */
static void
t_quick_when_asked(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, 1, 1, 0);
	ask(&s, (struct request){ .quick = true });
	assert_true(begin(&s).quick);
	end(&s, 0);
	assert_false(begin(&s).quick);
	end(&s, 0);
	ask(&s, (struct request){ .quick = true });
	assert_true(begin(&s).quick);
	end(&s, 0);
	assert_true(begin(&s).quick);
	end(&s, 0);
	assert_false(begin(&s).quick);
}

static void
t_backoff(void **state)
{
	static const int64_t soon[] = { 15, 30, 60, 120, 240, 480, 900, 900 };
	static const int64_t rare[] = { 15, 30, 60, 120, 240, 480, 960, 1920,
		3600, 3600 };
	struct schedule s;

	(void)state;
	schedule_init(&s, 5, 0, 0);
	for (size_t i = 0; i < sizeof(soon) / sizeof(soon[0]); i++) {
		begin(&s);
		schedule_end(&s, true, true, MINUTE, MIDDLE);
		assert_about(s.due - MINUTE, soon[i] * SECOND);
	}
	begin(&s);
	end(&s, 0); /* well again */
	assert_int_equal(s.due, 5 * MINUTE);
	schedule_init(&s, 60, 0, 0);
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++) {
		begin(&s);
		schedule_end(&s, true, true, 0, MIDDLE);
		assert_about(s.due, rare[i] * SECOND);
	}
	for (int i = 0; i < 10000; i++) { /* no overflow */
		begin(&s);
		schedule_end(&s, true, true, 0, MIDDLE);
		assert_about(s.due, 60 * MINUTE);
	}
}

/* A wrong password is not tried every few seconds. */
static void
t_backoff_without_retry(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, 5, 0, 0);
	begin(&s);
	schedule_end(&s, true, false, 0, MIDDLE);
	assert_about(s.due, 5 * MINUTE);
	begin(&s);
	schedule_end(&s, true, false, 0, MIDDLE);
	assert_about(s.due, 10 * MINUTE);
}

/* A folder that is not there is no failure of the account's. */
static void
t_one_folder_fails(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, 5, 0, 0);
	begin(&s);
	end(&s, 0);
	ask(&s, (struct request){ .folders = { 5, "Nope" } });
	begin(&s);
	schedule_end(&s, true, false, MINUTE, MIDDLE);
	assert_int_equal(s.due, 5 * MINUTE);
	ask(&s, (struct request){ .folders = { 2, "A" } });
	begin(&s);
	schedule_end(&s, true, true, MINUTE, MIDDLE); /* the network */
	assert_about(s.due - MINUTE, 15 * SECOND);
}

static void
t_chance(void **state)
{
	int64_t least = INT64_MAX, most = 0;
	struct schedule s;

	(void)state;
	for (uint32_t n = 0; n < 2048; n++) {
		schedule_init(&s, 60, 0, 0);
		begin(&s);
		schedule_end(&s, true, true, 0, n * 2654435761u);
		least = s.due < least ? s.due : least;
		most = s.due > most ? s.due : most;
	}
	assert_in_range(least, 13500, 13600);
	assert_in_range(most, 16400, 16500);
}

static void
t_hurry(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, 60, 0, 0);
	begin(&s);
	end(&s, 0);
	schedule_hurry(&s, 5); /* all was well: nothing to try again */
	assert_int_equal(s.due, 60 * MINUTE);
	begin(&s);
	schedule_end(&s, true, true, 0, MIDDLE);
	schedule_hurry(&s, 5);
	assert_int_equal(schedule_next(&s, 5), 5);
}

static void
t_pause(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, 1, 0, 0);
	begin(&s);
	ask(&s, (struct request){ 0 });
	schedule_pause(&s);
	end(&s, 1);
	assert_int_equal(schedule_next(&s, 100 * MINUTE), CLOCK_NEVER);
	ask(&s, (struct request){ 0 });
	assert_int_equal(schedule_next(&s, 100 * MINUTE), CLOCK_NEVER);
	schedule_resume(&s, 7);
	assert_int_equal(schedule_next(&s, 7), 7);
	begin(&s);
	end(&s, 8);
	assert_true(schedule_next(&s, 8) > 8);
	schedule_resume(&s, 9); /* it was not paused */
	assert_true(schedule_next(&s, 9) > 9);
}

static void
t_finish(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, 1, 0, 0);
	begin(&s);
	ask(&s, (struct request){ 0 });
	schedule_finish(&s);
	end(&s, 1);
	assert_int_equal(schedule_next(&s, 10 * MINUTE), CLOCK_NEVER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_once),
		cmocka_unit_test(t_autorefresh),
		cmocka_unit_test(t_quick),
		cmocka_unit_test(t_full_is_never_quick),
		cmocka_unit_test(t_push),
		cmocka_unit_test(t_requests_add_up),
		cmocka_unit_test(t_too_many_folders),
		cmocka_unit_test(t_covers),
		cmocka_unit_test(t_usual),
		cmocka_unit_test(t_quick_when_asked),
		cmocka_unit_test(t_backoff),
		cmocka_unit_test(t_backoff_without_retry),
		cmocka_unit_test(t_one_folder_fails),
		cmocka_unit_test(t_chance),
		cmocka_unit_test(t_hurry),
		cmocka_unit_test(t_pause),
		cmocka_unit_test(t_finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
