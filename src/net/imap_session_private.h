/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_SESSION_PRIVATE_H
#define NET_IMAP_SESSION_PRIVATE_H

/* The parts of imap_session.c. */

#include "net/imap_session.h"

/* imap_session_login.c: from the greeting to COMPRESS. Errors: ERR_ACCOUNT, or
 * ERR_SESSION. */
int imap_session_login(struct imap_session *s, struct err *e);

/* imap_session.c: appends to *e how the last response begins. */
void imap_session_show(const struct imap_session *s, struct err *e);

#endif
