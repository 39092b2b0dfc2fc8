/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_RESP_PRIVATE_H
#define NET_IMAP_RESP_PRIVATE_H

/* The parts of imap_resp.c. */

#include "net/imap_resp.h"

/* imap_resp_code.c: reads "[...]" at the start of text, of len bytes, into
 * r->code and r->atoms; returns how many bytes of text it took. */
size_t imap_resp_code(struct imap_resp *r, const char *text, size_t len);

/* imap_resp.c: makes an error of what is not IMAP, and of this response alone.
 * Returns -1. */
int imap_resp_garbage(struct imap_parser *p, struct err *e, const char *what);

/* imap_resp.c: the text can be a flag; what cannot is noted as odd. */
bool imap_resp_flag(struct imap_resp *r, const char *text, size_t len);

/* imap_resp_fetch.c: reads the rest of "* n FETCH". */
int imap_resp_fetch(struct imap_parser *p, struct imap_resp *r, struct err *e);

#endif
