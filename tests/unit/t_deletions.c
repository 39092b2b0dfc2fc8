/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deletions that wait; the veto: which hold is against which deletion; and the
 * brake. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/sync/deletions.h"

static struct deletion
deletion_make(size_t entry, enum side side, uint32_t uid)
{
	struct deletion new = { .entry = entry };

	new.op.kind = OP_EXPUNGE;
	new.op.side = (uint8_t)side;
	new.op.id[LOCAL] = new.op.id[REMOTE] = uid;
	return new;
}

static enum hold_reason
veto(const struct deletions *d, const struct deletion *what)
{
	struct deletion_hold why;
	bool no = deletion_veto(d, what, &why);

	assert_int_equal(no, why.reason != HOLD_NONE);
	return why.reason;
}

/* How far a hold of each reason reaches: of a deletion in folder 3 on the
 * remote side. */
static void
t_one_hold(void **state)
{
	static const struct {
		enum hold_reason reason;
		bool other_folder, other_side;
	} rows[] = {
		{ HOLD_UNSEEN, true, false },
		{ HOLD_UNSURE, false, true },
		{ HOLD_MISSING, false, false },
		{ HOLD_OLDER, false, false },
		{ HOLD_REPLACED, false, false },
		{ HOLD_NEWEST, false, false },
		{ HOLD_MANY, false, false },
		{ HOLD_MANY_IN_ALL, true, false },
		{ HOLD_SETTINGS, false, false },
		{ HOLD_STATUS, false, false },
	};
	struct deletion same = deletion_make(3, REMOTE, 7);
	struct deletion folder = deletion_make(2, REMOTE, 7);
	struct deletion side = deletion_make(3, LOCAL, 7);
	struct deletions d = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(veto(&d, &same), HOLD_NONE);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		deletions_hold(&d,
		    &(struct deletion_hold){
			.reason = rows[i].reason, .entry = 3, .side = REMOTE });
		assert_int_equal(veto(&d, &same), rows[i].reason);
		if ((veto(&d, &folder) != HOLD_NONE) != rows[i].other_folder ||
		    (veto(&d, &side) != HOLD_NONE) != rows[i].other_side)
			fail_msg("row %zu", i);
		deletions_clear(&d);
	}
}

/* What is known of the one deletion: where it is, and that it waits. */
static void
t_own(void **state)
{
	struct deletion what = deletion_make(3, REMOTE, 7);
	struct deletions d = { 0 };
	struct deletion_hold why;

	(void)state;
	what.held = HOLD_OLDER;
	assert_int_equal(veto(&d, &what), HOLD_OLDER);
	what.where = "Archive";
	assert_true(deletion_veto(&d, &what, &why));
	assert_int_equal(why.reason, HOLD_ELSEWHERE);
	assert_string_equal(why.label, "Archive");
}

/* The user's word lets through what waits for it, and nothing else. */
static void
t_released(void **state)
{
	struct deletion what = deletion_make(3, REMOTE, 7);
	struct deletions d = { 0 };

	(void)state;
	what.released = true;
	what.held = HOLD_OLDER;
	deletions_hold(
	    &d, &(struct deletion_hold){
		    .reason = HOLD_MANY, .entry = 3, .side = REMOTE });
	assert_int_equal(veto(&d, &what), HOLD_NONE);
	what.where = "Archive";
	assert_int_equal(veto(&d, &what), HOLD_ELSEWHERE);
	deletions_hold(
	    &d, &(struct deletion_hold){ .reason = HOLD_UNSURE, .entry = 3 });
	assert_int_equal(veto(&d, &what), HOLD_UNSURE);
	deletions_clear(&d);
}

