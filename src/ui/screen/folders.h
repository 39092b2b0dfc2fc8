/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_FOLDERS_H
#define UI_SCREEN_FOLDERS_H

/*
 * The folders of one account, as its events tell of them: for the screen that
 * shows an account. INBOX first, the others by name. Zeroed memory is none
 * yet. No I/O; one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

enum folder_state {
	FOLDER_NONE, /* something was said about it, no sync of it yet */
	FOLDER_SYNC,
	FOLDER_LIST,
	FOLDER_COPY,
	FOLDER_DONE,
	FOLDER_SAME, /* nothing had changed */
	FOLDER_STOPPED,
	FOLDER_HELD,
	FOLDER_FAILED,
};

struct folder_row {
	char *name; /* remote, made visible */
	enum folder_state state;
	int64_t time;		/* of the newest state; since the epoch */
	unsigned run;		/* the sync that it was part of last */
	uint64_t done, total;	/* messages of the newest transfer; 0/0: none
				 * is known */
	unsigned copied, flags; /* messages of the last sync, both sides */
	unsigned deleted;
	char *error; /* the first one of the last sync, or NULL */
};

struct folders {
	struct folder_row *rows;
	size_t len, cap;
	unsigned run;	 /* counts syncs */
	size_t last;	 /* the row that was found last */
	size_t selected; /* the row that is selected */
	size_t scroll;	 /* rows above the screen; kept by the view */
};

void folders_clear(struct folders *f);

/* Takes an event of the account. */
void folders_event(struct folders *f, const struct event *ev);

/* True while its sync goes on. */
bool folders_is_busy(enum folder_state state);

/* Moves the selection to the next row below (from the top again after the
 * last) whose name has text in any case; text NULL: that failed or is held.
 * False when there is none. */
bool folders_search(struct folders *f, const char *text);

#endif
