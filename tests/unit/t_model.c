/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "ui/screen/model.h"

static const char *const names[] = { "personal", "work", "uni" };

static int
setup(void **state)
{
	static struct model m;

	model_init(&m, names, 3, false);
	*state = &m;
	return 0;
}

static int
teardown(void **state)
{
	model_clear(*state);
	return 0;
}

static void
send_event(struct model *m, struct event ev)
{
	struct buf line = { 0 };

	model_event(m, &ev, 1000, &line);
	buf_clear(&line);
}

#define SEND(m, ...) send_event(m, (struct event){ __VA_ARGS__ })

static void
expect_lights(const struct model_row *r, const char *letters)
{
	char text[MODEL_LIGHTS + 1] = "";
	size_t i;

	for (i = 0; i < r->lights_len; i++)
		text[i] = r->lights[i].worker == -1
			      ? ' '
			      : model_letter(r->lights[i].role);
	assert_string_equal(text, letters);
}

static void
lights_tell_what_a_thread_does(void **state)
{
	struct model *m = *state;
	struct model_row *r = &m->rows[1];

	assert_false(r->active);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 1, .worker = 4);
	assert_true(r->active);
	expect_lights(r, "a");
	SEND(m, .kind = EV_CONNECTING, .account = 1, .worker = 4);
	expect_lights(r, "c");
	SEND(m, .kind = EV_FOLDERS, .account = 1, .worker = 4);
	expect_lights(r, "f");
	SEND(m, .kind = EV_FOLDER_START, .account = 1, .worker = 4);
	expect_lights(r, "s");
	SEND(m, .kind = EV_LISTING, .account = 1, .worker = 4);
	expect_lights(r, "l");
	SEND(m, .kind = EV_OP, .op = EVOP_COPY, .account = 1, .worker = 4);
	expect_lights(r, "m");
	SEND(m, .kind = EV_OP, .op = EVOP_FLAGS, .account = 1, .worker = 4,
	    .flags = "+S");
	expect_lights(r, "+");
	SEND(m, .kind = EV_OP, .op = EVOP_FLAGS, .account = 1, .worker = 4,
	    .flags = "-S");
	expect_lights(r, "-");
	SEND(m, .kind = EV_OP, .op = EVOP_EXPUNGE, .account = 1, .worker = 4);
	expect_lights(r, "d");
	SEND(m, .kind = EV_WARNING, .account = 1, .worker = 4);
	expect_lights(r, "!");
	SEND(m, .kind = EV_ASK_PASSWORD, .account = 1, .worker = -1);
	expect_lights(r, "w");
	SEND(m, .kind = EV_HOOK, .account = 1, .worker = 4, .text = "x");
	expect_lights(r, "a");
	SEND(m, .kind = EV_ACCOUNT_END, .account = 1, .worker = 4);
	assert_false(r->active);
	expect_lights(r, "a");
	SEND(m, .kind = EV_WATCHING, .account = 1, .worker = 4, .text = "x");
	expect_lights(r, "i");
	assert_string_equal(r->watching, "x");
	assert_int_equal(r->watcher, 4);
	SEND(m, .kind = EV_THREAD_END, .account = 1, .worker = 4);
	expect_lights(r, "");
	assert_int_equal(r->watcher, -1);
	expect_lights(&m->rows[0], "");
}

