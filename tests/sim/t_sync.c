/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole synchroniser between two simulated sides: each row of the decision
 * table, random histories, death at every step, and a fault at every effect.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim_run.h"

/* What the two sides are kept in. */
struct kinds {
	const char *name;
	struct sim_can side[2];
};

#define MAILDIR                                                                \
	{                                                                      \
		.named = true, .tokens = true                                  \
	}
#define SERVER                                                                 \
	{                                                                      \
		.says_ids = true, .says_validity = true, .transfers = true,    \
		.tokens = true                                                 \
	}
#define OLD_SERVER                                                             \
	{                                                                      \
		.named = false                                                 \
	}

/* The pairs of kinds, each with a server that can do all in front of one that
 * can do less. */
static const struct kinds kinds[] = {
	{ "Maildir, server", { MAILDIR, SERVER } },
	{ "Maildir, old server", { MAILDIR, OLD_SERVER } },
	{ "two servers", { SERVER, SERVER } },
	{ "two Maildirs", { MAILDIR, MAILDIR } },
	{ "server, Maildir", { SERVER, MAILDIR } },
	{ "two servers, one old", { SERVER, OLD_SERVER } },
	{ "Maildir, server without transfers",
	    { MAILDIR,
		{ .says_ids = true, .says_validity = true, .tokens = true } } },
	{ "Maildir, server without ids",
	    { MAILDIR, { .transfers = true, .tokens = true } } },
	{ "two Maildirs that change unseen",
	    { { .named = true }, { .named = true } } },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void
begin(struct sim *s, uint64_t seed, const struct kinds *k)
{
	sim_init(s, seed, k->side);
	s->verbose = getenv("VERBOSE") != NULL;
	s->w.trace = s->verbose;
}

/* The table: all states of a message with two flags at once. */

static const uint32_t flag_sets[] = { 0, FLAG_FLAGGED, FLAG_SEEN,
	FLAG_FLAGGED | FLAG_SEEN };

#define STATES 125 /* each of local, remote, base: absent, or a flag set */

/* How the message stands at this place in state n: -1 absent. */
static int
state_at(unsigned n, unsigned place)
{
	static const unsigned divisor[] = { 1, 5, 25 };

	return (int)(n / divisor[place] % 5) - 1;
}

static void
state_set(struct sim *s, enum side side, unsigned mark)
{
	struct sim_folder *f = sim_folder(&s->w, side, "INBOX");
	struct sim_msg *m = sim_find(f, mark);
	int set = state_at(mark, side);

	if (set == -1 && m != NULL) {
		s->deleted[mark] = true;
		sim_delete(f, m);
	} else if (set != -1 && m == NULL) {
		sim_new(&s->w, side, f, mark, flag_sets[set]);
	} else if (set != -1) {
		sim_flags(f, m, flag_sets[set]);
	}
}

static void
table_with(const struct kinds *k)
{
	struct sim_picture before;
	struct sim_folder *f;
	struct sim s;
	unsigned mark;
	int set;

	begin(&s, 1, k);
	sim_folder_make(&s.w, LOCAL, "INBOX");
	f = sim_folder_make(&s.w, REMOTE, "INBOX");
	s.marks = STATES;
	for (mark = 0; mark < STATES; mark++) {
		set = state_at(mark, 2);
		if (set != -1)
			sim_new(&s.w, REMOTE, f, mark, flag_sets[set]);
		s.deleted[mark] = set == -1;
	}
	sim_check_converges(&s, NULL);
	for (mark = 0; mark < STATES; mark++) {
		s.deleted[mark] =
		    state_at(mark, 0) == -1 && state_at(mark, 1) == -1;
		state_set(&s, LOCAL, mark);
		state_set(&s, REMOTE, mark);
	}
	sim_picture(&s, &before);
	sim_check_converges(&s, &before);
	sim_clear(&s);
}

static void
t_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++)
		table_with(&kinds[i]);
}

/* Histories. */

#define HISTORIES 60
#define ROUNDS 6

