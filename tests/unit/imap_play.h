/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_IMAP_PLAY_H
#define TESTS_UNIT_IMAP_PLAY_H

/* Sessions with a scripted server; for cmocka's tests. */

#include "imap_script.h"
#include "net/imap_session.h"

/* Piece sizes in which the client gets to see what the server says. */
extern const size_t play_chunks[];
#define PLAY_CHUNKS 4

/* The secret: arg is the text; NULL is an error. */
int play_secret(void *arg, struct buf *out, struct err *e);

/* User "me", password se"cret, plain and fine. */
struct imap_config play_config(void);

/*
 * Opens a session with each piece size. Where error is NULL it has to open;
 * check looks at it, and it is closed. Else opening must fail with error in
 * the text. The script must have been played to its end.
 */
void play(const struct imap_config *c, const char *text,
    void (*check)(struct imap_session *s), const char *error);

/* Waits for what opening sent. */
void play_settle(struct imap_session *s);

#endif
