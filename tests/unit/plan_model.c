/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan_model.h"

void
model_init(struct model *m)
{
	*m = (struct model){
		.next_id = { 1, 1 },
		.storable = { FLAG_ALL, FLAG_ALL },
		.policy = { .deletes_from = { true, true } },
	};
}

void
model_put_id(
    struct model *m, enum side side, unsigned mark, uint32_t flags, uint32_t id)
{
	struct model_msg *list = m->msg[side];
	size_t i;

	assert_true(m->len[side] < MODEL_MAX && mark < MODEL_MAX);
	for (i = m->len[side]++; i > 0 && list[i - 1].id > id; i--)
		list[i] = list[i - 1];
	list[i] = (struct model_msg){ id, flags, mark };
	if (id >= m->next_id[side])
		m->next_id[side] = id + 1;
}

void
model_put(struct model *m, enum side side, unsigned mark, uint32_t flags)
{
	model_put_id(m, side, mark, flags, m->next_id[side]);
}

void
model_pair(
    struct model *m, uint32_t lid, uint32_t rid, uint32_t flags, unsigned mark)
{
	size_t i;

	assert_true(m->base_len < MODEL_MAX);
	for (i = m->base_len++; i > 0 && m->base[i - 1].id[REMOTE] > rid; i--) {
		m->base[i] = m->base[i - 1];
		m->base_mark[i] = m->base_mark[i - 1];
	}
	m->base[i] = (struct plan_pair){ { lid, rid }, flags };
	m->base_mark[i] = mark;
}

void
model_add(struct model *m, unsigned mark, const struct model_row *row)
{
	uint32_t id[2];
	int s;

	for (s = LOCAL; s <= REMOTE; s++) {
		id[s] = m->next_id[s];
		if (row->there[s])
			model_put(m, s, mark, row->flags[s]);
		m->next_id[s] = id[s] + 1;
	}
	if (row->paired)
		model_pair(m, id[LOCAL], id[REMOTE], row->base, mark);
}

void
model_mirror(const struct model *m, struct model *out)
{
	size_t i;
	int s;

	*out = *m;
	out->base_len = 0;
	for (s = LOCAL; s <= REMOTE; s++) {
		memcpy(out->msg[s], m->msg[!s], sizeof(out->msg[s]));
		out->len[s] = m->len[!s];
		out->next_id[s] = m->next_id[!s];
		out->storable[s] = m->storable[!s];
		out->policy.readonly[s] = m->policy.readonly[!s];
		out->policy.deletes_from[s] = m->policy.deletes_from[!s];
		out->policy.marks_only[s] = m->policy.marks_only[!s];
	}
	for (i = 0; i < m->base_len; i++)
		model_pair(out, m->base[i].id[REMOTE], m->base[i].id[LOCAL],
		    m->base[i].flags, m->base_mark[i]);
}

struct model_row
model_row(const struct model *m, unsigned mark)
{
	struct model_row row = { 0 };
	size_t i;
	int s;

	for (s = LOCAL; s <= REMOTE; s++) {
		for (i = 0; i < m->len[s]; i++) {
			if (m->msg[s][i].mark != mark)
				continue;
			assert_false(row.there[s]);
			row.there[s] = true;
			row.flags[s] = m->msg[s][i].flags;
		}
	}
	for (i = 0; i < m->base_len; i++) {
		if (m->base_mark[i] != mark)
			continue;
		assert_false(row.paired);
		row.paired = true;
		row.base = m->base[i].flags;
	}
	return row;
}

bool
model_equal(const struct model *a, const struct model *b)
{
	struct model_row x, y;
	unsigned mark;

	for (mark = 0; mark < MODEL_MAX; mark++) {
		x = model_row(a, mark);
		y = model_row(b, mark);
		if (x.there[LOCAL] != y.there[LOCAL] ||
		    x.there[REMOTE] != y.there[REMOTE] ||
		    x.flags[LOCAL] != y.flags[LOCAL] ||
		    x.flags[REMOTE] != y.flags[REMOTE] ||
		    x.paired != y.paired || x.base != y.base)
			return false;
	}
	return true;
}

