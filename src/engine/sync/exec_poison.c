/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies in such an order that a message which breaks the connection each time
 * is made out and put off. Before a message is asked for alone, its header is,
 * by which the user knows it.
 */
#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/sync/content.h"
#include "engine/sync/exec.h"
#include "engine/sync/exec_poison.h"
#include "engine/sync/poison.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

/* Those that failed in an earlier run go together, after the others. */
#define GROUP_FAILED (POISON_NONE - 1)

struct turn {
	const struct op *op;
	size_t group;
	size_t index; /* to sort in a stable way */
};

/* The only message that is asked for. */
struct alone {
	const struct op *op;
	struct buf subject; /* "From: ..., Subject: ..." */
};

static struct poison_place
place_of(const struct folder *f, const struct op *op)
{
	return (struct poison_place){ f->row.id, !op->side };
}

static uint32_t
id_of(const struct folder *f, const struct op *op)
{
	return folder_skip_id(f, !op->side, op->id[!op->side]);
}

void
exec_poison_broke(struct folder *f, const struct op *const *ops, size_t n,
    bool begun, const struct err *why)
{
	struct poison_place where;
	uint32_t *ids;
	size_t i;

	if (f->sy->env->poison == NULL || n == 0 || sync_stopped(f->sy) ||
	    why->scope != ERR_SESSION)
		return;
	where = place_of(f, ops[0]);
	ids = xcalloc(n, sizeof(*ids));
	for (i = 0; i < n; i++)
		ids[i] = id_of(f, ops[i]);
	poison_broke(f->sy->env->poison, &where, ids, n, begun);
	free(ids);
}

static int
compare_turns(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->group != y->group)
		return x->group > y->group ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static bool
failed_before(
    const struct status_skipped *list, size_t len, enum side side, uint32_t id)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (list[i].side == side && list[i].id == id)
			return true;
	return false;
}

/* Brings ops into the order of their groups, which the caller frees. */
static int
turns_make(struct folder *f, const struct op **ops, size_t n,
    struct turn **turns, struct err *e)
{
	struct poison_place where = place_of(f, ops[0]);
	struct status_skipped *failed;
	size_t i, len;
	uint32_t id;

	if (status_skips(f->sy->status, f->row.id, &failed, &len, e) == -1)
		return -1;
	*turns = xcalloc(n, sizeof(**turns));
	for (i = 0; i < n; i++) {
		struct turn *t = &(*turns)[i];

		id = id_of(f, ops[i]);
		*t = (struct turn){ .op = ops[i], .index = i };
		t->group = poison_facts(f->sy->env->poison, &where, id).group;
		if (t->group == POISON_NONE &&
		    failed_before(failed, len, where.side, id))
			t->group = GROUP_FAILED;
	}
	free(failed);
	qsort(*turns, n, sizeof(**turns), compare_turns);
	for (i = 0; i < n; i++)
		ops[i] = (*turns)[i].op;
	return 0;
}

static struct poison_facts
facts_of(const struct folder *f, const struct op *op)
{
	struct poison_place where = place_of(f, op);

	return poison_facts(f->sy->env->poison, &where, id_of(f, op));
}

bool
exec_poison_is_off(const struct folder *f, const struct op *op)
{
	return f->sy->env->poison != NULL &&
	       facts_of(f, op).group == POISON_OFF;
}

/* Put off in an earlier attempt of this run: reported then. */
static void
leave_out(struct folder *f, const struct op *op)
{
	f->outcome.failed = true;
	f->outcome.left[!op->side] = true;
}

/* Asks by what the user can know the message; nothing when it does not say. */
static int
describe(struct folder *f, struct alone *a, struct err *e)
{
	struct store *from = f->sy->store[!a->op->side];
	struct refs refs = { 0 };
	struct buf header = { 0 };
	int ret;

	ret = refs_add(&refs, f, a->op, !a->op->side, e);
	if (ret == 0)
		ret = content_header(from, refs.list, &header, e);
	content_describe(&header, &a->subject);
	buf_clear(&header);
	refs_clear(&refs);
	return ret;
}

static int
put_off(struct folder *f, const struct alone *a, const struct err *broke,
    struct err *e)
{
	struct poison_place where = place_of(f, a->op);
	const char *file;
	struct err why = ERR_INIT;
	int ret;

	poison_put_off(f->sy->env->poison, &where, id_of(f, a->op));
	file = folder_file_name(f, where.side, a->op->id[where.side]);
	err_set(&why, ERR_MESSAGE,
	    "the connection breaks whenever this message is copied (%s%s%s); "
	    "the others go on without it, and it is tried again later",
	    err_text(broke), a->subject.len > 0 ? "; " : "",
	    a->subject.len > 0 ? buf_str(&a->subject) : "");
	if (file[0] != '\0')
		err_file(&why, file);
	ret = exec_copy_failed(f, a->op, &why, e);
	err_clear(&why);
	return ret;
}

static int
copy_alone(
    struct folder *f, const struct op **op, exec_copies *copy, struct err *e)
{
	struct alone a = { .op = op[0] };
	struct err mine = ERR_INIT;
	size_t before = facts_of(f, op[0]).breaks;
	bool broke;
	int ret;

	ret = describe(f, &a, e);
	if (ret == 0)
		ret = copy(f, op, 1, e);
	else
		exec_poison_broke(f, op, 1, true, e);
	broke = ret == -1 && facts_of(f, a.op).breaks > before;
	if (broke && put_off(f, &a, e, &mine) == -1)
		err_move(e, &mine);
	buf_clear(&a.subject);
	return ret;
}

/* How many of the turns from the first on go together. */
static size_t
turns_together(const struct turn *t, size_t n)
{
	size_t i;

	for (i = 1; i < n && i < t[0].group; i++)
		if (t[i].group != t[0].group)
			break;
	return i;
}

int
exec_poison_run(struct folder *f, const struct op **ops, size_t n,
    exec_copies *copy, struct err *e)
{
	struct turn *turns;
	size_t i, len;
	int ret = 0;

	if (n == 0)
		return 0;
	if (f->sy->env->poison == NULL)
		return copy(f, ops, n, e);
	if (turns_make(f, ops, n, &turns, e) == -1)
		return -1;
	for (i = 0; ret == 0 && i < n && !sync_stopped(f->sy); i += len) {
		len = turns_together(turns + i, n - i);
		if (turns[i].group == POISON_OFF)
			leave_out(f, ops[i]);
		else if (len == 1 && turns[i].group != POISON_NONE)
			ret = copy_alone(f, ops + i, copy, e);
		else
			ret = copy(f, ops + i, len, e);
	}
	free(turns);
	return ret;
}
