/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_WATCH_H
#define NET_IMAP_WATCH_H

/*
 * Waiting until the server tells that something changed: by IDLE (RFC 2177,
 * RFC 9051 section 6.3.13) in the selected mailbox, or by NOTIFY (RFC 5465) in
 * all personal ones.
 *
 * News is a hint that says where to look, not what there is: it may be told
 * twice, and it may be nothing. A server that talks without end makes no more
 * than five a second of it.
 *
 * Belongs to the session's thread; imap_watch waits in the calling thread.
 */

#include "net/imap_folder.h"

struct imap_watch {
	/* The selected mailbox, for IDLE. NULL: all by NOTIFY; then no mailbox
	 * must ever have been selected, since the server tells less of that
	 * one. */
	const struct imap_folder *folder;
	int64_t deadline;   /* when to return; a clock_ms() value */
	unsigned keepalive; /* the server is spoken to after so many seconds;
			     * 0: as seldom as it allows */
	/* An eventfd that does not block: once readable (it is drained), the
	 * server is asked for a sign of life at once. -1: none. */
	int wake_fd;
	void *arg;
	/* The server watches from now on; once. */
	void (*begun)(void *arg);
	/* Something changed in this mailbox (UTF-8, the server's own name);
	 * NULL: in the selected one, or with NOTIFY perhaps anywhere, the list
	 * of mailboxes included. */
	void (*news)(void *arg, const char *mailbox);
};

bool imap_watch_can_idle(const struct imap_session *s);
bool imap_watch_can_notify(const struct imap_session *s);

/*
 * Waits until the deadline: 0. The stream's cancel descriptor ends it with
 * ECANCELED. The server has to show at once that it is there when wake_fd says
 * so, as one should after the machine slept, and when the wait lasted far too
 * long, since the program was stopped. Nothing wakes up in between.
 *
 * ERR_FOLDER: the server refuses, and the session is still good. ERR_SESSION:
 * the connection is gone, or the server does not answer.
 */
int imap_watch(
    struct imap_session *s, const struct imap_watch *w, struct err *e);

#endif
