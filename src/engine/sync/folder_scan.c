/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at both sides of a folder, and at what the status has of it. */
#include "config.h"

#include <stdlib.h>

#include "engine/sync/folder_scan.h"
#include "engine/sync/report.h"

/* True when the side cannot have changed since both were the same. */
static bool
unchanged(const struct folder *f, enum side side, bool everything)
{
	const struct store_token *now = &f->state[side].token;

	return !everything && store_token_equal(now, &f->row.token[side]) &&
	       (now->exact || sync_trusts(f->sy, f->entry));
}

/* What could not be listed is as the status knows it, and nothing of the folder
 * is deleted. */
static void
shortfall_report(struct folder *f, enum side side)
{
	const struct snapshot *snap = &f->scan.snap[side];

	if (snap->shortfall.scope == ERR_NONE)
		return;
	report_warning(f->sy, f->entry->label,
	    "%s; what was listed is synchronised, and nothing is deleted",
	    err_text(&snap->shortfall));
	f->outcome.unfinished = true;
}

static int
side_scan(struct folder *f, enum side side, bool everything, struct err *e)
{
	struct store *s = f->sy->store[side];
	struct snapshot *snap = &f->scan.snap[side];

	snapshot_clear(snap);
	if (!f->entry->there[side]) {
		snap->complete = true;
		return 0;
	}
	if (unchanged(f, side, everything)) {
		snap->token = f->state[side].token;
		return 0; /* partial and empty: all is as in the base */
	}
	folder_names_renew(&f->names[side]);
	report_listing(f, side);
	if (store_told(s, s->ops->scan(s, snap, e), e) == -1)
		return -1;
	shortfall_report(f, side);
	return folder_names_check(&f->names[side], e);
}

int
folder_scan(struct folder *f, bool everything, struct err *e)
{
	free(f->scan.base);
	f->scan.base = NULL;
	if (side_scan(f, REMOTE, everything, e) == -1 ||
	    side_scan(f, LOCAL, everything, e) == -1)
		return -1;
	return status_base(
	    f->sy->status, f->row.id, &f->scan.base, &f->scan.base_len, e);
}
