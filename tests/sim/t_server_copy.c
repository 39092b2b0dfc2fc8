/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies and moves that the server makes itself: when it is asked, and what
 * becomes of those that it refuses. Files of the folder "A" are moved or copied
 * to INBOX; each row says what one run does then.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim_run.h"

#define MARKS 16
/* The messages in "A", and the one that is in INBOX already. */
enum { FIRST = 5, SECOND = 7, OTHER = 1 };

static const struct sim_can maildir = { .named = true, .tokens = true };
static const struct sim_can server = { .says_ids = true,
	.says_validity = true,
	.transfers = true,
	.tokens = true };

static struct sim_folder *
at(struct sim *s, enum side side, const char *name)
{
	return sim_folder(&s->w, side, name);
}

static void
move(struct sim *s, unsigned mark)
{
	struct sim_folder *from = at(s, LOCAL, "A");

	sim_move(
	    &s->w, LOCAL, from, sim_find(from, mark), at(s, LOCAL, "INBOX"));
}

static void
copy(struct sim *s, unsigned mark)
{
	struct sim_msg *m = sim_find(at(s, LOCAL, "A"), mark), *new;

	new = sim_put(
	    &s->w, LOCAL, at(s, LOCAL, "INBOX"), mark, m->bytes, m->len);
	new->flags = m->flags;
	new->date = m->date;
}

static void
both_moved(struct sim *s)
{
	move(s, FIRST);
	move(s, SECOND);
}

static void
both_copied(struct sim *s)
{
	copy(s, FIRST);
	copy(s, SECOND);
}

static void
one_of_each(struct sim *s)
{
	move(s, FIRST);
	copy(s, SECOND);
}

/* One command cannot copy one message twice. */
static void
copied_twice(struct sim *s)
{
	copy(s, FIRST);
	copy(s, FIRST);
}

/* The source goes with one of them; then there is nothing to copy. */
static void
moved_twice(struct sim *s)
{
	copy(s, FIRST);
	move(s, FIRST);
}

static void
new_one(struct sim *s)
{
	sim_new(&s->w, LOCAL, at(s, LOCAL, "INBOX"), 9, 0);
}

static void
server_cannot(struct sim *s)
{
	s->w.side[REMOTE].can.transfers = false;
	both_moved(s);
}

static void
flagged_then_moved(struct sim *s)
{
	struct sim_folder *f = at(s, LOCAL, "A");

	sim_flags(f, sim_find(f, FIRST), FLAG_FLAGGED);
	move(s, FIRST);
}

static void
flagged_there(struct sim *s)
{
	struct sim_folder *f = at(s, REMOTE, "A");

	move(s, FIRST);
	sim_flags(f, sim_find(f, FIRST), FLAG_SEEN);
}

static void
deleted_there(struct sim *s)
{
	struct sim_folder *f = at(s, REMOTE, "A");

	copy(s, FIRST);
	sim_delete(f, sim_find(f, FIRST));
}

static void
source_renumbered(struct sim *s)
{
	move(s, FIRST);
	sim_revalidate(at(s, REMOTE, "A"));
}

static void
dry(struct sim *s)
{
	both_copied(s);
	s->request.dry_run = true;
}

/* Deletions do not travel: the source stays. */
static void
server_keeps_all(struct sim *s)
{
	move(s, FIRST);
	s->account.store[LOCAL].sync_deletes = false;
}

struct row {
	const char *name;
	void (*act)(struct sim *s);
	unsigned moved, copied, uploaded, expunged;
};

/* What a move takes along is reported as gone from the source. */
static const struct row rows[] = {
	{ "both moved", both_moved, .moved = 2, .expunged = 2 },
	{ "both copied", both_copied, .copied = 2 },
	{ "one of each", one_of_each, .moved = 1, .copied = 1, .expunged = 1 },
	{ "copied twice", copied_twice, .copied = 2 },
	{ "moved twice", moved_twice, .moved = 1, .uploaded = 1,
	    .expunged = 1 },
	{ "what is new", new_one, .uploaded = 1 },
	{ "a server that cannot", server_cannot, .uploaded = 2, .expunged = 2 },
	{ "flagged, then moved", flagged_then_moved, .moved = 1,
	    .expunged = 1 },
	{ "flagged there", flagged_there, .moved = 1, .expunged = 1 },
	{ "deleted there", deleted_there, .uploaded = 1, .expunged = 1 },
	{ "renumbered", source_renumbered, .copied = 1 },
	{ "dry", dry, .copied = 2 },
	{ "a server that keeps all", server_keeps_all, .copied = 1 },
};

static void
begin(struct sim *s)
{
	struct sim_folder *f;

	sim_init(s, 1, (const struct sim_can[2]){ maildir, server });
	s->marks = MARKS;
	sim_folder_make(&s->w, LOCAL, "INBOX");
	sim_folder_make(&s->w, LOCAL, "A");
	f = sim_folder_make(&s->w, REMOTE, "INBOX");
	sim_new(&s->w, REMOTE, f, OTHER, 0);
	f = sim_folder_make(&s->w, REMOTE, "A");
	sim_new(&s->w, REMOTE, f, FIRST, 0);
	sim_new(&s->w, REMOTE, f, SECOND, FLAG_ANSWERED);
	for (unsigned mark = 0; mark < MARKS; mark++)
		s->deleted[mark] = true; /* may be missing */
	sim_check_converges(s, NULL);
	sim_world_calm(&s->w);
}

static void
row_run(const struct row *r)
{
	struct sim s;

	begin(&s);
	r->act(&s);
	sim_run(&s);
	if (s.ret != 0 || s.done[EVOP_MOVE] != r->moved ||
	    s.done[EVOP_TRANSFER] != r->copied ||
	    s.done[EVOP_COPY] != r->uploaded ||
	    s.done[EVOP_EXPUNGE] != r->expunged)
		fail_msg("%s: %d, %u moved, %u copied, %u uploaded, "
			 "%u expunged",
		    r->name, s.ret, s.done[EVOP_MOVE], s.done[EVOP_TRANSFER],
		    s.done[EVOP_COPY], s.done[EVOP_EXPUNGE]);
	sim_check_safe(&s);
	sim_clear(&s);
}

static void
t_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row_run(&rows[i]);
}

/* Each fault at each effect of the run that moves one message and copies the
 * other: nothing is lost or doubled, and what the server did not do is
 * uploaded. */
static void
t_faults(void **state)
{
	unsigned effect, effects = 1;
	struct sim s;
	int fault;

	(void)state;
	for (fault = FAULT_NONE; fault < FAULT_LATE; fault++)
		for (effect = 1; effect <= effects; effect++) {
			begin(&s);
			one_of_each(&s);
			s.w.fault = (enum sim_fault)fault;
			s.w.fault_at = effect;
			sim_run(&s);
			if (fault == FAULT_NONE)
				effects = s.w.effects;
			sim_check_safe(&s);
			sim_check_converges(&s, NULL);
			assert_int_equal(at(&s, REMOTE, "INBOX")->len, 3);
			assert_int_equal(at(&s, REMOTE, "A")->len, 1);
			sim_clear(&s);
		}
	assert_true(effects > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_rows),
		cmocka_unit_test(t_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
