/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/status/status.h"
#include "engine/sync/sync_account.h"
#include "engine/sync/sync_broken.h"
#include "sim_run.h"

const char *const sim_folder_names[SIM_FOLDERS] = { "A", "A/B", "INBOX" };

void
sim_init(struct sim *s, uint64_t seed, const struct sim_can can[2])
{
	static char name[] = "sim";
	int side;

	*s = (struct sim){ .rng = { seed } };
	sim_world_init(&s->w, can);
	sim_now = &s->w;
	s->account.name = name;
	s->account.maxdelete = -1;
	for (side = LOCAL; side <= REMOTE; side++) {
		s->account.store[side].type =
		    can[side].named ? STORE_MAILDIR : STORE_IMAP;
		s->account.store[side].createfolders = true;
		s->account.store[side].sync_deletes = true;
		s->account.store[side].expunge = true;
	}
	s->request.release = RELEASE_ALL;
}

void
sim_clear(struct sim *s)
{
	err_clear(&s->err);
	sim_world_clear(&s->w);
}

void
sim_fail(struct sim *s, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fail_msg("%s (last run: %d %s, killed at %u, fault %d at %u)", text,
	    s->ret, err_text(&s->err), s->w.kill_at, (int)s->w.fault,
	    s->w.fault_at);
	abort();
}

void
sim_picture(struct sim *s, struct sim_picture *p)
{
	struct sim_folder *f;
	struct sim_cell *c;
	size_t i;
	int side, n;

	memset(p, 0, sizeof(*p));
	for (side = LOCAL; side <= REMOTE; side++) {
		for (n = 0; n < SIM_FOLDERS; n++) {
			f = sim_folder(&s->w, side, sim_folder_names[n]);
			for (i = 0; f != NULL && i < f->len; i++) {
				if (f->msgs[i].mark >= s->marks)
					sim_fail(s, "made up a message");
				c = &p->at[side][n][f->msgs[i].mark];
				c->count++;
				c->flags += f->msgs[i].flags;
			}
		}
	}
}

static void
run_event(void *arg, const struct event *ev)
{
	struct sim *s = arg;

	if (ev->kind == EV_OP && ev->op != EVOP_SKIP)
		s->ops++;
	if (ev->kind == EV_OP)
		s->done[ev->op]++;
	if (s->verbose && ev->kind == EV_OP)
		printf("  %s %s: %s %u/%u %s %s\n", ev->folder,
		    side_name(ev->side), event_op_name(ev->op), ev->lid,
		    ev->uid, ev->flags, ev->text);
	else if (s->verbose && ev->text[0] != '\0')
		printf("  %s: %s\n", ev->folder, ev->text);
}

void
sim_run(struct sim *s)
{
	char path[96];
	atomic_bool stop = false;
	const struct sync_env env = { .account = &s->account,
		.request = &s->request,
		.stop = &stop,
		.post = run_event,
		.post_arg = s };
	struct sync sy = { .env = &env };
	bool corrupt;
	int side;

	s->ops = 0;
	memset(s->done, 0, sizeof(s->done));
	err_clear(&s->err);
	sim_now = &s->w;
	if (s->verbose)
		printf(" run\n");
	if (status_open(sim_status_path(&s->w, path), NULL, &sy.status,
		&corrupt, &s->err) == -1 ||
	    corrupt)
		sim_fail(s, "status: %s", err_text(&s->err));
	for (side = LOCAL; side <= REMOTE; side++)
		sy.store[side] = sim_store_open(&s->w, side);
	s->ret = sync_account_run(&sy, &s->err);
	sync_broken_forget(&sy);
	s->failed = sy.results.failed;
	s->held = sy.results.held;
	for (side = LOCAL; side <= REMOTE; side++)
		sy.store[side]->ops->free(sy.store[side]);
	status_close(sy.status);
	if (s->w.killed)
		sim_status_restore(&s->w);
	if (s->verbose)
		printf(" run: %d %s, %u operations, %u changes\n", s->ret,
		    err_text(&s->err), s->ops, s->w.changes);
}

/* The oracle. */

