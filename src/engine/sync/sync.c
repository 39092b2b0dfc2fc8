/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every step of a synchronisation asks its thread's view of it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "engine/sync/sync.h"

bool
sync_stopped(const struct sync *sy)
{
	return atomic_load(sy->env->stop);
}

bool
sync_trusts(const struct sync *sy, const struct foldermap_entry *entry)
{
	const struct request *r = sy->env->request;

	/* News does not say of which side it is; to look once more costs no
	 * more than that. */
	return r->quick && (r->news[0] == '\0' ||
			       (strcmp(r->news, entry->name[REMOTE]) != 0 &&
				   strcmp(r->news, entry->name[LOCAL]) != 0));
}

void
sync_leave_folder(struct sync *sy)
{
	enum side s;

	for (s = LOCAL; s <= REMOTE; s++)
		if (sy->store[s]->ops->leave != NULL)
			sy->store[s]->ops->leave(sy->store[s]);
}

void
sync_gather(struct sync *to, struct sync *from)
{
	struct sync_results *all = &to->results, *mine = &from->results;
	size_t side, i;

	for (side = 0; side < 2; side++)
		for (i = 0; i < COUNT_KINDS; i++)
			all->counts[side][i] += mine->counts[side][i];
	if (mine->failed)
		all->error = mine->error;
	all->failed |= mine->failed;
	all->held |= mine->held;
	*mine = (struct sync_results){ 0 };
	deletions_move(&to->run.deletions, &from->run.deletions);
	server_copies_move(&to->run.server_copies, &from->run.server_copies);
}

void
sync_run_clear(struct sync_run *run)
{
	deletions_clear(&run->deletions);
	server_copies_clear(&run->server_copies);
	foldermap_clear(&run->map);
	foldermap_clear(&run->all);
	store_folders_clear(&run->listing[LOCAL]);
	store_folders_clear(&run->listing[REMOTE]);
	*run = (struct sync_run){ 0 };
}
