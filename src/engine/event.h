/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_EVENT_H
#define ENGINE_EVENT_H

/* What the engine tells its user interface. Values; any thread. */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/exit_status.h"
#include "base/side.h"

/* How a run ended. */
enum account_end {
	ACCOUNT_DONE,	 /* both sides agree */
	ACCOUNT_STOPPED, /* account_cancel came before the end */
	ACCOUNT_FAILED,	 /* something did not work; it was reported */
	ACCOUNT_HELD,	 /* something waits for the user's decision */
	ACCOUNT_BUSY,	 /* another instance holds the account */
};

/* "done", "stopped", "failed", "held", "busy"; static. */
const char *account_end_name(enum account_end end);

/* The exit status that tells of it. */
enum exit_status account_end_status(enum account_end end);

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
	EV_FOLDER_RENAME, /* side; folder: its new name; text: the old one */
	EV_OP,		  /* an operation was done, or in a dry run planned */
	EV_PROGRESS,	  /* done, total, bytes: newest state, may be dropped */
	EV_ERROR,	  /* scope, retry, text, and what it is about */
	EV_WARNING,	  /* text, and what it is about */
	EV_HELD,	  /* something waits for a decision: text, total; op:
			   * EVOP_HELD deletions, which a request with
			   * release lets through, or EVOP_SKIP a folder */
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
	enum side side;	 /* where something is changed, or went wrong */
	bool sided;	 /* EV_ERROR, EV_WARNING: it is known on which side */
	enum event_op op;
	bool planned; /* dry run: would be done */
	uint32_t uid; /* of the message on the remote side; 0: none (yet) */
	uint32_t lid; /* likewise on the local side */
	uint64_t done, total, bytes;
	uint32_t counts[2][COUNT_KINDS];
	enum err_scope scope;
	bool retry;
	int64_t due;	/* clock_ms(); CLOCK_NEVER: only when asked */
	bool paused;	/* EV_IDLE: by CMD_PAUSE */
	bool stopped;	/* EV_ACCOUNT_END: by a command, before its end */
	char flags[80]; /* EVOP_FLAGS: "+SF-T" */
	char file[512]; /* EV_ERROR, EV_WARNING: the file that it is about */
	char text[512]; /* reason, error, name: one line, made visible */
};

/* *ev, an EV_ERROR or EV_WARNING, says what *e says, of what it is about, too;
 * what *e does not know of that, and the account, stays as it is. */
void event_set_err(struct event *ev, const struct err *e);

/* What *ev is about, without the account. Borrows from *ev. */
struct err_subject event_subject(const struct event *ev);

/* Appends "<folder>: <message>: <file>: <text>", as err_subject_put does. */
void event_put_line(const struct event *ev, struct buf *out);

/* "copy", "flags", ...: the names used in reports; static. */
const char *event_op_name(enum event_op op);

#endif