static void
check_bytes(struct sim *s, const struct sim_msg *m)
{
	struct sim_folder f = { 0 };
	struct sim_msg *again;

	again = sim_new(&s->w, REMOTE, &f, m->mark, 0);
	if (again->len != m->len || memcmp(again->bytes, m->bytes, m->len))
		sim_fail(s, "message %u was changed", m->mark);
	sim_delete(&f, again);
	free(f.msgs);
}

void
sim_check_safe(struct sim *s)
{
	struct sim_picture p;
	struct sim_side *side;
	unsigned mark, n;
	size_t i, j;
	int x;

	for (x = LOCAL; x <= REMOTE; x++) {
		side = &s->w.side[x];
		for (i = 0; i < side->len; i++)
			for (j = 0; j < side->folders[i].len; j++)
				check_bytes(s, &side->folders[i].msgs[j]);
	}
	sim_picture(s, &p);
	for (mark = 0; mark < s->marks; mark++) {
		for (n = 0, x = 0; x < SIM_FOLDERS; x++)
			n += p.at[LOCAL][x][mark].count +
			     p.at[REMOTE][x][mark].count;
		if (n == 0 && !s->deleted[mark])
			sim_fail(s, "message %u is lost", mark);
	}
}

/* What becomes of one message in one folder (invariants I6, I7). */
static struct sim_cell
cell_expect(struct sim_cell l, struct sim_cell r, struct sim_cell base)
{
	uint32_t flags;

	if (l.count == 0 && r.count == 0)
		return (struct sim_cell){ 0 };
	if (base.count == 0)
		return (struct sim_cell){ 1, l.flags | r.flags };
	if (l.count != 0 && r.count != 0) {
		/* the bits that one side changed */
		flags = base.flags ^
			((l.flags ^ base.flags) | (r.flags ^ base.flags));
		return (struct sim_cell){ 1, flags };
	}
	flags = l.flags | r.flags;
	if ((flags & FLAG_FLAGGED & ~base.flags) == 0)
		return (struct sim_cell){ 0 };
	return (struct sim_cell){ 1, flags };
}

static void
check_equal(struct sim *s)
{
	struct sim_cell *l, *r;
	struct sim_picture p;
	unsigned mark;
	int n;

	sim_picture(s, &p);
	for (n = 0; n < SIM_FOLDERS; n++) {
		for (mark = 0; mark < s->marks; mark++) {
			l = &p.at[LOCAL][n][mark];
			r = &p.at[REMOTE][n][mark];
			if (l->count != r->count || l->flags != r->flags)
				sim_fail(s,
				    "message %u in %s differs: "
				    "%u %08x, %u %08x",
				    mark, sim_folder_names[n], l->count,
				    l->flags, r->count, r->flags);
			if (l->count > 1)
				sim_fail(s, "message %u in %s is doubled", mark,
				    sim_folder_names[n]);
		}
	}
}

static void
check_result(struct sim *s, const struct sim_picture *before)
{
	struct sim_picture p;
	struct sim_cell want, is;
	unsigned mark;
	int n;

	sim_picture(s, &p);
	for (n = 0; n < SIM_FOLDERS; n++) {
		for (mark = 0; mark < s->marks; mark++) {
			want = cell_expect(before->at[LOCAL][n][mark],
			    before->at[REMOTE][n][mark],
			    s->base.at[LOCAL][n][mark]);
			is = p.at[LOCAL][n][mark];
			/* Moved away and back on a server, it is a new message,
			 * which the deletion of the old one on the other side
			 * does not mean. */
			if (want.count == 0 && is.count == 1 &&
			    s->moved[mark] &&
			    before->at[LOCAL][n][mark].count +
				    before->at[REMOTE][n][mark].count ==
				1)
				continue;
			if (want.count != is.count)
				sim_fail(s, "message %u in %s is %sthere", mark,
				    sim_folder_names[n],
				    is.count == 0 ? "not " : "");
			/* What was moved, perhaps away and back, is another
			 * message there: flags that it got here meanwhile
			 * come along or go with the old one. If nothing else
			 * was done to it, it has those that it had. */
			if (want.flags != is.flags &&
			    (!s->moved[mark] || s->acts[mark] == 1))
				sim_fail(s,
				    "message %u in %s has flags %08x "
				    "instead of %08x",
				    mark, sim_folder_names[n], is.flags,
				    want.flags);
		}
	}
}

