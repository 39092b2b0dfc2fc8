/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_FOLDER_H
#define NET_IMAP_FOLDER_H

/*
 * The selected mailbox: what SELECT told, and what changed since (RFC 9051
 * sections 6.3.2, 7.3.1, 7.4.1; RFC 7162). Belongs to its session's thread.
 */

#include "net/imap_session.h"

struct imap_folder {
	/* valid after imap_folder_select */
	uint32_t validity; /* never 0 */
	uint32_t uidnext;  /* 0: not told */
	uint32_t messages; /* as SELECT told */
	uint64_t modseq;   /* HIGHESTMODSEQ; 0: none */
	bool readonly;
	bool have_permanent;	     /* PERMANENTFLAGS was told */
	struct imap_atoms permanent; /* its flags; "\\*" among them */
	struct imap_atoms flags;     /* of FLAGS */

	/* kept up to date while other commands run */
	uint32_t exists;
	bool grown;  /* EXISTS went up; reset by who wants to know */
	bool shrunk; /* a message was expunged; likewise */
	bool lied;   /* the counts cannot be; stays so */

	/* private */
	bool not_sticky;
};

/*
 * Selects the mailbox (UTF-8 name), by EXAMINE when readonly. *f must stay
 * where it is until imap_folder_leave. Errors: ERR_FOLDER for a mailbox that
 * is not there, has no UIDVALIDITY, or does not keep UIDs.
 */
int imap_folder_select(struct imap_session *s, const char *name, bool readonly,
    struct imap_folder *f, struct err *e);

/* Forgets and frees what *f holds; says nothing to the server. */
void imap_folder_leave(struct imap_session *s, struct imap_folder *f);

#endif
