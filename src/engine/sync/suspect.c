/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the status still fit a side of the folder? */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/sync/report.h"
#include "engine/sync/suspect.h"
#include "engine/sync/terms.h"

#define NS UINT64_C(1000000000)
#define FUTURE_SECONDS 60 /* a clock that is so far ahead is wrong */
#define STEP_SECONDS 2	  /* in which some file systems keep times */

/* A directory's time goes back when it is put back by a program that restores
 * times. What a wrong clock made says nothing. */
static bool
went_back(uint64_t now, uint64_t before)
{
	uint64_t clock = (uint64_t)clock_wall() + FUTURE_SECONDS;

	return now != 0 && before / NS < clock &&
	       now / NS + STEP_SECONDS < before / NS;
}

/* A number that only grows is lower than it was. */
static bool
is_older(const struct folder *f, enum side side)
{
	const struct status_folder *row = &f->row;
	const struct store_state *now = &f->state[side];

	if (store_traits(f->sy->store[side])->names_files)
		return went_back(now->modseq, row->modseq[side]) ||
		       went_back(now->arrived, row->arrived[side]);
	return (now->next_id != 0 && (now->next_id < row->next_id[side] ||
					 now->next_id <= f->last_id[side])) ||
	       (now->modseq != 0 && now->modseq < row->modseq[side]);
}

static bool
is_another(const struct folder *f, enum side side)
{
	const char *before = f->row.object[side];
	const char *now = f->state[side].object;

	return before != NULL && now[0] != '\0' && strcmp(before, now) != 0;
}

static bool
was_kept(const struct folder *f, enum side side)
{
	const int64_t now = terms_of(f->sy->env->account);

	return f->row.validity[side] != 0 && terms_deletes_from(now, side) &&
	       !terms_deletes_from(f->row.made_under, side);
}

struct suspicion
suspect_side(const struct folder *f, enum side side)
{
	bool ids = store_traits(f->sy->store[side])->hands_out_ids;
	struct suspicion s = { .compare = ids && f->row.doubted };

	if (f->row.validity[side] == 0)
		return s;
	if (f->row.older[side] != HOLD_NONE)
		s.reason = f->row.older[side];
	else if (f->sy->run.older[side] != HOLD_NONE)
		s.reason = f->sy->run.older[side];
	else if (is_older(f, side))
		s.reason = HOLD_OLDER;
	else if (is_another(f, side))
		s.reason = HOLD_REPLACED;
	/* A status from before knows fewer UIDs, and no wrong ones. */
	s.compare = s.compare ||
		    (ids && s.reason != HOLD_NONE && s.reason != HOLD_STATUS);
	if (s.reason == HOLD_NONE && was_kept(f, side))
		s.reason = HOLD_SETTINGS;
	return s;
}

void
suspect_missing(struct folder *f, enum side side, enum hold_reason reason)
{
	const struct snapshot *snap = &f->scan.snap[side];
	uint32_t id;
	size_t i;

	if (reason == HOLD_NONE)
		return;
	for (i = 0; i < f->scan.base_len; i++) {
		if (snapshot_find(snap, f->scan.base[i].id[side]) != NULL)
			continue;
		id = f->scan.base[i].id[REMOTE];
		if (!uidset_has(&f->row.held[!side], id))
			uidset_add(&f->suspected[!side], id);
		uidset_add(&f->row.held[!side], id);
	}
	if (f->row.why[!side] == HOLD_NONE || hold_is_amount(f->row.why[!side]))
		f->row.why[!side] = reason;
}

bool
suspect_mount(struct folder *f, enum side side, enum hold_reason reason)
{
	const struct folder_scan *scan = &f->scan;
	size_t i;

	/* That it had been missing was told. */
	if (reason != HOLD_REPLACED || scan->base_len == 0 ||
	    f->row.why[!side] == HOLD_MISSING ||
	    !store_traits(f->sy->store[side])->names_files ||
	    f->sy->env->request->release != RELEASE_NONE)
		return false;
	for (i = 0; i < scan->base_len; i++)
		if (snapshot_find(&scan->snap[side], scan->base[i].id[side]) !=
		    NULL)
			return false;
	report_held(f->sy, f->entry->label, EVOP_SKIP, scan->base_len,
	    "another directory is in its place on the %s side, with none of "
	    "the %zu messages known (is another disk mounted there?); it is "
	    "left alone. When the right one is back, it goes on by itself. If "
	    "the messages are to be deleted, run again with --force-delete",
	    side_name(side), scan->base_len);
	return true;
}

void
folder_object_put(struct folder *f, enum side side)
{
	const char *now = f->state[side].object;

	if (now[0] == '\0')
		return;
	free(f->row.object[side]);
	f->row.object[side] = xstrdup(now);
}

int
folder_doubt(struct folder *f, struct err *e)
{
	f->row.doubted = true;
	return f->sy->env->request->dry_run
		   ? 0
		   : status_folder_put(f->sy->status, &f->row, e);
}
