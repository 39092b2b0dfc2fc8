/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Halving until the message that breaks the connection stands alone. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/sync/poison.h"

#define MESSAGES 800
#define ATTEMPTS 24 /* of a run */

static const struct poison_place here = { .folder = 1, .side = REMOTE };

/* A connection that breaks without a word at one message, and whose answers to
 * what was asked for together with it are lost. */
struct world {
	struct poison *p;
	uint32_t bad;
	bool copied[MESSAGES];
	bool off;
};

static size_t
group_of(const struct world *w, uint32_t id)
{
	return poison_facts(w->p, &here, id).group;
}

/* Asks for these together; false: it broke. */
static bool
ask(struct world *w, const uint32_t *ids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ids[i] == w->bad)
			break;
	if (i < n) {
		poison_broke(w->p, &here, ids, n, false);
		return false;
	}
	for (i = 0; i < n; i++)
		w->copied[ids[i]] = true;
	return true;
}

/* As exec_poison.c does it: the largest groups first. */
static bool
attempt(struct world *w)
{
	uint32_t ids[MESSAGES], id;
	size_t group, len, most, before;

	for (most = POISON_NONE; most > 0; most = group) {
		for (len = 0, group = 0, id = 0; id < MESSAGES; id++) {
			size_t g = group_of(w, id);

			if (g < most && g > group)
				group = g;
			if (w->copied[id] || g != most)
				continue;
			ids[len++] = id;
			before = poison_facts(w->p, &here, id).breaks;
			if (len == most && !ask(w, ids, len)) {
				w->off = most == 1 && before > 0;
				return w->off;
			}
			len = len == most ? 0 : len;
		}
		if (len > 0 && !ask(w, ids, len))
			return false;
	}
	return true;
}

static void
t_halving(void **state)
{
	static const uint32_t bad[] = { 0, 1, 399, 400, 777, MESSAGES - 1 };
	size_t i, n;
	uint32_t id;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct world w = { .p = poison_new(), .bad = bad[i] };

		for (n = 1; !attempt(&w); n++)
			assert_true(poison_learned(w.p) > 0 && n < ATTEMPTS);
		assert_true(w.off);
		poison_put_off(w.p, &here, bad[i]);
		assert_true(attempt(&w));
		for (id = 0; id < MESSAGES; id++)
			assert_int_equal(w.copied[id], id != bad[i]);
		assert_int_equal(
		    poison_facts(w.p, &here, bad[i]).group, POISON_OFF);
		poison_free(w.p);
	}
}

/* What had begun is the one; nothing is said of those behind it, of another
 * folder or of the other side. */
static void
t_begun(void **state)
{
	const struct poison_place other = { 2, REMOTE }, side = { 1, LOCAL };
	const uint32_t ids[] = { 7, 8 };
	struct poison *p = poison_new();

	(void)state;
	poison_broke(p, &here, ids, 2, true);
	assert_int_equal(poison_facts(p, &here, 7).group, 1);
	assert_int_equal(poison_facts(p, &here, 8).group, POISON_NONE);
	assert_int_equal(poison_facts(p, &other, 7).group, POISON_NONE);
	assert_int_equal(poison_facts(p, &side, 7).group, POISON_NONE);
	assert_int_equal(poison_learned(p), 1);
	/* The same again is nothing new: the next attempt would end there. */
	poison_broke(p, &here, ids, 2, true);
	assert_int_equal(poison_learned(p), 1);
	assert_int_equal(poison_facts(p, &here, 7).breaks, 2);
	poison_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_halving),
		cmocka_unit_test(t_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
