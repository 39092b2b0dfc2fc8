/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders of an account, by one worker or several side by side. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/sync/crew.h"
#include "engine/sync/sync_folder.h"
#include "engine/sync/sync_share.h"

struct folders {
	struct crew_job job;
	const struct sync *lead;
	const size_t *todo; /* indices into the map */
	size_t todo_len;
	atomic_size_t next; /* the first of todo that no thread has taken */
	atomic_bool broken; /* a connection broke, or worse: no more folders */
	pthread_mutex_t lock;
	struct err err;	      /* why; lock */
	size_t broke_at;      /* as in struct sync; lock */
	struct sync gathered; /* what the helpers' shares came to; lock */
};

/* Takes folders until none is left. The first that breaks off stops all. */
static int
folders_share(struct folders *fs, struct sync *sy, struct err *e)
{
	size_t i;

	while (!sync_stopped(sy) && !atomic_load(&fs->broken)) {
		i = atomic_fetch_add(&fs->next, 1);
		if (i >= fs->todo_len)
			break;
		if (sync_folder(sy, fs->todo[i], e) == 0)
			continue;
		pthread_mutex_lock(&fs->lock);
		if (!atomic_load(&fs->broken)) {
			err_copy(&fs->err, e);
			fs->broke_at = sy->run.broke_at;
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

	sy->run.map =
	    fs->lead->run.map; /* borrowed: each entry is one thread's */
	memcpy(sy->run.generation, fs->lead->run.generation,
	    sizeof(sy->run.generation));
	memcpy(sy->run.older, fs->lead->run.older, sizeof(sy->run.older));
	sy->run.advanced = false;
	ret = folders_share(fs, sy, e);
	sy->run.map = (struct foldermap){ 0 };
	sync_leave_folder(sy);
	pthread_mutex_lock(&fs->lock);
	sync_gather(&fs->gathered, sy);
	pthread_mutex_unlock(&fs->lock);
	return ret;
}

int
sync_share(struct sync *sy, const size_t *todo, size_t n, struct err *e)
{
	struct folders fs = { .todo = todo, .todo_len = n };
	bool shared = sy->env->crew != NULL && n > 1;

	fs.job.run = folders_help;
	fs.lead = sy;
	pthread_mutex_init(&fs.lock, NULL);
	if (shared)
		crew_call(sy->env->crew, &fs.job, n - 1);
	folders_share(&fs, sy, e);
	if (shared)
		crew_dismiss(sy->env->crew, &fs.job);
	pthread_mutex_destroy(&fs.lock);
	sync_gather(sy, &fs.gathered);
	if (!fs.broken)
		return 0;
	err_move(e, &fs.err);
	sy->run.broke_at = fs.broke_at;
	return -1;
}
