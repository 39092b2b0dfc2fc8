/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders of an account, by one worker or several side by side. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/crew.h"
#include "engine/sync/folder.h"

struct folders {
	struct crew_job job;
	const struct sync *lead;
	const size_t *todo; /* indices into the map */
	size_t todo_len;
	atomic_size_t next; /* the first of todo that nobody has taken */
	atomic_bool broken; /* a connection broke, or worse: no more folders */
	pthread_mutex_t lock;
	struct err err;	      /* why; lock */
	size_t broke_at;      /* as in struct sync; lock */
	struct sync gathered; /* what the helpers' shares came to; lock */
};

/* Moves what is in list from to the end of list to. */
#define APPEND(to, from, list)                                                 \
	do {                                                                   \
		for (size_t at = 0; at < (from)->list##_len; at++) {           \
			(to)->list = xgrow((to)->list, (to)->list##_len,       \
			    &(to)->list##_cap, sizeof(*(to)->list));           \
			(to)->list[(to)->list##_len++] = (from)->list[at];     \
		}                                                              \
		free((from)->list);                                            \
		(from)->list = NULL;                                           \
		(from)->list##_len = (from)->list##_cap = 0;                   \
	} while (0)

/* Adds what from came to, and empties it. */
static void
results_move(struct sync *to, struct sync *from)
{
	size_t side, i;

	for (side = 0; side < 2; side++)
		for (i = 0; i < COUNT_KINDS; i++)
			to->counts[side][i] += from->counts[side][i];
	memset(from->counts, 0, sizeof(from->counts));
	to->failed |= from->failed;
	to->held |= from->held;
	if (from->error[0] != '\0')
		memcpy(to->error, from->error, sizeof(to->error));
	from->error[0] = '\0';
	if (from->copies_failed)
		sync_copies_failed(to, from->failed_in);
	from->failed = from->held = from->copies_failed = false;
	APPEND(to, from, transfers);
	APPEND(to, from, doomed);
	APPEND(to, from, uncopied);
}

/* Takes folders until none is left. The first that breaks off stops all. */
static int
folders_share(struct folders *fs, struct sync *sy, struct err *e)
{
	size_t i;

	while (!atomic_load(sy->stop) && !atomic_load(&fs->broken)) {
		i = atomic_fetch_add(&fs->next, 1);
		if (i >= fs->todo_len)
			break;
		if (sync_folder_guarded(sy, fs->todo[i], e) == 0)
			continue;
		pthread_mutex_lock(&fs->lock);
		if (!atomic_load(&fs->broken)) {
			fs->err = *e;
			fs->broke_at = sy->broke_at;
		}
		atomic_store(&fs->broken, true);
		pthread_mutex_unlock(&fs->lock);
		return -1;
	}
	return 0;
}

static int
folders_help(struct crew_job *job, struct sync *sy, struct err *e)
{
	struct folders *fs = (struct folders *)job;
	int ret;

	sy->map = fs->lead->map; /* borrowed: each entry is one thread's */
	ret = folders_share(fs, sy, e);
	sy->map = (struct foldermap){ 0 };
	sync_leave_folder(sy);
	pthread_mutex_lock(&fs->lock);
	results_move(&fs->gathered, sy);
	pthread_mutex_unlock(&fs->lock);
	return ret;
}

int
sync_share_out(struct sync *sy, const size_t *todo, size_t n, struct err *e)
{
	struct folders fs = { .todo = todo, .todo_len = n };
	bool shared = sy->crew != NULL && n > 1;

	fs.job.run = folders_help;
	fs.lead = sy;
	pthread_mutex_init(&fs.lock, NULL);
	if (shared)
		crew_call(sy->crew, &fs.job, n - 1);
	folders_share(&fs, sy, e);
	if (shared)
		crew_dismiss(sy->crew, &fs.job);
	pthread_mutex_destroy(&fs.lock);
	results_move(sy, &fs.gathered);
	if (!fs.broken)
		return 0;
	*e = fs.err;
	sy->broke_at = fs.broke_at;
	return -1;
}
