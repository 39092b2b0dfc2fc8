/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STORE_IMAP_STORE_IMAP_H
#define ENGINE_STORE_IMAP_STORE_IMAP_H

/* An IMAP session as a store (engine/store/store.h). */

#include "engine/settings/credentials.h"
#include "engine/settings/settings.h"
#include "engine/store/store.h"

struct log;
struct tls_context;

struct store_imap_config {
	const struct settings_store *settings; /* borrowed */
	enum side side;
	unsigned socktimeout;	 /* seconds */
	int cancel_fd;		 /* borrowed; -1 for none */
	struct tls_context *tls; /* shared by the connections of a run; NULL
				  * where tls = "no" */
	const struct credentials_asker *asker; /* used while opening */
	struct credentials_cache *cache;       /* likewise; NULL: none */
	struct log *log;
	const char *log_name; /* account, for the log */
};

/* The context that connections of this side share. *ctx is NULL without TLS. */
int store_imap_tls(
    const struct settings_store *s, struct tls_context **ctx, struct err *e);

/* Connects, starts TLS, logs in. Errors: ERR_SESSION (retry) or ERR_ACCOUNT. */
int store_imap_open(
    const struct store_imap_config *c, struct store **s, struct err *e);

/* Sends NOOP, so that neither side believes that the other is gone. */
int store_imap_noop(struct store *s, struct err *e);

/*
 * Waiting for news of the server (net/imap_watch.h), on a connection of its
 * own: no folder is open before or after.
 */
struct store_imap_watch {
	const char *folder; /* the server's own name, in UTF-8, by IDLE;
			     * NULL: all folders by NOTIFY */
	int64_t deadline;   /* a clock_ms() value */
	unsigned keepalive; /* seconds; 0: as seldom as the server allows */
	int wake_fd;	    /* an eventfd: asks the server at once whether it
			     * is still there; -1: none */
	void *arg;
	void (*begun)(void *arg); /* the server watches from now on */
	/* folder: canonical. NULL: perhaps in any, or in the list of them. */
	void (*news)(void *arg, const char *folder);
};

bool store_imap_can_idle(const struct store *s);
bool store_imap_can_notify(const struct store *s);

/* 0 at the deadline. ERR_FOLDER: the server refuses, or the folder does
 * not exist. ERR_SESSION: the connection is gone, or was cancelled (ECANCELED).
 */
int store_imap_watch(
    struct store *s, const struct store_imap_watch *w, struct err *e);

/*
 * Appends, for "blinkmail info": greeting, TLS facts, capabilities, and of
 * each known extension that the server offers whether and for what it is
 * used. When the session ends meanwhile, -1 with what is known so far in *out.
 */
int store_imap_describe(struct store *s, struct buf *out, struct err *e);

#endif
