/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_WATCH_H
#define NET_IMAP_WATCH_H

/*
 * Waits until the server says that something changed: by IDLE (RFC 2177,
 * RFC 9051 section 6.3.13) in the selected mailbox, or by NOTIFY (RFC 5465) in
 * all personal ones.
 *
 * News is a hint where to look, and says nothing of what is there: it may come
 * twice, and without a change. However much a server sends, there are at most
 * five reports a second.
 *
 * Belongs to the session's thread; imap_watch waits in the calling thread.
 */

#include "net/imap_folder.h"

struct imap_watch {
	/* The selected mailbox, for IDLE. NULL: all by NOTIFY; then no mailbox
	 * must ever have been selected, since the server reports less about
	 * that one. */
	const struct imap_folder *folder;
	int64_t deadline;   /* when to return; a clock_ms() value */
	unsigned keepalive; /* the server is spoken to after so many seconds;
			     * 0: as seldom as it allows */
	/* An eventfd that does not block: once readable (it is drained), the
	 * server is asked at once whether it is still there. -1: none. */
	int wake_fd;
	void *arg;
	/* Called once, when the server begins to watch. */
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
 * ECANCELED. The server must answer at once when wake_fd is readable, which
 * the caller sees to after the machine slept, and when the wait lasted far too
 * long, since the program was stopped. Nothing wakes up in between.
 *
 * ERR_FOLDER: the server refuses, and the session is still good. ERR_SESSION:
 * the connection is gone, or the server does not answer.
 */
int imap_watch(
    struct imap_session *s, const struct imap_watch *w, struct err *e);

#endif
