/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "ui/model.h"

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
	SEND(m, .kind = EV_ACCOUNT_END, .account = 1, .worker = 4);
	assert_false(r->active);
	expect_lights(r, "");
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
		SEND(m, .kind = EV_CONNECTING, .account = 0, .worker = w);
	SEND(m, .kind = EV_FOLDERS, .account = 0, .worker = 2);
	expect_lights(r, "ccf");
	SEND(m, .kind = EV_ACCOUNT_END, .account = 0, .worker = 1);
	expect_lights(r, "c f");
	SEND(m, .kind = EV_LISTING, .account = 0, .worker = 9);
	expect_lights(r, "clf");
	SEND(m, .kind = EV_ACCOUNT_END, .account = 0, .worker = 2);
	expect_lights(r, "cl");
	for (w = 0; w < 2 * MODEL_LIGHTS; w++)
		SEND(m, .kind = EV_CONNECTING, .account = 0, .worker = w);
	assert_int_equal(r->lights_len, MODEL_LIGHTS);
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
		model_log(m, i == 40 ? ROLE_TROUBLE : ROLE_PLAIN, text);
	}
	assert_string_equal(model_line(m, 0)->text, "line 99");
	model_scroll(m, 10);
	assert_int_equal(m->scroll, 10);
	/* New lines do not move what is read. */
	model_log(m, ROLE_PLAIN, "new");
	assert_string_equal(model_line(m, m->scroll)->text, "line 89");
	assert_true(model_search(m, "LINE 7"));
	assert_string_equal(model_line(m, m->scroll)->text, "line 79");
	assert_true(model_search_trouble(m));
	assert_string_equal(model_line(m, m->scroll)->text, "line 40");
	assert_false(model_search_trouble(m));
	assert_false(model_search(m, "line 41"));
	model_scroll(m, 100000);
	assert_string_equal(model_line(m, m->scroll)->text, "line 0");
	model_scroll(m, -100000);
	assert_int_equal(m->scroll, 0);
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
	assert_int_equal(m->log_len, MODEL_LOG);
	snprintf(text, sizeof(text), "%d", MODEL_LOG / 2);
	assert_string_equal(model_line(m, MODEL_LOG - 1)->text, text);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    lights_tell_what_a_thread_does, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    lights_keep_their_places, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    keys_count_from_the_bottom, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    log_is_read_and_searched, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    log_forgets_the_oldest, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    rows_keep_the_result, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
