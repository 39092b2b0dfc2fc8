/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

/*
 * The engine as its user interface sees it: commands go in, events (event.h)
 * come out. Both are values: nothing in them points into the engine. These are
 * the only headers of the engine that src/ui includes.
 *
 * engine_start starts the threads; the UI takes events until EV_ENGINE_END,
 * then calls engine_free. engine_post and engine_next may be called from one
 * UI thread; engine_post also from others.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "engine/event.h"
#include "engine/request.h"

struct engine;
struct log;
struct notify;
struct settings;

enum command_kind {
	CMD_SYNC,     /* sync the account now, as request says; ignored while
		       * it syncs, unless held deletions are to be let
		       * through: then another sync follows */
	CMD_CANCEL,   /* end the account's sync after what is in flight */
	CMD_PAUSE,    /* no more syncs of the account by themselves, and end
		       * the one in progress after what is in flight */
	CMD_RESUME,   /* the account is due again */
	CMD_PASSWORD, /* the answer to EV_ASK_PASSWORD; empty: cancelled */
	CMD_FINISH,   /* finish this sync, then end */
	CMD_STOP,     /* finish what is in flight, then end */
	CMD_STOP_NOW, /* break connections, end */
};

#define PASSWORD_BYTES 256 /* with the NUL */

struct command {
	enum command_kind kind;
	int account;		       /* index in the settings; -1: all */
	struct request request;	       /* CMD_SYNC */
	char password[PASSWORD_BYTES]; /* CMD_PASSWORD; wiped by the engine
					* after use */
};

struct engine_options {
	bool once; /* end after one sync of each account; a dry run has to */
	bool single_thread;
	bool can_ask;	       /* EV_ASK_PASSWORD will be answered */
	struct notify *notify; /* borrowed; told when we are ready and that we
				* live; may be NULL */
	struct request usual;  /* how every sync is made, those due by
				* themselves and those asked for */
};

/*
 * Starts the engine for all accounts of s (borrowed until engine_free). log
 * may be NULL.
 */
int engine_start(const struct settings *s, const struct engine_options *o,
    struct log *log, struct engine **en, struct err *e);

/* Readable when engine_next has something; for poll(). */
int engine_fd(const struct engine *en);

/* Takes the next event: true; false when there is none within timeout_ms
 * (-1: wait for ever). */
bool engine_next(struct engine *en, struct event *ev, int timeout_ms);

/* Posts a command; never blocks. *c is wiped. */
void engine_post(struct engine *en, struct command *c);

/* The program's exit status so far: 0, 1, 3 or 4 (see blinkmail(1)). Whole
 * only after EV_ENGINE_END. */
int engine_status(const struct engine *en);

/* True when `ctl quit' ended it. Valid after EV_ENGINE_END. */
bool engine_was_quit(const struct engine *en);

/* Waits for the threads. NULL is fine. */
void engine_free(struct engine *en);

/* Account names for the UI, valid until engine_free. */
size_t engine_accounts(const struct engine *en);
const char *engine_account_name(const struct engine *en, int account);

/* Connects to the account's remote side and writes what `info' shows to out.
 * asker may be NULL. For main only; any thread. */
struct buf;
struct credentials_asker;
int engine_info(const struct settings *s, size_t account,
    const struct credentials_asker *asker, struct log *log, struct buf *out,
    struct err *e);

/* Forgets what is known of the account's folder, by its remote name; it is to
 * be synchronised as if for the first time. *busy: another instance holds the
 * account. For main only; any thread. */
int engine_reset(const struct settings *s, size_t account, const char *folder,
    bool *busy, struct err *e);

#endif
