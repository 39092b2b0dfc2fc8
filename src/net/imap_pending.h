/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_PENDING_H
#define NET_IMAP_PENDING_H

/* A command in flight, and its answer. Belongs to its session's thread. */

#include "net/imap_resp.h"

/* Zeroed before the command is sent; must stay where it is until it is
 * done. */
struct imap_pending {
	struct imap_pending *next;
	unsigned number;
	bool sent;
	bool done;
	/* valid once done */
	enum imap_cond cond;   /* IMAP_OK, IMAP_NO, IMAP_BAD */
	struct imap_code code; /* freed by imap_pending_clear */
	char text[256];	       /* made visible */

	/* private to imap_session.c */
	struct buf again; /* the command, when it was sent before others were
			   * answered */
	unsigned retries; /* how often it was sent again */
};

void imap_pending_clear(struct imap_pending *p);

/*
 * 0 when the command was answered OK, and not for a part of its messages only.
 * Else an error with the server's text:
 * scope is at least that given; what the response code says (RFC 5530) makes
 * it wider or worth a retry. what: "SELECT".
 */
int imap_pending_check(const struct imap_pending *p, const char *what,
    enum err_scope scope, struct err *e);

#endif
