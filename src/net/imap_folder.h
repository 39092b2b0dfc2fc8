/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_FOLDER_H
#define NET_IMAP_FOLDER_H

/*
 * The selected mailbox: what SELECT said, and what changed since (RFC 9051
 * sections 6.3.2, 7.3.1, 7.4.1; RFC 7162). Belongs to its session's thread.
 */

#include "net/imap_session.h"

#define IMAP_OBJECT 256 /* bytes of an id (RFC 8474 section 7), and a NUL */

struct imap_folder {
	/* valid after imap_folder_select */
	uint32_t validity;	  /* never 0 */
	uint32_t uidnext;	  /* 0: not known */
	uint32_t messages;	  /* as SELECT said */
	uint64_t modseq;	  /* HIGHESTMODSEQ; 0: none */
	char object[IMAP_OBJECT]; /* MAILBOXID (RFC 8474); "": none */
	bool readonly;
	bool have_permanent;	     /* PERMANENTFLAGS was received */
	struct imap_atoms permanent; /* its flags; "\\*" among them */
	struct imap_atoms flags;     /* of FLAGS */

	/* kept up to date while other commands run */
	uint32_t exists;
	bool grown;  /* EXISTS went up; reset by the caller that reads it */
	bool shrunk; /* a message was expunged; likewise */
	bool lied;   /* the counts are contradictory; never reset */

	/* private */
	bool not_sticky;
};

/*
 * Selects the mailbox (UTF-8 name), by EXAMINE when readonly. *f must stay
 * where it is until imap_folder_leave. Errors: ERR_FOLDER for a mailbox that
 * does not exist, has no UIDVALIDITY, or does not keep UIDs.
 */
int imap_folder_select(struct imap_session *s, const char *name, bool readonly,
    struct imap_folder *f, struct err *e);

/* Forgets and frees what *f holds; sends nothing to the server. */
void imap_folder_leave(struct imap_session *s, struct imap_folder *f);

#endif
