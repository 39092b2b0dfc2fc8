/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The brake before the first copy of a folder. */
#include "config.h"

#include "engine/sync/content.h"
#include "engine/sync/exec.h"
#include "engine/sync/first_run.h"
#include "engine/sync/refs.h"
#include "engine/sync/report.h"

#define COPIES_MOST 20 /* to either side; of fewer, a doubt is not worth it */
#define SHOWN 3	       /* of either side */

/* What the plan would copy, by the side that it goes to. */
static void
copies_count(const struct folder *f, size_t n[2])
{
	const struct op *ops;
	size_t i, all;

	n[LOCAL] = n[REMOTE] = 0;
	ops = exec_ops(&f->plan, OP_COPY, &all);
	for (i = 0; i < all; i++)
		n[ops[i].side]++;
}

/* The k-th copy to that side. */
static const struct op *
copy_at(const struct folder *f, enum side to, size_t k)
{
	const struct op *ops, *at = NULL;
	size_t i, all;

	ops = exec_ops(&f->plan, OP_COPY, &all);
	for (i = 0; i < all; i++)
		if (ops[i].side == to && k-- == 0)
			at = &ops[i];
	return at;
}

static int
message_show(struct folder *f, const struct op *op, struct err *e)
{
	enum side from = !op->side;
	struct buf header = { 0 }, text = { 0 };
	struct err what = ERR_INIT;
	struct refs refs = { 0 };
	int ret;

	ret = refs_add(&refs, f, op, from, e);
	if (ret == 0)
		ret = content_header(f->sy->store[from], refs.list, &header, e);
	if (ret == 0) {
		content_describe(&header, &text);
		err_set(&what, ERR_MESSAGE, "it is on the %s side only: %s",
		    side_name(from), buf_str(&text));
		report_doubt(f, op, &what);
		err_clear(&what);
	}
	buf_clear(&text);
	buf_clear(&header);
	refs_clear(&refs);
	return ret;
}

/* The first, the last, and one in between. */
static int
sample_show(struct folder *f, const size_t n[2], struct err *e)
{
	enum side to;
	size_t i;

	for (to = LOCAL; to <= REMOTE; to++)
		for (i = 0; i < SHOWN; i++)
			if (message_show(f,
				copy_at(f, to, i * (n[to] - 1) / (SHOWN - 1)),
				e) == -1)
				return -1;
	return 0;
}

int
first_run_brake(struct folder *f, bool *stop, struct err *e)
{
	size_t n[2], paired;

	*stop = false;
	exec_ops(&f->plan, OP_ADOPT, &paired);
	copies_count(f, n);
	if (f->row.validity[LOCAL] != 0 || f->row.validity[REMOTE] != 0 ||
	    f->scan.base_len > 0 || n[LOCAL] < COPIES_MOST ||
	    n[REMOTE] < COPIES_MOST || paired >= n[LOCAL] ||
	    paired >= n[REMOTE] || f->sy->env->request->release != RELEASE_NONE)
		return 0;
	if (sample_show(f, n, e) == -1)
		return -1;
	report_held(f->sy, f->entry->label, EVOP_SKIP, n[LOCAL] + n[REMOTE],
	    "this is its first run, and both sides have mail, most of it "
	    "different: %zu messages would be copied here and %zu there, and "
	    "only %zu are the same; nothing was copied. If these are the two "
	    "folders that belong together, run again with --force-delete: all "
	    "is copied both ways, and nothing is deleted in it",
	    n[LOCAL], n[REMOTE], paired);
	*stop = !f->sy->env->request->dry_run;
	return 0;
}
