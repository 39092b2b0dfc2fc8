/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CONTROL_ACCOUNT_PRIVATE_H
#define ENGINE_CONTROL_ACCOUNT_PRIVATE_H

/* What the files of an account share; for account*.c and reset.c only. */

#include "engine/control/account.h"
#include "engine/control/hooks.h"
#include "engine/status/status.h"
#include "engine/sync/crew.h"

struct lock;
struct tls_context;

struct account {
	const struct account_env *env;
	const struct settings_account *settings;
	char *dir; /* its directory below the metadata directory */
	struct lock *lock;
	struct status *status;
	struct crew *crew;
	struct sync_env sync_env;   /* of the run in progress */
	struct tls_context *tls[2]; /* made by the leader's first connection */
	struct credentials_cache secret[2];
	atomic_bool stop; /* end after what is in flight */
	int cancel_fd;	  /* readable: break off */
	atomic_bool suspect;
	bool must_exist;    /* the Maildir: messages of it are known */
	bool busy;	    /* the lock is another instance's */
	struct hooks hooks; /* of the run in progress */
};

/* An event of the account with its name as text. */
void account_event(const struct account *a, int worker, struct event *ev,
    enum event_kind kind);

/* The directory of the account of that name. The caller frees. */
char *account_dir(const struct settings *s, const char *name);

/* Takes the account's lock, as lock_take does; when it is another instance's
 * *e says what to do. */
int account_lock(const char *dir, struct lock **l, bool *busy, struct err *e);

/* account_lanes.c */

/* Opens what is not open of the leader's lane. *reused is true when a
 * connection was open already. */
int account_lead_open(struct account *a, bool *reused, struct err *e);
/* A helper's lane, and its status; for struct crew_config. */
int account_lane_open(void *arg, struct lane *l, struct err *e);
void account_lane_close(void *arg, struct lane *l);
/* Closes what a run leaves open and is not to be held, or all. */
void account_lanes_close(struct account *a, bool all);

#endif
