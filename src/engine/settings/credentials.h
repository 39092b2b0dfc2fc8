/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SETTINGS_CREDENTIALS_H
#define ENGINE_SETTINGS_CREDENTIALS_H

/*
 * Finds the secret of an IMAP side: pass, passcmd, passfile, ~/.netrc, then
 * the asker. Any thread.
 */

#include <pthread.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/settings/settings.h"

/* Asks the user: true with the answer in *secret; false when the user cancels
 * or cannot be asked. Blocks. */
struct credentials_asker {
	void *arg;
	bool (*ask)(void *arg, const char *what, struct buf *secret);
};

/*
 * What was found, for the other connections of a run: no command is run, and
 * the user is not asked, again for each of them. {0} and the lock initialised.
 */
struct credentials_cache {
	pthread_mutex_t lock;
	struct buf secret; /* lock; empty: none */
	bool typed;	   /* lock; the user typed it, and is not asked again */
};

/* Wipes the secret; one that the user typed only when typed is true. */
void credentials_forget(struct credentials_cache *c, bool typed);

/*
 * Puts the secret in *secret, to be wiped by the caller. passcmd runs with
 * /bin/sh -c in a process group of its own, stdin from /dev/null, ends after
 * passcmd_timeout seconds, its stderr is quoted in the error; its first line
 * counts. passfile: the first line. ~/.netrc: a file that other users can read
 * is refused. cache may be NULL. cancel_fd: readable means give up; -1 for
 * none. Errors: ERR_ACCOUNT.
 */
int credentials_get(const struct settings_store *s,
    const struct credentials_asker *asker, struct credentials_cache *cache,
    int cancel_fd, struct buf *secret, struct err *e);

/* Where a secret that credentials_get gave came from, for messages: "pass",
 * "passcmd", "passfile", "~/.netrc" or "typed"; static. */
const char *credentials_source(
    const struct settings_store *s, struct credentials_cache *cache);

#endif
