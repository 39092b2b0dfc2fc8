/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_CREW_H
#define ENGINE_SYNC_CREW_H

/*
 * Several threads at one account's work. The worker that runs the account
 * leads; while there is work that can be shared, other workers that have
 * nothing to do help, each in a lane of its own: its own connections, its own
 * view of the status. The leader never waits for a helper that has not begun.
 *
 *	leader:  crew_call(job) -> its own share of it -> crew_dismiss(job)
 *	helper:  crew_help: takes a lane, job->run(), gives the lane back
 *
 * The lock guards which thread does what, and is never held while it does it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "engine/sync/sync.h"

struct crew;

/* A share of the account's work: one thread, its stores, its status. */
struct lane {
	struct sync sync; /* store and status stay from run to run */
	bool busy;	  /* crew's lock */
	/* The stores are. Written by the thread that has it busy, else, while
	 * no job is called, by the account's leader. */
	bool open;
};

struct crew_config {
	void *arg;
	size_t lanes; /* at least 1; the first is the leader's */
	/* Asks for a worker that calls crew_help; it may never come. Any
	 * thread. */
	void (*summon)(void *arg);
	/* Opens the lane's stores and status; the helper's thread. */
	int (*open)(void *arg, struct lane *l, struct err *e);
	/* Closes its stores. */
	void (*close)(void *arg, struct lane *l);
};

/* Work that can be shared. Lives with its caller from call to dismiss. */
struct crew_job {
	/*
	 * Does a share in a helper's thread, until nothing is left to take.
	 * The lane has the leader's environment. -1
	 * with ERR_SESSION or worse: the lane's stores are no longer good.
	 */
	int (*run)(struct crew_job *job, struct sync *lane, struct err *e);

	/* private to the crew */
	struct crew_job *next;
	size_t wanted, running;
};

struct crew *crew_new(const struct crew_config *c);
void crew_free(struct crew *crew); /* the lanes are closed; NULL is fine */

/* The leader's lane. */
struct lane *crew_lead(struct crew *crew);

/* The n-th lane, for the owner of the crew; NULL beyond the last. No helper is
 * at work. */
struct lane *crew_lane(struct crew *crew, size_t n);

/* A new run begins: what could not be opened in the last one may be tried
 * again. No helper is at work. */
void crew_renew(struct crew *crew);

/* Any lane's thread: up to n others may begin the job. */
void crew_call(struct crew *crew, struct crew_job *job, size_t n);

/* No helper begins it any more; waits for those that have. */
void crew_dismiss(struct crew *crew, struct crew_job *job);

/* A worker's thread: helps for as long as there is a job and a lane for it.
 * begins and ends (arg) frame the work, when there is any. */
void crew_help(struct crew *crew, int worker,
    void (*begins)(void *arg, bool begin), void *arg);

#endif