/* A light keeps its place until its thread ends; then another may have it. */
static void
lights_keep_their_places(void **state)
{
	struct model *m = *state;
	struct model_row *r = &m->rows[0];
	int w;

	for (w = 0; w < 3; w++)
		SEND(m, .kind = EV_THREAD_START, .account = 0, .worker = w);
	expect_lights(r, "aaa");
	SEND(m, .kind = EV_FOLDERS, .account = 0, .worker = 2);
	expect_lights(r, "aaf");
	SEND(m, .kind = EV_THREAD_END, .account = 0, .worker = 1);
	expect_lights(r, "a f");
	SEND(m, .kind = EV_LISTING, .account = 0, .worker = 9);
	expect_lights(r, "alf");
	SEND(m, .kind = EV_THREAD_END, .account = 0, .worker = 2);
	expect_lights(r, "al");
	SEND(m, .kind = EV_THREAD_END, .account = 0, .worker = 77);
	expect_lights(r, "al");
	/* Who asks and says so waits, the others go on. */
	SEND(m, .kind = EV_ASK_PASSWORD, .account = 0, .worker = 9);
	expect_lights(r, "aw");
	for (w = 0; w < 2 * MODEL_LIGHTS; w++)
		SEND(m, .kind = EV_CONNECTING, .account = 0, .worker = w);
	assert_int_equal(r->lights_len, MODEL_LIGHTS);
}

/* Any order of threads that begin, work and end: no two lights are one
 * thread's, none moves, none is left. */
static void
lights_at_random(void **state)
{
	struct model *m = *state;
	struct model_row *r = &m->rows[0];
	bool lit[8] = { false };
	size_t place[8] = { 0 }, i, found;
	unsigned seed = 1, step, w;

	for (step = 0; step < 5000; step++) {
		seed = seed * 1103515245 + 12345;
		w = (seed >> 16) % 8;
		if (lit[w] && (seed >> 24) % 3 == 0)
			SEND(m, .kind = EV_THREAD_END, .account = 0,
			    .worker = (int)w);
		else
			SEND(m, .kind = EV_LISTING, .account = 0,
			    .worker = (int)w);
		found = 0;
		for (i = 0; i < r->lights_len; i++) {
			if (r->lights[i].worker != (int)w)
				continue;
			found++;
			assert_true(!lit[w] || place[w] == i);
			place[w] = i;
		}
		lit[w] = found > 0;
		assert_true(found <= 1 && r->lights_len <= 8);
		assert_true(r->lights_len == 0 ||
			    r->lights[r->lights_len - 1].worker != -1);
	}
}

static void
keys_count_from_the_bottom(void **state)
{
	const char *many[40];
	struct model *m = *state, big;
	size_t i;

	assert_int_equal(model_key(m, 2), '1');
	assert_int_equal(model_key(m, 0), '3');
	assert_int_equal(model_key(m, 3), '4'); /* *Control */
	assert_int_equal(model_row_of_key(m, '1'), 2);
	assert_int_equal(model_row_of_key(m, '4'), 3);
	assert_int_equal(model_row_of_key(m, '5'), -1);
	assert_int_equal(model_row_of_key(m, 0), -1);
	for (i = 0; i < 40; i++)
		many[i] = "x";
	model_init(&big, many, 40, false);
	assert_int_equal(model_key(&big, 39), '1');
	assert_int_equal(model_key(&big, 31), '9');
	assert_int_equal(model_key(&big, 30), 'A');
	assert_int_equal(model_key(&big, 5), 'Z');
	assert_int_equal(model_key(&big, 4), '\0');
	assert_int_equal(model_key(&big, 40), '\0');
	model_clear(&big);
}

static void
log_is_read_and_searched(void **state)
{
	struct model *m = *state;
	char text[32];
	int i;

	for (i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		model_log(m, i == 40 ? ROLE_PROBLEM : ROLE_PLAIN, text);
	}
	assert_string_equal(model_line(m, 0)->text, "line 99");
	model_scroll(m, 10);
	assert_int_equal(m->log.scroll, 10);
	/* New lines do not move what is read. */
	model_log(m, ROLE_PLAIN, "new");
	assert_string_equal(model_line(m, m->log.scroll)->text, "line 89");
	assert_true(model_search(m, "LINE 7"));
	assert_string_equal(model_line(m, m->log.scroll)->text, "line 79");
	assert_true(model_search_problem(m));
	assert_string_equal(model_line(m, m->log.scroll)->text, "line 40");
	assert_false(model_search_problem(m));
	assert_false(model_search(m, "line 41"));
	model_scroll(m, 100000);
	assert_string_equal(model_line(m, m->log.scroll)->text, "line 0");
	model_scroll(m, -100000);
	assert_int_equal(m->log.scroll, 0);
}