static void
history_round(struct sim *s)
{
	struct sim_picture before;

	sim_users(s, 1 + rng_below(&s->rng, 12));
	sim_picture(s, &before);
	sim_check_converges(s, &before);
}

static void
t_histories(void **state)
{
	uint64_t seed = rng_seed();
	struct sim s;
	int i, n;

	(void)state;
	for (i = 0; i < HISTORIES; i++) {
		if (getenv("VERBOSE") != NULL)
			printf("history %d: SEED=%llu, %s\n", i,
			    (unsigned long long)seed, kinds[i % KINDS].name);
		begin(&s, seed + (uint64_t)i, &kinds[i % KINDS]);
		for (n = 0; n < ROUNDS; n++)
			history_round(&s);
		sim_clear(&s);
	}
}

/* Death and faults. */

/*
 * Brings about the same state each time: a history of rounds that end well,
 * then users once more.
 */
static void
prepare(struct sim *s, uint64_t seed, const struct kinds *k, int rounds,
    struct sim_picture *before)
{
	int n;

	begin(s, seed, k);
	sim_users(s, 12);
	for (n = 0; n < rounds; n++) {
		sim_check_converges(s, NULL);
		sim_users(s, 12);
	}
	sim_picture(s, before);
	sim_world_calm(&s->w);
}

/* Dies at each step in turn, until the run has fewer steps than that. */
static void
die_everywhere(uint64_t seed, const struct kinds *k, int rounds)
{
	struct sim_picture before;
	struct sim s;
	unsigned step;
	bool died;

	for (died = true, step = 1; died; step++) {
		prepare(&s, seed, k, rounds, &before);
		s.w.kill_at = step;
		sim_run(&s);
		died = s.w.killed;
		sim_check_safe(&s);
		sim_check_converges(&s, &before);
		sim_clear(&s);
	}
}

static void
t_death(void **state)
{
	uint64_t seed = rng_seed();
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		die_everywhere(seed, &kinds[i], 0);
		die_everywhere(seed + 1, &kinds[i], 1);
	}
}

/* A lie may cost a flag or bring a deleted message back, but nothing else. */
static bool
is_lie(enum sim_fault fault)
{
	return fault == FAULT_LIE_DONE || fault == FAULT_LIE_FAILED;
}

static void
fault_everywhere(
    uint64_t seed, const struct kinds *k, int rounds, enum sim_fault fault)
{
	struct sim_picture before;
	struct sim s;
	unsigned effect;
	bool more;

	for (more = true, effect = 1; more; effect++) {
		prepare(&s, seed, k, rounds, &before);
		s.w.fault = fault;
		s.w.fault_at = effect;
		sim_run(&s);
		more = s.w.effects >= effect;
		if (s.w.fault_hit && !is_lie(fault) && s.ret == 0 && !s.failed)
			sim_fail(&s, "a fault went by without a word");
		sim_check_safe(&s);
		/* An unchanged token is believed for a week. */
		if (is_lie(fault))
			s.w.now += 7 * DAYS;
		sim_check_converges(&s, is_lie(fault) ? NULL : &before);
		sim_clear(&s);
	}
}

/* So many of the kinds, from the first, have their share of faults. */
#define FAULTY 5

static void
t_faults(void **state)
{
	uint64_t seed = rng_seed();
	int fault;
	size_t i;

	(void)state;
	for (fault = FAULT_REFUSE; fault < FAULT_LATE; fault++) {
		for (i = 0; i < FAULTY; i++) {
			fault_everywhere(seed, &kinds[i], 0, fault);
			fault_everywhere(seed + 1, &kinds[i], 1, fault);
		}
	}
}

/* An upload is stored when so many more runs were made. */
static unsigned
late_everywhere(uint64_t seed, const struct kinds *k, int looks)
{
	struct sim_picture before;
	unsigned effect, arrived;
	struct sim s;
	bool more;
	int n;

	for (arrived = 0, more = true, effect = 1; more; effect++) {
		prepare(&s, seed, k, 1, &before);
		s.w.fault = FAULT_LATE;
		s.w.fault_at = effect;
		sim_run(&s);
		more = s.w.effects >= effect;
		for (n = 0; n < looks; n++) {
			sim_world_calm(&s.w);
			sim_run(&s);
		}
		arrived += sim_arrive(&s.w);
		sim_check_converges(&s, &before);
		sim_clear(&s);
	}
	return arrived;
}