/* Of several, the widest is told, in whatever order they were added. */
static void
t_widest(void **state)
{
	const struct deletion_hold wide = {
		.reason = HOLD_UNSEEN, .side = LOCAL, .label = "A"
	};
	const struct deletion_hold many = {
		.reason = HOLD_MANY, .entry = 1, .side = LOCAL, .lost = 30
	};
	struct deletion what = deletion_make(1, LOCAL, 7);
	struct deletions d = { 0 };
	struct deletion_hold why;

	(void)state;
	deletions_hold(&d, &many);
	deletions_hold(&d, &wide);
	assert_true(deletion_veto(&d, &what, &why));
	assert_string_equal(why.label, "A");
	deletions_clear(&d);
	deletions_hold(&d, &wide);
	deletions_hold(&d, &many);
	assert_true(deletion_veto(&d, &what, &why));
	assert_string_equal(why.label, "A");
	deletions_clear(&d);
	deletions_hold(&d, &many);
	assert_true(deletion_veto(&d, &what, &why));
	assert_int_equal(why.lost, 30);
	deletions_clear(&d);
}

/* A deletion that is vetoed is none that a MOVE could make. */
static void
t_find(void **state)
{
	struct deletion new = deletion_make(2, REMOTE, 7);
	struct deletions d = { 0 };

	(void)state;
	deletions_add(&d, &new);
	new = deletion_make(2, LOCAL, 5);
	deletions_add(&d, &new);
	new = deletion_make(1, REMOTE, 9);
	deletions_add(&d, &new);
	deletions_sort(&d);
	assert_non_null(deletions_find(&d, 1, REMOTE, 9));
	assert_null(deletions_find(&d, 2, REMOTE, 5));
	assert_null(deletions_find(&d, 2, REMOTE, 9));
	deletions_find(&d, 1, REMOTE, 9)->moved = true;
	assert_null(deletions_find(&d, 1, REMOTE, 9));
	assert_non_null(deletions_find(&d, 2, REMOTE, 7));
	deletions_hold(
	    &d, &(struct deletion_hold){ .reason = HOLD_UNSURE, .entry = 2 });
	assert_null(deletions_find(&d, 2, REMOTE, 7));
	deletions_clear(&d);
}

static void
t_text(void **state)
{
	struct deletion_hold hold = { .lost = 12 };
	struct buf text = { 0 };

	(void)state;
	for (hold.reason = HOLD_UNSEEN; hold.reason < HOLD_REASONS;
	     hold.reason++) {
		deletion_hold_text(&hold, &text);
		assert_true(text.len > 0);
		assert_int_equal(strstr(buf_str(&text), "12") != NULL,
		    hold.reason == HOLD_UNSEEN || hold.reason == HOLD_MANY ||
			hold.reason == HOLD_MANY_IN_ALL);
		buf_reset(&text);
	}
	buf_clear(&text);
}

static void
t_brake(void **state)
{
	static const struct {
		uint64_t total, doomed;
		int64_t maxdelete;
		bool holds;
	} cases[] = {
		{ 4, 4, -1, false },
		{ 5, 5, -1, true },
		{ 5, 4, -1, false },
		{ 1000, 1000, 5000, true },
		{ 38, 19, -1, false },
		{ 38, 20, -1, true },
		{ 39, 20, -1, true },
		{ 40, 20, -1, false },
		{ 40, 21, -1, true },
		{ 100, 50, -1, false },
		{ 100, 51, -1, true },
		{ 100, 3, 3, false },
		{ 100, 4, 3, true },
		{ 100, 1, 0, true },
		{ 100, 0, 0, false },
		{ 0, 0, -1, false },
		{ UINT64_MAX, UINT64_MAX / 2, -1, false },
		{ UINT64_MAX, UINT64_MAX / 2 + 1, -1, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (brake_holds(cases[i].total, cases[i].doomed,
			cases[i].maxdelete) != cases[i].holds)
			fail_msg("case %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_one_hold),
		cmocka_unit_test(t_own),
		cmocka_unit_test(t_released),
		cmocka_unit_test(t_widest),
		cmocka_unit_test(t_find),
		cmocka_unit_test(t_text),
		cmocka_unit_test(t_brake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