static void
log_forgets_the_oldest(void **state)
{
	struct model *m = *state;
	char text[32];
	int i;

	for (i = 0; i < 3 * MODEL_LOG / 2; i++) {
		snprintf(text, sizeof(text), "%d", i);
		model_log(m, ROLE_PLAIN, text);
	}
	assert_int_equal(m->log.len, MODEL_LOG);
	snprintf(text, sizeof(text), "%d", MODEL_LOG / 2);
	assert_string_equal(model_line(m, MODEL_LOG - 1)->text, text);
}

/* What is read is read on in another model. */
static void
log_outlives_its_model(void **state)
{
	struct model *m = *state, other;
	struct model_log kept = { 0 };

	model_init(&other, names, 1, false);
	model_log(&other, ROLE_PLAIN, "old");
	model_log(&other, ROLE_PROBLEM, "newer");
	model_log(&other, ROLE_PLAIN, "newest");
	model_scroll(&other, 1);
	model_log_move(&kept, &other.log);
	model_clear(&other);
	model_log_move(&m->log, &kept);
	model_log_clear(&kept);
	model_log(m, ROLE_PLAIN, "new");
	assert_int_equal(m->log.len, 4);
	assert_string_equal(model_line(m, 3)->text, "old");
	assert_string_equal(model_line(m, m->log.scroll)->text, "newer");
	assert_int_equal(model_line(m, m->log.scroll)->role, ROLE_PROBLEM);
}

static void
rows_keep_the_result(void **state)
{
	struct model *m = *state;
	struct model_row *r = &m->rows[2];

	SEND(m, .kind = EV_ACCOUNT_START, .account = 2);
	SEND(m, .kind = EV_ERROR, .account = 2, .text = "the first");
	SEND(m, .kind = EV_ERROR, .account = 2, .text = "the second");
	SEND(m, .kind = EV_ACCOUNT_END, .account = 2, .scope = ERR_FOLDER,
	    .time = 77);
	SEND(m, .kind = EV_IDLE, .account = 2, .worker = -1, .due = 5000);
	assert_int_equal(r->errors, 2);
	assert_string_equal(r->error, "the first");
	assert_int_equal(r->scope, ERR_FOLDER);
	assert_int_equal(r->due, 5000);
	assert_int_equal(r->ended, 77);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 2);
	assert_int_equal(r->errors, 0);
	assert_string_equal(r->error, "");
}

static void
pauses_are_shown(void **state)
{
	struct model *m = *state;

	SEND(m, .kind = EV_IDLE, .account = 0, .due = CLOCK_NEVER,
	    .paused = true);
	assert_true(m->rows[0].paused);
	assert_false(m->rows[1].paused);
	SEND(m, .kind = EV_IDLE, .account = 0, .due = 5000);
	assert_false(m->rows[0].paused);
}