static const struct model_msg *
msg_by_id(const struct model *m, enum side side, uint32_t id)
{
	size_t i;

	for (i = 0; i < m->len[side]; i++)
		if (m->msg[side][i].id == id)
			return &m->msg[side][i];
	return NULL;
}

static const struct plan_pair *
pair_by_id(const struct model *m, enum side side, uint32_t id)
{
	size_t i;

	for (i = 0; i < m->base_len; i++)
		if (m->base[i].id[side] == id)
			return &m->base[i];
	return NULL;
}

static void
snapshot_make(const struct model *m, const struct model_view *view,
    enum side side, struct snapshot *snap)
{
	const struct model_msg *msg;
	struct snap_msg *sm;
	uint32_t id;
	size_t i;

	snap->complete = view == NULL || !view->partial[side];
	for (i = 0; i < m->len[side]; i++) {
		msg = &m->msg[side][i];
		if (!snap->complete && view->hidden[side][msg->mark])
			continue;
		sm = snapshot_add(snap);
		sm->id = msg->id;
		sm->flags = msg->flags;
	}
	if (snap->complete || !view->vanished[side])
		return;
	for (i = 0; i < m->base_len; i++) {
		id = m->base[i].id[side];
		if (msg_by_id(m, side, id) == NULL)
			uidset_add(&snap->vanished, id);
	}
}

/* Unpaired messages with the same mark, turned around by salt. */
static size_t
matches_make(const struct model *m, unsigned salt, struct plan_match *out)
{
	const struct model_msg *l, *r;
	struct plan_match all[MODEL_MAX];
	size_t i, j, n;

	n = 0;
	for (i = 0; i < m->len[LOCAL]; i++) {
		for (j = 0; j < m->len[REMOTE]; j++) {
			l = &m->msg[LOCAL][i];
			r = &m->msg[REMOTE][j];
			if (l->mark != r->mark ||
			    pair_by_id(m, LOCAL, l->id) != NULL ||
			    pair_by_id(m, REMOTE, r->id) != NULL)
				continue;
			all[n++] = (struct plan_match){ { l->id, r->id } };
		}
	}
	for (i = 0; i < n; i++) {
		j = (i + salt) % n;
		out[i] = all[salt % 2 == 0 ? j : n - 1 - j];
	}
	return n;
}

void
model_plan(const struct model *m, const struct model_view *view, unsigned salt,
    struct plan *plan)
{
	struct snapshot snap[2] = { 0 };
	struct plan_match matches[MODEL_MAX];
	struct plan_input in = {
		.snap = { &snap[LOCAL], &snap[REMOTE] },
		.base = m->base,
		.base_len = m->base_len,
		.matches = matches,
		.storable = { m->storable[LOCAL], m->storable[REMOTE] },
		.policy = m->policy,
	};

	snapshot_make(m, view, LOCAL, &snap[LOCAL]);
	snapshot_make(m, view, REMOTE, &snap[REMOTE]);
	in.matches_len = matches_make(m, salt, matches);
	*plan = (struct plan){ 0 };
	plan_make(&in, plan);
	snapshot_clear(&snap[LOCAL]);
	snapshot_clear(&snap[REMOTE]);
}

static struct plan_pair *
pair_of(struct model *m, const struct op *op)
{
	struct plan_pair *p;

	p = (struct plan_pair *)pair_by_id(m, REMOTE, op->id[REMOTE]);
	assert_non_null(p);
	assert_int_equal(p->id[LOCAL], op->id[LOCAL]);
	return p;
}

static void
pair_drop(struct model *m, const struct op *op)
{
	size_t i;

	i = (size_t)(pair_of(m, op) - m->base);
	for (m->base_len--; i < m->base_len; i++) {
		m->base[i] = m->base[i + 1];
		m->base_mark[i] = m->base_mark[i + 1];
	}
}

