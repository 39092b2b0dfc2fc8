/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREEN_BLINK_PRIVATE_H
#define UI_SCREEN_BLINK_PRIVATE_H

/* Blinkenlights' own, for blink.c (the loop), blink_ask.c (what is typed in
 * answer to a question) and blink_keys.c (all other keys). */

#include "ui/screen/blink.h"
#include "ui/screen/model.h"
#include "ui/screen/prompt.h"
#include "ui/screen/term.h"

/* What the keys go to. */
enum blink_mode { MODE_KEYS, MODE_SEARCH, MODE_PASSWORD };

struct blink {
	const struct blink_config *c;
	struct engine *en;
	struct terminal *term;
	enum scheme scheme;
	struct canvas canvas;
	struct model model;
	const char **names;
	struct buf line;
	enum blink_mode mode;
	struct prompt typed; /* wiped after use */
	char sought[PROMPT_CAP];
	int *asking; /* accounts that wait for a password, in their order */
	size_t asking_len;
	char (*questions)[512]; /* by account */
	unsigned terminals;	/* when we began; see hangup.h */
	bool reloading;		/* the configuration was reread */
	bool ended;
	bool changed;	     /* the picture is old */
	bool all;	     /* draw all of it */
	int64_t next_draw;   /* clock_ms(); not before */
	int64_t next_events; /* likewise */
};

/* Posts a command for the account, -1: for all. */
void blink_post(struct blink *b, enum command_kind kind, int account);

/* Asks for a sync of the account, -1: of all. */
void blink_sync(struct blink *b, int account, const struct request *r);

/* A line in the log of the screen only. */
void blink_say(struct blink *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends the run: the first time cleanly, then at once. */
void blink_stop(struct blink *b);

/* Gives the terminal to the shell until the program is continued. */
void blink_suspend(struct blink *b);

void blink_scheme(struct blink *b, enum scheme scheme);

/* The engine asks for a password; ev is EV_ASK_PASSWORD. */
void blink_ask(struct blink *b, const struct event *ev);

void blink_ask_search(struct blink *b);

/* A key while something is asked. */
void blink_answer(struct blink *b, int key);

/* Any other key: does what it is for; one that is for nothing is dropped. */
void blink_key(struct blink *b, int key);

#endif
