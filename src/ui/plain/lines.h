/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PLAIN_LINES_H
#define UI_PLAIN_LINES_H

/*
 * Events as lines of text, for the basic, quiet and syslog interfaces and for
 * the log. No I/O. One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/engine.h"

/* What an account's syncs came to: what was changed adds up, what is wrong is
 * what the newest one said, or was said since the end of the one before. */
struct lines_account {
	int64_t start; /* of the newest sync; seconds since the epoch */
	bool ended;    /* the newest one */
	bool stopped;  /* likewise, before its end */
	uint64_t counts[2][COUNT_KINDS];
	enum err_scope scope; /* of the newest one */
	unsigned errors, warnings;
	unsigned old_errors, old_warnings; /* of them: until the last end */
	unsigned held;
};

struct lines {
	bool dry_run;
	const char *const *names; /* of accounts; borrowed */
	size_t len;
	struct lines_account *accounts;
};

void lines_init(
    struct lines *l, const char *const *names, size_t len, bool dry_run);
void lines_clear(struct lines *l);

/* True for errors, warnings and what is held: the user must see them even when
 * all else is quiet. */
bool lines_is_problem(const struct event *ev);

/* Appends the line for ev, without newline; nothing for what is not worth
 * one. Keeps count for the summary. */
void lines_event(struct lines *l, const struct event *ev, struct buf *out);

/* Appends the line with which the sync of ev's account begins. */
void lines_begin(
    const struct lines *l, const struct event *ev, struct buf *out);

/* Appends a line with newline for each account that was synchronised, or only
 * for those where something failed or is held. */
void lines_summary(const struct lines *l, bool only_problems, struct buf *out);

/* The line of one account. */
void lines_summary_of(const struct lines *l, size_t account, struct buf *out);
/* True when the account's newest sync did not come to its end. */
bool lines_stopped(const struct lines *l, size_t account);

/* Begins to count anew for the account. */
void lines_forget(struct lines *l, size_t account);

#endif