/* Of what is held the first is asked about, or what is looked at. */
static void
what_is_held_is_asked_for(void **state)
{
	struct model *m = *state;
	struct model_held *h = &m->rows[2].held;

	assert_int_equal(model_question(m), -1);
	SEND(m, .kind = EV_HELD, .op = EVOP_SKIP, .account = 1, .folder = "X",
	    .total = 3); /* nothing that could be let through */
	SEND(m, .kind = EV_HELD, .op = EVOP_HELD, .account = 2, .folder = "A",
	    .total = 30);
	SEND(m, .kind = EV_HELD, .op = EVOP_HELD, .account = 0, .folder = "B",
	    .total = 1);
	SEND(m, .kind = EV_HELD, .op = EVOP_HELD, .account = 2, .folder = "C",
	    .total = 12);
	assert_int_equal(model_question(m), 2);
	assert_string_equal(h->folder, "A");
	assert_int_equal(h->folders, 2);
	assert_int_equal(h->messages, 42);
	m->selected = 1;
	assert_int_equal(model_question(m), 2);
	m->selected = 0;
	assert_int_equal(model_question(m), 0);
	m->account = 1;
	assert_int_equal(model_question(m), -1);
	m->account = 2;
	assert_int_equal(model_question(m), 2);
	/* It is told anew by the next sync, or it is over. */
	SEND(m, .kind = EV_ACCOUNT_START, .account = 2);
	assert_int_equal(model_question(m), 2);
	SEND(m, .kind = EV_HELD, .op = EVOP_HELD, .account = 2, .folder = "C",
	    .total = 5);
	assert_int_equal(model_question(m), 2);
	assert_int_equal(h->messages, 5);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 2);
	assert_int_equal(model_question(m), 2);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 2);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 2, .scope = ERR_SESSION);
	assert_int_equal(model_question(m), 2);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 2);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 2, .stopped = true);
	assert_int_equal(model_question(m), 2);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 2);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 2);
	assert_int_equal(model_question(m), -1);
}

/* The sync in progress may find the same again. */
static void
what_was_answered_is_not_asked_again(void **state)
{
	struct model *m = *state;

	SEND(m, .kind = EV_HELD, .op = EVOP_HELD, .account = 2, .folder = "A",
	    .total = 30);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 2);
	model_answered(m, 2, false);
	assert_int_equal(model_question(m), -1);
	SEND(m, .kind = EV_HELD, .op = EVOP_HELD, .account = 2, .folder = "A",
	    .total = 30);
	assert_int_equal(model_question(m), -1);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 2);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 2);
	SEND(m, .kind = EV_HELD, .op = EVOP_HELD, .account = 2, .folder = "A",
	    .total = 30);
	assert_int_equal(model_question(m), 2);
}

/* Until a sync goes well. */
static void
failures_stay_marked(void **state)
{
	struct model *m = *state;
	struct model_row *r = &m->rows[1];

	SEND(m, .kind = EV_ACCOUNT_START, .account = 1);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 1, .scope = ERR_SESSION);
	assert_true(r->failed);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 1);
	assert_true(r->failed);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 1, .stopped = true);
	assert_true(r->failed);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 1);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 1);
	assert_false(r->failed);
}

static void
expect_folder(
    const struct model *m, size_t at, const char *name, enum folder_state state)
{
	const struct folders *f = &m->rows[1].folders;

	assert_true(at < f->len);
	assert_string_equal(f->rows[at].name, name);
	assert_int_equal(f->rows[at].state, state);
}

