/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding messages by their content, and what is read for it. A message is
 * written as a letter, which is its header, and digits, which are its body.
 */
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
#include "base/buf.h"
#include "counted_store.h"
#include "engine/sync/content.h"
#include "engine/sync/match.h"
#include "ok.h"

#define MOST 8
#define GONE 99 /* an id that no message has */

/* Two servers: what is wanted lies in the one, what is there in the other. */
struct place {
	struct sim_world w;
	struct sim_folder *wanted, *there;
	struct store *from, *to;
	struct keywords keywords[2];
	struct store_ref refs[MOST];
	struct wanted want[MOST];
	size_t n;
	uint32_t ids[MOST + 1];
	size_t ids_len;
};

/* Puts the messages of a list like "a1 b22" into the folder. */
static size_t
put_all(struct sim_world *w, struct sim_folder *f, enum side side,
    const char *list, const char *eol)
{
	struct buf bytes = { 0 };
	const char *end;
	size_t n;

	for (n = 0; *list != '\0'; n++) {
		end = list + strcspn(list, " ");
		buf_reset(&bytes);
		buf_printf(&bytes, "Subject: %c%s%s%.*s%s", *list, eol, eol,
		    (int)(end - list - 1), list + 1, eol);
		sim_put(w, side, f, 0, buf_str(&bytes), bytes.len)->flags =
		    FLAG_SEEN;
		list = *end == ' ' ? end + 1 : end;
	}
	buf_clear(&bytes);
	assert_true(n <= MOST);
	return n;
}

static struct store *
open_side(struct place *p, enum side side)
{
	struct store *s = sim_store_open(&p->w, side);
	const struct store_open o = { .name = "INBOX",
		.keywords = &p->keywords[side] };
	struct store_state state;

	OK(s->ops->open(s, &o, &state, &err));
	return s;
}

static void
begin(struct place *p, const char *there, const char *wanted, const char *eol)
{
	static const struct sim_can servers[2];
	struct content content[MOST] = { 0 };
	size_t i;

	memset(p, 0, sizeof(*p));
	sim_now = &p->w;
	sim_world_init(&p->w, servers);
	p->wanted = sim_folder_make(&p->w, LOCAL, "INBOX");
	p->there = sim_folder_make(&p->w, REMOTE, "INBOX");
	p->n = put_all(&p->w, p->wanted, LOCAL, wanted, "\r\n");
	p->ids_len = put_all(&p->w, p->there, REMOTE, there, eol);
	p->from = open_side(p, LOCAL);
	p->to = open_side(p, REMOTE);
	for (i = 0; i < p->n; i++)
		p->refs[i].id = p->wanted->msgs[i].id;
	OK(content_read(p->from, p->refs, p->n, STORE_WHOLE, content, &err));
	for (i = 0; i < p->n; i++)
		p->want[i].digest = content[i].digest;
	content_clear(content, p->n);
	for (i = 0; i < p->ids_len; i++)
		p->ids[i] = p->there->msgs[i].id;
	p->ids[p->ids_len++] = GONE;
	store_count(p->to);
}

static struct match_query
query(struct place *p)
{
	return (struct match_query){ .want = p->want,
		.n = p->n,
		.ids = p->ids,
		.ids_len = p->ids_len,
		.refs = p->refs };
}

static void
end(struct place *p)
{
	p->from->ops->free(p->from);
	p->to->ops->free(p->to);
	keywords_clear(&p->keywords[LOCAL]);
	keywords_clear(&p->keywords[REMOTE]);
	sim_world_clear(&p->w);
}

/* found: the ids, "2 0": the second one, none. */
static void
expect_found(const struct place *p, const char *name, const char *found)
{
	char got[64] = "";
	size_t i, len;

	for (i = len = 0; i < p->n; i++) {
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%u",
		    i > 0 ? " " : "", p->want[i].found);
		if (p->want[i].found != 0) {
			assert_int_equal(p->want[i].flags, FLAG_SEEN);
			assert_int_equal(p->want[i].date, p->w.now);
		}
	}
	if (strcmp(got, found) != 0)
		fail_msg("%s: found %s, not %s", name, got, found);
}

static void
expect_read(const char *name, size_t details, size_t headers, size_t wholes)
{
	if (store_counts.details != details ||
	    store_counts.headers != headers || store_counts.wholes != wholes)
		fail_msg("%s: sizes of %zu, %zu headers and %zu wholes", name,
		    store_counts.details, store_counts.headers,
		    store_counts.wholes);
}