static void
t_late(void **state)
{
	uint64_t seed = rng_seed();
	unsigned arrived;
	size_t i;

	(void)state;
	for (arrived = 0, i = 0; i < KINDS; i++)
		arrived +=
		    late_everywhere(seed + i, &kinds[i], 1 + (int)(i % 2));
	assert_true(arrived > 0);
}

/* Wrong answers. */

/* How two messages come to be sent to the server. */
enum sending { SEND_APPEND, SEND_COPY, SEND_MOVE, SENDINGS };

static void
send_copy(struct sim *s, struct sim_msg *m, struct sim_folder *to)
{
	struct sim_msg *new;

	new = sim_put(&s->w, LOCAL, to, m->mark, m->bytes, m->len);
	new->flags = m->flags;
	new->date = m->date;
}

/*
 * Two messages of one size, with different flags, go to a folder in which one
 * of that size is, which is paired. The UIDs there will be 2 and 3.
 */
static void
answers_prepare(struct sim *s, enum sending how)
{
	static const unsigned marks[] = { 5, 7 };
	struct sim_folder *in, *other;
	struct sim_msg *m;
	size_t i;

	in = sim_folder(&s->w, LOCAL, "INBOX");
	other = sim_folder(&s->w, LOCAL, "A");
	for (i = 0; i < 2; i++) {
		m = sim_find(other, marks[i]);
		if (how == SEND_APPEND)
			sim_new(&s->w, LOCAL, in, marks[i] + 6,
			    i == 0 ? 0 : FLAG_FLAGGED);
		else if (how == SEND_COPY)
			send_copy(s, m, in);
		else
			sim_move(&s->w, LOCAL, other, m, in);
	}
}

static void
answers_with(enum sim_answer answer, enum sending how, bool hides_next)
{
	struct sim_picture before;
	struct sim_folder *f;
	struct sim s;

	begin(&s, 1, &kinds[0]);
	s.w.side[REMOTE].can.hides_next = hides_next;
	s.marks = 14;
	sim_folder_make(&s.w, LOCAL, "INBOX");
	sim_folder_make(&s.w, LOCAL, "A");
	f = sim_folder_make(&s.w, REMOTE, "INBOX");
	sim_new(&s.w, REMOTE, f, 1, 0);
	f = sim_folder_make(&s.w, REMOTE, "A");
	sim_new(&s.w, REMOTE, f, 5, 0);
	sim_new(&s.w, REMOTE, f, 7, FLAG_FLAGGED);
	for (unsigned mark = 0; mark < s.marks; mark++)
		s.deleted[mark] = true; /* may be missing */
	sim_check_converges(&s, NULL);
	answers_prepare(&s, how);
	sim_picture(&s, &before);
	s.w.answer = answer;
	sim_check_converges(&s, &before);
	sim_clear(&s);
}

/* An id below those that a copy can have, of another validity, or of a message
 * that has its pair, is not the copy's, whoever says so. */
static void
t_answers(void **state)
{
	int answer, how;

	(void)state;
	for (answer = ANSWER_RIGHT; answer < ANSWER_KINDS; answer++)
		for (how = 0; how < SENDINGS; how++) {
			answers_with(
			    (enum sim_answer)answer, (enum sending)how, false);
			answers_with(
			    (enum sim_answer)answer, (enum sending)how, true);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_table),
		cmocka_unit_test(t_histories),
		cmocka_unit_test(t_death),
		cmocka_unit_test(t_faults),
		cmocka_unit_test(t_late),
		cmocka_unit_test(t_answers),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getenv("ONLY") != NULL)
		cmocka_set_test_filter(getenv("ONLY"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
