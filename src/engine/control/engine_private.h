/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CONTROL_ENGINE_PRIVATE_H
#define ENGINE_CONTROL_ENGINE_PRIVATE_H

/*
 * The threads of the engine, for engine.c, control.c and pool.c only.
 *
 *	UI --commands--> control --jobs--> workers --events--> UI
 *	                    ^-----results-----'
 *
 * All that passes between them are values in queues. The UI drains the events
 * until EV_ENGINE_END, so that a worker that waits for space always gets it.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "base/queue.h"
#include "engine/control/account.h"
#include "engine/control/schedule.h"
#include "engine/engine.h"

enum job_kind {
	JOB_SYNC, /* lead a sync of the account */
	JOB_HELP, /* help a worker that leads one */
	JOB_KEEP, /* keep its held connections alive */
};

struct job {
	enum job_kind kind;
	size_t account;
	struct request request; /* JOB_SYNC */
};

/* To EV_ASK_PASSWORD; to be wiped. */
struct answer {
	char password[PASSWORD_BYTES]; /* "": cancelled */
};

/* The end of a JOB_SYNC or JOB_KEEP. */
struct job_result {
	enum job_kind kind;
	size_t account;
	struct account_result sync;
};

struct worker {
	struct engine *engine;
	int number;
	pthread_t thread;
};

struct engine {
	const struct settings *settings;
	struct engine_options options;
	struct account_env env;
	struct account **accounts;
	struct queue *commands; /* struct command */
	struct queue *jobs;	/* struct job */
	struct queue *results;	/* struct job_result */
	struct queue *events;	/* struct event */
	struct queue **answers; /* struct answer, one queue an account */
	atomic_size_t helps;	/* JOB_HELPs that no worker has taken */
	atomic_int status;	/* the exit status so far */
	atomic_bool quit;	/* a client of the control socket said so */
	pthread_t control;
	struct worker *workers;
	size_t workers_len;
};

/* engine.c: any thread */

void engine_event(struct engine *en, const struct event *ev);
/* An event without more in it; account and worker may be -1. */
void engine_say(
    struct engine *en, enum event_kind kind, int account, int worker);

/* pool.c */

/* Starts as many workers as can have something to do. ERR_ALL when there is
 * none. */
int pool_start(struct engine *en, struct err *e);
/* Ends them when their jobs are done. */
void pool_stop(struct engine *en);

/* control.c */

/* Control's thread; arg is the engine. */
void *control_main(void *arg);

#endif
