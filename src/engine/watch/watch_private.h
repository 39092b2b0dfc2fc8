/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_WATCH_PRIVATE_H
#define ENGINE_WATCH_WATCH_PRIVATE_H

/* What the files of the watch share; for watch*.c only. */

#include <pthread.h>

#include "engine/watch/watch.h"

/* One thread; its own but for what is set before it starts. */
struct watcher {
	struct watch *watch;
	enum side side;
	int worker;
	int wake_fd;	    /* eventfd: kicked; written by any thread */
	const char *folder; /* by IDLE: native name; NULL: files */
	bool first;	    /* of the side: decides between NOTIFY and IDLE */
	bool started;	    /* set by who starts it; read when that is over */
	pthread_t thread;

	bool present;	/* EV_THREAD_START was posted last */
	bool no_notify; /* it was refused, or each folder has its thread */

	/* the failures since watching last worked for a while */
	unsigned failures;
	bool begun; /* this attempt came as far as waiting */
	int64_t begun_at;
	struct err warned; /* of what kind the last warning was */
};

struct watch {
	struct watch_config c;
	int cancel_fd; /* eventfd: to end */
	struct watcher *list;
	size_t len;
};

void watch_imap(struct watcher *r);    /* watch_imap.c */
void watch_maildir(struct watcher *r); /* watch_maildir.c */

/* Starts the other threads of the side, for idlefolders. */
void watch_start_others(struct watcher *first);

/* Forgets that it was kicked: what was to be done is done. */
void watch_awake(struct watcher *r);

/* To be called when waiting has begun. what: "INBOX by IDLE". */
void watch_begun(struct watcher *r, const char *what);

/*
 * To be called after a failure: reports it if that is due, and waits until it
 * is time to try again. False: it is time to end.
 */
bool watch_failed(struct watcher *r, const struct err *e);

#endif
