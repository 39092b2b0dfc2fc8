/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pairs that were found by parts of their messages. */
#include "config.h"

#include "engine/sync/content.h"
#include "engine/sync/report.h"
#include "engine/sync/unread.h"

/* The next run takes it for new. */
static int
pair_dissolve(struct folder *f, const struct op *op, struct err *e)
{
	struct err why = ERR_INIT;

	err_set(&why, ERR_MESSAGE,
	    "it is not removed: the message that was deleted on the other side "
	    "had the same header and size, and another body");
	report_doubt(f, op, &why);
	err_clear(&why);
	f->outcome.unfinished = true;
	return status_pair_drop(f->sy->status, f->row.id, op->id[REMOTE], e);
}

int
unread_check(struct folder *f, const struct op *op, const struct store_ref *ref,
    bool *same, struct err *e)
{
	struct content content = { 0 };
	struct status_pair p;
	bool found;
	int ret;

	*same = true;
	if (status_pair_get(
		f->sy->status, f->row.id, op->id[REMOTE], &p, &found, e) == -1)
		return -1;
	if (!found || !p.unread[op->side])
		return 0;
	ret = content_read(
	    f->sy->store[op->side], ref, 1, STORE_WHOLE, &content, e);
	if (ret == 0 && !content.valid) {
		*same = false;
		if (content.why != NULL)
			report_error(f, op, content.why);
	} else if (ret == 0 && !digest_equal(&content.digest, &p.digest)) {
		*same = false;
		if (!f->sy->env->request->dry_run)
			ret = pair_dissolve(f, op, e);
	}
	content_clear(&content, 1);
	return ret;
}
