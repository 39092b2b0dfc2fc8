/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workers: each takes a job, does it, and takes the next one. */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/control/engine_private.h"
#include "engine/settings/settings.h"

static struct account_result
sync_run(struct engine *en, const struct job *job, int worker)
{
	struct account_result r;

	engine_say(en, EV_THREAD_START, (int)job->account, worker);
	r = account_sync(en->accounts[job->account], &job->request, worker);
	engine_say(en, EV_THREAD_END, (int)job->account, worker);
	return r;
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct engine *en = w->engine;
	struct job_result r;
	struct job job;

	while (queue_get(en->jobs, &job, -1)) {
		r = (struct job_result){ .kind = job.kind,
			.account = job.account };
		if (job.kind == JOB_SYNC)
			r.sync = sync_run(en, &job, w->number);
		else if (job.kind == JOB_KEEP)
			account_keepalive(en->accounts[job.account]);
		if (job.kind != JOB_HELP) {
			queue_put(en->results, &r);
			continue;
		}
		atomic_fetch_sub(&en->helps, 1);
		account_help(en->accounts[job.account], w->number);
	}
	return NULL;
}

static int
compare_down(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*y > *x) - (*y < *x);
}

/* As many as there can be connections at once: those of the accounts with the
 * most of them. */
static size_t
workers_wanted(const struct engine *en)
{
	size_t n = en->settings->accounts_len, i, sum = 0;
	size_t leaders = en->settings->maxsyncaccounts, *lanes;

	if (en->options.single_thread)
		return 1;
	lanes = xcalloc(n, sizeof(*lanes));
	for (i = 0; i < n; i++)
		lanes[i] = account_lanes(en->accounts[i]);
	qsort(lanes, n, sizeof(*lanes), compare_down);
	for (i = 0; i < n && i < leaders; i++)
		sum += lanes[i];
	free(lanes);
	return sum;
}

int
pool_start(struct engine *en, struct err *e)
{
	size_t n = workers_wanted(en);
	int num = 0;

	en->workers = xcalloc(n, sizeof(*en->workers));
	for (; en->workers_len < n; en->workers_len++) {
		struct worker *w = &en->workers[en->workers_len];

		w->engine = en;
		w->number = (int)en->workers_len;
		num = pthread_create(&w->thread, NULL, worker_main, w);
		if (num != 0)
			break;
	}
	if (en->workers_len > 0)
		return 0;
	return err_errno(e, ERR_ALL, num, "cannot start a thread");
}

void
pool_stop(struct engine *en)
{
	queue_close(en->jobs);
	while (en->workers_len > 0)
		pthread_join(en->workers[--en->workers_len].thread, NULL);
}
