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
deletion_make(size_t entry, enum side side, uint32_t uid, uint64_t size)
{
	struct deletion new = { .entry = entry, .size = size };

	new.op.kind = OP_EXPUNGE;
	new.op.side = (uint8_t)side;
	new.op.id[LOCAL] = new.op.id[REMOTE] = uid;
	return new;
}

/* One hold, and whether it is against a deletion in folder 3 on the remote
 * side, of 100 bytes, or of a size that is not known. */
static void
t_one_hold(void **state)
{
	static const struct {
		struct deletion_hold hold;
		bool sized, unsized;
	} rows[] = {
		{ { .reason = HOLD_COPIES_FAILED }, true, true },
		{ { .reason = HOLD_REVALIDATED, .entry = 3 }, true, true },
		{ { .reason = HOLD_REVALIDATED, .entry = 2 }, false, false },
		{ { .reason = HOLD_MISSING, .entry = 3, .side = REMOTE }, true,
		    true },
		{ { .reason = HOLD_MISSING, .entry = 3, .side = LOCAL }, false,
		    false },
		{ { .reason = HOLD_MISSING, .entry = 2, .side = REMOTE }, false,
		    false },
		{ { .reason = HOLD_MANY, .entry = 3, .side = REMOTE }, true,
		    true },
		{ { .reason = HOLD_MANY, .entry = 3, .side = LOCAL }, false,
		    false },
		{ { .reason = HOLD_MANY, .entry = 4, .side = REMOTE }, false,
		    false },
		{ { .reason = HOLD_COPY_FAILED, .side = REMOTE, .size = 100 },
		    true, false },
		{ { .reason = HOLD_COPY_FAILED, .side = REMOTE, .size = 99 },
		    false, false },
		{ { .reason = HOLD_COPY_FAILED, .side = LOCAL, .size = 100 },
		    false, false },
		{ { .reason = HOLD_COPY_FAILED, .side = REMOTE, .size = 0 },
		    true, true },
	};
	struct deletion sized = deletion_make(3, REMOTE, 7, 100);
	struct deletion unsized = deletion_make(3, REMOTE, 7, 0);
	struct deletions d = { 0 };
	size_t i;

	(void)state;
	assert_null(deletion_veto(&d, &sized));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		deletions_hold(&d, &rows[i].hold);
		if ((deletion_veto(&d, &sized) != NULL) != rows[i].sized ||
		    (deletion_veto(&d, &unsized) != NULL) != rows[i].unsized)
			fail_msg("row %zu", i);
		deletions_clear(&d);
	}
}

/* Of several, the widest is told, in whatever order they were added. */
static void
t_widest(void **state)
{
	const struct deletion_hold wide = { .reason = HOLD_COPIES_FAILED,
		.label = "A" };
	const struct deletion_hold many = {
		.reason = HOLD_MANY, .entry = 1, .side = LOCAL, .lost = 30
	};
	struct deletion what = deletion_make(1, LOCAL, 7, 100);
	struct deletions d = { 0 };

	(void)state;
	deletions_hold(&d, &many);
	deletions_hold(&d, &wide);
	assert_string_equal(deletion_veto(&d, &what)->label, "A");
	deletions_clear(&d);
	deletions_hold(&d, &wide);
	deletions_hold(&d, &many);
	assert_string_equal(deletion_veto(&d, &what)->label, "A");
	deletions_clear(&d);
	deletions_hold(&d, &many);
	assert_int_equal(deletion_veto(&d, &what)->lost, 30);
	deletions_clear(&d);
}

/* A deletion that is vetoed is none that a MOVE could make. */
static void
t_find(void **state)
{
	struct deletion new = deletion_make(2, REMOTE, 7, 0);
	struct deletions d = { 0 };

	(void)state;
	deletions_add(&d, &new);
	new = deletion_make(2, LOCAL, 5, 0);
	deletions_add(&d, &new);
	new = deletion_make(1, REMOTE, 9, 0);
	deletions_add(&d, &new);
	deletions_sort(&d);
	assert_non_null(deletions_find(&d, 1, REMOTE, 9));
	assert_null(deletions_find(&d, 2, REMOTE, 5));
	assert_null(deletions_find(&d, 2, REMOTE, 9));
	deletions_find(&d, 1, REMOTE, 9)->moved = true;
	assert_null(deletions_find(&d, 1, REMOTE, 9));
	assert_non_null(deletions_find(&d, 2, REMOTE, 7));
	deletions_hold(&d,
	    &(struct deletion_hold){ .reason = HOLD_REVALIDATED, .entry = 2 });
	assert_null(deletions_find(&d, 2, REMOTE, 7));
	deletions_clear(&d);
}

static void
t_text(void **state)
{
	struct deletion_hold hold = { .lost = 12 };
	struct buf text = { 0 };

	(void)state;
	for (hold.reason = 0; hold.reason < HOLD_REASONS; hold.reason++) {
		deletion_hold_text(&hold, &text);
		assert_true(text.len > 0);
		assert_int_equal(strstr(buf_str(&text), "12") != NULL,
		    hold.reason == HOLD_MANY);
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
		cmocka_unit_test(t_widest),
		cmocka_unit_test(t_find),
		cmocka_unit_test(t_text),
		cmocka_unit_test(t_brake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
