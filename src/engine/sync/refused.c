/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders that cannot be looked into, and for how long they hold deletions. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/sync/refused.h"

int
refused_note(
    struct sync *sy, const struct foldermap_entry *entry, struct err *e)
{
	struct status_refused r;
	const int64_t now = clock_wall();
	enum side s;

	if (sy->env->request->dry_run || entry->id == 0)
		return 0;
	if (status_refused_get(sy->status, entry->id, &r, e) == -1)
		return -1;
	if (r.runs == 0)
		for (s = LOCAL; s <= REMOTE; s++) {
			r.validity[s] = entry->validity[s];
			r.next_id[s] = entry->next_id[s];
		}
	if (r.runs == 0 || r.since > now) /* a clock that was wrong */
		r.since = now;
	if (r.runs < UINT32_MAX)
		r.runs++;
	return status_refused_put(sy->status, entry->id, &r, e);
}

int
refused_got_nothing(struct sync *sy, const struct foldermap_entry *entry,
    const struct status_folder *row, enum side side, bool *nothing,
    struct err *e)
{
	const uint32_t validity = entry->validity[side];
	const uint32_t next_id = entry->next_id[side];
	const bool known = row->validity[side] != 0;
	struct status_refused r;

	*nothing = false;
	if (row->id == 0)
		return 0;
	if (status_refused_get(sy->status, row->id, &r, e) == -1)
		return -1;
	if (known)
		*nothing = next_id != 0 && !row->left[side] &&
			   validity == row->validity[side] &&
			   next_id == row->next_id[side];
	else if (store_traits(sy->store[side])->bytes_at_hand)
		*nothing = false;
	else if (next_id != 0)
		*nothing =
		    validity == r.validity[side] && next_id == r.next_id[side];
	else
		*nothing = r.runs > 1;
	/* A time to come is no proof: refused_note() puts it right. */
	if (r.runs > 1 && clock_wall() - r.since >= REFUSED_SECONDS)
		*nothing = true;
	return 0;
}

int
refused_hint(
    const struct sync *sy, const struct foldermap_entry *entry, struct err *e)
{
	struct buf what = { 0 };

	if (e->scope != ERR_FOLDER)
		return -1;
	foldermap_leave_out(sy->env->account, entry->label, &what);
	err_suffix(e, "to do without the folder, %s", buf_str(&what));
	buf_clear(&what);
	return -1;
}

int
refused_place(struct sync *sy, enum side side, const char *path, bool opened,
    bool *holds, struct err *e)
{
	char *name = xasprintf("refused %s %s", side_name(side), path);
	char *since = NULL, now[24];
	int64_t age = 0;
	int ret;

	snprintf(now, sizeof(now), "%" PRId64, clock_wall());
	ret = status_fact_get(sy->status, name, &since, e);
	if (ret == 0 && since != NULL)
		age = clock_wall() - strtoll(since, NULL, 10);
	*holds = !opened && age < REFUSED_SECONDS;
	if (ret == 0 && !sy->env->request->dry_run) {
		if (opened && since != NULL)
			ret = status_fact_drop(sy->status, name, e);
		else if (!opened && (since == NULL || age < 0))
			ret = status_fact_put(sy->status, name, now, e);
	}
	free(since);
	free(name);
	return ret;
}