static void
folders_tell_how_they_are(void **state)
{
	struct model *m = *state;
	struct folders *f = &m->rows[1].folders;

#define IN(name, ...) SEND(m, .account = 1, .folder = name, __VA_ARGS__)
	IN("Work", .kind = EV_FOLDER_START);
	expect_folder(m, 0, "Work", FOLDER_SYNC);
	IN("Work", .kind = EV_LISTING);
	expect_folder(m, 0, "Work", FOLDER_LIST);
	IN("INBOX", .kind = EV_FOLDER_SKIP, .time = 9);
	expect_folder(m, 0, "INBOX", FOLDER_SAME);
	assert_int_equal(f->rows[0].time, 9);
	IN("Ask", .kind = EV_FOLDER_START);
	expect_folder(m, 1, "Ask", FOLDER_SYNC);
	IN("Work", .kind = EV_PROGRESS, .done = 3, .total = 9);
	expect_folder(m, 2, "Work", FOLDER_COPY);
	assert_int_equal(f->rows[2].done, 3);
	assert_int_equal(f->rows[2].total, 9);
	IN("Work", .kind = EV_OP, .op = EVOP_COPY);
	IN("Work", .kind = EV_OP, .op = EVOP_MOVE);
	IN("Work", .kind = EV_OP, .op = EVOP_FLAGS);
	IN("Work", .kind = EV_FOLDER_END);
	expect_folder(m, 2, "Work", FOLDER_DONE);
	IN("Work", .kind = EV_OP, .op = EVOP_EXPUNGE); /* they come last */
	assert_int_equal(f->rows[2].copied, 2);
	assert_int_equal(f->rows[2].flags, 1);
	assert_int_equal(f->rows[2].deleted, 1);
	/* An error stays to be seen. */
	IN("Ask", .kind = EV_ERROR, .text = "first");
	IN("Ask", .kind = EV_ERROR, .text = "second");
	IN("Ask", .kind = EV_PROGRESS, .done = 1, .total = 1);
	IN("Ask", .kind = EV_FOLDER_END, .scope = ERR_FOLDER);
	expect_folder(m, 1, "Ask", FOLDER_FAILED);
	assert_string_equal(f->rows[1].error, "first");
	IN("Zeta", .kind = EV_HELD, .text = "many");
	expect_folder(m, 3, "Zeta", FOLDER_HELD);
	/* What was at work when the sync ended was stopped. */
	IN("INBOX", .kind = EV_FOLDER_START);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 1, .scope = ERR_SESSION);
	expect_folder(m, 0, "INBOX", FOLDER_STOPPED);
	/* The next sync begins afresh. */
	IN("Ask", .kind = EV_FOLDER_START);
	assert_null(f->rows[1].error);
	IN("Work", .kind = EV_FOLDER_SKIP);
	assert_int_equal(f->rows[2].copied, 0);
	assert_int_equal(f->rows[2].total, 9); /* that is still so */
}

/* The end of a folder does not say that it was the person who wanted it. */
static void
folders_that_were_stopped(void **state)
{
	struct model *m = *state;

	IN("A", .kind = EV_FOLDER_START);
	IN("A", .kind = EV_PROGRESS, .done = 3, .total = 9);
	IN("A", .kind = EV_FOLDER_END);
	IN("B", .kind = EV_FOLDER_START);
	IN("B", .kind = EV_PROGRESS, .done = 9, .total = 9);
	IN("B", .kind = EV_FOLDER_END);
	expect_folder(m, 0, "A", FOLDER_DONE);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 1, .stopped = true);
	expect_folder(m, 0, "A", FOLDER_STOPPED);
	expect_folder(m, 1, "B", FOLDER_DONE);
}

static void
folders_are_found_and_stay_selected(void **state)
{
	struct model *m = *state;
	struct folders *f = &m->rows[1].folders;
	struct event ev = { .kind = EV_FOLDER_SKIP, .account = 1 };
	char name[16];
	int i;

	for (i = 0; i < 500; i++) { /* 7 and 500 have no factor in common */
		snprintf(ev.folder, sizeof(ev.folder), "f%03d", i * 7 % 500);
		send_event(m, ev);
	}
	assert_int_equal(f->len, 500);
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "f%03d", i);
		assert_string_equal(f->rows[i].name, name);
	}
	f->selected = 100;
	IN("a", .kind = EV_FOLDER_SKIP);
	IN("z", .kind = EV_FOLDER_SKIP);
	assert_string_equal(f->rows[f->selected].name, "f100");
	assert_true(folders_search(f, "F2"));
	assert_string_equal(f->rows[f->selected].name, "f200");
	assert_true(folders_search(f, "a")); /* from the top again */
	assert_int_equal(f->selected, 0);
	assert_false(folders_search(f, "nowhere"));
	assert_false(folders_search(f, NULL));
	IN("f300", .kind = EV_ERROR, .text = "no");
	assert_true(folders_search(f, NULL));
	assert_string_equal(f->rows[f->selected].name, "f300");
}

