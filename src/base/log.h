/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * The debug and log channel: lines for a person who looks for what went
 * wrong. What happened (events) goes to the UI by another road.
 *
 * Foreign bytes are made visible on the way. Callers keep secrets out; the
 * net layer never passes a line that holds one. A struct log may be used by
 * any thread at once; a NULL log drops everything.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum log_area {
	LOG_NET = 1 << 0,     /* sockets, TLS */
	LOG_IMAP = 1 << 1,    /* protocol lines */
	LOG_MAILDIR = 1 << 2, /* files */
	LOG_SYNC = 1 << 3,    /* plans and their execution */
	LOG_STATE = 1 << 4,   /* status database */
	LOG_UI = 1 << 5,
	LOG_ALL = (1 << 6) - 1,
};

struct log;

/* The mask for "net,imap"; -1 with the unknown word in *e. */
int log_areas_parse(const char *text, unsigned *mask, struct err *e);

/*
 * A log that appends to the file at path ("-" for stderr; NULL for none),
 * created 0600, and to syslog when asked to. areas is the mask of debug areas
 * to write. Returns 0 and the log, to be closed with log_close.
 */
int log_open(struct log **log, const char *path, bool to_syslog, unsigned areas,
    struct err *e);

/* NULL is fine. */
void log_close(struct log *log);

/* True when log_debug would write, for what costs something to prepare. */
bool log_wants(const struct log *log, enum log_area area);

/* A debug line: written when its area was asked for. */
void log_debug(struct log *log, enum log_area area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True when log_line would write. */
bool log_is_kept(const struct log *log);

/* A line that is always written (to file and syslog, where these are). */
void log_line(struct log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
