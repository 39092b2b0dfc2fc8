/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_STORE_IMAP_H
#define ENGINE_STORE_IMAP_H

/* An IMAP session as a store (engine/store.h). */

#include "engine/credentials.h"
#include "engine/settings.h"
#include "engine/store.h"

struct log;
struct tls_context;

struct store_imap_config {
	const struct settings_store *settings; /* borrowed */
	enum side side;
	unsigned socktimeout; /* seconds */
	int cancel_fd;        /* borrowed; -1 for none */
	struct tls_context *tls; /* shared by the connections of a run; NULL
	                          * where tls = "no" */
	const struct credentials_asker *asker; /* used while opening */
	struct credentials_cache *cache;       /* likewise; NULL: none */
	struct log *log;
	const char *log_name; /* account, for the log */
};

/* The context that connections of this side share. *ctx is NULL without TLS. */
int store_imap_tls(const struct settings_store *s, struct tls_context **ctx,
    struct err *e);

/* Connects, does TLS, logs in. Errors: ERR_SESSION (retry) or ERR_ACCOUNT. */
int store_imap_open(const struct store_imap_config *c, struct store **s,
    struct err *e);

/* Says NOOP, so that neither side takes the other for dead. */
int store_imap_noop(struct store *s, struct err *e);

/* Greeting, TLS facts, capabilities and which of them are used, for info. */
void store_imap_describe(const struct store *s, struct buf *out);

#endif