static void
apply_copy(struct model *m, const struct op *op)
{
	const struct model_msg *from;
	uint32_t id[2];

	assert_int_equal(op->id[op->side], 0);
	from = msg_by_id(m, !op->side, op->id[!op->side]);
	assert_non_null(from);
	assert_null(pair_by_id(m, !op->side, from->id));
	assert_int_equal(op->flags, from->flags);
	assert_int_equal(op->add & ~m->storable[op->side], 0);
	id[!op->side] = from->id;
	id[op->side] = m->next_id[op->side];
	model_pair(m, id[LOCAL], id[REMOTE], op->add, from->mark);
	model_put(m, op->side, from->mark, op->add);
}

static void
apply_flags(struct model *m, const struct op *op)
{
	struct model_msg *msg;
	struct plan_pair *p = pair_of(m, op);

	msg = (struct model_msg *)msg_by_id(m, op->side, op->id[op->side]);
	assert_non_null(msg);
	assert_int_equal(op->flags, msg->flags);
	assert_int_equal((op->add | op->del) & ~m->storable[op->side], 0);
	assert_int_equal(op->add & msg->flags, 0);
	assert_int_equal(op->del & ~msg->flags, 0);
	assert_int_not_equal(op->add | op->del, 0);
	msg->flags = (msg->flags | op->add) & ~op->del;
	p->flags = (p->flags | op->add) & ~op->del;
}

static void
apply_expunge(struct model *m, const struct op *op)
{
	const struct model_msg *msg;
	size_t i;

	pair_drop(m, op);
	assert_null(msg_by_id(m, !op->side, op->id[!op->side]));
	msg = msg_by_id(m, op->side, op->id[op->side]);
	assert_non_null(msg);
	assert_int_equal(op->flags, msg->flags);
	i = (size_t)(msg - m->msg[op->side]);
	for (m->len[op->side]--; i < m->len[op->side]; i++)
		m->msg[op->side][i] = m->msg[op->side][i + 1];
}

static void
apply_adopt(struct model *m, const struct op *op)
{
	const struct model_msg *l = msg_by_id(m, LOCAL, op->id[LOCAL]);
	const struct model_msg *r = msg_by_id(m, REMOTE, op->id[REMOTE]);

	assert_true(l != NULL && r != NULL && l->mark == r->mark);
	assert_null(pair_by_id(m, LOCAL, l->id));
	assert_null(pair_by_id(m, REMOTE, r->id));
	model_pair(m, l->id, r->id, op->add, l->mark);
}

void
model_apply(struct model *m, const struct op *op)
{
	struct plan_pair *p;

	if (op->kind == OP_COPY || op->kind == OP_FLAGS ||
	    op->kind == OP_EXPUNGE)
		assert_false(m->policy.readonly[op->side]);
	else if (op->kind != OP_SKIP)
		assert_int_equal(op->side, LOCAL);
	switch ((enum op_kind)op->kind) {
	case OP_FORGET:
		pair_drop(m, op);
		break;
	case OP_ADOPT:
		apply_adopt(m, op);
		break;
	case OP_COPY:
		apply_copy(m, op);
		break;
	case OP_FLAGS:
		apply_flags(m, op);
		break;
	case OP_SETTLE:
		p = pair_of(m, op);
		p->flags = (p->flags | op->add) & ~op->del;
		break;
	case OP_EXPUNGE:
		apply_expunge(m, op);
		break;
	case OP_SKIP:
		break;
	}
}

void
model_sync(struct model *m)
{
	struct plan plan;
	size_t i;

	model_plan(m, NULL, 0, &plan);
	for (i = 0; i < plan.len; i++)
		model_apply(m, &plan.ops[i]);
	plan_clear(&plan);
}

size_t
model_work(const struct model *m)
{
	struct plan plan;
	size_t n;

	model_plan(m, NULL, 0, &plan);
	n = plan.len - plan.counts[LOCAL][OP_SKIP] -
	    plan.counts[REMOTE][OP_SKIP];
	plan_clear(&plan);
	return n;
}
