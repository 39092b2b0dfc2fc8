/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

/*
 * A request to synchronise an account: one type for the command line, a key,
 * the control socket, news and the timer, from there to the worker. A value,
 * without pointers; zeroed it is an ordinary sync of all folders. Pure; any
 * thread.
 */

#include <stdbool.h>

#include "base/namelist.h"

#define REQUEST_NAME 256 /* bytes of the name of a folder with news */

/* The user's decision about deletions that would be held. */
enum release {
	RELEASE_NONE,
	RELEASE_SHOWN, /* those that were held, and shown, before this sync */
	RELEASE_ALL,   /* whatever this sync would hold */
};

struct request {
	bool quick;	      /* trust what the server says changed */
	bool full;	      /* trust no token: read everything */
	bool dry_run;	      /* report the plan, change nothing */
	enum release release; /* which deletions that are held go through */
	bool push;	      /* only because one side told of a change */
	bool several;	      /* push: in several folders, so not to be quick */
	bool self_change;     /* push: perhaps of what the last sync did */
	char news[REQUEST_NAME]; /* push: the folder (canonical) in which it
				  * was, which a quick sync must not trust;
				  * "": anywhere */
	struct namelist folders; /* only these (remote names); empty: all */
};

/*
 * Adds what is asked for to *r, so that one sync does for both. A
 * request of the user is more than one that is only for news; folders without
 * room for their names become all folders.
 */
void request_merge(struct request *r, const struct request *more);

/* Adds how every sync is to be made: its options, and its folders where *r
 * names none. */
void request_complete(struct request *r, const struct request *usual);

/* True when a sync of r does all folders that are asked for. */
bool request_covers(const struct request *r, const struct request *asked);

#endif
