/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_SYNC_H
#define ENGINE_SYNC_SYNC_H

/*
 * One thread's view of the synchronisation of one account: what the caller
 * sets, what came of it, and what is private to the run. sync_account.h runs
 * it.
 *
 * The worker that runs the account has one; others that help it
 * (engine/sync/crew.h) have one each, with the same environment and with
 * stores of their own. What they find out is added to that of the first.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/event.h"
#include "engine/request.h"
#include "engine/settings/settings.h"
#include "engine/status/status.h"
#include "engine/store/store.h"
#include "engine/sync/deletions.h"
#include "engine/sync/foldermap.h"
#include "engine/sync/server_copy.h"

struct crew;
struct log;
struct poison;

/* The same for all threads of a run; set by the caller before it, and
 * unchanged until its end. All is borrowed. */
struct sync_env {
	const struct settings_account *account;
	const struct request *request;
	const atomic_bool *stop; /* true: end after what is in flight */
	struct log *log;
	struct crew *crew;     /* the threads that help; NULL: none */
	struct poison *poison; /* of all attempts; NULL: breaks are forgotten */
	bool single_thread;    /* starts no thread of its own */
	/* Takes an event (copied); called from any thread. */
	void (*post)(void *arg, const struct event *ev);
	void *post_arg;
	/* So many messages came into the folder (its native remote name) on
	 * the local side; called from any thread. NULL: not needed. */
	void (*arrived)(void *arg, const char *folder, uint32_t count);
	void *arrived_arg;
};

/* Valid after the run; those of several attempts add up. */
struct sync_results {
	uint32_t counts[2][COUNT_KINDS];
	bool failed;	    /* something failed; each failure was reported */
	struct event error; /* the last of them, an EV_ERROR */
	bool held;	    /* something waits for the user's decision */
};

/* A folder in which the connection broke. Strings are owned; NULL: none. */
struct sync_broken {
	char *name;  /* canonical, remote */
	char *label; /* for people */
};

/* Private to all attempts: see sync_broken.h. */
struct sync_attempts {
	struct sync_broken *left_out; /* folders that are left out */
	size_t left_out_len, left_out_cap;
	struct sync_broken last; /* where the last run broke off */
};

/* Private to one run. */
struct sync_run {
	struct foldermap map;		 /* of a helper: borrowed */
	struct store_folders listing[2]; /* what it was made of, by side */
	struct foldermap all; /* whatever was asked for; see elsewhere.c */
	struct deletions deletions;
	struct server_copies server_copies;
	/* See generation.h. */
	uint64_t generation[2];	   /* what the status had at its beginning */
	enum hold_reason older[2]; /* the side, or the status, was put back */
	bool advanced;		   /* this thread made sure of the next one */
	bool no_server_copies;	   /* in the second look at a folder */
	size_t broke_at; /* index into the map, + 1, of the folder in which the
			  * run broke off; 0: in none */
};

struct sync {
	const struct sync_env *env;
	int worker;		/* for events */
	struct store *store[2]; /* this thread's own; borrowed */
	struct status *status;	/* likewise */
	struct sync_results results;
	struct sync_attempts attempts;
	struct sync_run run;
};

/* True when nothing more may be begun. */
bool sync_stopped(const struct sync *sy);

/* True when in this run the folder's tokens are believed even where they do
 * not show every change of flags. */
bool sync_trusts(const struct sync *sy, const struct foldermap_entry *entry);

/* Both stores forget the folder that they have open: what it was opened with
 * goes away. */
void sync_leave_folder(struct sync *sy);

/* Moves the results of from, and the deletions and server copies that it
 * planned, to the end of those of to. */
void sync_gather(struct sync *to, struct sync *from);

/* Frees all that is private to the run, and empties it. */
void sync_run_clear(struct sync_run *run);

#endif
