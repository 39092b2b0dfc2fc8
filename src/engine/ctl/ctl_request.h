/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_CTL_CTL_REQUEST_H
#define ENGINE_CTL_CTL_REQUEST_H

/*
 * What `blinkmail ctl' asks of a running instance, as a value and as a line of
 * the protocol (see ctl.h). Pure; any thread.
 */

#include "base/buf.h"
#include "base/err.h"
#include "engine/request.h"

enum ctl_verb { CTL_VERB_SYNC, CTL_VERB_STATUS, CTL_VERB_QUIT };

struct ctl_request {
	enum ctl_verb verb;
	bool wait;		     /* sync: answer when it has ended */
	bool json;		     /* status: for programs */
	char target[NAMELIST_BYTES]; /* sync: ACCOUNT[/FOLDER] as ctl_target.h
				      * says; "": none */
	struct namelist accounts;    /* sync: without a target only these;
				      * empty: all */
	struct request sync; /* sync: its folders are those of each account;
			      * release is not looked at */
	bool force_delete;   /* sync: let through what is held */
};

/* Appends the line, without its end. */
void ctl_request_put(const struct ctl_request *q, struct buf *out);

/* Reads a line without its end. -1: it is not a request; *q is undefined. */
int ctl_request_parse(const char *line, struct ctl_request *q, struct err *e);

/*
 * Which of the n accounts of these names a sync is for: sets which[0..n-1]. The
 * folder of a target goes into q->sync. -1, with what is wrong, for a name that
 * no account has, and for accounts or folders that are named twice.
 */
int ctl_request_accounts(struct ctl_request *q, const char *const *names,
    size_t n, bool *which, struct err *e);

#endif
