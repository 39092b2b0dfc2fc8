/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pairs that were found by parts of their messages. */
#include "config.h"

#include <string.h>

#include "engine/sync/content.h"
#include "engine/sync/kin.h"
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

enum verdict { SAME, ANOTHER, UNREAD };

/* Whether the side has the message of the pair, in the same bytes or in a form
 * of its own. */
static int
is_pairs(struct folder *f, const struct op *op, const struct store_ref *ref,
    const struct status_pair *p, enum verdict *is, struct err *e)
{
	struct store *s = f->sy->store[op->side];
	struct content content = { 0 };
	struct kin kin = { 0 };
	int ret;

	ret = content_read(s, ref, 1, STORE_WHOLE, &content, e);
	*is = !content.valid				  ? UNREAD
	      : digest_equal(&content.digest, &p->digest) ? SAME
							  : ANOTHER;
	if (ret == 0 && !content.valid && content.why != NULL)
		report_error(f, op, content.why);
	content_clear(&content, 1);
	if (ret == -1 || *is != ANOTHER || p->kin == NULL)
		return ret;
	ret = kin_read(s, ref, 1, STORE_WHOLE, &kin, e);
	if (!kin.valid)
		*is = UNREAD;
	else if (memcmp(kin.body, p->kin, KIN_LEN) == 0)
		*is = SAME;
	return ret;
}

int
unread_check(struct folder *f, const struct op *op, const struct store_ref *ref,
    bool *same, struct err *e)
{
	struct status_pair p;
	enum verdict is;
	bool found;
	int ret;

	*same = true;
	if (status_pair_get(
		f->sy->status, f->row.id, op->id[REMOTE], &p, &found, e) == -1)
		return -1;
	if (!found || !p.unread[op->side])
		return 0;
	ret = is_pairs(f, op, ref, &p, &is, e);
	*same = ret == 0 && is == SAME;
	if (ret == 0 && is == ANOTHER && !f->sy->env->request->dry_run)
		ret = pair_dissolve(f, op, e);
	return ret;
}