/* The message of the pair on that side, by what the status knows of it. */
static const struct sim_msg *
pair_find(struct sim *s, enum side side, const char *name,
    const struct status_pair *p)
{
	struct sim_folder *f = sim_folder(&s->w, side, name);
	bool named = s->w.side[side].can.named;
	size_t i;

	for (i = 0; f != NULL && i < f->len; i++)
		if (named ? sim_same_key(f->msgs[i].name, p->name[side])
			  : f->msgs[i].id == p->id[side])
			return &f->msgs[i];
	return NULL;
}

static void
check_pair(struct sim *s, struct status *st, const struct status_folder *row,
    struct keywords *k, uint32_t remote_id)
{
	const char *name = row->name[REMOTE];
	const struct sim_msg *m;
	struct status_pair p;
	enum side side;
	bool found;

	if (status_pair_get(st, row->id, remote_id, &p, &found, &s->err) == -1)
		sim_fail(s, "status: %s", err_text(&s->err));
	for (side = LOCAL; side <= REMOTE; side++) {
		m = pair_find(s, side, name, &p);
		if (m == NULL)
			sim_fail(s, "%s: a pair without message", name);
		if (m->flags != sim_words_in(k, p.flags))
			sim_fail(s,
			    "%s: %u: the status has flags %08x, it has %08x",
			    name, remote_id, p.flags, m->flags);
	}
}

/* The status has exactly what is on both sides. */
static void
check_base(struct sim *s, struct status *st, const char *name)
{
	struct sim_folder *f = sim_folder(&s->w, REMOTE, name);
	struct status_folder row = { 0 };
	struct keywords k = { 0 };
	struct plan_pair *base = NULL;
	size_t i, len = 0;
	bool found;

	if (status_folder_get(st, name, &row, &found, &s->err) == -1 ||
	    (found && status_keywords_get(st, row.id, &k, &s->err) == -1) ||
	    (found && status_base(st, row.id, &base, &len, &s->err) == -1))
		sim_fail(s, "status: %s", err_text(&s->err));
	if (len != (f == NULL ? 0 : f->len))
		sim_fail(s, "%s: %zu pairs", name, len);
	for (i = 0; i < len; i++)
		check_pair(s, st, &row, &k, base[i].id[REMOTE]);
	free(base);
	keywords_clear(&k);
	status_folder_clear(&row);
}

static void
check_status(struct sim *s)
{
	struct status *st;
	char path[96];
	bool corrupt;
	int n;

	if (status_open(sim_status_path(&s->w, path), NULL, &st, &corrupt,
		&s->err) == -1)
		sim_fail(s, "status: %s", err_text(&s->err));
	for (n = 0; n < SIM_FOLDERS; n++)
		check_base(s, st, sim_folder_names[n]);
	status_close(st);
}

static void
run_quiet(struct sim *s)
{
	sim_world_calm(&s->w);
	s->w.now += 2 * DAYS;
	sim_run(s);
	if (s->ret == -1)
		sim_fail(s, "a quiet run failed");
	sim_check_safe(s);
}

void
sim_check_converges(struct sim *s, const struct sim_picture *before)
{
	run_quiet(s);
	if (s->failed || s->held || s->w.changes > 0)
		run_quiet(s);
	if (s->failed || s->held)
		sim_fail(s, "two quiet runs were not enough");
	check_equal(s);
	if (before != NULL)
		check_result(s, before);
	check_status(s);
	run_quiet(s);
	if (s->w.changes > 0 || s->ops > 0 || s->failed)
		sim_fail(s,
		    "a run with nothing to do did %u operations, %u "
		    "changes",
		    s->ops, s->w.changes);
	sim_picture(s, &s->base);
	memset(s->moved, 0, sizeof(s->moved));
	memset(s->acts, 0, sizeof(s->acts));
}
