/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_IMAP_LEX_H
#define NET_IMAP_LEX_H

/*
 * Bytes from an IMAP server -> tokens (RFC 9051 section 9). The bytes are
 * pulled through a callback, in pieces of any size; a token is a slice of the
 * read buffer, so that nothing is allocated for each message, and the payload
 * of a literal passes in slices and is never whole in memory.
 *
 * Everything is bounded: a token, the bytes of one response outside its
 * literals, a literal. What exceeds a limit is an error of scope ERR_SESSION,
 * after which the lexer must not be used any more. So is what is not IMAP,
 * unless odd is set: then imap_lex_skip_line finds the end of the response,
 * and the next one can be read.
 *
 * A lexer belongs to one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/imap_set.h"

#define IMAP_BUFFER                                                            \
	(160 * 1024)	     /* read buffer: large enough that system          \
			      * calls cost little */
#define IMAP_TOKEN_MAX 65536 /* an atom, a string, a line of text */
#define IMAP_TEXT_MAX 131072 /* of such a line, what is handed on */
#define IMAP_LINE_MAX                                                          \
	(1 << 20)		  /* a response outside its literals: some     \
				   * folders have 10,000 keywords ... */
#define IMAP_LONG_MAX (64 << 20)  /* ... and one that is a set of numbers */
#define IMAP_RANGES_MAX (1 << 22) /* ranges in a set: 32 MB */
#define IMAP_NEST_MAX 32	  /* parentheses */
#define IMAP_LITERAL_MAX (UINT64_C(2) << 30) /* default for literals */
#define IMAP_HEAD_MAX 160 /* of a response, what an error can show */

enum imap_token {
	IMAP_ATOM,    /* text, len: not empty; flags, numbers and NIL, too */
	IMAP_STRING,  /* text, len: a quoted string without its quotes */
	IMAP_LITERAL, /* size; take the payload, or have it skipped */
	IMAP_OPEN,    /* ( */
	IMAP_CLOSE,   /* ) */
	IMAP_EOL,     /* end of the response */
};

struct imap_lex {
	/* 1 to size bytes into data; 0 at the end of the stream; -1. */
	ssize_t (*fill)(void *arg, void *data, size_t size, struct err *e);
	void *arg;
	uint64_t literal_max; /* larger literals are an error; bytes */
	struct buf *trace;    /* NULL, or where the response is copied to, up to
			       * a limit, literals left out: for the log */

	/* the last token */
	enum imap_token type;
	const char *text; /* valid until the next call */
	size_t len;
	uint64_t size; /* of a literal, bytes */

	uint64_t literal; /* payload not yet taken, bytes */

	bool garbled;	   /* the error is that this is not IMAP ... */
	bool odd;	   /* ... and one of this response alone */
	unsigned literals; /* begun in this response */
	size_t line;	   /* bytes of it so far, no literals */

	/* private */
	char head[IMAP_HEAD_MAX]; /* of this response, without literals */
	size_t head_len;
	char *buf;
	size_t pos;
	size_t end;
	size_t line_max; /* what line may be */
};

/* The callback may read at any time until imap_lex_clear. */
void imap_lex_init(struct imap_lex *l,
    ssize_t (*fill)(void *arg, void *data, size_t size, struct err *e),
    void *arg);
void imap_lex_clear(struct imap_lex *l);

/* Bytes received that are not yet tokens. */
size_t imap_lex_pending(const struct imap_lex *l);

/* Returns all such bytes (valid until the next call) and forgets them: for a
 * stream that is compressed from here on (RFC 4978). */
const char *imap_lex_drain(struct imap_lex *l, size_t *len);

/* Begins a response: resets the limits. */
void imap_lex_start(struct imap_lex *l);

/* The next token, spaces before it skipped; what is left of a literal is
 * skipped, too. */
int imap_lex_next(struct imap_lex *l, struct err *e);

/*
 * The next slice of the literal's payload, valid until the next call; *len is
 * 0 when all of it was taken.
 */
int imap_lex_chunk(
    struct imap_lex *l, const char **data, size_t *len, struct err *e);

/* Turns the literal that was just announced into an IMAP_STRING; one that is
 * larger than IMAP_TOKEN_MAX is an error. Its bytes count as those of the
 * line. */
int imap_lex_gather(struct imap_lex *l, struct err *e);

/* The rest of the line as text, its end taken and not counted: the type is
 * IMAP_EOL, text and len are set. What is beyond IMAP_TEXT_MAX may be left
 * out. */
int imap_lex_text(struct imap_lex *l, struct err *e);

/* The next byte that is not a space, without taking it. */
int imap_lex_peek(struct imap_lex *l, char *c, struct err *e);

/* Takes everything up to the end of the response, whatever it is; a literal is
 * one where a line ends with its announcement. Also after an error that is
 * odd. */
int imap_lex_skip_line(struct imap_lex *l, struct err *e);

/* Appends how the response begins, as far as it was received. */
void imap_lex_seen(const struct imap_lex *l, struct buf *out);

/*
 * The next flag of a list, IMAP_CLOSE, or IMAP_EOL. Any bytes make up a flag,
 * quotes, braces and parentheses in pairs, too: whether they may is left to
 * the caller.
 */
int imap_lex_flag(struct imap_lex *l, struct err *e);

/*
 * The name of a mailbox as an IMAP_STRING: a string in any of its forms; or,
 * when it is not quoted and is no atom, what there is up to the end of the
 * response, or up to the last list when listed: one follows. *odd is set
 * then.
 */
int imap_lex_mailbox(struct imap_lex *l, bool listed, bool *odd, struct err *e);

/* Takes one value: an atom, a string, a literal, or a list with all that is
 * in it. */
int imap_lex_skip_value(struct imap_lex *l, struct err *e);

/*
 * Appends the sequence set that comes next ("1:5,7") to *set; this response
 * may be long from here on. *bad is set when a number is 0 or above 2^32 - 1:
 * it is left out.
 */
int imap_lex_set(
    struct imap_lex *l, struct imap_set *set, bool *bad, struct err *e);

/* The token is an ATOM that is this word, without regard to case. */
bool imap_lex_is(const struct imap_lex *l, const char *word);

/* The token as a number: false when it is not a number or is above max. */
bool imap_lex_number(const struct imap_lex *l, uint64_t max, uint64_t *n);

#endif
