/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * Errors as values. A function that can fail returns 0 or -1 and has a
 * 'struct err *' as its last parameter, which is set exactly when it returns
 * -1. The scope says how much the caller has to give up; a layer may raise it
 * and never lowers it.
 *
 * The text says what happened; what it happened to is the subject, which each
 * layer adds as far as it knows it. err_line() makes one line of both:
 *
 *	work: INBOX: UID 17: FETCH: connection closed by the server
 *
 * Text and subject are on the heap, and the struct err owns them: it begins as
 * ERR_INIT, is handed on by err_move() or err_copy() and never by "=", and the
 * function that declares it clears it on each way out after it may be set, or
 * gives it to one that takes it (tests/lint.py looks). Any thread; a struct err
 * belongs to one thread at a time.
 */

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/side.h"

enum err_scope {
	ERR_NONE,    /* not set */
	ERR_MESSAGE, /* this message only; the folder goes on */
	ERR_FOLDER,  /* this folder only; the session is still good */
	ERR_SESSION, /* the connection is dead; a new one may do better */
	ERR_ACCOUNT, /* nothing more can be done for this account */
	ERR_ALL,     /* nothing more can be done at all */
};

struct err_detail;

/* What an error is about. NULL, 0 or false: not known, or about no such. */
struct err_subject {
	const char *account;
	const char *folder; /* its remote name for people */
	uint32_t id[2];	    /* of the message, on each side */
	const char *file;   /* or directory */
	bool sided;	    /* it happened on side */
	enum side side;
};

struct err {
	enum err_scope scope : 8;
	bool retry : 1;		   /* trying again by itself may help */
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

/* What happened, without its subject. One line, UTF-8, made visible, no secret;
 * "" when *e is not set. Valid until *e changes. */
const char *err_text(const struct err *e);

/*
 * Say what *e, which is set, is about. A member that is known already stays:
 * the layer that was nearest to what happened knows best. Strings are copied
 * and made visible. Return -1.
 */
int err_account(struct err *e, const char *name);
int err_folder(struct err *e, const char *name);
int err_message(struct err *e, enum side side, uint32_t id);
int err_file(struct err *e, const char *path);
int err_side(struct err *e, enum side side);
/* The file of *e is below dir, unless its name is absolute; without a file it
 * is dir that *e is about. */
int err_below(struct err *e, const char *dir);

/* What *e is about. Never NULL; valid until *e changes. */
const struct err_subject *err_about(const struct err *e);

/*
 * Appends "<account>: <folder>: <message>: <file>: <text>" without what is not
 * known: what people read, wherever it is shown. A message is called by its UID
 * (its id on the remote side), else "local message <id>".
 */
void err_subject_put(
    const struct err_subject *s, const char *text, struct buf *out);

/* The same of *e. Valid until *e changes or the next call. */
const char *err_line(const struct err *e);

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

/* As err_set, about a file or directory. */
int err_file_set(struct err *e, enum err_scope scope, const char *path,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* As err_errno, about a file or directory; what: what was being done to it, or
 * NULL where that goes without saying. */
int err_file_errno(struct err *e, enum err_scope scope, int num,
    const char *path, const char *what);

/* Puts "<text>: " before the text of *e: what was being done, not to what.
 * Returns -1. */
int err_prefix(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "; <text>" after the text of *e: what can be done. Returns -1. */
int err_suffix(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Raises the scope of *e to at least scope. Returns -1. */
int err_raise(struct err *e, enum err_scope scope);

/* Marks *e as worth another try by itself. Returns -1. */
int err_retry(struct err *e);

/* "message", "folder", "session", "account", "all", "none"; static. */
const char *err_scope_name(enum err_scope scope);

#endif
