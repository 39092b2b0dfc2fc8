/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_MODEL_H
#define UI_SCREEN_MODEL_H

/*
 * What Blinkenlights shows, as values: rows with lights, and a log. Events go
 * in; view.h draws it. No I/O and no clock; one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "ui/plain/lines.h"
#include "ui/plain/progress.h"
#include "ui/screen/canvas.h"
#include "ui/screen/folders.h"
#include "ui/screen/speed.h"

#define MODEL_LIGHTS 32 /* of a row; threads beyond that have none */
#define MODEL_LOG 4096	/* lines that are kept */

/* A thread at work for the row. */
struct model_light {
	int worker; /* -1: a place that is free again */
	enum role role;
};

/* What waits for a decision. */
struct model_held {
	unsigned order;	   /* of being told, from 1; 0: nothing is asked */
	uint64_t messages; /* in all folders */
	unsigned folders;
	char folder[256]; /* the first of them */
	bool old;	  /* told by a sync before the one in progress */
	bool answered;	  /* ask no more during this sync */
};

struct model_row {
	bool active;
	bool paused;
	bool silent;  /* no line of the sync in progress is in the log yet */
	bool stopped; /* the last sync was, by a command */
	bool failed;  /* no sync has gone well since one that failed */
	int64_t due;  /* clock_ms(); CLOCK_NEVER: only when asked */
	struct model_light lights[MODEL_LIGHTS];
	size_t lights_len;
	char folder[256];   /* that was spoken of last */
	int watcher;	    /* the thread that waits for news; -1: none */
	char watching[512]; /* for what */
	uint32_t counts[2][COUNT_KINDS]; /* of the last sync that ended */
	enum err_scope scope;		 /* likewise */
	int64_t ended;			 /* seconds since the epoch; 0: never */
	unsigned errors; /* of the sync in progress, or the last */
	char error[512]; /* the first of them */
	struct model_held held;
	struct progress progress;
	struct speed speed;
	struct folders folders;
};

struct model_line {
	char *text;
	enum role role;
};

/* It can outlive its model: see model_log_move. Zeroed it is empty. */
struct model_log {
	struct model_line *ring; /* NULL while there is no line */
	size_t first, len;
	size_t scroll; /* lines that are below the screen */
};

/* A question to the user; blink_ask.c keeps what is typed. */
struct model_prompt {
	char label[640]; /* "": no question */
	char typed[256]; /* what is shown of the answer */
	size_t at;	 /* bytes of it before the cursor */
};

/* The second line of a row. */
enum model_numbers {
	NUMBERS_WIDE, /* where the terminal is wide */
	NUMBERS_ON,
	NUMBERS_OFF,
};

struct key;

struct model {
	const char *const *names; /* of the accounts; borrowed */
	unsigned *name_columns;	  /* what they take on the screen */
	size_t len;
	struct model_row *rows;
	struct speed speed; /* of all accounts */
	struct lines lines;
	struct model_log log;
	unsigned held_order; /* the newest */
	/* what the user chose to see */
	int selected; /* row, len: *Control; -1: none */
	int account;  /* the row whose folders are shown; -1: all rows */
	const struct key *help; /* keys to be explained; NULL: no help */
	size_t help_scroll;	/* lines above the screen; kept by the view */
	enum model_numbers numbers;
	bool stopping;
	bool finishing; /* the run ends after this sync */
	struct model_prompt prompt;
	/* what the terminal can do */
	bool letters; /* lights are letters: there is no colour */
	bool blocks;  /* bars are made of blocks, not of ASCII */
};

void model_init(
    struct model *m, const char *const *names, size_t len, bool dry_run);
void model_clear(struct model *m);

/* Takes an event; *line (a borrowed buf, emptied first) is what the log gets
 * for it, or empty. */
void model_event(
    struct model *m, const struct event *ev, int64_t now_ms, struct buf *line);

/* The row about which there is a question to be answered by yes or no: the
 * one that is looked at, else the one that was told first; -1: none. */
int model_question(const struct model *m);

/* The row of which something is held, asked about or not: likewise. */
int model_held(const struct model *m);

/* The question about the row was answered; by yes: nothing is held that could
 * be let through once more. */
void model_answered(struct model *m, int row, bool yes);

/* The key of a row, or '\0'; row m->len is *Control. */
char model_key(const struct model *m, size_t row);
/* The row of a key; -1: none. */
int model_row_of_key(const struct model *m, int key);

/* The letter that stands for a light where there is no colour. */
char model_letter(enum role role);

/* the log: model_log.c */

/* Adds a line to the log. */
void model_log(struct model *m, enum role role, const char *text);
/* The n-th line from the newest. */
const struct model_line *model_line(const struct model *m, size_t n);

/* Moves all lines to an empty log. */
void model_log_move(struct model_log *to, struct model_log *from);
void model_log_clear(struct model_log *l);

/* Moves the log by lines, up with n > 0. */
void model_scroll(struct model *m, long n);
/* Moves up to the next older line that has text (in any case); false when
 * there is none. */
bool model_search(struct model *m, const char *text);
/* Likewise to the next older error. */
bool model_search_problem(struct model *m);

#endif