/* The whole of a message is read only where two could be meant. */
static void
test_content(void **state)
{
	static const struct {
		const char *name, *there, *wanted;
		uint32_t hint; /* of the first one that is wanted */
		const char *found;
		size_t headers, wholes;
	} c[] = {
		{ "nothing is wanted", "a1", "", 0, "", 0, 0 },
		{ "nothing is there", "", "a1", 0, "0", 0, 0 },
		{ "one", "a1", "a1", 0, "1", 1, 0 },
		{ "another order", "a1 b1 c1", "c1 a1 b1", 0, "3 1 2", 3, 0 },
		{ "another size", "a22", "a1", 0, "0", 0, 0 },
		{ "sizes choose", "a22 b1 c333", "b1", 0, "2", 1, 0 },
		{ "another header", "b1", "a1", 0, "0", 1, 0 },
		{ "a lone header is enough", "a2", "a1", 0, "1", 1, 0 },
		{ "two could be it", "a1 a2", "a2", 0, "2", 2, 2 },
		{ "none of the two is it", "a1 a2", "a3", 0, "0", 2, 2 },
		{ "two want one", "a2", "a1 a2", 0, "0 1", 1, 1 },
		{ "two alike", "a1 a1", "a1 a1", 0, "1 2", 2, 2 },
		{ "three alike, two wanted", "a1 a1 a1", "a1 a1", 0, "1 2", 3,
		    3 },
		{ "two alike, three wanted", "a1 a1", "a1 a1 a1", 0, "1 2 0", 2,
		    2 },
		{ "the likely one", "a1 a1 a1", "a1", 3, "3", 3, 3 },
		{ "likely, but another", "a1 a2 a1", "a2", 3, "2", 3, 3 },
		{ "likely, but not there", "a1 a1", "a1", GONE, "1", 2, 2 },
		{ "the hint alone is no proof", "b1", "a1", 1, "0", 1, 0 },
		{ "only the doubtful are read", "a1 b1 b2 c1 d1", "a1 b2 c1", 0,
		    "1 3 4", 5, 2 },
	};
	struct match_query q;
	struct place p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		begin(&p, c[i].there, c[i].wanted, "\r\n");
		p.want[0].hint = c[i].hint;
		q = query(&p);
		OK(match_content(p.to, &q, &err));
		expect_found(&p, c[i].name, c[i].found);
		expect_read(c[i].name, p.n > 0 ? p.ids_len : 0, c[i].headers,
		    c[i].wholes);
		end(&p);
	}
}

/* A message that cannot be read is not found, and the others are. */
static void
test_unreadable(void **state)
{
	struct match_query q;
	struct place p;

	(void)state;
	begin(&p, "a1 b1", "a1 b1", "\r\n");
	q = query(&p);
	/* after the sizes, the first header */
	p.w.effects = 0;
	p.w.fault_at = 2;
	p.w.fault = FAULT_REFUSE;
	OK(match_content(p.to, &q, &err));
	expect_found(&p, "unreadable", "0 2");
	end(&p);
}

/* A connection that breaks is an error, wherever it does. */
static void
test_broken(void **state)
{
	struct match_query q;
	struct place p;
	unsigned at;
	bool hit;

	(void)state;
	for (at = 1, hit = true; hit; at++) {
		begin(&p, "a1 a2 b1", "a1 b1", "\r\n");
		q = query(&p);
		p.w.effects = 0;
		p.w.fault_at = at;
		p.w.fault = FAULT_LOST_BEFORE;
		err_clear(&err);
		assert_int_equal(
		    match_content(p.to, &q, &err), at <= 1 + 3 + 2 ? -1 : 0);
		hit = p.w.fault_hit;
		assert_int_equal(err.scope, hit ? ERR_SESSION : ERR_NONE);
		end(&p);
	}
	assert_int_equal(at, 1 + 3 + 2 + 2);
	err_clear(&err);
}

/* The server made another end of each line. */
static void
test_altered(void **state)
{
	static const struct {
		const char *name, *there, *wanted, *found;
		size_t
		    headers; /* of both sides, of those that were not found */
		size_t
		    wholes; /* to compare, and to record each that is found */
	} c[] = {
		{ "one", "a1", "a1", "1", 0, 2 },
		{ "another", "a2", "a1", "0", 2, 1 },
		{ "two", "a1 b1", "b1 a1", "2 1", 0, 4 },
		{ "two alike", "a1 a1", "a1 a1", "1 2", 0, 4 },
		{ "one twice wanted", "a1", "a1 a1", "1 0", 1, 2 },
		{ "far too long", "a1111111111111111111111111111111111", "a1",
		    "0", 2, 0 },
	};
	struct match_query q;
	struct place p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		begin(&p, c[i].there, c[i].wanted, "\n");
		q = query(&p);
		OK(match_content(p.to, &q, &err));
		store_counts = (struct store_counts){ 0 };
		OK(match_altered(p.to, p.from, &q, &err));
		expect_found(&p, c[i].name, c[i].found);
		expect_read(c[i].name, p.ids_len, c[i].headers, c[i].wholes);
		end(&p);
	}
}

/* What was found by all of it is not looked for again. */
static void
test_altered_rest(void **state)
{
	struct match_query q;
	struct place p;

	(void)state;
	begin(&p, "a1 b1", "a1 b1", "\r\n");
	q = query(&p);
	OK(match_content(p.to, &q, &err));
	store_counts = (struct store_counts){ 0 };
	OK(match_altered(p.to, p.from, &q, &err));
	expect_read("all were found", 0, 0, 0);
	expect_found(&p, "all were found", "1 2");
	end(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_altered),
		cmocka_unit_test(test_altered_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
