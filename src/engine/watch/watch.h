/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_WATCH_H
#define ENGINE_WATCH_WATCH_H

/*
 * The threads that wait for news of one account, between its syncs and during
 * them, each with its own connection or descriptor:
 *
 *	server with NOTIFY	one, for all folders
 *	server with IDLE	one for INBOX and each of idlefolders
 *	server with neither	none; a line in the log says so
 *	Maildirs		one (inotify)
 *
 * A connection that is lost is made anew, after 1 s, 2 s, ... 5 min when that
 * fails. What cannot pass by itself (a refused password, a folder that is not
 * there, no more inotify watches) ends the thread's work until the next kick.
 * A failure is reported once (EV_WARNING), until watching has worked again for
 * a while.
 *
 * News is a hint: it may be nothing, and what the engine itself does is
 * news, too. Each time a watch begins it tells of everything, since something
 * may have changed before.
 */

#include "engine/event.h"
#include "engine/settings/settings.h"
#include "engine/store/store.h"

struct log;
struct watch;

struct watch_config {
	const struct settings_account *account; /* borrowed until watch_stop */
	struct log *log;			/* likewise; may be NULL */
	int worker; /* of watch_threads() numbers for events, the first */

	/* Called from several of the watch's threads at once. */
	void *arg;
	/*
	 * Opens a connection of its own to a side of type imap, which must be
	 * cancelled by cancel_fd (see store_imap_config). Errors as
	 * store_imap_open.
	 */
	int (*connect)(void *arg, enum side side, int cancel_fd,
	    struct store **s, struct err *e);
	/* Something changed on that side in this folder (canonical name
	 * there); NULL: perhaps in any, or in the list of them. */
	void (*news)(
	    void *arg, size_t account, enum side side, const char *folder);
	/* EV_THREAD_START, EV_WATCHING, EV_WARNING, EV_THREAD_END */
	void (*post)(void *arg, const struct event *ev);
};

/* How many threads it takes at most. */
size_t watch_threads(const struct settings_account *a);

/* Starts to watch. ERR_ALL when the system has no thread or descriptor left. */
int watch_start(const struct watch_config *c, struct watch **w, struct err *e);

/*
 * The network has changed, the machine slept, somebody asked for a sync: who
 * waits for a server makes sure within ten seconds that it is there, who waits
 * to try again tries now. Any thread, until watch_stop.
 */
void watch_kick(struct watch *w);

/* Ends the threads and frees; what a thread is about to post or tell must be
 * able to go through. NULL is fine. */
void watch_stop(struct watch *w);

#endif
