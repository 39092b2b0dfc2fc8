/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

/*
 * The engine as its user interface sees it: commands go in, events come out.
 * Both are values: nothing in them points into the engine. This is the only
 * header of the engine that src/ui includes.
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

struct engine;
struct log;
struct notify;
struct settings;

struct engine_options {
	const char *const *folders; /* -f; NULL: all */
	size_t folders_len;
	bool once;
	bool quick;
	bool full;	  /* trust no token: read everything */
	const char *news; /* a folder where something changed (canonical): not
			   * to be trusted by a quick sync; NULL: none */
	bool push;	  /* only because something changed on one side */
	bool echo;	  /* and that may have been the last sync itself */
	bool dry_run;
	bool single_thread;
	bool force_delete;
	bool can_ask;	       /* EV_ASK_PASSWORD will be answered */
	struct notify *notify; /* borrowed; told when we are ready and that we
				* live; may be NULL */
};

enum command_kind {
	CMD_SYNC,     /* sync the account now; text: only this folder (its
		       * remote name), "" for all */
	CMD_FULL,     /* likewise, and trust no token: read everything */
	CMD_RELEASE,  /* sync the account, and let held deletions through */
	CMD_CANCEL,   /* end the account's sync after what is in flight */
	CMD_PAUSE,    /* no more syncs of the account by themselves, and end
		       * the one in progress after what is in flight */
	CMD_RESUME,   /* the account is due again */
	CMD_PASSWORD, /* the answer to EV_ASK_PASSWORD; empty text: cancelled */
	CMD_FINISH,   /* finish this sync, then end */
	CMD_STOP,     /* finish what is in flight, then end */
	CMD_STOP_NOW, /* break connections, end */
};

struct command {
	enum command_kind kind;
	int account;	/* index in the settings; -1: all */
	char text[256]; /* CMD_PASSWORD; wiped by the engine after use */
};

enum event_kind {
	EV_RUN_START,
	EV_RUN_END,
	EV_ACCOUNT_START, /* text: the account's name */
	EV_ACCOUNT_END,	  /* counts, scope (ERR_NONE: all well) */
	EV_FOLDERS,	  /* the folder list was read: done/total folders */
	EV_FOLDER_START,
	EV_LISTING,	  /* side: the messages of the folder are listed */
	EV_PART,	  /* the thread copies a part of the folder */
	EV_FOLDER_SKIP,	  /* nothing changed there */
	EV_FOLDER_END,	  /* counts, scope */
	EV_FOLDER_CREATE, /* side */
	EV_OP,		  /* an operation was done, or in a dry run planned */
	EV_PROGRESS,	  /* done, total, bytes: newest state, may be dropped */
	EV_ERROR,	  /* scope, uid if any, text */
	EV_WARNING,	  /* text */
	EV_HELD,	  /* something waits for a decision: text, total; op:
			   * EVOP_HELD deletions, which CMD_RELEASE lets
			   * through, or EVOP_SKIP a folder */
	EV_CONNECTING,	  /* text: "host:port" */
	EV_ASK_PASSWORD,  /* account; text: what for */
	EV_THREAD_START,  /* a thread begins to work for the account */
	EV_THREAD_END,	  /* it leaves the account */
	EV_WATCHING,	  /* the thread waits for news; text: of what, how */
	EV_HOOK,	  /* a hook begins; text: its name */
	EV_IDLE,	  /* account, due: when it is synchronised next,
			   * total: seconds until then; paused */
	EV_ENGINE_END,	  /* the last event */
};

/* Indices into event.counts, by side: copies to that side, and so on. */
enum count_kind {
	COUNT_COPY,    /* messages copied to the side */
	COUNT_FLAGS,   /* messages whose flags were changed there */
	COUNT_EXPUNGE, /* messages removed there */
	COUNT_ADOPT,   /* messages found on both sides (counted for LOCAL) */
	COUNT_HELD,    /* deletions held there */
	COUNT_SKIP,    /* messages that were left alone */
	COUNT_FAILED,  /* operations that failed */
	COUNT_KINDS
};

/* What kind of operation an EV_OP reports. */
enum event_op {
	EVOP_COPY,
	EVOP_TRANSFER,
	EVOP_MOVE,
	EVOP_FLAGS,
	EVOP_EXPUNGE,
	EVOP_ADOPT,
	EVOP_SKIP,
	EVOP_HELD
};

struct event {
	enum event_kind kind;
	int64_t time; /* seconds since the epoch */
	int account;  /* index in the settings; -1: none */
	int worker;   /* which thread, a number of its own; -1: control */
	char
	    folder[256]; /* remote name for people, made visible; "" for none */
	int side;	 /* 0 local, 1 remote: where something is changed */
	enum event_op op;
	bool planned; /* dry run: would be done */
	uint32_t uid; /* of the message on the remote side; 0: none (yet) */
	uint32_t lid; /* likewise on the local side */
	uint64_t done, total, bytes, bytes_total;
	uint32_t counts[2][COUNT_KINDS];
	enum err_scope scope;
	bool retry;
	int64_t due;	/* clock_ms(); CLOCK_NEVER: only when asked */
	bool paused;	/* EV_IDLE: by CMD_PAUSE */
	bool stopped;	/* EV_ACCOUNT_END: by a command, before its end */
	char flags[80]; /* EVOP_FLAGS: "+SF-T" */
	char text[512]; /* reason, error, name: one line, made visible */
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

/* Posts a command; never blocks. The command's text is wiped in *c. */
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

/* "copy", "flags", ...: the names used in reports; static. */
const char *engine_op_name(enum event_op op);

/* Connects to the account's remote side and writes what `info' shows to out.
 * asker may be NULL. For main only; any thread. */
struct buf;
struct credentials_asker;
int engine_info(const struct settings *s, size_t account,
    const struct credentials_asker *asker, struct log *log, struct buf *out,
    struct err *e);

#endif
