/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * Errors as values. A function that can fail returns 0 or -1 and has a
 * 'struct err *' as its last parameter, which is set exactly when it returns
 * -1. The scope says how much the caller has to give up; a layer may raise it
 * and never lowers it. Each layer puts its own words before the text, so that
 * the call chain reads from the outside in:
 *
 *	work: INBOX: UID 17: FETCH: connection closed by the server
 *
 * The text is on the heap, and the struct err owns it: it begins as ERR_INIT,
 * is handed on by err_move() or err_copy() and never by "=", and a caller that
 * drops an error clears it. Any thread; a struct err belongs to one thread at a
 * time.
 */

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

enum err_scope {
	ERR_NONE,    /* not set */
	ERR_MESSAGE, /* this message only; the folder goes on */
	ERR_FOLDER,  /* this folder only; the session is still good */
	ERR_SESSION, /* the connection is dead; a new one may do better */
	ERR_ACCOUNT, /* nothing more can be done for this account */
	ERR_ALL,     /* nothing more can be done at all */
};

struct err_detail;

struct err {
	enum err_scope scope;
	bool retry;		   /* trying again by itself may help */
	int num;		   /* errno where there was one, else 0 */
	struct err_detail *detail; /* NULL: not set */
};

/* An err that is not set. */
#define ERR_INIT                                                               \
	{                                                                      \
		ERR_NONE, false, 0, NULL                                       \
	}

/* Forgets and frees what *e holds. */
void err_clear(struct err *e);

/* *to becomes what *from is, which is not set afterwards. Returns -1. */
int err_move(struct err *to, struct err *from);

/* *to becomes what *from is; both own their memory. Returns -1. */
int err_copy(struct err *to, const struct err *from);

/* One line, UTF-8, made visible, no secret; "" when *e is not set. Valid until
 * *e changes. */
const char *err_text(const struct err *e);

/*
 * Sets *e, and forgets what it held; control characters and bytes that are not
 * UTF-8 in the result are made visible, and what is beyond 511 bytes is cut.
 * Always returns -1, so that "return err_set(...)" works.
 */
int err_set(struct err *e, enum err_scope scope, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, with ": <strerror(num)>" appended and num kept; marks retry
 * for the errno values that pass by themselves (ENOSPC, ECONNRESET, ...). */
int err_errno(struct err *e, enum err_scope scope, int num, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/* Puts "<text>: " before what *e says. Returns -1. */
int err_prefix(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Raises the scope of *e to at least scope. Returns -1. */
int err_raise(struct err *e, enum err_scope scope);

/* Marks *e as worth another try by itself. Returns -1. */
int err_retry(struct err *e);

/* What text says after "word: ", where it begins so and word is not empty;
 * else all of it. Points into text. */
const char *err_without(const char *text, const char *word);

/* "message", "folder", "session", "account", "all", "none"; static. */
const char *err_scope_name(enum err_scope scope);

#endif