/* Threads of one account are added up. */
static void
speed_is_of_all_threads(void **state)
{
	struct model *m = *state;

	IN("A", .kind = EV_PROGRESS, .worker = 1, .bytes = 5000, .total = 9);
	assert_int_equal(speed_most(&m->rows[1].speed, 1000), 0);
	IN("A", .kind = EV_PROGRESS, .worker = 1, .bytes = 5300, .total = 9);
	IN("B", .kind = EV_PROGRESS, .worker = 2, .bytes = 0, .total = 9);
	IN("B", .kind = EV_PROGRESS, .worker = 2, .bytes = 20, .total = 9);
	assert_int_equal(speed_at(&m->rows[1].speed, 1000, 0), 320);
	assert_int_equal(speed_at(&m->speed, 1000, 0), 320);
	assert_int_equal(speed_most(&m->rows[0].speed, 1000), 0);
}

/* What is over has no speed; how it went is still to be seen. */
static void
speed_ends_with_the_work(void **state)
{
	struct model *m = *state;
	struct buf line = { 0 };
	struct event ev = { .kind = EV_PROGRESS, .account = 1, .worker = 1 };
	struct event end = { .kind = EV_ACCOUNT_END, .account = 1 };
	int i;

	SEND(m, .kind = EV_ACCOUNT_START, .account = 1, .worker = 1);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 2, .worker = 2);
	for (i = 0; i < 3; i++, ev.bytes += 8000)
		model_event(m, &ev, 10000 + i * 1000, &line);
	model_event(m, &end, 12000, &line);
	assert_int_equal(speed_now(&m->rows[1].speed, 12000), 0);
	assert_int_equal(speed_now(&m->speed, 12000), 16000);
	end.account = 2;
	model_event(m, &end, 12100, &line);
	assert_int_equal(speed_now(&m->speed, 12100), 0);
	assert_int_equal(speed_most(&m->speed, 12100), 8000);
	ev.bytes = 0;
	model_event(m, &ev, 12500, &line);
	ev.bytes = 3000;
	model_event(m, &ev, 13100, &line);
	assert_int_equal(speed_now(&m->speed, 13100), 3000);
	buf_clear(&line);
}

/* What did not change is for the file, not for the screen. */
static void
log_leaves_out_what_is_unchanged(void **state)
{
	struct model *m = *state;
	struct event ev = {
		.kind = EV_FOLDER_SKIP, .account = 1, .folder = "INBOX"
	};
	struct buf line = { 0 };

	SEND(m, .kind = EV_ACCOUNT_START, .account = 1);
	assert_int_equal(m->log.len, 0);
	model_event(m, &ev, 1000, &line);
	assert_string_equal(
	    buf_str(&line), "work: Skipping INBOX (not changed)");
	assert_int_equal(m->log.len, 0);
	SEND(m, .kind = EV_ACCOUNT_END, .account = 1);
	assert_int_equal(m->log.len, 1);
	assert_string_equal(
	    model_line(m, 0)->text, "*** Finished account 'work' in 0:00");
	assert_int_equal(model_line(m, 0)->role, ROLE_DIM);
	SEND(m, .kind = EV_ACCOUNT_START, .account = 1);
	SEND(m, .kind = EV_FOLDER_START, .account = 1, .folder = "A");
	SEND(m, .kind = EV_ACCOUNT_END, .account = 1);
	assert_int_equal(m->log.len, 4);
	assert_string_equal(
	    model_line(m, 2)->text, "*** Processing account work");
	assert_int_equal(model_line(m, 0)->role, ROLE_ACCOUNT);
	buf_clear(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    lights_tell_what_a_thread_does, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    lights_keep_their_places, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    lights_at_random, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    keys_count_from_the_bottom, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    pauses_are_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_is_held_is_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_was_answered_is_not_asked_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    failures_stay_marked, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    folders_that_were_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    speed_ends_with_the_work, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    folders_tell_how_they_are, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    folders_are_found_and_stay_selected, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    speed_is_of_all_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    log_leaves_out_what_is_unchanged, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    log_is_read_and_searched, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    log_forgets_the_oldest, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    log_outlives_its_model, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    rows_keep_the_result, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
