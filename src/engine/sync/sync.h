/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYNC_SYNC_H
#define ENGINE_SYNC_SYNC_H

/*
 * One synchronisation of one account: recover, scan, plan, execute, for each
 * folder; then what concerns several folders at once (moves, and the
 * deletions, which come last).
 *
 * Runs in one worker thread, which others may help (engine/sync/crew.h), each
 * with a struct sync of its own. A struct sync is used for one run, or for
 * several attempts at it: what is private to a run ends with it, the results
 * add up.
 */

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/event.h"
#include "engine/request.h"
#include "engine/settings/settings.h"
#include "engine/status/status.h"
#include "engine/store/store.h"
#include "engine/sync/foldermap.h"

struct crew;
struct log;

struct sync_transfer;
struct sync_doomed;

/* A folder in which the connection broke. Strings are owned; NULL: none. */
struct sync_broken {
	char *name;  /* canonical, remote */
	char *label; /* for people */
};

struct sync {
	/* Set by the caller, borrowed during the run. */
	const struct settings_account *account;
	const struct request *request;
	struct store *store[2];
	struct status *status;
	const atomic_bool *stop; /* true: end after what is in flight */
	struct log *log;
	struct crew *crew;  /* who may help; NULL: nobody */
	bool single_thread; /* starts none of its own */
	int worker;	    /* for events */
	/* Takes an event (copied); called from any thread. */
	void (*post)(void *arg, const struct event *ev);
	void *post_arg;
	/* So many messages came into the folder (its native remote name) on
	 * the local side; called from any thread. NULL: nobody is told. */
	void (*arrived)(void *arg, const char *folder, uint32_t count);
	void *arrived_arg;

	/* Results, valid after the run. */
	uint32_t counts[2][COUNT_KINDS];
	bool failed;	 /* something failed; each failure was reported */
	char error[512]; /* the last of them, with its folder; "": none */
	bool held;	 /* something waits for the user's decision */

	/* Private to all attempts. */
	struct sync_broken *given_up; /* folders that are left out */
	size_t given_up_len, given_up_cap;
	struct sync_broken broke; /* where the last run broke off */

	/* Private to the run. */
	size_t broke_at; /* index into the map, + 1, of that; 0: nowhere */
	struct foldermap map;
	bool no_transfers; /* in the second look at a folder */
	struct sync_transfer *transfers;
	size_t transfers_len, transfers_cap;
	struct sync_doomed *doomed;
	size_t doomed_len, doomed_cap;
	bool copies_failed;    /* a folder's copies are not all done: deletions
				  wait */
	const char *failed_in; /* the first such folder; the map's; or NULL */
	struct uncopied *uncopied; /* copies that failed one by one */
	size_t uncopied_len, uncopied_cap;
};

/*
 * Runs. 0: the run went to its end (see failed and held). -1: it broke off,
 * with ERR_SESSION (a new run on new stores may do better) or worse; what was
 * done is recorded, and the next run goes on from there.
 */
int sync_account_run(struct sync *sy, struct err *e);

/*
 * A run broke off with ERR_SESSION, and trying again did not help: the folder
 * in which it did is reported, and left out of all attempts to come. False
 * when it was in none, or when there were too many of them: *e then is what
 * is left to be reported.
 */
bool sync_give_up(struct sync *sy, struct err *e);
/* After the last attempt: forgets them. */
void sync_give_up_end(struct sync *sy);

#endif
