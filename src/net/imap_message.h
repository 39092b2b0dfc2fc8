/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_MESSAGE_H
#define NET_IMAP_MESSAGE_H

/*
 * A command about many messages: cut into commands whose lines are not too
 * long, several of which are in flight (RFC 9051 section 6.4.9). Belongs to
 * its session's thread.
 */

#include "net/imap_session.h"

struct imap_job {
	const char *verb; /* "UID FETCH" */
	/* Appends what follows the set. */
	void (*tail)(struct imap_cmd *c, const void *arg);
	const void *arg;
	const char *tail_text; /* instead of tail: "(FLAGS)"; NULL: nothing */
	uint64_t max_count;    /* messages in one command; 0: no limit */
	const bool *stop;      /* when it becomes true, nothing more is sent */
};

/* How many messages one command may be about, at most count, where the server
 * may have a limit of its own (RFC 9738). */
uint64_t imap_message_limit(const struct imap_session *s, uint64_t count);

/*
 * Runs the job over *uids, which is empty afterwards. What comes untagged
 * goes to the session's hook. -1 when the session broke. A command that is
 * answered with NO or BAD does not end the job: the first such answer is put
 * in *refused, scope ERR_MESSAGE or wider, which is cleared first.
 */
int imap_message_run(struct imap_session *s, const struct imap_job *job,
    struct uidset *uids, struct err *refused, struct err *e);

#endif
