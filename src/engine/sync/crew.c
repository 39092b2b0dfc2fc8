/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lanes and jobs of an account, and the threads that take them. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/sync/crew.h"

struct crew {
	struct crew_config config;
	pthread_mutex_t lock;
	pthread_cond_t ended;  /* a helper's share of a job */
	struct crew_job *jobs; /* open ones, the newest first; lock */
	struct lane *lanes;    /* busy: lock; all else: see struct lane */
	bool refused; /* no more lanes can be opened in this run; lock */
};

struct crew *
crew_new(const struct crew_config *c)
{
	struct crew *crew = xcalloc(1, sizeof(*crew));

	crew->config = *c;
	crew->lanes = xcalloc(c->lanes, sizeof(*crew->lanes));
	crew->lanes[0].busy = true; /* for ever: the leader's */
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->ended, NULL);
	return crew;
}

void
crew_free(struct crew *crew)
{
	if (crew == NULL)
		return;
	pthread_mutex_destroy(&crew->lock);
	pthread_cond_destroy(&crew->ended);
	free(crew->lanes);
	free(crew);
}

struct lane *
crew_lead(struct crew *crew)
{
	return &crew->lanes[0];
}

struct lane *
crew_lane(struct crew *crew, size_t n)
{
	return n < crew->config.lanes ? &crew->lanes[n] : NULL;
}

void
crew_renew(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->refused = false;
	pthread_mutex_unlock(&crew->lock);
}

void
crew_call(struct crew *crew, struct crew_job *job, size_t n)
{
	if (n >= crew->config.lanes)
		n = crew->config.lanes - 1;
	pthread_mutex_lock(&crew->lock);
	if (crew->refused)
		n = 0;
	job->wanted = n;
	job->running = 0;
	job->next = crew->jobs;
	crew->jobs = job;
	pthread_mutex_unlock(&crew->lock);
	while (n-- > 0)
		crew->config.summon(crew->config.arg);
}

void
crew_dismiss(struct crew *crew, struct crew_job *job)
{
	struct crew_job **p;

	pthread_mutex_lock(&crew->lock);
	for (p = &crew->jobs; *p != job; p = &(*p)->next)
		;
	*p = job->next;
	while (job->running > 0)
		pthread_cond_wait(&crew->ended, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

/* A job that wants help, and a lane for it; NULL when either lacks. A lane
 * that is open already goes first. Lanes are looked at only when there is a
 * job: without one they are the owner's, who may be closing them. */
static struct crew_job *
take(struct crew *crew, struct lane **lane)
{
	struct crew_job *job;
	size_t i;

	for (job = crew->jobs; job != NULL; job = job->next)
		if (job->wanted > 0)
			break;
	if (job == NULL || crew->refused)
		return NULL;
	*lane = NULL;
	for (i = 1; i < crew->config.lanes; i++)
		if (!crew->lanes[i].busy &&
		    (*lane == NULL || (crew->lanes[i].open && !(*lane)->open)))
			*lane = &crew->lanes[i];
	if (*lane == NULL)
		return NULL;
	job->wanted--;
	job->running++;
	(*lane)->busy = true;
	return job;
}

/* True when the lane could be opened. */
static bool
lane_work(struct crew *crew, struct lane *l, struct crew_job *job)
{
	const struct crew_config *c = &crew->config;
	struct err e = ERR_INIT;
	bool opened;

	opened = l->open || c->open(c->arg, l, &e) == 0;
	if (!opened) {
		log_line(l->sync.env->log, "%s: no further connection: %s",
		    l->sync.env->account->name, err_line(&e));
		c->close(c->arg, l);
		err_clear(&e);
		return false;
	}
	l->open = true;
	if (job->run(job, &l->sync, &e) == -1 && e.scope >= ERR_SESSION) {
		c->close(c->arg, l);
		l->open = false;
	}
	err_clear(&e);
	return true;
}

void
crew_help(struct crew *crew, int worker, void (*begins)(void *arg, bool begin),
    void *arg)
{
	struct crew_job *job;
	struct lane *lane;
	bool begun = false, opened;

	pthread_mutex_lock(&crew->lock);
	while ((job = take(crew, &lane)) != NULL) {
		lane->sync.env = crew->lanes[0].sync.env;
		lane->sync.worker = worker;
		pthread_mutex_unlock(&crew->lock);
		if (!begun)
			begins(arg, true);
		begun = true;
		opened = lane_work(crew, lane, job);
		pthread_mutex_lock(&crew->lock);
		crew->refused |= !opened;
		lane->busy = false;
		job->running--;
		pthread_cond_broadcast(&crew->ended);
	}
	pthread_mutex_unlock(&crew->lock);
	if (begun)
		begins(arg, false);
}
